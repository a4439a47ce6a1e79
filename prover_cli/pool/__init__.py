"""The worker pool: N slots, each with its own worker, fed from one bounded queue.

Names are loaded lazily, because workers import this package too and need only one of its modules.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prover_cli.pool.pool import QueueFull, WorkerPool

__all__ = ["QueueFull", "WorkerPool"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("prover_cli.pool.pool"), name)
