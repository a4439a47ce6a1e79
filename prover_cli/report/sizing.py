"""Why a run had as many workers as it had, and whether they had the cores that they needed."""

from collections.abc import Sequence
from html import escape

from prover_cli.counting import counted
from prover_cli.pool.sizing import Sizing
from prover_cli.pool.statistics import WorkerStatistics, mean
from prover_cli.report.charts import seconds, short
from prover_cli.report.summary import RunFacts
from prover_cli.report.tables import table

SHARE_OF_A_CORE = 0.75
"""Below this share of a core, on average over its proofs, a worker was waiting for one. A worker alone on two
idle cores has 0.9 and more of one, even with proofs of 2 ms (quartic, membership; 2 GHz)."""

LEAST_SECONDS = 1.0
"""Of proving: what is shorter says little about the machine."""


def sizing_section(facts: RunFacts) -> str:
    """The decision in a sentence, the formula with its terms, and what was decided about tables."""
    decided = "".join(
        f'<p class="muted">Tables for {escape(circuit)}: {escape(words)}.</p>'
        for circuit, words in facts.preparation.items()
    )
    decided += "".join(
        f'<p class="muted">Witnesses for {escape(circuit)}: {escape(words)}.</p>'
        for circuit, words in facts.calculation.items()
    )
    if facts.sizing is None:
        return f"<p>Each machine behind a queue decides on its own number of workers.</p>{decided}"
    return f"<p>{decision(facts.sizing, facts.threads_per_proof)}</p>{_terms(facts.sizing)}{decided}"


def decision(sizing: Sizing, threads: int) -> str:
    """How many workers there were, and what decided it: a sentence or two."""
    workers = f"<b>{counted(sizing.workers, 'worker')}</b>"
    by_memory, by_cores = max(0, sizing.memory_limit), max(0, sizing.cpu_limit)
    kept = f"{counted(sizing.cpus, 'core')} minus {sizing.reserve_cores} kept free"
    by_formula = max(1, min(by_memory, by_cores))
    each = f" Each proof uses {threads} threads." if threads > 1 else ""
    if sizing.decided_by == "--workers":
        return f"{workers}, as set with <code>--workers</code>; the formula gives {by_formula}.{each}"
    if sizing.decided_by == "jobs":
        return f"{workers}, because there were no more jobs; the formula gives {by_formula}.{each}"
    why = {
        "memory": f"the memory is enough for {by_memory}, and the cores are enough for {by_cores} ({kept})",
        "cpus": f"{kept} leave {by_cores}, and the memory is enough for {by_memory}",
        "minimum": _minimum(sizing, by_memory, by_cores),
    }[sizing.binding]
    return f"{workers}: {why}.{each}"


def _minimum(sizing: Sizing, by_memory: int, by_cores: int) -> str:
    if by_memory and not by_cores:
        return (
            f"the minimum. The memory is enough for {by_memory}, but the formula keeps "
            f"{sizing.reserve_cores} of {counted(sizing.cpus, 'core')} free (<code>--reserve-cores</code>)"
        )
    if by_cores:
        return f"the minimum. The cores are enough for {by_cores}, but the memory is too small for one"
    return "the minimum. By the formula, both the memory and the cores are too small for one"


def _terms(sizing: Sizing) -> str:
    free = sizing.memory_mb - sizing.shared_mb - sizing.reserve_memory_mb
    per_worker = sizing.memory_per_proof_mb + sizing.overhead_mb
    rows = [
        ("memory",
         f"({short(sizing.memory_mb)} MB − {short(sizing.shared_mb)} MB for keys and tables − "
         f"{short(sizing.reserve_memory_mb)} MB kept free) / ({short(sizing.memory_per_proof_mb)} MB per "
         f"proof + {short(sizing.overhead_mb)} MB) = {short(free)} / {short(per_worker)}",
         str(sizing.memory_limit)),
        ("cores", f"{sizing.cpus} − {sizing.reserve_cores} kept free", str(sizing.cpu_limit)),
    ]  # fmt: skip
    return table("The formula", ("limit", "formula", "workers"), rows, frozenset({1}))


def waited_for_cores(facts: RunFacts) -> str:
    """A hint if workers spent much of their proofs without a core; empty if they did not."""
    sizing = facts.sizing
    proving, on_a_core = _seconds(facts.workers)
    if sizing is None or proving < LEAST_SECONDS or on_a_core > SHARE_OF_A_CORE * proving:
        return ""
    what, why = "cores or the disk", "Other programs may have used the cores."
    if sizing.workers * facts.threads_per_proof > sizing.cpus:
        with_threads = f" with {facts.threads_per_proof} threads each" if facts.threads_per_proof > 1 else ""
        fewer = max(1, sizing.cpus // facts.threads_per_proof)
        what = "cores"
        why = (
            f"{counted(sizing.workers, 'worker')}{with_threads} shared {counted(sizing.cpus, 'core')}; try "
            f"<code>--workers {fewer}</code>."
        )
    return (
        f'<p class="hint"><b>Workers waited for {what}.</b> Their proofs took {seconds(proving)} in all, but '
        f"had only {seconds(on_a_core)} of processor time. {why}</p>"
    )


def _seconds(workers: Sequence[WorkerStatistics]) -> tuple[float, float]:
    """Of all proofs: how long they took, and how much of the processors' time they had."""
    proving = sum(mean(worker.durations) * worker.proofs for worker in workers)
    return proving, sum(worker.cpu_seconds for worker in workers)
