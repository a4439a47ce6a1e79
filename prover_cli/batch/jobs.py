"""A job as a source tells it, good or already at fault."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prover_cli.errors import Fault, JobFault
from prover_cli.pool.job import WitnessSource

MAX_ID_BYTES = 200
"""Room for `.proof.json` and a temporary suffix within the 255 bytes of a file name."""


@dataclass(frozen=True, repr=False)
class Job:
    """One line or file of the sources. Exactly one of `witness` and `fault` is set."""

    id: str
    circuit: str
    witness: WitnessSource | None = None
    fault: Fault | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
    """Unknown fields of a JSONL line, carried through to its result."""


def check_file_id(identifier: str) -> None:
    """Raises JobFault BAD_ID where the id cannot be a plain file name on every system."""
    reason = None
    if not identifier or identifier.startswith("."):
        reason = "is empty or begins with a dot"
    elif any(c in identifier for c in '/\\:*?"<>|') or any(ord(c) < 32 or ord(c) == 127 for c in identifier):
        reason = "has a slash, a control character or another that file names cannot have"
    elif len(identifier.encode(errors="surrogatepass")) > MAX_ID_BYTES:
        reason = f"is longer than {MAX_ID_BYTES} bytes"
    if reason:
        shown = "".join(c if c.isprintable() else "?" for c in identifier[:40])
        raise JobFault(
            "BAD_ID", f'id "{shown}" {reason}; give another id, or write to standard output with -o -'
        )
