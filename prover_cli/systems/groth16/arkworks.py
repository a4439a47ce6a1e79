"""What arkworks reads with `CanonicalDeserialize::deserialize_compressed` (ark-serialize 0.4 and newer).

Everything is little-endian. The fields of a struct are concatenated. A `Vec` is its length in 8 bytes, then
its elements (docs.rs/ark-serialize; the structs are those of ark-groth16, data_structures.rs).
"""

from prover_cli.formats import compressed
from prover_cli.formats.curves import BLS12_381, Curve
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.groth16.verification_key import VerificationKey


def proof_bytes(proof: Proof) -> bytes:
    """An `ark_groth16::Proof`: 128 bytes on BN254, 192 on BLS12-381."""
    point = _compress(proof.curve)
    return b"".join(point(part, proof.curve) for part in (proof.a, proof.b, proof.c))


def public_bytes(signals: tuple[int, ...], curve: Curve) -> bytes:
    """A `Vec` of scalars: the public inputs."""
    return _length(signals) + b"".join(signal.to_bytes(curve.n8r, "little") for signal in signals)


def verification_key_bytes(key: VerificationKey) -> bytes:
    """An `ark_groth16::VerifyingKey`."""
    point = _compress(key.curve)
    fixed = (key.alpha1, key.beta2, key.gamma2, key.delta2)
    return b"".join(
        [
            *(point(part, key.curve) for part in fixed),
            _length(key.ic),
            *(point(part, key.curve) for part in key.ic),
        ]
    )


def _compress(curve: Curve) -> compressed.Compress:
    return compressed.big if curve is BLS12_381 else compressed.little


def _length(values: tuple[object, ...]) -> bytes:
    return len(values).to_bytes(8, "little")
