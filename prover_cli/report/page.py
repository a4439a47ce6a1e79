"""The report's page: words, tables and charts, in one file that loads nothing."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from importlib.resources import files
from itertools import groupby

from prover_cli.counting import counted
from prover_cli.pool.sizing import Sizing
from prover_cli.pool.statistics import WorkerStatistics, mean, percentile
from prover_cli.report.charts import latencies, memory, seconds, short, throughput, timeline
from prover_cli.report.recording import Recording, Spans
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts
from prover_cli.version import __version__

MOST_LISTED = 200
"""Failures of one kind that are written out; the manifest has all."""

MB = 1 << 20


def render(recording: Recording, result: Result, facts: RunFacts, keys: Mapping[str, str]) -> str:
    """The file. `keys` are the SHA-256 of the keys by circuit."""
    total = max(facts.seconds, 1e-6)
    durations = [value for worker in facts.workers for value in worker.durations]
    marked = [(f"p{percent}", percentile(durations, percent)) for percent in (50, 95, 99)]
    named = [(worker.worker, worker.machine or str(worker.worker)) for worker in facts.workers]
    sections = [
        _section(
            "Timeline",
            _LEGEND + f'<div id="still">{timeline(named, recording.spans, total)}</div>' + _LIVE,
            _undrawn(recording),
        ),
        _section("Jobs done a second", throughput(recording.bins, total)),
        _section("How long proofs took", latencies(durations, marked) or "<p>No proof was made.</p>"),
        _circuits(recording, keys) if len(keys) > 1 else "",
        _section("Workers", _workers(facts)),
        _section("Memory, and what was planned", *_memory(facts)),
        _section("How many workers, and why", _sizing(facts)),
        _section("What happened to workers", _events(recording)) if recording.events else "",
        _section("Failures", _failures(result)) if result.totals.failed else "",
    ]
    return _PAGE.format(
        title=escape(_title(result)),
        style=_asset("page.css"),
        head=_head(recording, result, facts, keys),
        tiles=_tiles(result, facts, durations),
        sections="".join(sections),
        spans=_data(recording, named, total),
        script=_asset("timeline.js"),
        version=__version__,
    )


def _asset(name: str) -> str:
    return files("prover_cli.report").joinpath(name).read_text("utf-8")


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
<body>
<header>{head}{tiles}</header>
<main>{sections}</main>
<footer>prove-batch {version}. This file loads nothing, and holds no value of a witness: ids, times and
messages only.</footer>
<script type="application/json" id="spans">{spans}</script>
<script>{script}</script>
</body>
</html>
"""

_LEGEND = (
    '<p class="legend"><span><i class="proved" style="background:var(--proved)"></i>proved</span>'
    '<span><i style="background:var(--failed)"></i>failed</span>'
    '<span><i style="background:var(--lost)"></i>its worker ended; tried again</span>'
    '<span><i style="background:var(--opening)"></i>opening a circuit</span></p>'
)

_LIVE = """<div id="live"><p class="muted"><span class="buttons">
<button data-do="in" title="closer (+)">+</button>
<button data-do="out" title="farther (-)">−</button>
<button data-do="all" title="all (0)">all</button></span>
Drag to look closer, double-click for all; arrows, + and − work too.</p>
<canvas tabindex="0" aria-label="What each worker did over time"></canvas><div id="tip"></div></div>"""


def _title(result: Result) -> str:
    return f"prove-batch: {result.totals.proved} proved, {result.totals.failed} failed"


def _section(heading: str, *parts: str) -> str:
    return f"<section><h2>{heading}</h2>{''.join(parts)}</section>"


