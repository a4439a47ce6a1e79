"""The fork server: a small process that has imported what workers need and forks them.

A worker starts in 8 ms instead of 150 ms with spawn. The server is started at the very beginning of a run, so
that its imports run in parallel with those of the main process. The first proof of a tiny circuit is then
done after 0.56 s instead of 0.67 s (2 cores at 2 GHz, CPython 3.11).
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
"""Prefix of the names of the pool's processes."""

GROUP_SIGNALS = {getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)}
"""Signals that a closing terminal or a service manager sends to the whole process group."""

LONGEST_FOLDER = 70
"""Maximum bytes of the path to the server's socket folder. multiprocessing adds 32."""


def start_method() -> str:
    """forkserver if it is available and forking is safe, else spawn. On macOS forking is not safe because of
    its system libraries."""
    known = multiprocessing.get_all_start_methods()
    return "forkserver" if "forkserver" in known and sys.platform != "darwin" else "spawn"


def start_early() -> None:
    """Starts the fork server now, if this platform has one. A later start finds it running."""
    if start_method() == "forkserver":
        from multiprocessing import forkserver, resource_tracker

        host = _of_the_host()
        forkserver.set_forkserver_preload([*host, PRELOAD])
        with _own_environment(safe_path=not host), _without_signals():
            resource_tracker.ensure_running()  # separately and first: it unblocks SIGTERM once started
        with _own_environment(safe_path=not host), _without_signals(), _short_temporary_folder():
            forkserver.ensure_running()


def _of_the_host() -> list[str]:
    """The modules that a program embedding this one preloads in its fork server. multiprocessing's default,
    the program's main module, is left out because no worker needs it."""
    from multiprocessing import forkserver

    server = getattr(forkserver, "_forkserver", None)
    preloaded = list(getattr(server, "_preload_modules", ()))
    return [name for name in preloaded if name not in ("__main__", PRELOAD)]


@contextmanager
def _short_temporary_folder() -> Iterator[None]:
    """The server listens on a socket in the folder for temporary files. Its path may have at most 108 bytes
    (unix(7)). Under Slurm or in CI, that folder's own path can be longer. The socket is then created in a
    folder with a shorter path."""
    short = temporary_folder(LONGEST_FOLDER)
    before = tempfile.tempdir
    tempfile.tempdir = short
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextmanager
def _without_signals() -> Iterator[None]:
    """The server and its resource tracker inherit the signal mask. A closing terminal or a service manager
    signals the whole group, and without the server all workers would be lost."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, GROUP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _own_environment(*, safe_path: bool) -> Iterator[None]:
    """The server runs as `python -c`, which looks for modules in the working directory first. That may be a
    checkout of this package without its extension, but workers need the installed one. With `safe_path` the
    working directory is not searched; a host's own preloaded modules may need it, though. The tracker cleans
    up after killed runs, and need not warn about it."""
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
