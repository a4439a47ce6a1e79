"""One proof at a time, for programs: `load_key`, `prove` and `verify`. For batches, use `WorkerPool`."""

from pathlib import Path

from prover_cli.formats.wtns import Witness, parse_witness
from prover_cli.systems.choice import choose_engine
from prover_cli.systems.protocols import Proof, Prover, VerificationKey
from prover_cli.systems.registry import engine_for, map_key, system_named, verifier_for


def load_key(path: str | Path, *, engine: str = "auto", validate: bool = True) -> Prover:
    """Opens a `.zkey` for proving. The file stays mapped as long as the returned prover exists.

    `validate` checks every point that is used in proofs and the range of each coefficient. This is done once
    per key and remembered in the cache folder.
    Raises SetupFault (KEY_…, ENGINE_MISSING).
    """
    chosen = choose_engine(engine).engine
    mapped = map_key(Path(path))
    maker = engine_for(mapped.system, chosen)
    if validate and not system_named(mapped.system).is_known_valid(mapped):
        maker.open(mapped).ensure_valid()
    return maker.prover(mapped)


def prove(
    key: Prover, witness: str | Path | bytes | Witness, *, threads: int = 1
) -> tuple[Proof, tuple[int, ...]]:
    """A verified proof and its public signals. `witness` is a path, the bytes of a `.wtns`, or a `Witness`.

    Raises JobFault (WITNESS_…), for example WITNESS_UNSATISFIED if it breaks a constraint.
    """
    name = "given"
    if isinstance(witness, str | Path):
        name = str(witness)
        witness = Path(witness).read_bytes()
    if isinstance(witness, bytes):
        witness = parse_witness(witness, name)
    made = key.prove(witness, name, threads=threads)
    return made.proof, witness.public_signals(key.n_public)


def verify(key: VerificationKey | Prover, proof: Proof, public_signals: tuple[int, ...]) -> bool:
    """Whether the proof is valid for the public signals under this key."""
    found = key if isinstance(key, VerificationKey) else key.verification_key
    return verifier_for(found).verify(proof, public_signals)
