"""A Groth16 key ready to prove with: what both engines' keys have in common."""

from abc import abstractmethod

from prover_cli.formats.curves import Curve
from prover_cli.formats.points import G1, G2
from prover_cli.formats.wtns import Witness
from prover_cli.systems.engine import Opened
from prover_cli.systems.groth16.blinding import Blinding
from prover_cli.systems.groth16.layout import ZkeyLayout
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.groth16.validation import ensure_valid
from prover_cli.systems.protocols import Progress


class OpenedKey(Opened[MappedKey, Blinding]):
    """Safe to use from several threads."""

    layout: ZkeyLayout
    blinding_type = Blinding

    def broken_gate(self, witness: Witness, threads: int) -> int | None:
        """None: a key does not hold the matrix C."""
        return None

    @abstractmethod
    def check(self, section: int, start: int, count: int, threads: int) -> None:
        """Checks entries of a section in full. Raises SetupFault (KEY_CORRUPT)."""

    @abstractmethod
    def same_scalar(self, curve: Curve, in_g1: G1, in_g2: G2) -> bool:
        """Whether two points are the same multiple of their groups' generators. False for one that is not in
        its group."""

    def ensure_valid(self, *, threads: int = 1, progress: Progress | None = None) -> None:
        ensure_valid(self._mapped, self.check, self.same_scalar, threads=threads, progress=progress)
