"""The head of the report: how the run ended, where it ran, and its figures in tiles."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from prover_cli.counting import counted
from prover_cli.pool.statistics import percentile
from prover_cli.report.charts import seconds, short
from prover_cli.report.origin import Origin
from prover_cli.report.recording import Recording
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts
from prover_cli.report.tables import MB
from prover_cli.version import __version__


def title(result: Result) -> str:
    """The title of the window."""
    return f"prove-batch: {result.totals.proved} proved, {result.totals.failed} failed"


def head(
    recording: Recording, result: Result, facts: RunFacts, keys: Mapping[str, str], where: Origin
) -> str:
    """Everything above the sections. `keys` are the SHA-256 of the keys by circuit."""
    if result.machine_fault is not None:
        ended = f'<span class="bad">stopped: {escape(result.machine_fault.message)}</span>'
    elif result.interrupted:
        ended = '<span class="bad">interrupted</span>'
    elif result.totals.failed:
        ended = f'<span class="bad">{result.totals.failed:,} failed</span>'
    else:
        ended = '<span class="good">all proved</span>'
    began = datetime.fromtimestamp(recording.began).astimezone().isoformat(" ", "seconds")
    cores = f", {counted(facts.sizing.cpus, 'core')}" if facts.sizing is not None else ""
    seeded = ["seeded proofs: for fixtures only, they keep no secrets"] if facts.deterministic else []
    circuits = ", ".join(
        f'{escape(circuit)} (key <code title="Start of its SHA-256">{digest[:12]}</code>)'
        for circuit, digest in keys.items()
    )
    lines = [
        f'<code class="command">{escape(where.command_line)}</code>',
        " · ".join([escape(began), f"exit code {result.exit_code}", *seeded]),
        " · ".join(
            [
                f"{escape(where.host)}: {escape(where.cpu)}{cores}",
                f"prove-batch {__version__}, {escape(facts.engine)} engine, {escape(facts.strategy)}",
            ]
        ),
        f"{'Circuit' if len(keys) == 1 else 'Circuits'}: {circuits}",
    ]
    told = "".join(f'<p class="muted">{line}</p>' for line in lines)
    return f"<h1>{escape(facts.command)}: {ended}</h1>{told}{_tiles(result, facts)}"


def _tiles(result: Result, facts: RunFacts) -> str:
    totals = result.totals
    durations: Sequence[float] = [value for worker in facts.workers for value in worker.durations]
    restarts = sum(worker.restarts for worker in facts.workers)
    peak = max((worker.peak_private_bytes for worker in facts.workers), default=0)
    rate = totals.proved / facts.seconds if facts.seconds else 0.0
    tiles = [
        ("proved", f"{totals.proved:,}"),
        ("failed", f"{totals.failed:,}"),
        *([("skipped", f"{totals.skipped:,}")] if totals.skipped else []),
        *([("not started", f"{totals.left:,}")] if totals.left else []),
        *([("prove-batch defects", f"{totals.defects:,}")] if totals.defects else []),
        ("time", seconds(facts.seconds)),
        ("proofs per second", short(rate)),
        *[(f"p{percent}", seconds(percentile(durations, percent))) for percent in (50, 95, 99)],
        ("slowest", seconds(max(durations, default=0.0))),
        ("workers", str(len(facts.workers))),
        ("restarts", str(restarts)),
        *([("peak memory", f"{short(peak / MB)} MB")] if peak else []),
    ]
    inner = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in tiles)
    return f'<dl class="tiles">{inner}</dl>'
