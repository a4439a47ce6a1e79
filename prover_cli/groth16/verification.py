"""Verification: natively where the extension is there, by py_ecc elsewhere and as the referee."""

from collections.abc import Sequence
from typing import Protocol

from prover_cli.formats.proof import Proof
from prover_cli.formats.verification_key import VerificationKey
from prover_cli.groth16.choice import native_error


class Verifier(Protocol):
    """A verification key ready for use."""

    def verify(self, proof: Proof, public_signals: tuple[int, ...]) -> bool:
        """Whether the proof holds for these public signals; False for anything malformed."""
        ...

    def verify_all(self, claims: Sequence[tuple[Proof, tuple[int, ...]]], threads: int) -> list[bool]:
        """The same for many proofs, at less than the price of each."""
        ...


def verifier_for(key: VerificationKey, engine: str = "auto") -> Verifier:
    """Prepares `key`. `engine` is auto, native or reference. Raises SetupFault VKEY_CORRUPT."""
    if engine == "native" or (engine == "auto" and native_error() is None):
        from prover_cli.groth16.native import NativeVerifier

        return NativeVerifier(key)
    from prover_cli.groth16.reference import ReferenceVerifier

    return ReferenceVerifier(key)
