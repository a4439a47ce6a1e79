"""Results too large for the pipe go by file.

A worker killed while it sends more than a pipe takes at once leaves the executor waiting for the rest
for ever (seen with CPython 3.11). Up to 4 KB a write is atomic, so larger results, which only long lists
of public signals make, are left in the run's scratch folder. They hold what the proof publishes anyway.
"""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from prover_cli.outcomes.outcome import Outcome

PIPE_LIMIT = 2900
"""Bytes of public signals that may go by pipe: with the largest proof and pickling (some 700) a message stays
under PIPE_BUF (4096 on Linux)."""


def wrap(outcome: Outcome, scratch: str) -> Outcome:
    """The outcome as it may cross the pipe."""
    if len(outcome.public) <= PIPE_LIMIT:
        return outcome
    handle, path = tempfile.mkstemp(dir=scratch)
    with os.fdopen(handle, "wb") as file:
        file.write(outcome.public)
    return replace(outcome, public=b"", public_file=path)


def unwrap(outcome: Outcome) -> Outcome:
    """The outcome whole again; its file is removed."""
    if outcome.public_file is None:
        return outcome
    path = Path(outcome.public_file)
    public = path.read_bytes()
    path.unlink()
    return replace(outcome, public=public, public_file=None)
