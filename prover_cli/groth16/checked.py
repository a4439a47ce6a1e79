"""One witness to one verified proof: the order of checks that every path shares, and what is done where a
proof does not hold."""

from dataclasses import dataclass

from prover_cli.formats.proof import Proof
from prover_cli.formats.wtns import Witness, check_witness
from prover_cli.groth16.blinding import Blinding
from prover_cli.groth16.engine import OpenKey
from prover_cli.groth16.judge import Judge
from prover_cli.groth16.verification import Verifier, verifier_for


@dataclass(frozen=True)
class Checked:
    """A proof, verified where that was asked for."""

    proof: Proof
    defect: bool = False
    """Whether the fast path's proof did not hold and the plain path's did: a defect of ours."""


def prove_checked(
    key: OpenKey,
    witness: Witness,
    name: str,
    *,
    threads: int = 1,
    verifier: Verifier | None = None,
    verify: bool = True,
    judge: Judge | None = None,
    cancel: bytearray | None = None,
    blinding: Blinding | None = None,
) -> Checked:
    """Proves, then verifies what was proved. `verifier` saves preparing one for each proof; `judge` is asked
    where the proof does not hold. `blinding` is fresh where none is given.

    Raises JobFault: WITNESS_CURVE, WITNESS_COUNT, WITNESS_FIRST_SIGNAL, WITNESS_NOT_REDUCED,
    WITNESS_UNSATISFIED, KEY_MISMATCH.
    """
    check_witness(witness, key.layout.curve, key.layout.n_vars, name)
    proof = key.prove(witness, blinding or Blinding.fresh(key.layout.curve), threads, cancel)
    if not verify:
        return Checked(proof)
    verifier = verifier or verifier_for(key.verification_key)
    signals = witness.public_signals(key.n_public)

    def holds(proof: Proof) -> bool:
        return verifier.verify(proof, signals)

    if holds(proof):
        return Checked(proof)
    judge = judge or Judge(lambda: None)
    return Checked(judge.decide(key, witness, name, holds, threads, blinding), defect=True)
