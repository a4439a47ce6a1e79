"""Sentences that both displays use."""

from prover_cli.counting import counted
from prover_cli.names import printable, shown
from prover_cli.options.sizes import format_size
from prover_cli.outcomes.records import Record
from prover_cli.pool.executor import Running
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.pool.sizing import Sizing
from prover_cli.pool.statistics import WorkerStatistics
from prover_cli.report.result import Result
from prover_cli.report.summary import Compared, RunFacts

LONG_SECONDS = 10.0
"""From here on a run is worth a word on how it could have been faster."""

FAST_SECONDS = 1.0
"""A proof that takes less is gone before anybody can read its name."""

NO_JOBS = "0 jobs: the sources are empty"

LONGEST_ID = 200
"""Characters of an id in a line: those of file names are no longer."""


def job_line(record: Record) -> str:
    """One finished job."""
    name = shown(record.id, LONGEST_ID)
    if record.skipped:
        return f"skipped {name}: already proved"
    if record.proved:
        return f"proved {name} in {record.proved.seconds:.2f} s (worker {record.proved.worker})"
    fault = record.fault
    return f"failed {name}: {printable(fault.message)} [{fault.code}]" if fault else f"failed {name}"


def event_line(event: PoolEvent, *, verbose: bool) -> str | None:
    """What happened to a worker; None where it is worth a line only with --verbose."""
    if event.trouble is not None:
        return printable(event.trouble)
    if event.kind == "defect":
        return f"DEFECT of prove-batch: {event.detail}; the run continues. Please report this"
    if not verbose or event.kind == "answered":
        return None
    if event.kind == "opened" and event.circuit is not None:
        return f"worker {event.worker} opened {shown(event.circuit)} in {event.seconds:.2f} s"
    if event.kind == "started":
        return f"worker {event.worker} started (pid {event.pid})"
    return f"replacing worker {event.worker}: {event.detail} [{event.reason}]"


def total_line(result: Result, facts: RunFacts) -> str:
    """The run in one line: "8 proved in 0.2 s (41/s) → proofs/"."""
    totals = result.totals
    took = f"in {facts.seconds:.1f} s"
    if facts.fixtures is not None:
        others = totals.failed - sum(
            (facts.fixtures.other_signals, facts.fixtures.other_proof, facts.fixtures.missing)
        )
        line = f"compared {took}: {_compared(facts.fixtures, others)}"
    else:
        counts = {"failed": totals.failed, "skipped": totals.skipped}
        parts = [f"{totals.proved} proved", *(f"{count} {what}" for what, count in counts.items() if count)]
        rate = f" ({_rate(totals.proved / facts.seconds)})" if totals.proved and facts.seconds else ""
        where = f" → {printable(facts.out)}" if facts.out and totals.proved else ""
        line = f"{', '.join(parts)} {took}{rate}{where}"
    ended = _early_end(result)
    if not (totals.read or ended or result.machine_fault or facts.fixtures):
        return NO_JOBS
    if ended:
        done = totals.proved + totals.failed + totals.skipped
        left = totals.left if facts.total is None else facts.total - done
        goes_on = "; --resume continues" if facts.can_resume and (left or facts.total is None) else ""
        line += f" ({ended}, {left} left{goes_on})" if left else f" ({ended}{goes_on})"
    return line


def _early_end(result: Result) -> str:
    """Why a run ended before its jobs did; empty where it did not."""
    if result.interrupted:
        return "interrupted"
    if result.ended_by:
        return f"ended by {result.ended_by}"
    return "nobody reads the results any longer" if result.output_closed else ""


def _compared(found: Compared, others: int) -> str:
    """ "7 match, 1 differs in its public signals: the input or the circuit changed"."""
    parts = [counted(found.same, "matches", "match")]
    if found.other_signals:
        differ = counted(found.other_signals, "differs in its", "differ in their")
        parts.append(f"{differ} public signals: the input or the circuit changed")
    if found.other_proof:
        differ = counted(found.other_proof, "differs in its", "differ in their")
        parts.append(f"{differ} proof only: seed, key or version changed")
    if found.missing:
        parts.append(counted(found.missing, "is missing", "are missing"))
    if found.orphans:
        parts.append(counted(found.orphans, "has no job anymore", "have no job anymore"))
    if others:
        parts.append(f"{others} failed")
    return ", ".join(parts)


