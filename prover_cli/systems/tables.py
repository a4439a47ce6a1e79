"""Prepared tables: precomputed multiples of a key's points that make proofs faster."""

import math
import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from prover_cli.formats.wtns import Witness
from prover_cli.systems.constraints import Constraints

MANY_PROOFS = 1000
"""Within which tables pay, where nobody says how many proofs will be made. Those that pay even later are
large and save little: with SHA-256, 310 MB more save a fiftieth."""

Shape = tuple[int, int, int, int, int]
"""A table's number of bases, bits per window, sets of buckets, multiples per base, and bytes per row."""


@dataclass(frozen=True)
class TablePlan:
    """Tables within a budget, and what they save. Work is counted in additions over G1."""

    shapes: list[Shape]
    unprepared: int
    prepared: int
    preparation: int
    folded: bytes | None = None
    """Bases that include the circuit's matrix C; see `Preparable.fold`."""

    @property
    def saved(self) -> int:
        """Work that each proof saves."""
        return self.unprepared - self.prepared

    def pays_from(self, margin: float = 1) -> int:
        """The number of proofs after which the tables have saved `margin` times their cost."""
        return max(1, math.ceil(margin * self.preparation / self.saved))


class Placed(Protocol):
    """One table and its place in the file."""

    @property
    def shape(self) -> Shape: ...
    @property
    def index_at(self) -> int: ...
    @property
    def rows_at(self) -> int: ...


class Described(Protocol):
    """The header of a file of tables."""

    @property
    def rows(self) -> str:
        """The arithmetic that its rows are packed for."""
        ...

    @property
    def tables(self) -> Sequence[Placed]: ...
    @property
    def folded(self) -> bool: ...


class Tables(Protocol):
    """A file of tables, mapped."""

    @property
    def data(self) -> mmap.mmap: ...
    @property
    def description(self) -> Described: ...


@runtime_checkable
class Preparable(Protocol):
    """An opened key that tables can be built for."""

    @property
    def rows(self) -> str:
        """The arithmetic that its rows are packed for."""
        ...

    @property
    def doubling_costs(self) -> Sequence[int]:
        """What a doubling in each table costs, in doublings over G1."""
        ...

    def plan_tables(
        self,
        budget: int,
        folded: bytes | None = None,
        *,
        sample: Witness | None = None,
        proofs: int = MANY_PROOFS,
    ) -> TablePlan | None:
        """The tables that save the most within `budget` bytes. None if nothing fits.

        `sample` is a witness of this key that is like those to come. Most values of a circuit are bits, for
        which smaller tables are enough; without a sample, all are taken to be as long as the field. Each
        table pays within so many `proofs`. Raises JobFault WITNESS_NOT_REDUCED."""
        ...

    def fold(self, constraints: Constraints, threads: int) -> bytes:
        """Bases for all signals that include the circuit's matrix C. Raises SetupFault: R1CS_MISMATCH,
        R1CS_CORRUPT, BAD_OPTION where the system has no use for it."""
        ...

    def table_index(self, table: int, folded: bytes | None = None) -> bytes:
        """Which scalars the bases of a table are multiplied by."""
        ...

    def fill_table(
        self,
        table: int,
        shape: Shape,
        file: mmap.mmap,
        index_at: int,
        rows_at: int,
        block: int,
        threads: int,
        folded: bytes | None = None,
    ) -> None:
        """Fills a block of rows in place. Raises SetupFault KEY_CORRUPT."""
        ...
