"""Prepared tables: multiples of a key's points that proofs are made faster over, for keys that offer it."""

import math
import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from prover_cli.systems.constraints import Constraints

Shape = tuple[int, int, int, int, int]
"""Of a table: its bases, bits of a window, sets of buckets, multiples of each base, and bytes of a row."""


@dataclass(frozen=True)
class TablePlan:
    """Tables within a budget, and what they save; work is counted in additions over G1."""

    shapes: list[Shape]
    unprepared: int
    prepared: int
    preparation: int
    folded: bytes | None = None
    """Bases with the circuit's matrix C in them; see `Preparable.fold`."""

    @property
    def saved(self) -> int:
        """Work that each proof saves."""
        return self.unprepared - self.prepared

    def pays_from(self, margin: float = 1) -> int:
        """Proofs after which the tables have saved `margin` times what they cost."""
        return max(1, math.ceil(margin * self.preparation / self.saved))


class Placed(Protocol):
    """One table, and where it lies in its file."""

    @property
    def shape(self) -> Shape: ...
    @property
    def index_at(self) -> int: ...
    @property
    def rows_at(self) -> int: ...


class Described(Protocol):
    """What a file of tables says of itself."""

    @property
    def rows(self) -> str:
        """The kind of arithmetic that its rows are packed for."""
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
    """An opened key that tables can be made of."""

    @property
    def rows(self) -> str:
        """The kind of arithmetic that its rows are packed for."""
        ...

    def plan_tables(self, budget: int, folded: bytes | None = None) -> TablePlan | None:
        """The tables that save the most within `budget` bytes; None where nothing fits."""
        ...

    def fold(self, constraints: Constraints, threads: int) -> bytes:
        """Bases for all signals with the circuit's matrix C in them. Raises SetupFault: R1CS_MISMATCH,
        R1CS_CORRUPT."""
        ...

    def table_index(self, table: int, folded: bytes | None = None) -> bytes:
        """Which scalars the bases of a table take."""
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
