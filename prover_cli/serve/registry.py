"""Jobs that clients can fetch by id. Finished ones are kept for a while, and only so many of them."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from prover_cli.outcomes.records import Record


@dataclass(eq=False)
class KnownJob:
    """A job. Nobody can guess its id."""

    circuit: str | None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    record: Record | None = None
    """None until it ends."""
    ended: float = 0.0
    fetched: bool = False
    """Whether a client has fetched the result."""


class Registry:
    """Not thread-safe: the event loop's."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._open: dict[str, KnownJob] = {}
        self._ended: OrderedDict[str, KnownJob] = OrderedDict()
        """The one that ended first comes first."""

    def begin(self, circuit: str | None = None) -> KnownJob:
        """A new job."""
        job = KnownJob(circuit)
        self._open[job.id] = job
        return job

    def end(self, job: KnownJob, record: Record, now: float) -> None:
        """Keeps a result, and forgets the oldest ones if there are too many."""
        if self._open.pop(job.id, None) is None:
            return  # forgotten meanwhile
        job.record, job.ended = record, now
        self._ended[job.id] = job
        self._forget(now)

    def find(self, identifier: str, now: float) -> KnownJob | None:
        """None if there never was one, or it is forgotten."""
        self._forget(now)
        job = self._open.get(identifier) or self._ended.get(identifier)
        if job is not None and job.record is not None:
            job.fetched = True
        return job

    def drop(self, identifier: str) -> None:
        """Forgets a job."""
        self._open.pop(identifier, None)
        self._ended.pop(identifier, None)

    @property
    def unread(self) -> int:
        """Finished jobs whose result nobody has fetched yet."""
        return sum(not job.fetched for job in self._ended.values())

    def _forget(self, now: float) -> None:
        while self._ended:
            oldest = next(iter(self._ended.values()))
            if len(self._ended) <= self._most and now - oldest.ended <= self._seconds:
                return
            del self._ended[oldest.id]
