"""When a proof turns out invalid: is the fault in the witness, in the key, or in this program?

A Groth16 key does not contain the matrix C, so from the key alone a broken constraint, a damaged key and a
wrong calculation look the same. If the circuit's `.r1cs` is next to the key, witness and key are checked
against it. If not, the witness is checked against the key's gates, where a key has them all, as in PLONK and
FFLONK. Otherwise the proof is repeated with the simplest arithmetic, at most once per minute, so that a batch
of bad witnesses does not take twice the time.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic

from prover_cli.faults import Code, Fault, JobFault
from prover_cli.formats.wtns import Witness
from prover_cli.systems.constraints import Constraints, most_unpacked
from prover_cli.systems.opened_key import SATISFIED, B, OpenedKey, Unsatisfied
from prover_cli.systems.protocols import Proof

PLAIN_EVERY_SECONDS = 60.0

MOST_SIGNALS = 6
"""Signals named in the report of a broken constraint."""


class Judge(Generic[B]):
    """One per open key."""

    def __init__(
        self,
        open_plain: Callable[[], OpenedKey[B] | None],
        constraints: Path | None = None,
        *,
        folded: bool = False,
    ) -> None:
        """`open_plain` opens the key with the simplest arithmetic. It returns None if there is none simpler.
        With `folded`, the key's tables were built from the constraints, so these are not independent
        evidence."""
        self._open_plain = open_plain
        self._path = constraints
        self._constraints: Constraints | None = None
        self._unusable = ""
        """Why the constraints next to the key are of no use, for messages."""
        self._folded = folded
        self._last = -PLAIN_EVERY_SECONDS
        self._turn = threading.Lock()

    def decide(
        self,
        key: OpenedKey[B],
        witness: Witness,
        name: str,
        holds: Callable[[Proof], bool],
        threads: int = 1,
        blinding: B | None = None,
    ) -> Proof:
        """The plain path's proof, if it is valid. The bug is then ours.

        Raises JobFault: WITNESS_UNSATISFIED, KEY_MISMATCH.
        """
        broken = self._first_broken(key, witness, threads)
        if broken is not None and broken >= 0 and not self._folded:
            raise self._breaks(name, broken)
        gate = key.broken_gate(witness, threads) if broken is None else None
        if gate is not None and gate >= 0:
            raise self._breaks_gate(name, gate)
        satisfied = SATISFIED in (broken, gate)
        proof = self._plain_proof(witness, threads, blinding, at_once=satisfied)
        if proof is not None and holds(proof):
            return proof
        if broken == SATISFIED:
            raise self._key_at_fault(key, name, threads)
        if gate == SATISFIED:
            raise JobFault(
                Code.KEY_MISMATCH,
                f"witness {name} satisfies every gate of the key, but proofs made from it do not verify: the "
                "key is damaged: copy it again",
            )
        if broken is not None and broken >= 0:
            raise self._breaks(name, broken)
        raise JobFault(
            Code.WITNESS_UNSATISFIED,
            f"witness {name} breaks a constraint of the circuit, or the key is damaged: the proof made from "
            "it does not verify. Check that witness and key are from the same version of the circuit"
            + (self._unusable or "; put the circuit's .r1cs next to the key to find out which"),
        )

    def _breaks(self, name: str, constraint: int) -> JobFault:
        return JobFault(
            Code.WITNESS_UNSATISFIED,
            f"witness {name} breaks constraint {constraint} of {self._path} (counted from 0"
            f"{self._signals(constraint)}); check the inputs, and that witness and key are from the same "
            "version of the circuit",
        )

    def _breaks_gate(self, name: str, gate: int) -> JobFault:
        return JobFault(
            Code.WITNESS_UNSATISFIED,
            f"witness {name} breaks gate {gate} of the key (counted from 0); check the inputs, and that "
            "witness and key are from the same version of the circuit"
            + (self._unusable or "; put the .r1cs next to the key to find out which constraint it is"),
        )

    def _key_at_fault(self, key: OpenedKey[B], name: str, threads: int) -> JobFault:
        """The witness is correct. What is wrong with the key?"""
        assert self._constraints is not None, "a witness was found to satisfy them"
        difference = key.difference(self._constraints, threads)
        if difference is not None:
            why = (
                f"the key is damaged or from a different version of the circuit ({difference}): copy it "
                "again, or make it from this .r1cs"
            )
        else:
            why = "its constraints are the same, so some of its points are damaged: copy it again"
        return JobFault(
            Code.KEY_MISMATCH,
            f"witness {name} satisfies every constraint of {self._path}, but proofs made from it with this "
            f"key do not verify: {why}",
        )

    def _signals(self, constraint: int) -> str:
        """`; signals a, b`, by name if the .sym is next to the constraints."""
        symbols = list(self._path.parent.glob("*.sym")) if self._path is not None else []
        if self._constraints is None or len(symbols) != 1:
            return ""
        try:
            names = self._constraints.signals(constraint, symbols[0])
        except Fault:
            return ""
        return f"; signals {', '.join(names[:MOST_SIGNALS])}" + (", …" if len(names) > MOST_SIGNALS else "")

    def _first_broken(self, key: OpenedKey[B], witness: Witness, threads: int) -> int | None:
        """A constraint, SATISFIED, or None if there are no constraints to check."""
        if self._path is None:
            return None
        try:
            with self._turn:
                self._constraints = self._constraints or Constraints(self._path, most_unpacked(key.layout))
            if not self._constraints.fits(key.layout):
                raise JobFault(Code.R1CS_MISMATCH, f"constraints {self._path} are from a different circuit")
            return next(iter(self._constraints.broken(witness, threads=threads)), SATISFIED)
        except Fault as fault:
            self._unusable = f"; {fault.message}"
            self._path = None  # of no use, to this job or any later one
            return None

    def _plain_proof(
        self, witness: Witness, threads: int, blinding: B | None, *, at_once: bool
    ) -> Proof | None:
        """None if the last one was less than a minute ago, or if the fast path is already the simplest."""
        with self._turn:
            now = time.monotonic()
            if not at_once and now - self._last < PLAIN_EVERY_SECONDS:
                return None
            self._last = now
        key = self._open_plain()
        if key is None:
            return None
        try:
            return key.prove(witness, key.fresh_blinding() if blinding is None else blinding, threads)
        except Unsatisfied:
            return None
