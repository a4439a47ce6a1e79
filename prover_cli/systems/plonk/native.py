"""The native engine: the Rust extension."""

from prover_cli.systems.plonk.blinding import Blinding
from prover_cli.systems.plonk.mapped import MappedKey
from prover_cli.systems.plonk.proof import Proof
from prover_cli.systems.plonk.validation import CHECKS
from prover_cli.systems.plonk.verification_key import COMMITMENTS, VerificationKey
from prover_cli.systems.plonkish import native
from prover_cli.systems.plonkish.native import NativeVerifier

BYTES_PER_POINT = 32 * 38
"""Peak bytes per point of the domain: wires, their polynomials, z, a coset's values, the quotient's parts,
the tables of the transforms. For 2^18 points the estimate is 402 MB over BN254; 304 MB were measured on one
thread and 332 MB on two."""

ROWS_PER_POINT = 5
"""In the size of a stored point of G1: the powers of tau in rows, and the buckets of products."""


class NativeKey(native.NativeKey[MappedKey, Blinding]):
    """A mapped key opened by the extension."""

    blinding_type = Blinding
    proof_type = Proof
    checks = CHECKS


class NativeEngine(native.NativeEngine[MappedKey, VerificationKey, Blinding]):
    """Our own transforms and multi-scalar products, over arkworks' fields and curves."""

    key_type = MappedKey
    verification_key_type = VerificationKey
    opened_type = NativeKey
    bytes_per_point = BYTES_PER_POINT
    rows_per_point = ROWS_PER_POINT

    def verifier_of(self, key: VerificationKey) -> NativeVerifier:
        return NativeVerifier(key, Proof, (*COMMITMENTS, "X_2"))
