"""The report's page: words, tables and charts, in one file that loads nothing."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files

from prover_cli.pool.statistics import percentile
from prover_cli.report.charts import at_any_width, latencies, memory, throughput, timeline
from prover_cli.report.head import head, title
from prover_cli.report.origin import Origin
from prover_cli.report.recording import Recording, Spans
from prover_cli.report.result import Result
from prover_cli.report.sizing import sizing_section, waited_for_cores
from prover_cli.report.summary import RunFacts
from prover_cli.report.tables import MB, circuits_table, events_table, failures_tables, workers_table
from prover_cli.version import __version__


def render(
    recording: Recording, result: Result, facts: RunFacts, keys: Mapping[str, str], where: Origin
) -> str:
    """The file. `keys` are the SHA-256 of the keys by circuit."""
    total = max(facts.seconds, 1e-6)
    durations = [value for worker in facts.workers for value in worker.durations]
    marked = [(f"p{percent}", percentile(durations, percent)) for percent in (50, 95, 99)]
    named = [(worker.worker, worker.machine or str(worker.worker)) for worker in facts.workers]
    still = f'<div id="still" class="scroll">{timeline(named, recording.spans, total)}</div>'
    took = at_any_width(lambda width: latencies(durations, marked, width))
    sections = [
        _section("Failures", failures_tables(result)) if result.totals.failed else "",
        waited_for_cores(facts),
        _section("Timeline", _LEGEND + still + _LIVE, _undrawn(recording)),
        _section("Jobs per second", at_any_width(lambda width: throughput(recording.bins, total, width))),
        _section("How long proofs took", took if durations else "<p>No proof was made.</p>"),
        _section("Circuits", circuits_table(recording)) if len(keys) > 1 else "",
        _section("Workers", workers_table(facts)),
        _section("Memory per worker", *_memory(facts)),
        _section("Why this many workers", sizing_section(facts)),
        _section("Worker events", events_table(recording)) if recording.events else "",
    ]
    return _PAGE.format(
        title=escape(title(result)),
        style=_asset("page.css"),
        head=head(recording, result, facts, keys, where),
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
<header>{head}</header>
<main>{sections}</main>
<footer>Made by prove-batch {version}. This file loads nothing from elsewhere. It contains ids, times and
messages, and no values of witnesses.</footer>
<script type="application/json" id="spans">{spans}</script>
<script>{script}</script>
</body>
</html>
"""

_LEGEND = (
    '<p class="legend"><span><i style="background:var(--proved)"></i>proved</span>'
    '<span><i style="background:var(--failed)"></i>failed</span>'
    '<span><i style="background:var(--lost)"></i>worker ended, job retried</span>'
    '<span><i style="background:var(--opening)"></i>opening a circuit</span></p>'
)

_LIVE = """<div id="live"><p class="muted"><span class="buttons">
<button data-do="in" title="Zoom in (+)" aria-label="Zoom in">+</button>
<button data-do="out" title="Zoom out (-)" aria-label="Zoom out">−</button>
<button data-do="all" title="Show all (0)">all</button></span>
Drag to zoom in, double-click to show all. The arrow keys, + and − work too.</p>
<canvas tabindex="0" role="img" aria-label="What each worker did over time"></canvas>
<div id="tip"></div></div>"""


def _section(heading: str, *parts: str) -> str:
    return f"<section><h2>{heading}</h2>{''.join(parts)}</section>"


def _undrawn(recording: Recording) -> str:
    if not recording.undrawn:
        return ""
    return (
        f'<p class="muted">{recording.undrawn:,} later jobs are not drawn here. All other figures include '
        "them.</p>"
    )


def _memory(facts: RunFacts) -> Iterable[str]:
    rows = [
        (worker.machine or str(worker.worker), worker.peak_private_bytes / MB)
        for worker in facts.workers
        if worker.peak_private_bytes
    ]
    if not rows:
        yield '<p class="muted">Not measured: the workers ran elsewhere, or ended too soon.</p>'
        return
    sizing = facts.sizing
    planned = sizing.memory_per_proof_mb if sizing else None
    most = planned + sizing.overhead_mb if sizing and planned is not None else None
    yield at_any_width(lambda width: memory(rows, planned, most, width))
    yield (
        '<p class="muted">The peak of each worker\'s private memory. Keys and tables are not in it, because '
        "all workers share them. A worker above the limit is replaced before its next job.</p>"
    )


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
