"""An engine, and a key that it opened: what those of all systems have in common."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

from prover_cli.formats.curves import Curve
from prover_cli.formats.wtns import Witness
from prover_cli.needs import Needs
from prover_cli.systems.checked_prover import CheckedProver
from prover_cli.systems.constraints import Constraints, Sizes
from prover_cli.systems.own import own
from prover_cli.systems.protocols import Progress, Proof, ProvingKey, VerificationKey, Verifier
from prover_cli.systems.tables import Tables


class Drawn(Protocol):
    """Secrets of a proof."""

    @classmethod
    def fresh(cls, curve: Curve) -> Self: ...
    @classmethod
    def seeded(cls, seed: bytes, key_sha256: str, witness: Witness) -> Self: ...


M = TypeVar("M", bound=ProvingKey)
V = TypeVar("V", bound=VerificationKey)
D = TypeVar("D", bound=Drawn)


class Opened(ABC, Generic[M, D]):
    """A mapped key ready to prove with. Safe to use from several threads. See `opened_key.OpenedKey` and
    `protocols.OpenKey`."""

    layout: Sizes
    blinding_type: type[D]

    def __init__(self, mapped: M) -> None:
        self._mapped = mapped
        self.layout = mapped.layout

    @property
    def n_public(self) -> int:
        return self.layout.n_public

    @property
    def verification_key(self) -> VerificationKey:
        return self._mapped.verification_key

    def fresh_blinding(self) -> D:
        return self.blinding_type.fresh(self.layout.curve)

    def seeded_blinding(self, seed: bytes, key_sha256: str, witness: Witness) -> D:
        return self.blinding_type.seeded(seed, key_sha256, witness)

    @abstractmethod
    def prove(self, witness: Witness, blinding: D, threads: int, cancel: bytearray | None = None) -> Proof:
        """The blinded proof, not verified. A nonzero byte in `cancel` ends it at the next step. Raises
        Unsatisfied and JobFault (WITNESS_NOT_REDUCED, ENGINE_FAILED, CANCELLED)."""

    @abstractmethod
    def broken_gate(self, witness: Witness, threads: int) -> int | None:
        """The first gate that the witness breaks, SATISFIED, or None if a key of this system does not hold
        all constraints. Raises JobFault WITNESS_NOT_REDUCED."""

    @abstractmethod
    def difference(self, constraints: Constraints, threads: int) -> str | None:
        """Describes the first constraint that differs from the key's. None if there is no difference. The
        constraints must have the key's curve and number of wires."""

    @abstractmethod
    def ensure_valid(self, *, threads: int = 1, progress: Progress | None = None) -> None:
        """Checks every entry, unless this was done before. Raises SetupFault KEY_CORRUPT."""


class KeyEngine(ABC, Generic[M, V, D]):
    """See `protocols.Engine`. M are its system's keys, V their verification keys, and D its secrets."""

    name: str
    uses_tables: bool
    """Whether its provers are faster with tables. Others leave them aside."""
    key_type: type[M]
    verification_key_type: type[V]

    @abstractmethod
    def opened(self, mapped: M, tables: Tables | None) -> Opened[M, D]:
        """Raises SetupFault KEY_CORRUPT."""

    @abstractmethod
    def simplest(self, mapped: M) -> Opened[M, D] | None:
        """With the simplest arithmetic. None if nothing is simpler."""

    @abstractmethod
    def verifier_of(self, key: V) -> Verifier:
        """Raises SetupFault VKEY_CORRUPT."""

    @abstractmethod
    def needs(self, layout: Sizes) -> Needs: ...

    def open(self, key: ProvingKey, tables: Tables | None = None) -> Opened[M, D]:
        return self.opened(own(key, self.key_type), tables)

    def prover(
        self,
        key: ProvingKey,
        tables: Tables | None = None,
        *,
        sha256: str | None = None,
        constraints: Path | None = None,
    ) -> CheckedProver[D]:
        mapped = own(key, self.key_type)
        return CheckedProver(
            mapped,
            lambda tables: self.opened(mapped, tables),
            lambda: self.simplest(mapped),
            self.verifier(mapped.verification_key),
            tables=tables if self.uses_tables else None,
            sha256=sha256,
            constraints=constraints,
        )

    def verifier(self, key: VerificationKey) -> Verifier:
        return self.verifier_of(own(key, self.verification_key_type))


class NativeOpened(Opened[M, D]):
    """A key opened by the extension."""

    @abstractmethod
    def __init__(self, mapped: M, tables: Tables | None = None, cpu: str | None = None) -> None:
        """`cpu` is the arithmetic, if not that of the tables or the fastest."""
        super().__init__(mapped)


class NativeEngine(KeyEngine[M, V, D]):
    """Our own transforms and multi-scalar products, over arkworks' fields and curves."""

    name = "native"
    uses_tables = True
    opened_type: type[NativeOpened[M, D]]

    def opened(self, mapped: M, tables: Tables | None) -> Opened[M, D]:
        return self.opened_type(mapped, tables)

    def simplest(self, mapped: M) -> Opened[M, D]:
        return self.opened_type(mapped, cpu="portable")


class ReferenceEngine(KeyEngine[M, V, D]):
    """py_ecc, one gate or constraint at a time."""

    name = "reference"
    uses_tables = False
    opened_type: type[Opened[M, D]]

    def opened(self, mapped: M, tables: Tables | None) -> Opened[M, D]:
        return self.opened_type(mapped)

    def simplest(self, mapped: M) -> None:
        return None