def _head(recording: Recording, result: Result, facts: RunFacts, keys: Mapping[str, str]) -> str:
    began = datetime.fromtimestamp(recording.began).astimezone().isoformat(" ", "seconds")
    if result.machine_fault is not None:
        ended = f'<span class="bad">the machine failed: {escape(result.machine_fault.message)}</span>'
    elif result.interrupted:
        ended = '<span class="bad">interrupted</span>'
    elif result.totals.failed:
        ended = f'<span class="bad">{result.totals.failed} failed</span>'
    else:
        ended = '<span class="good">all proved</span>'
    seeded = " · proofs from a seed: fixtures, no secrets" if facts.deterministic else ""
    circuits = ", ".join(
        f'{escape(circuit)} <code title="SHA-256 of its key">{digest[:12]}</code>'
        for circuit, digest in keys.items()
    )
    return (
        f"<h1>{escape(facts.command)}: {ended}</h1>"
        f'<p class="muted">{escape(began)} · exit code {result.exit_code} · {escape(facts.engine)} engine, '
        f"{escape(facts.strategy)}{seeded} · {circuits}</p>"
    )


def _tiles(result: Result, facts: RunFacts, durations: Sequence[float]) -> str:
    totals = result.totals
    restarts = sum(worker.restarts for worker in facts.workers)
    peak = max((worker.peak_private_bytes for worker in facts.workers), default=0)
    rate = totals.proved / facts.seconds if facts.seconds else 0.0
    tiles = [
        ("proved", f"{totals.proved:,}"),
        ("failed", f"{totals.failed:,}"),
        *([("skipped", f"{totals.skipped:,}")] if totals.skipped else []),
        *([("defects of ours", f"{totals.defects:,}")] if totals.defects else []),
        ("time", seconds(facts.seconds)),
        ("proofs a second", short(rate)),
        *[(f"p{p}", seconds(percentile(durations, p))) for p in (50, 95, 99)],
        ("longest", seconds(max(durations, default=0.0))),
        ("workers", str(len(facts.workers))),
        ("restarts", str(restarts)),
        *([("peak memory", f"{short(peak / MB)} MB")] if peak else []),
    ]
    inner = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in tiles)
    return f'<dl class="tiles">{inner}</dl>'


def _undrawn(recording: Recording) -> str:
    if not recording.undrawn:
        return ""
    return f'<p class="muted">{recording.undrawn:,} later jobs are counted everywhere but not drawn here.</p>'


