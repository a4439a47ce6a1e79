"""Verification by the Rust extension: what the verifiers of all systems have in common."""

import secrets
from collections.abc import Sequence
from typing import Protocol

from prover_cli.systems.protocols import Proof, VerificationKey
from prover_cli.systems.public_signals import signal_bytes


class Prepared(Protocol):
    """A verification key that the extension has prepared. Signals are plain little-endian integers."""

    def verify(self, proof: bytes, public: bytes) -> bool: ...
    def verify_all(self, claims: list[tuple[bytes, bytes]], factors: bytes, threads: int) -> list[bool]:
        """`factors` has 16 random bytes for each claim."""
        ...


class ExtensionVerifier:
    """See `protocols.Verifier`."""

    def __init__(self, key: VerificationKey, kind: type[Proof], prepared: Prepared) -> None:
        """`kind` is the system's own type of proofs."""
        self._curve, self._n_public = key.curve, key.n_public
        self._kind = kind
        self._prepared = prepared

    def verify(self, proof: Proof, public_signals: tuple[int, ...]) -> bool:
        """Whether the proof is valid."""
        public = self._public(proof, public_signals)
        return public is not None and self._prepared.verify(proof.to_bytes(), public)

    def verify_all(self, claims: Sequence[tuple[Proof, tuple[int, ...]]], threads: int) -> list[bool]:
        """Whether each proof is valid. All are checked with one random linear combination."""
        given = [(proof, self._public(proof, signals)) for proof, signals in claims]
        formed = [(proof.to_bytes(), public) for proof, public in given if public is not None]
        # A forger would have to guess the factors, so they come from the operating system, like the blinding.
        found = iter(self._prepared.verify_all(formed, secrets.token_bytes(16 * len(formed)), threads))
        return [public is not None and next(found) for _, public in given]

    def _public(self, proof: Proof, public_signals: tuple[int, ...]) -> bytes | None:
        """The signals as bytes. None if they, or the proof, cannot belong to this key."""
        if not isinstance(proof, self._kind) or proof.curve is not self._curve:
            return None
        return signal_bytes(public_signals, self._n_public, self._curve)
