"""Retry policy: what counts as a try of a job whose worker ended, and when there are no tries left."""

from dataclasses import dataclass

from prover_cli.faults import Code, JobFault
from prover_cli.pool.tickets import Ended, Lot, Ticket

OF_THE_JOB = (Ended.TIMED_OUT, Ended.ABANDONED)
"""Ends that are known to be caused by the current job."""


@dataclass(frozen=True)
class RetryPolicy:
    """A job may end its worker `retries` times, and is retried after each."""

    retries: int

    def charge(self, lot: Lot, why: Ended, detail: str, *, suspected: bool) -> None:
        """Counts the end of a worker against the jobs of its lot that have no answer. `suspected` is False if
        the machine is to blame or the worker never started, which is not a try of any job.

        With several jobs, the culprit is only known if the worker was ended because of its current job.
        Otherwise the end counts against none of them, and they are tried one by one to find the culprit."""
        known = len(lot.left) == 1 or why in OF_THE_JOB
        for ticket in lot.left:
            if suspected and known and ticket is lot.left[0]:
                ticket.ends.append((why, detail))
            else:
                ticket.attempts -= 1
                ticket.alone |= suspected and not known

    def fault(self, ticket: Ticket) -> JobFault | None:
        """The fault of a job that has used up its tries, or None if it may be tried again."""
        return _fault(ticket) if ticket.attempts > self.retries else None


def _fault(ticket: Ticket) -> JobFault:
    """The fault of a job that ended its worker in every try."""
    tries = "; ".join(f"try {i}: {detail}" for i, (_, detail) in enumerate(ticket.ends, 1))
    times = "once" if len(ticket.ends) == 1 else f"{len(ticket.ends)} times"
    if all(why is Ended.TIMED_OUT for why, _ in ticket.ends):
        return JobFault(Code.TIMEOUT, f"the proof timed out {times} ({tries}); see --timeout")
    return JobFault(
        Code.WORKER_CRASHED,
        f"the worker died on this job {times} ({tries}); the machine may be out of memory (use fewer "
        "--workers), or the job triggers a bug",
    )
