"""Retry policy: what counts as a try of a job whose worker ended, and when its tries are used up."""

from dataclasses import dataclass

from prover_cli.faults import Code, JobFault
from prover_cli.pool.tickets import Ended, Lot, Ticket

OF_THE_JOB = (Ended.TIMED_OUT, Ended.ABANDONED)
"""Ends that the job is known to be the reason of which the worker was at."""


@dataclass(frozen=True)
class RetryPolicy:
    """A job may end its worker `retries` times, and is tried again after each."""

    retries: int

    def charge(self, lot: Lot, why: Ended, detail: str, *, suspected: bool) -> None:
        """Counts the end of a worker against the jobs of its lot that have no answer. `suspected` is False
        where the machine took the worker, or it never came up: that is no try of any job.

        Of several jobs it is known which one ended the worker where it was ended for the one that it was at.
        Else it counts for none, and they go alone from now on, which finds it."""
        known = len(lot.left) == 1 or why in OF_THE_JOB
        for ticket in lot.left:
            if suspected and known and ticket is lot.left[0]:
                ticket.ends.append((why, detail))
            else:
                ticket.attempts -= 1
                ticket.alone |= suspected and not known

    def fault(self, ticket: Ticket) -> JobFault | None:
        """What a job fails with whose tries are used up; None where it may be tried again."""
        return _fault(ticket) if ticket.attempts > self.retries else None


def _fault(ticket: Ticket) -> JobFault:
    """What is said of a job that ended its worker at every try."""
    tries = "; ".join(f"try {i}: {detail}" for i, (_, detail) in enumerate(ticket.ends, 1))
    times = "once" if len(ticket.ends) == 1 else f"{len(ticket.ends)} times"
    if all(why is Ended.TIMED_OUT for why, _ in ticket.ends):
        return JobFault(Code.TIMEOUT, f"the proof was not done in time, {times} ({tries}); see --timeout")
    return JobFault(
        Code.WORKER_CRASHED,
        f"the worker ended with this job, {times} ({tries}); the machine may be out of memory (fewer "
        "--workers), or the job sets off a defect",
    )
