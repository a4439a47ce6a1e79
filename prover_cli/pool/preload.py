"""Imported by the fork server before any worker is forked: what every worker would import itself."""

import multiprocessing
import signal
from multiprocessing import util

from prover_cli.pool import worker
from prover_cli.pool.forkserver import GROUP_SIGNALS, OUR_PROCESSES
from prover_cli.systems.choice import native_error
from prover_cli.systems.registry import SYSTEMS, engine_for

if native_error() is None:
    PRELOADED = (worker, *(engine_for(system, "native") for system in SYSTEMS))


def unblock_signals_of_the_host(_: object) -> None:
    """The server is deaf to signals for the group, and a process of the host's must not be for having been
    forked by it: `Pool.terminate` sends SIGTERM and waits for ever. Workers of ours stay so until they have
    said what is to become of signals."""
    if not multiprocessing.current_process().name.startswith(OUR_PROCESSES):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, GROUP_SIGNALS)


util.register_after_fork(unblock_signals_of_the_host, unblock_signals_of_the_host)
