"""What a run would go by, and where each value came from: what `prove-batch doctor` tells of options."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prover_cli.circuits.finding import find_circuits
from prover_cli.circuits.options import Wanted
from prover_cli.cli import batch
from prover_cli.cli.configuration import configured_options, find_configuration
from prover_cli.cli.declared import Given, wanted_circuits
from prover_cli.cli.program import NAME, RUN
from prover_cli.cli.refusals import as_fault
from prover_cli.cli.variables import unknown_variables
from prover_cli.faults import Fault
from prover_cli.intake.sources import source_folders

HIDDEN = "(set, not shown)"


@dataclass(frozen=True)
class Setting:
    """One option of a run."""

    name: str
    value: object
    source: str
    """`default`, `command line`, the name of a variable, or the path of a file."""


@dataclass(frozen=True)
class Settings:
    """All options of a run."""

    configuration: Path | None
    """The file that counts."""
    options: list[Setting]
    circuits: dict[str, str]
    """Keys by circuit, as a run would find them."""
    problems: list[str]
    """What would keep a run from starting, or is most likely a slip."""


def settings(arguments: Sequence[str], program: Any) -> Settings:
    """The settings that a run with these arguments would use."""
    names = batch.sources_among(arguments)
    problems = unknown_variables(batch.OPTIONS)
    path, options, circuits = None, list[Setting](), dict[str, str]()
    try:
        path = find_configuration(names)
        run, defaults = program.get_command(None, RUN), configured_options(names, batch.OPTIONS)
        context = _parsed(run, arguments, defaults)
        options = list(_options(run, context, path))
        wanted = wanted_circuits(names, Given(context.params).of(Wanted))
        found = find_circuits(wanted, source_folders(names), Path.cwd())
        circuits = {circuit.id: str(circuit.key) for circuit in found}
    except Fault as fault:
        problems.append(f"{fault.message} [{fault.code}]")
    return Settings(path, options, circuits, problems)


def _parsed(run: Any, arguments: Sequence[str], defaults: dict[str, Any]) -> Any:
    """Typer's context of a run. Raises SetupFault BAD_OPTION."""
    try:
        return run.make_context(NAME, list(arguments), default_map=defaults)
    except Exception as error:
        raise as_fault(error) or error from None


def _options(run: Any, context: Any, path: Path | None) -> Iterator[Setting]:
    for param in run.params:
        declared = batch.OPTIONS.get(param.name)
        if declared is None:
            continue
        value = context.params[param.name]
        source = {
            "COMMANDLINE": "command line",
            "ENVIRONMENT": str(param.envvar),
            "DEFAULT_MAP": str(path),
        }.get(context.get_parameter_source(param.name).name, "default")
        if value is not None and declared.hides(value):
            value = HIDDEN
        plain = value is None or isinstance(value, bool | int | float | list)
        yield Setting(param.name.replace("_", "-"), value if plain else str(value), source)