def progress(done: int, total: int | None, failed: int, per_second: float) -> str:
    """ "4/20 · 4.2/s · 3 s left"."""
    parts = [f"{done}/{total}" if total is not None else f"{done} done"]
    if failed:
        parts.append(f"{failed} failed")
    if per_second > 0 and done:
        parts.append(_rate(per_second))
        if total is not None and total > done:
            parts.append(f"{duration((total - done) / per_second)} left")
    return " · ".join(parts)


def worker_line(now: Running, figures: WorkerStatistics | None, seconds: float) -> str:
    """What a worker is doing: where proofs take less than a second, how many it made and how fast."""
    line = f"  worker {now.worker:<3} "
    made = figures.proofs if figures is not None else 0
    if figures is not None and made and figures.busy_seconds < made * FAST_SECONDS:
        return f"{line}{counted(made, 'proof')} · {_rate(made / seconds)}"
    if now.job_id is None:
        return f"{line}idle"
    return f"{line}{now.seconds:6.1f} s  {shown(now.job_id)}"


def duration(seconds: float) -> str:
    """In its two largest units: "1 h 2 min"."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


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
    if sum(worker.proofs for worker in facts.workers) <= sizing.workers:
        return None  # no more jobs than workers: others would have had nothing to do
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
        return f"{counted(len(facts.workers), 'worker')} on {counted(len(machines), 'machine')}, by a queue"
    used = max((worker.peak_private_bytes for worker in facts.workers), default=0)
    measured = f", {format_size(used)} used at the peak" if used else ""
    return f"{sized(sizing)}; {sizing.memory_per_proof_mb:.0f} MB per worker estimated{measured}"


def sized(sizing: Sizing) -> str:
    """Workers, cores, and what decided: "1 worker on 2 cores (--reserve-cores 0 uses both)"."""
    if sizing.decided_by == "--workers":
        return f"{counted(sizing.workers, 'worker')} on {counted(sizing.cpus, 'core')} (as asked)"
    binding = {
        "memory": f"memory allows {sizing.memory_limit}",
        "cpus": f"{counted(sizing.cpus, 'core')} less {sizing.reserve_cores} allow {sizing.cpu_limit}",
        "minimum": "the minimum: memory allows no more"
        if sizing.memory_limit < 1
        else f"--reserve-cores 0 uses {_all(sizing.cpus)}"
        if sizing.cpus > 1
        else "all of them",
    }[sizing.binding]
    if sizing.decided_by == "jobs":
        binding = f"one a job; {binding}"
    return f"{counted(sizing.workers, 'worker')} on {counted(sizing.cpus, 'core')} ({binding})"


def preparation_lines(facts: RunFacts) -> list[str]:
    """What was decided of each key's tables."""
    single = len(facts.preparation) == 1
    return [
        f"tables {words}" if single else f"tables of {shown(circuit)} {words}"
        for circuit, words in facts.preparation.items()
    ]


def calculation_lines(facts: RunFacts) -> list[str]:
    """How witnesses were calculated from each circuit's inputs."""
    single = len(facts.preparation) == 1
    return [
        f"witnesses {words}" if single else f"witnesses of {shown(circuit)} {words}"
        for circuit, words in facts.calculation.items()
    ]


def explanations(facts: RunFacts, *, verbose: bool) -> list[str]:
    """How the pool was sized and what was prepared, where that is asked for; and what would be faster."""
    idle = idle_cores_line(facts)
    if verbose:
        return [sizing_line(facts), *preparation_lines(facts), *calculation_lines(facts)]
    return [] if idle is None else [idle]


def defect_warning(record: Record) -> str:
    """Said as soon as it is seen: the proof is good, but we are not."""
    return (
        f"DEFECT of prove-batch: the fast engine's proof or witness of {shown(record.id, LONGEST_ID)} was "
        "wrong and the plain path's is right; that is the one whose proof is written. Please report this "
        "with what prove-batch doctor says. PROVE_BATCH_CPU=portable and --prepare never avoid it."
    )
