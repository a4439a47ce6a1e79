"""A Groth16 key ready to prove with: what both engines' keys have in common."""

from abc import ABC, abstractmethod

from prover_cli.formats.curves import Curve
from prover_cli.formats.points import G1, G2
from prover_cli.formats.wtns import Witness
from prover_cli.systems.constraints import Constraints
from prover_cli.systems.groth16.blinding import Blinding
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.groth16.validation import ensure_valid
from prover_cli.systems.groth16.verification_key import VerificationKey
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

    def broken_gate(self, witness: Witness, threads: int) -> int | None:
        """None: a key does not hold the matrix C."""
        return None

    @abstractmethod
    def prove(
        self, witness: Witness, blinding: Blinding, threads: int, cancel: bytearray | None = None
    ) -> Proof:
        """The blinded proof, not verified. A nonzero byte in `cancel` ends it at the next step. Raises
        JobFault (WITNESS_NOT_REDUCED, ENGINE_FAILED, CANCELLED)."""

    @abstractmethod
    def difference(self, constraints: Constraints, threads: int) -> str | None:
        """Describes the first constraint whose A or B differs from the key's. None if there is no difference.
        The constraints must have the key's curve and number of wires."""

    @abstractmethod
    def check(self, section: int, start: int, count: int, threads: int) -> None:
        """Checks entries of a section in full. Raises SetupFault (KEY_CORRUPT)."""

    @abstractmethod
    def same_scalar(self, curve: Curve, in_g1: G1, in_g2: G2) -> bool:
        """Whether two points are the same multiple of their groups' generators. False for one that is not in
        its group."""

    def ensure_valid(self, *, threads: int = 1, progress: Progress | None = None) -> None:
        """Checks every entry, unless this was done before. Raises SetupFault KEY_CORRUPT."""
        ensure_valid(self._mapped, self.check, self.same_scalar, threads=threads, progress=progress)
