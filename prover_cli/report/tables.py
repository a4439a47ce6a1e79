"""The report's tables: workers, circuits, events, failures."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from prover_cli.pool.statistics import WorkerStatistics, mean, percentile
from prover_cli.report.charts import seconds, short
from prover_cli.report.recording import Recording
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts

MOST_LISTED = 200
"""Failures of one kind that are written out; the manifest has all."""

FEW = 20
"""Failures up to which all of them are open."""

MB = 1 << 20


def table(
    label: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    words: frozenset[int] = frozenset(),
) -> str:
    """A table that scrolls where it is too wide, with the keyboard too. `words` are the columns of text that
    wraps; everything comes escaped."""

    def cells(tag: str, values: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=words' if place in words else ''}>{value}</{tag[:2]}>"
            for place, value in enumerate(values)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{label}"><table>'
        f"<tr>{cells('th scope=col', headings)}</tr>{body}</table></div>"
    )


def workers_table(facts: RunFacts) -> str:
    """What each worker did."""
    headings = ("worker", "pid", "proofs", "failures", "restarts", "busy", "CPU", "mean", "p95", "peak")

    def row(worker: WorkerStatistics) -> tuple[str, ...]:
        reasons = ", ".join(f"{count} {why}" for why, count in worker.restart_reasons.items())
        return (
            escape(worker.machine or str(worker.worker)),
            str(worker.pid or "–"),
            f"{worker.proofs:,}",
            f"{worker.failures:,}",
            f"{worker.restarts}{f' ({escape(reasons)})' if reasons else ''}",
            f"{worker.busy_seconds / facts.seconds:.0%}" if facts.seconds else "–",
            seconds(worker.cpu_seconds),
            seconds(mean(worker.durations)),
            seconds(percentile(worker.durations, 95)),
            f"{short(worker.peak_private_bytes / MB)} MB" if worker.peak_private_bytes else "–",
        )

    return table("Workers", headings, map(row, facts.workers))


def circuits_table(recording: Recording) -> str:
    """How long the proofs of each circuit took."""
    rows = [
        (escape(circuit), f"{counted.proofs:,}", seconds(mean(counted.durations)),
         *(seconds(percentile(counted.durations, percent)) for percent in (50, 95, 99)))
        for circuit, counted in sorted(recording.circuits.items())
    ]  # fmt: skip
    return table("Circuits", ("circuit", "proofs", "mean", "p50", "p95", "p99"), rows)


def events_table(recording: Recording) -> str:
    """What happened to workers."""
    rows = [(seconds(at), escape(text)) for at, text in recording.events]
    more = f'<p class="muted">{recording.untold:,} more are not listed.</p>' if recording.untold else ""
    return table("Worker events", ("at", "event"), rows, frozenset({1})) + more


def failures_tables(result: Result) -> str:
    """Failures by code, the most frequent first. All are open if there are few."""
    ordered = sorted(result.failures, key=lambda failure: failure[1])
    kinds = {code: list(found) for code, found in groupby(ordered, key=lambda failure: failure[1])}
    is_open = " open" if len(ordered) <= FEW else ""
    parts = []
    for code, found in sorted(kinds.items(), key=lambda item: -len(item[1])):
        rows = [(escape(name), escape(message)) for name, _, message in found[:MOST_LISTED]]
        label = f"Jobs that failed with {escape(code)}"
        more = len(found) - MOST_LISTED
        rest = f'<p class="muted">{more:,} more are in the manifest.</p>' if more > 0 else ""
        parts.append(
            f"<details{is_open}><summary><b>{len(found):,}</b> <code>{escape(code)}</code></summary>"
            f"{table(label, ('job', 'reason'), rows, frozenset({0, 1}))}{rest}</details>"
        )
    unlisted = result.totals.failed - len(result.failures)
    if unlisted > 0:
        parts.append(f'<p class="muted">{unlisted:,} more jobs failed; the manifest lists each.</p>')
    return "".join(parts)
