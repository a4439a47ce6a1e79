"""A job as a source tells it, good or already at fault."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prover_cli.faults import Code, Fault, JobFault
from prover_cli.intake.asked import check_name
from prover_cli.names import shown
from prover_cli.witness.source import WitnessSource

MAX_ID_BYTES = 200
"""Room for `.proof.json` and a temporary suffix within the 255 bytes of a file name."""


@dataclass(frozen=True, repr=False)
class Job:
    """One line or file of the sources. Exactly one of `witness` and `fault` is set."""

    id: str
    circuit: str
    witness: WitnessSource | None = None
    fault: Fault | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    """Unknown fields of a JSONL line, carried through to its result, as the JSON text that they came in."""

    def __repr__(self) -> str:
        return (
            f"<Job {shown(self.id)} of {shown(self.circuit)}{f': {self.fault.code}' if self.fault else ''}>"
        )


def check_file_id(identifier: str) -> None:
    """Raises JobFault BAD_ID where the id cannot be a plain file name on every system."""
    check_name(identifier, "id")
    reason = why_no_file_name(identifier)
    if reason is not None:
        raise JobFault(
            Code.BAD_ID,
            f'id "{shown(identifier)}" {reason}; use another id, or write results as lines with -o -',
        )


def why_no_file_name(identifier: str) -> str | None:
    """What keeps a name from being a plain file name on every system; None where nothing does."""
    if not identifier:
        return "is empty"
    if identifier.startswith("."):
        return "begins with a dot"
    if any(c in identifier for c in '/\\:*?"<>|') or any(ord(c) < 32 or ord(c) == 127 for c in identifier):
        return "contains a slash, a control character or another character that file names cannot contain"
    if len(identifier.encode()) > MAX_ID_BYTES:
        return f"is longer than {MAX_ID_BYTES} bytes"
    return None
