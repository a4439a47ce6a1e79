"""Whether a run prepares its key."""

import math
from dataclasses import dataclass

from prover_cli.counting import counted
from prover_cli.systems.tables import TablePlan

MARGIN = 1.5
"""Tables are built if the batch saves this many times their cost. Both are estimates."""

A_SECOND = 4_000_000
"""Additions over G1, 0.25 µs each (EPYC at 2 GHz). Saving less than that is not worth a file."""


@dataclass(frozen=True)
class Decision:
    """Whether to build tables, and why, in words for the display."""

    make: bool
    why: str


def may_pay(mode: str, plan: TablePlan | None, jobs: int | None) -> bool:
    """Whether tables may be built once the work of a real witness is known. `plan` is for values as long as
    the field, which save the most."""
    if plan is None or plan.saved <= 0 or mode == "never":
        return False
    return mode == "always" or (jobs is not None and jobs * plan.saved >= A_SECOND)


def decide(mode: str, plan: TablePlan | None, jobs: int | None) -> Decision:
    """For a key without tables. `mode` is auto, always or never. `jobs` is None if not yet known."""
    if mode == "never":
        return Decision(False, "not built: --prepare never")
    if plan is None or plan.saved <= 0:
        return Decision(False, "not built: --table-memory leaves no room for tables that save work")
    if mode == "always":
        return Decision(True, "--prepare always")
    pays_from = max(plan.pays_from(MARGIN), math.ceil(A_SECOND / plan.saved))
    if jobs is None:
        return Decision(
            False,
            f"not built: the number of jobs is unknown, and tables pay off from about {pays_from} jobs "
            "(to build them: --prepare always, or prove-batch key prepare)",
        )
    if jobs * plan.saved < A_SECOND:
        return Decision(False, f"not built: not worth it for {counted(jobs, 'job')}")
    why = f"{counted(jobs, 'job')}; they pay off from about {pays_from}"
    return Decision(False, f"not built: {why}") if jobs < pays_from else Decision(True, why)
