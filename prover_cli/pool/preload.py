"""Imported by the fork server before any worker is forked: everything that each worker would import."""

import concurrent.futures.process
import gc
import multiprocessing
import signal
from multiprocessing import util

from prover_cli.pool import worker
from prover_cli.pool.forkserver import GROUP_SIGNALS, OUR_PROCESSES
from prover_cli.prepared import tables
from prover_cli.systems.choice import native_error
from prover_cli.systems.registry import SYSTEMS, engine_for, system_named

PRELOADED: list[object] = [concurrent.futures.process, tables, worker, *map(system_named, SYSTEMS)]
if native_error() is None:
    PRELOADED += [engine_for(system, "native") for system in SYSTEMS]


def unblock_signals_of_the_host(_: object) -> None:
    """The server blocks signals to the process group. Processes that the host program forks from it must not
    inherit that: `Pool.terminate` sends SIGTERM and would wait forever. Our own workers keep signals blocked
    until they have installed their handlers."""
    if not multiprocessing.current_process().name.startswith(OUR_PROCESSES):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, GROUP_SIGNALS)


# What is here stays: workers need not look through it for garbage, which would also copy its pages.
gc.freeze()
util.register_after_fork(unblock_signals_of_the_host, unblock_signals_of_the_host)
