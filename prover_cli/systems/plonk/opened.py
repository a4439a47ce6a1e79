"""A PLONK key ready to prove with: what both engines' keys have in common."""

from abc import ABC, abstractmethod

from prover_cli.formats.wtns import Witness
from prover_cli.systems.constraints import Constraints
from prover_cli.systems.plonk.arithmetisation import difference
from prover_cli.systems.plonk.blinding import Blinding
from prover_cli.systems.plonk.mapped import MappedKey
from prover_cli.systems.plonk.proof import Proof
from prover_cli.systems.plonk.validation import ensure_valid
from prover_cli.systems.plonk.verification_key import VerificationKey
from prover_cli.systems.protocols import Progress


class OpenedKey(ABC):
    """Safe to use from several threads."""

    def __init__(self, mapped: MappedKey) -> None:
        self._mapped = mapped
        self.layout = mapped.layout

    @property
    def n_public(self) -> int:
        return self.layout.n_public

    @property
    def verification_key(self) -> VerificationKey:
        return self._mapped.verification_key

    def fresh_blinding(self) -> Blinding:
        return Blinding.fresh(self.layout.curve)

    def seeded_blinding(self, seed: bytes, key_sha256: str, witness: Witness) -> Blinding:
        return Blinding.seeded(seed, key_sha256, witness)

    @abstractmethod
    def prove(
        self, witness: Witness, blinding: Blinding, threads: int, cancel: bytearray | None = None
    ) -> Proof:
        """The blinded proof, not verified. A nonzero byte in `cancel` ends it at the next step. Raises
        Unsatisfied and JobFault (WITNESS_NOT_REDUCED, ENGINE_FAILED, CANCELLED)."""

    @abstractmethod
    def broken_gate(self, witness: Witness, threads: int) -> int | None:
        """The first gate that the witness breaks, or SATISFIED. Raises JobFault WITNESS_NOT_REDUCED."""

    @abstractmethod
    def check(self, section: int, threads: int) -> None:
        """Checks one of `validation.STEPS` in full. Raises SetupFault KEY_CORRUPT."""

    def difference(self, constraints: Constraints, threads: int) -> str | None:
        """Describes the first gate that differs from the one made from the constraints. None if there is no
        difference."""
        return difference(self._mapped, constraints)

    def ensure_valid(self, *, threads: int = 1, progress: Progress | None = None) -> None:
        """Checks every entry, unless this was done before. Raises SetupFault KEY_CORRUPT."""
        ensure_valid(self._mapped, self.check, threads=threads, progress=progress)
