"""Groth16 over circom keys: two engines behind one protocol, and verification.

`load_key`, `prove` and `verify` are the Python interface for one proof at a time; a batch goes through
`prover_cli.pool`.
"""

from __future__ import annotations

from pathlib import Path

from prover_cli.formats.proof import Proof
from prover_cli.formats.verification_key import VerificationKey
from prover_cli.formats.wtns import Witness, parse_witness
from prover_cli.groth16.blinding import Blinding
from prover_cli.groth16.checked import prove_checked
from prover_cli.groth16.choice import choose_engine
from prover_cli.groth16.engine import OpenKey
from prover_cli.groth16.mapped import MappedKey
from prover_cli.groth16.verification import verifier_for

__all__ = ["Blinding", "OpenKey", "load_key", "prove", "verify"]


def load_key(path: str | Path, *, engine: str = "auto", validate: bool = True) -> OpenKey:
    """Opens a `.zkey` for proving. It stays mapped for as long as the result lives.

    `validate` looks at every point that proofs are made of and at the range of each coefficient, once per
    key: the cache folder remembers it.
    Raises SetupFault (KEY_…, ENGINE_MISSING).
    """
    mapped = MappedKey(Path(path))
    opened = choose_engine(engine).engine.open(mapped)
    if validate:
        from prover_cli.groth16.validation import ensure_valid

        ensure_valid(mapped, opened)
    return opened


def prove(
    key: OpenKey, witness: str | Path | bytes | Witness, *, threads: int = 1
) -> tuple[Proof, tuple[int, ...]]:
    """A verified proof and its public signals. `witness` is a path, a `.wtns` as bytes, or parsed.

    Raises JobFault (WITNESS_…), WITNESS_UNSATISFIED where it breaks a constraint.
    """
    name = "given"
    if isinstance(witness, str | Path):
        name = str(witness)
        witness = Path(witness).read_bytes()
    if isinstance(witness, bytes):
        witness = parse_witness(witness, name)
    checked = prove_checked(key, witness, name, threads=threads)
    return checked.proof, witness.public_signals(key.n_public)


def verify(key: VerificationKey | OpenKey, proof: Proof, public_signals: tuple[int, ...]) -> bool:
    """Whether the proof holds for the public signals under this key."""
    if not isinstance(key, VerificationKey):
        key = key.verification_key
    return verifier_for(key).verify(proof, public_signals)
