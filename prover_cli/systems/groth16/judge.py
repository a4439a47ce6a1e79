"""Where a proof of ours does not hold: is the witness at fault, the key, or are we?

A key has no matrix C, so a broken constraint, a damaged key and a wrong calculation look the same from the
key alone. With the circuit's `.r1cs` beside the key witness and key are checked against it. Without, the
plainest arithmetic there is proves once more, at most once a minute: a batch of bad witnesses must not cost
twice the time.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from prover_cli.faults import Code, Fault, JobFault
from prover_cli.formats.wtns import Witness
from prover_cli.systems.constraints import Constraints, most_unpacked
from prover_cli.systems.groth16.blinding import Blinding
from prover_cli.systems.groth16.opened import OpenedKey
from prover_cli.systems.groth16.proof import Proof

PLAIN_EVERY_SECONDS = 60.0

SATISFIED = -1
"""In the place of a broken constraint where there is none."""


MOST_SIGNALS = 6
"""Of a broken constraint that are named."""


class Judge:
    """One for each open key."""

    def __init__(
        self,
        open_plain: Callable[[], OpenedKey | None],
        constraints: Path | None = None,
        *,
        folded: bool = False,
    ) -> None:
        """`open_plain` gives the key with the plainest arithmetic, None where there is no plainer.
        With `folded` the key's own tables come from constraints, so these are no independent witness."""
        self._open_plain = open_plain
        self._path = constraints
        self._constraints: Constraints | None = None
        self._unusable = ""
        """Why the constraints beside the key tell nothing, for messages."""
        self._folded = folded
        self._last = -PLAIN_EVERY_SECONDS
        self._turn = threading.Lock()

    def decide(
        self,
        key: OpenedKey,
        witness: Witness,
        name: str,
        holds: Callable[[Proof], bool],
        threads: int = 1,
        blinding: Blinding | None = None,
    ) -> Proof:
        """The plain path's proof, where that one holds: then the defect is ours.

        Raises JobFault: WITNESS_UNSATISFIED, KEY_MISMATCH.
        """
        broken = self._first_broken(key, witness, threads)
        if broken is not None and broken >= 0 and not self._folded:
            raise self._breaks(name, broken)
        proof = self._plain_proof(witness, threads, blinding, at_once=broken == SATISFIED)
        if proof is not None and holds(proof):
            return proof
        if broken == SATISFIED:
            raise self._key_at_fault(key, name, threads)
        if broken is not None and broken >= 0:
            raise self._breaks(name, broken)
        raise JobFault(
            Code.WITNESS_UNSATISFIED,
            f"witness {name} breaks a constraint of the circuit, or the key is damaged: the proof made from "
            "it does not verify. Check that witness and key are of the same version of the circuit"
            + (self._unusable or "; with the circuit's .r1cs beside the key the two are told apart"),
        )

    def _breaks(self, name: str, constraint: int) -> JobFault:
        return JobFault(
            Code.WITNESS_UNSATISFIED,
            f"witness {name} breaks constraint {constraint} of {self._path} (counted from 0"
            f"{self._signals(constraint)}); check the inputs that it was made from, and that witness and key "
            "are of the same version of the circuit",
        )

    def _key_at_fault(self, key: OpenedKey, name: str, threads: int) -> JobFault:
        """The witness is right: what is wrong with the key?"""
        assert self._constraints is not None, "a witness was found to satisfy them"
        difference = key.difference(self._constraints, threads)
        if difference is not None:
            why = (
                f"the key is damaged or of another version of the circuit ({difference}): copy it again, or "
                "make it from this .r1cs"
            )
        else:
            why = "the key has its A and B, so points of the key are damaged: copy it again"
        return JobFault(
            Code.KEY_MISMATCH,
            f"witness {name} satisfies every constraint of {self._path}, but no proof made from it with this "
            f"key verifies: {why}",
        )

    def _signals(self, constraint: int) -> str:
        """`; signals a, b`, by name where the .sym lies beside the constraints."""
        symbols = list(self._path.parent.glob("*.sym")) if self._path is not None else []
        if self._constraints is None or len(symbols) != 1:
            return ""
        try:
            names = self._constraints.signals(constraint, symbols[0])
        except Fault:
            return ""
        return f"; signals {', '.join(names[:MOST_SIGNALS])}" + (", …" if len(names) > MOST_SIGNALS else "")

    def _first_broken(self, key: OpenedKey, witness: Witness, threads: int) -> int | None:
        """A constraint, SATISFIED, or None where there are no constraints to go by."""
        if self._path is None:
            return None
        try:
            with self._turn:
                self._constraints = self._constraints or Constraints(self._path, most_unpacked(key.layout))
            if not self._constraints.fits(key.layout):
                raise JobFault(Code.R1CS_MISMATCH, f"constraints {self._path} are of another circuit")
            return next(iter(self._constraints.broken(witness, threads=threads)), SATISFIED)
        except Fault as fault:
            self._unusable = f"; {fault.message}"
            self._path = None  # of no use: neither to this job nor to those that follow
            return None

    def _plain_proof(
        self, witness: Witness, threads: int, blinding: Blinding | None, *, at_once: bool
    ) -> Proof | None:
        """None where it is not its turn, or the fast path is as plain already."""
        with self._turn:
            now = time.monotonic()
            if not at_once and now - self._last < PLAIN_EVERY_SECONDS:
                return None
            self._last = now
        key = self._open_plain()
        if key is None:
            return None
        return key.prove(witness, blinding or Blinding.fresh(key.layout.curve), threads)
