"""The fork server: a small process that has imported what workers need and forks them.

A worker is there in 8 ms instead of 150 ms with spawn. The server is started at the very beginning of a
run, so that its imports happen beside the main process' own: 0.67 s to the first proof of a tiny circuit
without that, 0.56 s with it (2 cores at 2 GHz, CPython 3.11).
"""

import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from prover_cli.temporary_folder import temporary_folder

PRELOAD = "prover_cli.pool.preload"

OUR_PROCESSES = "prove-batch worker"
"""How the names of the pool's processes begin."""

GROUP_SIGNALS = {getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)}
"""What a closed terminal or a service manager sends to the whole group."""

LONGEST_FOLDER = 70
"""Bytes of a folder in which the server's socket has a name that is short enough: multiprocessing adds 32."""


def start_method() -> str:
    """forkserver where there is one and forking is safe (not on macOS, whose system libraries do not
    survive it), else spawn."""
    known = multiprocessing.get_all_start_methods()
    return "forkserver" if "forkserver" in known and sys.platform != "darwin" else "spawn"


def start_early() -> None:
    """Starts the fork server now; without one this does nothing. A later start finds it running."""
    if start_method() == "forkserver":
        from multiprocessing import forkserver, resource_tracker

        host = _of_the_host()
        forkserver.set_forkserver_preload([*host, PRELOAD])
        with _own_environment(safe_path=not host), _without_signals():
            resource_tracker.ensure_running()  # on its own first: it unblocks SIGTERM when it has started
        with _own_environment(safe_path=not host), _without_signals(), _short_temporary_folder():
            forkserver.ensure_running()


def _of_the_host() -> list[str]:
    """What a program that embeds this one has its fork server import. Not multiprocessing's default, which is
    the program itself: no worker needs that."""
    from multiprocessing import forkserver

    server = getattr(forkserver, "_forkserver", None)
    preloaded = list(getattr(server, "_preload_modules", ()))
    return [name for name in preloaded if name not in ("__main__", PRELOAD)]


@contextmanager
def _short_temporary_folder() -> Iterator[None]:
    """The server listens at a socket among the temporary files, whose name may have 108 bytes (unix(7)), and
    where Slurm and CI put those, the folder's alone may have more. Its socket is then put where names are
    short."""
    short = temporary_folder(LONGEST_FOLDER)
    before = tempfile.tempdir
    tempfile.tempdir = short
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextmanager
def _without_signals() -> Iterator[None]:
    """The server, and the tracker that comes with it, inherit the mask: a closed terminal or a service
    manager signals the whole group, and with the server all its workers would be lost."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, GROUP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _own_environment(*, safe_path: bool) -> Iterator[None]:
    """The server is a `python -c`, which looks for modules in the working directory first. There may lie a
    checkout of this very package without its extension, and workers must have the installed one: with
    `safe_path` it does not look there. What a host has it import may lie there. The tracker removes what a
    killed run left behind, and need not warn about it."""
    warnings = ",".join(filter(None, [os.environ.get("PYTHONWARNINGS"), "ignore:resource_tracker"]))
    ours = {"PYTHONWARNINGS": warnings} | ({"PYTHONSAFEPATH": "1"} if safe_path else {})
    before = {name: os.environ.get(name) for name in ours}
    os.environ |= ours
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
