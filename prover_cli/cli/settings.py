"""The options that a run would use, and where each value comes from, for `prove-batch doctor`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prover_cli.batch.dry_run import Preview, dry_run
from prover_cli.batch.options import RunOptions
from prover_cli.batch.output_check import check_output
from prover_cli.circuits.cautions import warn_of_cautions
from prover_cli.circuits.circuit import Circuit
from prover_cli.circuits.finding import find_circuits
from prover_cli.circuits.keys import Keys, open_solvers, validate
from prover_cli.circuits.options import Wanted
from prover_cli.circuits.solvers import InputsAhead
from prover_cli.cli import batch
from prover_cli.cli.configuration import configured_options, find_configuration
from prover_cli.cli.declared import Given
from prover_cli.cli.display.quiet import SilentDisplay
from prover_cli.cli.program import NAME, RUN
from prover_cli.cli.refusals import as_fault
from prover_cli.cli.variables import unknown_variables
from prover_cli.faults import Code, Fault, SetupFault, refused_name
from prover_cli.names import shown
from prover_cli.stop import Stop
from prover_cli.systems.choice import choose_engine

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
    warnings: list[str]
    """What the run would warn of."""
    preview: Preview | None = None
    """What the run would do, where there are sources and nothing keeps it from starting."""


def settings(arguments: Sequence[str], program: Any) -> Settings:
    """The settings that a run with these arguments would use."""
    names = batch.sources_among(arguments)
    found = Settings(find_configuration(names), [], {}, unknown_variables(batch.OPTIONS), [])
    try:
        run, defaults = program.get_command(None, RUN), configured_options(names, batch.OPTIONS)
        context = _parsed(run, arguments, defaults)
        found.options.extend(_options(run, context, found.configuration))
        given = Given(context.params, context)
        if names:
            options = replace(batch.run_options(given, names), dry_run=True, sample=None)
            preview = dry_run(options, _Warnings(found.warnings))
            circuits = [] if preview is None else [each.circuit for each in preview.circuits]
            found = replace(found, preview=preview)
        else:
            options = batch.run_options(given, [])
            found.problems.extend(_problem_of_output(options))
            circuits = _circuits_here(options.wanted)
            found.problems.extend(_problems_of(circuits, options, _Warnings(found.warnings)))
        found.circuits.update({circuit.id: str(circuit.key) for circuit in circuits})
    except (Fault, OSError, RuntimeError) as error:
        fault = error if isinstance(error, Fault) else refused_name(error)
        if fault is None:
            raise
        found.problems.append(f"{fault.message} [{fault.code}]")
    return found


def _circuits_here(wanted: Wanted) -> list[Circuit]:
    """Those that a run in the working directory would find, if any."""
    try:
        return find_circuits(wanted, [], Path.cwd())
    except SetupFault as fault:
        named = (wanted.key, wanted.circuit, wanted.circuits, wanted.env_key, wanted.env_circuits)
        if fault.kind is Code.NO_KEY and not any((*named, wanted.configured)):
            return []  # nobody said that this is a circuit's folder
        raise


def _problem_of_output(options: RunOptions) -> Iterator[str]:
    try:
        check_output(options)
    except Fault as fault:
        yield f"{fault.message} [{fault.code}]"


def _problems_of(circuits: Sequence[Circuit], options: RunOptions, display: "_Warnings") -> Iterator[str]:
    """What is wrong with keys and calculators, of each circuit, as a run that has inputs for it finds out."""
    engine = choose_engine(options.engine).engine
    for circuit in circuits:
        try:
            keys = Keys.of([circuit])
            validate(keys, engine, display, Stop())
            warn_of_cautions(keys, display)
            open_solvers(keys, InputsAhead(certain=frozenset({circuit.id})), display, interruptible=False)
        except Fault as fault:
            yield f"circuit {shown(circuit.id)}: {fault.message} [{fault.code}]"


class _Warnings(SilentDisplay):
    """Keeps what a run warns of."""

    def __init__(self, warnings: list[str]) -> None:
        self._warnings = warnings

    def warn(self, text: str) -> None:
        self._warnings.append(text)


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
