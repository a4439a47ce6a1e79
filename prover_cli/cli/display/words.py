"""Sentences that both displays use."""

from prover_cli.names import printable, shown
from prover_cli.options.sizes import format_size
from prover_cli.outcomes.records import Record
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts

LONG_SECONDS = 10.0
"""From here on a run is worth a word on how it could have been faster."""

LONGEST_ID = 200
"""Characters of an id in a line: those of file names are no longer."""


def job_line(record: Record) -> str:
    """One finished job."""
    name = shown(record.id, LONGEST_ID)
    if record.skipped:
        return f"skipped {name}: done before"
    if record.proved:
        return f"proved {name} in {record.proved.seconds:.2f} s (worker {record.proved.worker})"
    fault = record.fault
    return f"failed {name}: {printable(fault.message)} [{fault.code}]" if fault else f"failed {name}"


def event_line(event: PoolEvent, *, verbose: bool) -> str | None:
    """What happened to a worker; None where it is worth a line only with --verbose."""
    if event.trouble is not None:
        return printable(event.trouble)
    if event.kind == "defect":
        return f"DEFECT of prove-batch: {event.detail}; the run goes on. Please report this"
    if not verbose or event.kind == "answered":
        return None
    if event.kind == "opened" and event.circuit is not None:
        return f"worker {event.worker} opened {shown(event.circuit)} in {event.seconds:.2f} s"
    if event.kind == "started":
        return f"worker {event.worker} started (pid {event.pid})"
    return f"worker {event.worker} is replaced: {event.detail} [{event.reason}]"


def total_line(result: Result, facts: RunFacts) -> str:
    """The run in one line: "8 proved in 0.2 s (41/s) → proofs/"."""
    totals = result.totals
    counts = {"failed": totals.failed, "skipped": totals.skipped}
    parts = [f"{totals.proved} proved", *(f"{count} {what}" for what, count in counts.items() if count)]
    rate = f" ({_rate(totals.proved / facts.seconds)})" if totals.proved and facts.seconds else ""
    where = f" → {printable(facts.out)}" if facts.out and totals.proved else ""
    line = f"{', '.join(parts)} in {facts.seconds:.1f} s{rate}{where}"
    if result.interrupted:
        goes_on = "; --resume goes on" if facts.can_resume else ""
        line += f" (interrupted, {totals.left} left{goes_on})" if totals.left else f" (interrupted{goes_on})"
    return line


def _rate(per_second: float) -> str:
    """Proofs a second, or a minute where they take longer, in two digits at least."""
    if per_second < 1:
        return f"{per_second * 60:.1f}/min"
    return f"{per_second:.0f}/s" if per_second >= 10 else f"{per_second:.1f}/s"


def idle_cores_line(facts: RunFacts) -> str | None:
    """Where a long run left cores free that it could have used; None where it did not."""
    sizing = facts.sizing
    if sizing is None or sizing.binding == "memory" or sizing.decided_by == "--workers":
        return None
    used = sizing.workers * facts.threads_per_proof
    if facts.seconds < LONG_SECONDS or not sizing.reserve_cores or used >= sizing.cpus:
        return None
    return f"{used} of {sizing.cpus} cores used; --reserve-cores 0 uses {_all(sizing.cpus)}"


def _all(cores: int) -> str:
    return "both" if cores == 2 else "all"


def sizing_line(facts: RunFacts) -> str:
    """The sizing decision, with what memory was really used."""
    sizing = facts.sizing
    if sizing is None:
        machines = {(worker.machine or "").rpartition("/")[0] for worker in facts.workers}
        workers, several = len(facts.workers), len(machines)
        return (
            f"{workers} worker{'s' * (workers != 1)} on {several} machine{'s' * (several != 1)}, by a queue"
        )
    used = max((worker.peak_private_bytes for worker in facts.workers), default=0)
    binding = {
        "memory": f"memory allows {sizing.memory_limit}",
        "cpus": f"{sizing.cpus} cores less {sizing.reserve_cores} allow {sizing.cpu_limit}",
        "minimum": "the least there can be: memory allows no more"
        if sizing.memory_limit < 1
        else f"--reserve-cores 0 uses {_all(sizing.cpus)}",
    }[sizing.binding]
    if sizing.decided_by != "formula":
        asked = "as asked" if sizing.decided_by == "--workers" else "one a job"
        binding = f"{asked}; {binding}"
    measured = f", {format_size(used)} used at the peak" if used else ""
    cores = f"{sizing.cpus} core{'s' * (sizing.cpus != 1)}"
    return (
        f"{sizing.workers} worker{'s' * (sizing.workers != 1)} on {cores} ({binding}); "
        f"{sizing.memory_per_proof_mb:.0f} MB a worker estimated{measured}"
    )


def preparation_lines(facts: RunFacts) -> list[str]:
    """What was decided of each key."""
    single = len(facts.preparation) == 1
    return [
        f"key {words}" if single else f"key of {shown(circuit)} {words}"
        for circuit, words in facts.preparation.items()
    ]


def explanations(facts: RunFacts, *, verbose: bool) -> list[str]:
    """How the pool was sized and what was prepared, where that is asked for; and what would be faster."""
    idle = idle_cores_line(facts)
    if verbose:
        return [sizing_line(facts), *preparation_lines(facts)]
    return [] if idle is None else [idle]


def defect_warning(record: Record) -> str:
    """Said as soon as it is seen: the proof is good, but we are not."""
    return (
        f"DEFECT of prove-batch: the fast path's proof of {shown(record.id, LONGEST_ID)} did not hold and "
        "the plain path's does; it is the one that is written. Please report this with what prove-batch "
        "doctor says. PROVE_BATCH_CPU=portable and --prepare never avoid it."
    )
