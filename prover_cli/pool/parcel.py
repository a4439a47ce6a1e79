"""Results that are too large for the pipe are passed through a file.

If a worker is killed while sending more than a pipe takes at once, the executor waits forever for the rest
(seen with CPython 3.11). Writes of up to 4 KB are atomic. Larger results, which only occur with many public
signals, are put in the run's scratch folder. They contain only what the proof makes public anyway.
"""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from prover_cli.outcomes.outcome import Outcome

PIPE_LIMIT = 2900
"""Bytes of public signals that may go through the pipe. With the largest proof and pickling (about 700), a
message stays below PIPE_BUF (4096 on Linux)."""


def wrap(outcome: Outcome, scratch: str) -> Outcome:
    """The outcome in a form that fits through the pipe."""
    if len(outcome.public) <= PIPE_LIMIT:
        return outcome
    handle, path = tempfile.mkstemp(dir=scratch)
    with os.fdopen(handle, "wb") as file:
        file.write(outcome.public)
    return replace(outcome, public=b"", public_file=path)


def unwrap(outcome: Outcome) -> Outcome:
    """Restores the outcome and removes its file."""
    if outcome.public_file is None:
        return outcome
    path = Path(outcome.public_file)
    public = path.read_bytes()
    path.unlink()
    return replace(outcome, public=public, public_file=None)
