"""What a run may not write: files that it reads."""

from collections.abc import Iterator
from pathlib import Path

from prover_cli.batch.options import RunOptions
from prover_cli.circuits.circuit import Circuit
from prover_cli.faults import Code, SetupFault
from prover_cli.intake.contents import has_result_name
from prover_cli.intake.sources import Sources


def refuse_overwriting(options: RunOptions, sources: Sources, circuits: list[Circuit]) -> None:
    """Raises SetupFault OPTIONS_CONFLICT if a file that is to be written is a source or a circuit's file, or
    is to be written twice."""
    outputs = dict[tuple[int, int], tuple[str, Path]]()
    for option, path in _outputs(options):
        identity = _identity(path)
        if identity is None:
            continue
        other = outputs.setdefault(identity, (option, path))
        if other[0] != option:
            raise SetupFault(
                Code.OPTIONS_CONFLICT, f"{option} and {other[0]} both name {path}; choose another file"
            )
    read = (path for group in (sources.paths, _files_of(circuits)) for path in group)
    for path in read if outputs else ():
        found = outputs.get(_identity(path) or (-1, -1))
        if found is not None:
            option, output = found
            raise SetupFault(
                Code.OPTIONS_CONFLICT,
                f"{option} {output} would overwrite {path}, which this run reads; choose another file",
            )
    if options.to_folder and options.check_fixtures is None:
        _refuse_results_among_inputs(options.folder.resolve(), sources)


def _refuse_results_among_inputs(folder: Path, sources: Sources) -> None:
    for path in sources.paths:
        if has_result_name(path) and folder in (path.parent.resolve(), path.parent.resolve().parent):
            raise SetupFault(
                Code.OPTIONS_CONFLICT,
                f"{path} is an input, and a proof might replace it; choose another folder with -o DIR, or "
                "rename the input",
            )


def _outputs(options: RunOptions) -> Iterator[tuple[str, Path]]:
    if options.lines_file is not None and options.check_fixtures is None:
        yield "-o", options.lines_file
    if options.summary is not None and options.summary != "-":
        yield "--summary", Path(options.summary)
    if options.report is not None:
        yield "--report", options.report


def _files_of(circuits: list[Circuit]) -> Iterator[Path]:
    for circuit in circuits:
        for path in (circuit.key, circuit.calculator, circuit.constraints, circuit.symbols):
            if path is not None:
                yield path


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a regular file; None where there is none yet."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if path.is_file() else None
