"""The native engine: the Rust extension."""

from prover_cli.systems.fflonk.blinding import Blinding
from prover_cli.systems.fflonk.mapped import MappedKey
from prover_cli.systems.fflonk.proof import Proof
from prover_cli.systems.fflonk.validation import CHECKS
from prover_cli.systems.fflonk.verification_key import VerificationKey
from prover_cli.systems.plonkish import native
from prover_cli.systems.plonkish.native import NativeVerifier

BYTES_PER_POINT = 32 * 100
"""Peak bytes per point of the domain: C0, C1, C2 and their openings have up to 9 coefficients each, and
the wires are kept on three cosets. For 2^18 points the estimate is 1 292 MB; 954 MB were measured on one
thread and 923 MB on two, and for 2^16 points 265 and 313 MB of 323."""

ROWS_PER_POINT = 9 * 3
"""In the size of a stored point of G1: the 9n powers of tau in rows, and the buckets of products."""


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
        return NativeVerifier(key, Proof, ("C0", "X_2"))
