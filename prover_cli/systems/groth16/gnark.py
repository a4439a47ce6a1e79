"""What gnark reads with `ReadFrom`: big-endian, each slice prefixed with its length in 4 bytes.

Sources: gnark v0.14, backend/groth16/bn254/marshal.go and backend/witness/witness.go ("Binary protocol").
Readable since v0.9, which added commitments to proofs. circom has none, so they are empty here.
"""

from prover_cli.formats.compressed import big
from prover_cli.formats.curves import Curve
from prover_cli.formats.points import G1
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.groth16.verification_key import VerificationKey

NONE = bytes(4)
"""An empty slice."""


def proof_bytes(proof: Proof) -> bytes:
    """Ar, Bs, Krs, no commitments, and infinity as their proof of knowledge."""
    points = b"".join(big(part, proof.curve) for part in (proof.a, proof.b, proof.c))
    return points + NONE + big((0, 0), proof.curve)


def public_bytes(signals: tuple[int, ...], curve: Curve) -> bytes:
    """A public witness: numbers of public and of secret values, then the vector."""
    count = len(signals).to_bytes(4, "big")
    return count + NONE + count + b"".join(signal.to_bytes(curve.n8r, "big") for signal in signals)


def verification_key_bytes(key: VerificationKey, beta1: G1, delta1: G1) -> bytes:
    """α1, β1, β2, γ2, δ1, δ2, K, then no commitments and no commitment keys. β1 and δ1, which no verifier
    uses, are only in a proving key."""
    fixed = (key.alpha1, beta1, key.beta2, key.gamma2, delta1, key.delta2)
    points = b"".join(big(part, key.curve) for part in fixed)
    listed = b"".join(big(part, key.curve) for part in key.ic)
    return points + len(key.ic).to_bytes(4, "big") + listed + NONE + NONE
