"""A run whose jobs all fail in the same way from the start most likely has the wrong key or calculator."""

from collections.abc import Callable

from prover_cli.faults import Code
from prover_cli.outcomes.records import Record

FIRST = 20
"""Jobs after which it is said."""

OF_OTHER_FILES = {
    Code.WITNESS_COUNT: "key",
    Code.WITNESS_CURVE: "key",
    Code.WITNESS_UNSATISFIED: "key",
    Code.KEY_MISMATCH: "key or .wasm",
    Code.INPUT_UNKNOWN: ".wasm",
    Code.INPUT_MISSING: ".wasm",
    Code.INPUT_SHAPE: ".wasm",
}
"""Faults that jobs have because they are of another circuit, and the file that tells so."""


class WrongFiles:
    """A listener that tells, once, that it is probably not the jobs that are wrong."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._codes: set[Code] = set()
        self._failed = 0
        self._listens = True

    def finished(self, record: Record) -> None:
        """A job has ended."""
        if not self._listens:
            return
        if record.fault is None or record.fault.kind not in OF_OTHER_FILES:
            self._listens = False
            return
        self._codes.add(record.fault.kind)
        self._failed += 1
        self._listens = len(self._codes) == 1 and self._failed < FIRST
        if self._failed == FIRST and len(self._codes) == 1:
            self._tell(f"the first {FIRST} jobs all")

    def ended(self) -> None:
        """There are no more jobs: of a few that all failed it is said now."""
        # What no proof's verifying says about the key, the run's end says by itself.
        if self._listens and self._failed > 1 and Code.WITNESS_UNSATISFIED not in self._codes:
            self._tell(f"all {self._failed} jobs")

    def _tell(self, which: str) -> None:
        (code,) = self._codes
        self._warn(
            f"{which} failed with {code}: the {OF_OTHER_FILES[code]} probably belongs to another circuit, or "
            "to another version of it"
        )
