"""One witness to one verified proof: the order of checks that every path shares."""

from prover_cli.errors import JobFault
from prover_cli.formats.proof import Proof
from prover_cli.formats.wtns import Witness, check_witness
from prover_cli.groth16.blinding import Blinding
from prover_cli.groth16.engine import OpenKey
from prover_cli.groth16.verification import Verifier, verifier_for


def prove_checked(
    key: OpenKey,
    witness: Witness,
    name: str,
    *,
    threads: int = 1,
    verifier: Verifier | None = None,
    verify: bool = True,
) -> Proof:
    """Proves, then verifies what was proved. `verifier` saves preparing one for each proof.

    Raises JobFault: WITNESS_CURVE, WITNESS_COUNT, WITNESS_FIRST_SIGNAL, WITNESS_NOT_REDUCED, and
    WITNESS_UNSATISFIED: the key has no matrix C, so a broken constraint shows only in that the proof
    does not verify.
    """
    check_witness(witness, key.layout.curve, key.layout.n_vars, name)
    proof = key.prove(witness, Blinding.fresh(key.layout.curve), threads)
    if verify:
        verifier = verifier or verifier_for(key.verification_key)
        if not verifier.verify(proof, witness.public_signals(key.n_public)):
            raise JobFault(
                "WITNESS_UNSATISFIED",
                f"witness {name} breaks a constraint of the circuit (the proof made from it does not "
                "verify); check that the witness and the key are of the same version of the circuit",
            )
    return proof
