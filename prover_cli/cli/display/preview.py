"""What `--dry-run` prints, on standard output: words, or one JSON object with `--summary -`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from prover_cli.batch.dry_run import CircuitJobs, Preview
from prover_cli.cli.display.words import duration, sized
from prover_cli.counting import counted
from prover_cli.names import of_file, printable, shown
from prover_cli.outcomes.result import fault_json
from prover_cli.version import __version__

MOST_LISTED = 20
"""Ignored files and refused jobs that are named; the JSON object names all that were kept."""


def preview_json(preview: Preview) -> dict[str, object]:
    """The fields are a promise; see docs/runs.md."""
    estimate = preview.estimate
    return {
        "version": __version__,
        "command": "prove-batch",
        "dry_run": True,
        "engine": preview.engine,
        "strategy": preview.options.strategy,
        "jobs": {
            "to_prove": preview.to_prove,
            "skipped": preview.skipped,
            "refused": preview.refused_count,
        },
        "circuits": [_circuit_json(each) for each in preview.circuits],
        "refused": [
            {"id": identifier, "circuitId": circuit, "error": fault_json(fault)}
            for identifier, circuit, fault in preview.refused
        ],
        "ignored": [_written(path) for path in preview.ignored.files],
        "sizing": preview.sizing and preview.sizing.to_json(),
        "threads_per_proof": preview.threads_per_proof,
        "out": preview.options.out,
        "estimate": estimate
        and {
            "sampled": estimate.sampled,
            "failed": estimate.failed,
            "seconds_per_proof": round(estimate.seconds_per_proof, 6),
            "seconds": round(estimate.seconds, 3),
        },
    }


def _circuit_json(found: CircuitJobs) -> dict[str, object]:
    circuit = found.circuit
    files = {"wasm": circuit.calculator, "r1cs": circuit.constraints, "sym": circuit.symbols}
    return {
        "id": circuit.id,
        "key": _written(circuit.key),
        **{name: path and _written(path) for name, path in files.items()},
        "system": found.key.system,
        "curve": found.key.layout.curve.name,
        "witnesses": found.witnesses,
        "inputs": found.inputs,
        "skipped": found.skipped,
        "proved_because": dict(found.again),
        "preparation": found.tables or None,
        "calculation": found.calculation or None,
    }


def _written(path: Path) -> str:
    return shown(of_file(path), len(of_file(path)))


def preview_lines(preview: Preview) -> Iterator[str]:
    """A block for each circuit, what is left out, the pool, and one line that sums up."""
    for each in preview.circuits:
        yield from _circuit_lines(each)
        yield ""
    if preview.refused_count:
        yield from _refused_lines(preview)
        yield ""
    if preview.ignored.files:
        yield f"ignored  {counted(len(preview.ignored.files), 'file')}, neither jobs nor a circuit's files"
        yield from _listed([printable(of_file(path)) for path in preview.ignored.files])
        yield ""
    for folder in preview.ignored.unseen:
        yield f"unseen   folders deep below {printable(of_file(folder))}: there are too many"
    if preview.sizing is not None:
        threads = counted(preview.threads_per_proof, "thread")
        yield f"pool     {sized(preview.sizing)}, {threads} per proof"
    yield f"results  {_place(preview)}"
    if preview.estimate is not None:
        yield f"time     {_estimate(preview)}"
    yield ""
    yield last_line(preview)


def _circuit_lines(found: CircuitJobs) -> Iterator[str]:
    circuit = found.circuit
    yield f"circuit {shown(circuit.id)}"
    system, curve = found.key.system, found.key.layout.curve.name
    yield f"  key    {printable(of_file(circuit.key))} ({system} over {curve})"
    files = {"wasm": circuit.calculator, "r1cs": circuit.constraints, "sym": circuit.symbols}
    for name, path in files.items():
        if path is not None:
            yield f"  {name:<6} {printable(of_file(path))}"
        elif name == "wasm":
            yield "  wasm   none: witnesses only"
    kinds = {"witness": found.witnesses, "input": found.inputs}
    parts = [
        counted(number, kind, "witnesses" if kind == "witness" else "inputs")
        for kind, number in kinds.items()
        if number
    ]
    yield f"  jobs   {' and '.join(parts) or 'none'}"
    if found.skipped:
        yield f"         {found.skipped} skipped: already proved, and nothing has changed"
    for why, number in found.again.most_common():
        yield f"         {number} to prove: {why}"
    if found.calculation and found.inputs:
        yield f"  inputs {found.calculation}"
    if found.tables:
        yield f"  tables {found.tables}"


def _refused_lines(preview: Preview) -> Iterator[str]:
    yield f"refused  {counted(preview.refused_count, 'job')} that would fail before proving starts"
    lines = [
        f"{shown(identifier)}: {printable(fault.message)} [{fault.code}]"
        for identifier, _, fault in preview.refused
    ]
    yield from _listed(lines, preview.refused_count)


def _listed(lines: Sequence[str], count: int | None = None) -> Iterator[str]:
    yield from (f"         {line}" for line in lines[:MOST_LISTED])
    more = (len(lines) if count is None else count) - MOST_LISTED
    if more > 0:
        yield f"         and {more} more (--summary - lists them)"


def _place(preview: Preview) -> str:
    options = preview.options
    if options.check_fixtures is not None:
        return f"none are written: proofs are compared with {printable(of_file(options.check_fixtures))}"
    if options.to_stdout:
        return "JSON lines on standard output"
    if options.lines_file is not None:
        return f"JSON lines in {printable(options.place)}"
    return printable(options.place)


def _estimate(preview: Preview) -> str:
    found = preview.estimate
    assert found is not None, "asked for"
    proved = found.sampled - found.failed
    if not proved:
        return f"unknown: none of {counted(found.sampled, 'job')} could be proved"
    proofs = f"{counted(proved, 'proof')} took {found.seconds_per_proof:.2g} s each on average"
    return f"about {duration(found.seconds)} for {counted(preview.to_prove, 'job')} ({proofs})"


def last_line(preview: Preview) -> str:
    """Everything in one line."""
    parts = [f"{preview.to_prove} to prove"]
    parts += [f"{preview.skipped} to skip"] if preview.skipped else []
    parts += [f"{preview.refused_count} refused"] if preview.refused_count else []
    failed = preview.estimate.failed if preview.estimate is not None else 0
    parts += [f"{failed} of {preview.estimate.sampled} tried failed"] if failed and preview.estimate else []
    return f"dry run: {', '.join(parts)}; nothing was written"
