"""One witness to one verified proof: the order of checks that every path shares, and what is done where a
proof does not hold."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from prover_cli.errors import JobFault
from prover_cli.formats.proof import Proof
from prover_cli.formats.wtns import Witness, check_witness
from prover_cli.groth16.blinding import Blinding
from prover_cli.groth16.engine import OpenKey
from prover_cli.groth16.verification import Verifier, verifier_for

PLAIN_EVERY_SECONDS = 60.0
"""Between two proofs by the plain path: a batch of bad witnesses must not cost twice the time."""


@dataclass(frozen=True)
class Checked:
    """A proof, verified where that was asked for."""

    proof: Proof
    defect: bool = False
    """Whether the fast path's proof did not hold and the plain path's did: a defect of ours."""


class PlainPath:
    """The plainest arithmetic there is, kept for telling a defect of ours from a witness at fault: a key
    has no matrix C, so a broken constraint and a wrong calculation look the same. At most one a minute."""

    def __init__(self, open_plain: Callable[[], OpenKey | None]) -> None:
        self._open = open_plain
        self._last = -PLAIN_EVERY_SECONDS

    def prove(self, witness: Witness, threads: int) -> Proof | None:
        """None where it is not its turn, or the fast path is as plain already."""
        now = time.monotonic()
        if now - self._last < PLAIN_EVERY_SECONDS:
            return None
        self._last = now
        key = self._open()
        if key is None:
            return None
        return key.prove(witness, Blinding.fresh(key.layout.curve), threads)


def prove_checked(
    key: OpenKey,
    witness: Witness,
    name: str,
    *,
    threads: int = 1,
    verifier: Verifier | None = None,
    verify: bool = True,
    plain: PlainPath | None = None,
) -> Checked:
    """Proves, then verifies what was proved. `verifier` saves preparing one for each proof; `plain` is asked
    where the proof does not hold.

    Raises JobFault: WITNESS_CURVE, WITNESS_COUNT, WITNESS_FIRST_SIGNAL, WITNESS_NOT_REDUCED, and
    WITNESS_UNSATISFIED: the key has no matrix C, so a broken constraint shows only in that the proof
    does not verify.
    """
    check_witness(witness, key.layout.curve, key.layout.n_vars, name)
    proof = key.prove(witness, Blinding.fresh(key.layout.curve), threads)
    if not verify:
        return Checked(proof)
    verifier = verifier or verifier_for(key.verification_key)
    signals = witness.public_signals(key.n_public)
    if verifier.verify(proof, signals):
        return Checked(proof)
    again = plain.prove(witness, threads) if plain else None
    if again is not None and verifier.verify(again, signals):
        return Checked(again, defect=True)
    raise JobFault(
        "WITNESS_UNSATISFIED",
        f"witness {name} breaks a constraint of the circuit (the proof made from it does not "
        "verify); check that the witness and the key are of the same version of the circuit",
    )
