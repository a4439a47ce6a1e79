"""The worker pool: N slots, each with a worker of its own, fed from one bounded queue."""

from prover_cli.pool.job import Outcome, ProveJob, WitnessSource
from prover_cli.pool.pool import QueueFull, WorkerPool

__all__ = ["Outcome", "ProveJob", "QueueFull", "WitnessSource", "WorkerPool"]
