"""Threads that end with an exception: one line instead of a traceback, in our own processes."""

import os
import sys
import threading
from contextlib import suppress

from prover_cli.faults import shortage, unexpected


def tell_in_a_line() -> None:
    """Installs the hook in this process. Never used in a caller's process."""
    threading.excepthook = _tell


def _tell(ended: threading.ExceptHookArgs) -> None:
    if os.environ.get("PROVE_BATCH_TRACEBACK"):
        threading.__excepthook__(ended)
        return
    error = ended.exc_value
    why = "" if error is None else shortage(error) or unexpected(error)
    name = ended.thread.name if ended.thread is not None else "without a name"
    with suppress(OSError, ValueError):  # standard error may be closed
        print(f"warning: thread {name} died: {why}", file=sys.stderr, flush=True)
