"""How fast a run goes."""

import time

from prover_cli.outcomes.records import Record


class Pace:
    """Counts finished jobs. Those that an earlier run had done say nothing about how long the rest takes."""

    def __init__(self) -> None:
        self.done = 0
        self._skipped = 0
        self._began = time.monotonic()

    def start(self) -> None:
        """The first job is about to be handed out."""
        self._began = time.monotonic()

    def count(self, record: Record) -> None:
        """One more has finished."""
        self.done += 1
        self._skipped += record.skipped

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._began

    @property
    def per_second(self) -> float:
        """Jobs a second, of those that had to be done."""
        return (self.done - self._skipped) / self.seconds if self.seconds > 0 else 0.0
