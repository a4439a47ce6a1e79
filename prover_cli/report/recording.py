"""What a report is made from, bounded in size however long the run is: which worker had which job when, how
many jobs were finished in each stretch of time, and what happened to workers."""

import threading
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from prover_cli.outcomes.records import Record
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.pool.statistics import WorkerStatistics

MOST_SPANS = 100_000
"""Jobs that are drawn one by one. They take 10 MB of memory, and 5 MB in the file."""

MOST_BINS = 240
MOST_EVENTS = 500

PROVED, FAILED, LOST, OPENING = range(4)
"""Kinds of spans. The last two are a job whose worker ended, and a circuit being opened."""


@dataclass
class Spans:
    """What one worker did, in the order in which it finished. Times are in seconds since the run began."""

    starts: "array[float]" = field(default_factory=lambda: array("d"))
    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    kinds: "array[int]" = field(default_factory=lambda: array("b"))
    names: list[str] = field(default_factory=list)
    circuits: list[str] = field(default_factory=list)


@dataclass
class Bins:
    """Jobs finished in stretches of equal length. When there are too many stretches, their length doubles."""

    width: float = 0.05
    proved: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)

    def add(self, at: float, *, proved: bool) -> None:
        """Counts a job that finished after `at` seconds."""
        while at >= self.width * MOST_BINS:
            self.proved, self.failed = _halved(self.proved), _halved(self.failed)
            self.width *= 2
        place = int(at / self.width)
        missing = [0] * (place + 1 - len(self.proved))
        self.proved += missing
        self.failed += missing
        (self.proved if proved else self.failed)[place] += 1

    def coarser(self) -> "Bins":
        """The same with about eight jobs per stretch, so that rates mean something, but at least twelve
        stretches."""
        found = Bins(self.width, self.proved, self.failed)
        while len(found.proved) >= 24 and sum(found.proved) + sum(found.failed) < 8 * len(found.proved):
            found = Bins(2 * found.width, _halved(found.proved), _halved(found.failed))
        return found


def _halved(counts: list[int]) -> list[int]:
    return [sum(counts[i : i + 2]) for i in range(0, len(counts), 2)]


class Recording:
    """Listens to jobs and workers. Its methods are called from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.began = time.time()
        self.spans: dict[int, Spans] = {}
        self.undrawn = 0
        """Spans beyond MOST_SPANS."""
        self.bins = Bins()
        self.circuits: dict[str, WorkerStatistics] = {}
        """Proofs and their durations by circuit."""
        self.events: list[tuple[float, str]] = []
        self.untold = 0
        """Events beyond MOST_EVENTS."""
        self._clock = clock
        self._zero = clock()
        self._drawn = 0
        self._lock = threading.Lock()

    def pool_event(self, event: PoolEvent) -> None:
        """Records what the pool reports."""
        now = self._clock() - self._zero
        with self._lock:
            if event.kind == "answered":
                self._span(event, now, PROVED if event.reason == "proved" else FAILED)
            elif event.kind == "opened":
                self._span(event, now, OPENING)
            elif event.lost and event.job is not None:
                self._span(event, now, LOST)
            if event.trouble is not None:
                self._event(now, event.trouble)

    def finished(self, record: Record) -> None:
        """Records the end of a job."""
        with self._lock:
            if record.proved is not None:
                counted = self.circuits.setdefault(record.circuit, WorkerStatistics(len(self.circuits)))
                counted.proved(record.proved.seconds, 0.0)
            if not record.skipped:
                self.bins.add(self._clock() - self._zero, proved=record.proved is not None)

    def _span(self, event: PoolEvent, now: float, kind: int) -> None:
        if event.worker is None or event.seconds is None:
            return
        if self._drawn >= MOST_SPANS:
            self.undrawn += 1
            return
        self._drawn += 1
        spans = self.spans.setdefault(event.worker, Spans())
        spans.starts.append(max(0.0, now - event.seconds))
        spans.seconds.append(min(event.seconds, now))
        spans.kinds.append(kind)
        spans.names.append(event.job or "")
        spans.circuits.append(event.circuit or "")

    def _event(self, now: float, text: str) -> None:
        if len(self.events) < MOST_EVENTS:
            self.events.append((now, text))
        else:
            self.untold += 1


def merged(spans: Spans, resolution: float) -> Sequence[tuple[float, float, int]]:
    """Start, end and kind of what can be told apart at this resolution, in seconds. Neighbours of one kind
    are merged."""
    found: list[tuple[float, float, int]] = []
    order = sorted(range(len(spans.starts)), key=spans.starts.__getitem__)
    for place in order:
        start, kind = spans.starts[place], spans.kinds[place]
        end = start + spans.seconds[place]
        if found and found[-1][2] == kind and start - found[-1][1] < resolution:
            found[-1] = (found[-1][0], max(end, found[-1][1]), kind)
        elif kind == PROVED and end - start < resolution and found and end < found[-1][1] + resolution:
            continue  # too short to be seen beside what is there; failures are always drawn
        else:
            found.append((start, end, kind))
    return found
