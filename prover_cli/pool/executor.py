"""The interface between a run and whatever makes its proofs: a pool of local workers, or a fleet behind a
queue."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol, Self

from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool.job import ProveJob
from prover_cli.pool.statistics import WorkerStatistics


@dataclass(frozen=True)
class Running:
    """What one worker is doing, for displays."""

    worker: int
    pid: int | None
    job_id: str | None
    seconds: float


class ProofExecutor(Protocol):
    """Jobs in, outcomes out; see WorkerPool."""

    def __enter__(self) -> Self: ...
    def __exit__(self, kind: object, *_: object) -> None: ...
    def execute(self, job: ProveJob, *, block: bool = True) -> "Future[Outcome]": ...
    def finish(self) -> None: ...
    def give_back(self) -> None: ...
    def shutdown(self, *, drain: bool = True) -> None: ...
    def running(self) -> Sequence[Running]: ...
    @property
    def statistics(self) -> list[WorkerStatistics]: ...
    @property
    def counters(self) -> list[WorkerStatistics]: ...
    @property
    def queued(self) -> int: ...