def _table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], words: frozenset[int] = frozenset()
) -> str:
    def cells(tag: str, values: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=words' if place in words else ''}>{value}</{tag}>"
            for place, value in enumerate(values)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{cells("th", headings)}</tr>{body}</table></div>'


def _workers(facts: RunFacts) -> str:
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

    return _table(headings, map(row, facts.workers))


def _circuits(recording: Recording, keys: Mapping[str, str]) -> str:
    rows = [
        (escape(circuit), f"{counted.proofs:,}", seconds(mean(counted.durations)),
         *(seconds(percentile(counted.durations, percent)) for percent in (50, 95, 99)))
        for circuit, counted in sorted(recording.circuits.items())
    ]  # fmt: skip
    return _section("Circuits", _table(("circuit", "proofs", "mean", "p50", "p95", "p99"), rows))


def _memory(facts: RunFacts) -> Iterable[str]:
    rows = [
        (worker.machine or str(worker.worker), worker.peak_private_bytes / MB)
        for worker in facts.workers
        if worker.peak_private_bytes
    ]
    if not rows:
        yield '<p class="muted">Not measured: workers of other machines, or none lived long enough.</p>'
        return
    sizing = facts.sizing
    planned = sizing.memory_per_proof_mb if sizing else None
    yield memory(rows, planned, planned + sizing.overhead_mb if sizing and planned is not None else None)
    yield (
        '<p class="muted">Private memory: mapped keys and tables are shared by all workers and not in it. A '
        "worker above its plan with overhead is replaced between two jobs.</p>"
    )


def _sizing(facts: RunFacts) -> str:
    sizing = facts.sizing
    decided = "".join(
        f'<p class="muted">Key of {escape(circuit)}: {escape(words)}.</p>'
        for circuit, words in facts.preparation.items()
    )
    if sizing is None:
        return f"<p>A fleet behind a queue sizes itself.</p>{decided}"
    return f"<p>{_decision(sizing)}</p>{_terms(sizing)}{decided}"


def _decision(sizing: Sizing) -> str:
    why = {
        "formula": {
            "memory": "memory binds",
            "cpus": "cores bind",
            "minimum": "neither memory nor cores allow one, and one is the least",
        }[sizing.binding],
        "--workers": "as asked with --workers",
        "jobs": "there are no more jobs",
    }[sizing.decided_by]
    return f"<b>{counted(sizing.workers, 'worker')}</b>: {why}."


def _terms(sizing: Sizing) -> str:
    free = sizing.memory_mb - sizing.shared_mb - sizing.reserve_memory_mb
    a_worker = sizing.memory_per_proof_mb + sizing.overhead_mb
    rows = [
        ("memory",
         f"({short(sizing.memory_mb)} MB − {short(sizing.shared_mb)} MB of keys and tables − "
         f"{short(sizing.reserve_memory_mb)} MB kept free) / ({short(sizing.memory_per_proof_mb)} MB a proof "
         f"+ {short(sizing.overhead_mb)} MB) = {short(free)} / {short(a_worker)}",
         str(sizing.memory_limit)),
        ("cores", f"{sizing.cpus} − {sizing.reserve_cores} kept free", str(sizing.cpu_limit)),
    ]  # fmt: skip
    return _table(("limit", "", "workers"), rows, frozenset({1}))


def _events(recording: Recording) -> str:
    rows = [(seconds(at), escape(text)) for at, text in recording.events]
    more = f'<p class="muted">and {recording.untold:,} more.</p>' if recording.untold else ""
    return _table(("at", "what"), rows, frozenset({1})) + more


def _failures(result: Result) -> str:
    """By code, the most frequent first; all of them open where they are few."""
    ordered = sorted(result.failures, key=lambda failure: failure[1])
    kinds = {code: list(found) for code, found in groupby(ordered, key=lambda failure: failure[1])}
    few = len(ordered) <= 20
    parts = []
    for code, found in sorted(kinds.items(), key=lambda item: -len(item[1])):
        rows = [(escape(name), escape(message)) for name, _, message in found[:MOST_LISTED]]
        table = _table(("job", "why"), rows, frozenset({0, 1}))
        more = len(found) - MOST_LISTED
        rest = f'<p class="muted">and {more:,} more: see manifest and summary.</p>' if more > 0 else ""
        parts.append(
            f"<details{' open' if few else ''}><summary><b>{len(found):,}</b> <code>{escape(code)}</code>"
            f"</summary>{table}{rest}</details>"
        )
    unlisted = result.totals.failed - len(result.failures)
    if unlisted > 0:
        parts.append(f'<p class="muted">{unlisted:,} more failed; the manifest has each.</p>')
    return "".join(parts)


def _data(recording: Recording, named: Sequence[tuple[int, str]], total: float) -> str:
    """The spans for the script, in the order of their starts, in tenths of a millisecond."""
    circuits = sorted({name for spans in recording.spans.values() for name in spans.circuits})
    places = {name: place for place, name in enumerate(circuits)}

    def worker(index: int, name: str) -> dict[str, object]:
        spans = recording.spans.get(index, Spans())
        order = sorted(range(len(spans.starts)), key=spans.starts.__getitem__)
        return {
            "name": name,
            "starts": [round(spans.starts[i] * 1e4) for i in order],
            "lengths": [round(spans.seconds[i] * 1e4) for i in order],
            "kinds": [spans.kinds[i] for i in order],
            "circuits": [places[spans.circuits[i]] for i in order],
            "names": [spans.names[i] for i in order],
        }

    data = {
        "total": round(total * 1e4),
        "circuits": circuits,
        "workers": [worker(index, name) for index, name in named],
    }
    # Ids come from outside: what could end the script element is escaped.
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
