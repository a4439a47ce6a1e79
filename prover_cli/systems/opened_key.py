"""A key opened by an engine, as the order of checks around a proof (`checked_prover`) needs it."""

from typing import Generic, Protocol, TypeVar

from prover_cli.formats.wtns import Witness
from prover_cli.systems.constraints import Constraints, Sizes
from prover_cli.systems.protocols import Proof, VerificationKey

B = TypeVar("B")
"""A system's blinding: the secrets that make one proof zero-knowledge."""


class Unsatisfied(Exception):
    """No proof can be made: the witness breaks the circuit's constraints, or the key is damaged."""


class OpenedKey(Protocol, Generic[B]):
    """Safe to use from several threads."""

    @property
    def layout(self) -> Sizes: ...
    @property
    def n_public(self) -> int: ...
    @property
    def verification_key(self) -> VerificationKey: ...

    def fresh_blinding(self) -> B:
        """From the operating system's random source."""
        ...

    def seeded_blinding(self, seed: bytes, key_sha256: str, witness: Witness) -> B:
        """The same for the same seed, key and witness. Only for fixtures: anyone who knows the seed can undo
        the zero-knowledge."""
        ...

    def prove(self, witness: Witness, blinding: B, threads: int, cancel: bytearray | None = None) -> Proof:
        """The blinded proof, not verified. A nonzero byte in `cancel` ends it at the next step. Raises
        Unsatisfied where the system notices that by itself, and JobFault (WITNESS_NOT_REDUCED, ENGINE_FAILED,
        CANCELLED)."""
        ...

    def broken_gate(self, witness: Witness, threads: int) -> int | None:
        """The first gate of the key that a witness breaks, SATISFIED if there is none, or None if a key of
        this system does not hold all constraints. Raises JobFault WITNESS_NOT_REDUCED."""
        ...

    def difference(self, constraints: Constraints, threads: int) -> str | None:
        """See `protocols.OpenKey`."""
        ...


SATISFIED = -1
"""Stands for "no broken constraint"."""
