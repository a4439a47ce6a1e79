"""The worker pool: N slots, each with a worker of its own, fed from one bounded queue.

Loaded by name, for a worker imports this package too and needs only its own module of it.
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
