"""The engine protocol: open a key, prove a witness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from prover_cli.formats.proof import Proof
from prover_cli.formats.verification_key import VerificationKey
from prover_cli.formats.wtns import Witness
from prover_cli.formats.zkey import ZkeyLayout
from prover_cli.groth16.blinding import Blinding
from prover_cli.groth16.mapped import MappedKey

if TYPE_CHECKING:
    from prover_cli.groth16.constraints import Constraints
    from prover_cli.prepared.tables import MappedTables


class OpenKey(Protocol):
    """A key ready to prove with. Safe to use from several threads."""

    @property
    def layout(self) -> ZkeyLayout: ...
    @property
    def n_public(self) -> int: ...
    @property
    def verification_key(self) -> VerificationKey: ...

    def prove(
        self, witness: Witness, blinding: Blinding, threads: int, cancel: bytearray | None = None
    ) -> Proof:
        """The blinded proof; not verified. It is given up at the next step once the byte in `cancel` is not
        zero. Raises JobFault (WITNESS_NOT_REDUCED, ENGINE_FAILED, CANCELLED)."""
        ...

    def difference(self, constraints: Constraints, threads: int) -> str | None:
        """The first constraint whose A or B is not the key's, in words; None where all are. Their curve and
        the number of wires are those of the key."""
        ...

    def check(self, section: int, start: int, count: int, threads: int) -> None:
        """Checks entries of a section in full. Raises SetupFault (KEY_CORRUPT)."""
        ...


class Engine(Protocol):
    """A way to make proofs."""

    name: str

    def open(self, key: MappedKey, tables: MappedTables | None = None) -> OpenKey:
        """With tables where the key was prepared for this engine. Raises SetupFault (KEY_…)."""
        ...

    def open_plain(self, key: MappedKey) -> OpenKey | None:
        """The key with the plainest arithmetic; None where `open` gives no other."""
        ...

    def memory_per_proof(self, layout: ZkeyLayout) -> int:
        """Estimate of a worker's private bytes at the peak of a proof, interpreter included."""
        ...
