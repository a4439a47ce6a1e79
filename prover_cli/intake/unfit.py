"""Files that are named as sources and can be no jobs.

Where there is nothing else a run ends before it begins, as it does for a folder without jobs; beside other
jobs such a file fails alone.
"""

from pathlib import Path

from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.formats.mistaken import JSON, LOOKED_AT, what_it_is
from prover_cli.formats.wtns import MAGIC
from prover_cli.intake.asked import Circuits, refuse_input
from prover_cli.intake.contents import is_no_input
from prover_cli.regular_file import open_regular


def why_no_job(path: Path, circuit: str | None, circuits: Circuits) -> SetupFault | None:
    """What is wrong with a regular file of no circuit, or of `circuit`; None where it may be a job, and where
    only a worker can say."""
    try:
        if circuit is None and path.suffix in (".json", ".wtns"):
            return SetupFault(Code.UNKNOWN_CIRCUIT, unclear_circuit(path))
        if path.suffix == ".json":
            return _why_no_input(path, circuit, circuits)
        if path.suffix == ".wtns":
            return None
        with open_regular(path) as file:
            head = file.read(LOOKED_AT)
    except JobFault as fault:
        return SetupFault(fault.kind, fault.message)
    except OSError:
        return None
    if head.startswith(MAGIC):
        return None
    what = what_it_is(head, path.name)
    if what == JSON:
        what = "it is JSON; name it .json if it is an input, or .jsonl if it holds JSON lines"
    hint = what or "give a .wtns, an input as .json, or JSON lines as .jsonl"
    return SetupFault(Code.NO_SOURCE, f"{path} is not a witness: {hint}")


def unclear_circuit(path: Path) -> str:
    """What is said of a job whose circuit nothing tells."""
    return (
        f"{path}: nothing says which circuit it is for; name the file after its circuit, or put it in a "
        "sub-folder with that name"
    )


def no_input(path: Path) -> str:
    """What is said of a `.json` that is known to be something else."""
    return (
        f"{path} is not an input: it is a verification key, a proof, public signals, or a project's own "
        "file; give a .wtns, or a .json of the circuit's inputs"
    )


def _why_no_input(path: Path, circuit: str | None, circuits: Circuits) -> SetupFault | None:
    """Raises JobFault."""
    if is_no_input(path):
        return SetupFault(Code.NO_SOURCE, no_input(path))
    if circuit is not None:
        refuse_input(circuit, str(path), circuits)
    return None
