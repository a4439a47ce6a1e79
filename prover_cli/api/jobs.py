"""The jobs of `prove_many`: a path as the command line takes it, or any iterable of what `prove` takes."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prover_cli.api.given import TAKES, Given, is_input, source_of_given
from prover_cli.api.wording import kind_of
from prover_cli.caller_warnings import warn_caller
from prover_cli.circuits.keys import Keys
from prover_cli.circuits.sampling import FirstOf
from prover_cli.circuits.solvers import InputsAhead
from prover_cli.faults import Code, Fault, JobFault
from prover_cli.formats.wtns import Witness
from prover_cli.intake.asked import refuse_input
from prover_cli.intake.contents import is_no_input
from prover_cli.intake.ignored import ignored_warnings
from prover_cli.intake.jobs import Job
from prover_cli.intake.sources import FIRST_JOBS, Sources, refuse_missing
from prover_cli.intake.unfit import no_input, why_no_job
from prover_cli.names import as_text, is_text, shown, stem
from prover_cli.stop import Stop
from prover_cli.witness.source import WitnessSource

Jobs = str | os.PathLike[str] | Iterable[Given | tuple[str | int, Given]]
"""A folder or a file, as the command line takes it; or jobs, each alone or with an id before it."""


@dataclass(frozen=True)
class Planned:
    """The jobs of a batch, not yet read."""

    jobs: Iterable[Job]
    total: int | None
    inputs: InputsAhead
    circuits: frozenset[str] | None
    """Those that have jobs; None if it is not known."""
    first_of: FirstOf


def check_jobs(inputs: object) -> None:
    """Raises TypeError for what cannot be many jobs."""
    if isinstance(inputs, Mapping):
        raise TypeError(
            "inputs is a mapping, so one job at most; prove_many takes a list: [inputs], or mapping.items() "
            "for jobs by their ids"
        )
    if isinstance(inputs, bytes | bytearray | memoryview | Witness | WitnessSource):
        raise TypeError(f"inputs is {kind_of(inputs)}, so one job; prove_many takes a list of them: [inputs]")
    if not isinstance(inputs, str | os.PathLike | Iterable):
        raise TypeError(
            f"inputs is {kind_of(inputs)}; prove_many takes an iterable of jobs, or the path of a folder"
        )


def plan_jobs(inputs: Any, keys: Keys, stop: Stop) -> Planned:
    """Raises SetupFault (NO_SOURCE, EMPTY_DIRECTORY, …) for a path without jobs."""
    if isinstance(inputs, str | os.PathLike):
        return _of_path(path_of(inputs), keys, stop)
    circuit = keys.circuits[0].id
    seen = isinstance(inputs, Sequence)
    some = seen and any(is_input(_alone(item)) for item in inputs)
    none: frozenset[str] = frozenset()
    ahead = InputsAhead(frozenset({circuit}) if some else none, none if seen else frozenset({circuit}))
    total = len(inputs) if isinstance(inputs, Sized) else None

    def first_of(_: str) -> Iterator[WitnessSource]:
        first = _jobs(inputs[:FIRST_JOBS], circuit, keys) if seen else ()
        return (job.witness for job in first if job.witness is not None)

    return Planned(_jobs(inputs, circuit, keys), total, ahead, None, first_of)


def path_of(given: "str | os.PathLike[str]") -> str:
    """A source's name; "-" is a file here, and no standard input."""
    path = os.fspath(given)
    return os.path.join(".", path) if path == "-" else path  # noqa: PTH118  (Path would take the dot away)


def _of_path(path: str, keys: Keys, stop: Stop) -> Planned:
    refuse_missing([path])
    sources = Sources([path], keys.circuits, keys, stop)
    for words in ignored_warnings(sources.ignored):
        warn_caller(words)
    return Planned(sources, sources.total, sources.inputs, sources.circuits, sources.first_of)


def _jobs(items: Iterable[Any], circuit: str, keys: Keys) -> Iterator[Job]:
    started_in = Path.cwd()
    for index, item in enumerate(items):
        yield _job(item, index, circuit, keys, started_in)


def _job(item: Any, index: int, circuit: str, keys: Keys, started_in: Path) -> Job:
    """Never raises: a job that cannot be one is at fault."""
    identifier, given = str(index), _alone(item)
    try:
        if isinstance(item, tuple) and len(item) == 2:
            identifier = _identifier(item[0])
        source = source_of_given(given, keys.curve_of(circuit), identifier)
        if source.path is not None:
            if given is item:
                identifier = as_text(stem(Path(source.path)))
            _check_file(Path(source.path), circuit, keys)
            if Path.cwd() != started_in:  # that of the workers stays
                source = WitnessSource(path=str(Path(source.path).absolute()), is_input=source.is_input)
        if source.is_input:
            refuse_input(circuit, source.path or f"job {shown(identifier)}", keys)
    except TypeError as error:
        return Job(identifier, circuit, fault=JobFault(Code.BAD_WITNESS, str(error)))
    except Fault as fault:
        return Job(identifier, circuit, fault=fault)
    return Job(identifier, circuit, source)


def _alone(item: Any) -> Any:
    """A job without its id."""
    return item[1] if isinstance(item, tuple) and len(item) == 2 else item


def _identifier(given: object) -> str:
    if isinstance(given, int):
        return str(given)
    if not isinstance(given, str):
        raise TypeError(f"a job is a pair of {kind_of(given)} and something else; pass (id, job), or {TAKES}")
    if not is_text(given):
        raise JobFault(Code.BAD_ID, f'id "{shown(given)}" is not valid Unicode')
    return given


def _check_file(path: Path, circuit: str, keys: Keys) -> None:
    """Raises JobFault for a file that can be no single job."""
    if path.suffix == ".json" and is_no_input(path):
        raise JobFault(Code.INPUT_CORRUPT, no_input(path))
    unfit = why_no_job(path, circuit, keys)
    if unfit is not None:
        raise JobFault(unfit.kind, unfit.message)
