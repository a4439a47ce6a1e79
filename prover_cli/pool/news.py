"""What happens to workers, for logs: the pool tells, whoever wants listens."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class News:
    """One thing that happened. `event` is one of started, opened, answered (a job: proved or failed is the
    reason), ended, fewer, more, and defect: of ours."""

    event: str
    worker: int | None = None
    pid: int | None = None
    job: str | None = None
    circuit: str | None = None
    seconds: float | None = None
    reason: str | None = None
    detail: str | None = None
    proofs_at_a_time: int | None = None


class Hears(Protocol):
    """Called from the pool's own threads; must be quick."""

    def __call__(self, news: News) -> None: ...
