"""Whether a run prepares its key."""

from dataclasses import dataclass

from prover_cli.systems.tables import TablePlan

MARGIN = 1.5
"""Tables are made where the batch saves this many times what they cost: both are estimates."""

A_SECOND = 4_000_000
"""Additions over G1, a quarter of a microsecond each (EPYC at 2 GHz): saving less is not worth a file."""


@dataclass(frozen=True)
class Decision:
    """What was decided, and why, in words for the display."""

    make: bool
    why: str


def decide(mode: str, plan: TablePlan | None, jobs: int | None) -> Decision:
    """For a key without tables. `mode` is auto, always or never; `jobs` None where nobody knows yet."""
    if mode == "never":
        return Decision(False, "not prepared: --prepare never")
    if plan is None or plan.saved <= 0:
        return Decision(False, "not prepared: --table-memory leaves no room for tables that save work")
    if mode == "always":
        return Decision(True, "prepared: --prepare always")
    pays_from = plan.pays_from(MARGIN)
    if jobs is None:
        return Decision(
            False,
            f"not prepared: the number of jobs is not known, and it pays from about {pays_from} on "
            "(--prepare always, or prove-batch key prepare)",
        )
    if jobs * plan.saved < A_SECOND:
        return Decision(False, f"not prepared: {_counted(jobs)} would not earn it back")
    if jobs < pays_from:
        return Decision(False, f"not prepared: {_counted(jobs)}, and it pays from about {pays_from} on")
    return Decision(True, f"prepared: {_counted(jobs)}, and it pays from about {pays_from} on")


def _counted(jobs: int) -> str:
    return "1 job" if jobs == 1 else f"{jobs} jobs"
