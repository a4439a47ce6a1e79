"""From declared options to a command: its parameters are derived, and what was given comes back as values.

A command names the dataclasses that it needs, and repeats none of their options.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from prover_cli.circuits.options import Wanted
from prover_cli.cli.refusals import how_given
from prover_cli.faults import Code, Fault, SetupFault
from prover_cli.options.declaration import Option, declared

if TYPE_CHECKING:
    from prover_cli.queue.options import QueueOptions

T = TypeVar("T")


@dataclass(frozen=True, repr=False)
class Given:
    """What a command was given."""

    values: Mapping[str, Any]
    """As it was typed, by parameter."""
    context: Any = None
    """The parser's, which knows where each value came from."""

    def of(self, kind: type[T], **more: object) -> T:
        """The dataclass with its declared options read, and `more` of its fields. Raises SetupFault:
        BAD_NUMBER, BAD_SIZE."""
        read = {name: self._read(one) for name, one in declared(kind).items()}
        return kind(**(read | more))

    def _read(self, one: Option) -> Any:
        try:
            return one.read(self._typed(one))
        except SetupFault as fault:
            # Readers know an option by its flag; its value may have come from elsewhere.
            given = how_given(self.context, one.parameter, one.flags, one.variable)
            flag = next((flag for flag in one.flags if fault.message.startswith(f"{flag} ")), None)
            words = f": {fault.message}" if flag is None else fault.message.removeprefix(flag)
            raise SetupFault(fault.kind, f"{given}{words}") from None

    def _typed(self, one: Option) -> Any:
        value = self.values[one.parameter]
        if isinstance(value, str) and one.kind in (Path, Path | None):
            return Path(value)  # Typer converts for its own calls alone
        return () if value is None and one.kind == list[str] else value  # Click has no empty lists

    @property
    def sources(self) -> list[str]:
        """What is named without a flag."""
        return list(self.values.get("sources") or ())

    def wanted(self, names: Sequence[str]) -> Wanted:
        """What options, environment and the configuration beside the sources `names` say of keys."""
        return wanted_circuits(names, self.of(Wanted))

    def where(self) -> "QueueOptions":
        """Raises SetupFault NO_REDIS, BAD_QUEUE."""
        from prover_cli.queue.options import QueueOptions

        found = self.of(QueueOptions)
        if not found.redis:
            raise SetupFault(Code.NO_REDIS, "give --redis redis://HOST:PORT, or set PROVE_BATCH_REDIS")
        if not found.queue or ":" in found.queue:
            raise SetupFault(
                Code.BAD_QUEUE, f'"{found.queue}" is not a valid queue name: BullMQ does not allow colons'
            )
        return found


def options_of(*kinds: type, first: Sequence[str] = ()) -> dict[str, Option]:
    """The declared options of dataclasses, by parameter, those named in `first` before the others."""
    found = {one.parameter: one for kind in kinds for one in declared(kind).values()}
    return {name: found[name] for name in first} | found


def as_command(
    options: Mapping[str, Option],
    body: Callable[[Given], None],
    *,
    sources: str | None = None,
    version: Any = None,
) -> Callable[..., None]:
    """A function that Typer makes a command of. `sources` explains what is named without a flag, and
    `version` is a `--version` of its own, for a program without a parent command that could have it."""

    def run(context: typer.Context, **values: Any) -> None:
        body(Given(values, context))

    of_parser = Parameter("context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    parameters = [of_parser, *_parameters(options, sources)]
    if version is not None:
        parameters.append(Parameter("version", Parameter.KEYWORD_ONLY, default=False, annotation=version))
    run.__name__, run.__doc__ = body.__name__, body.__doc__
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # (what inspect reads)
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _parameters(options: Mapping[str, Option], sources: str | None) -> Iterator[Parameter]:
    if sources is not None:
        argument = Annotated[list[str] | None, typer.Argument(help=sources, show_default=False)]
        yield Parameter("sources", Parameter.KEYWORD_ONLY, default=None, annotation=argument)
    for name, one in options.items():
        yield Parameter(name, Parameter.KEYWORD_ONLY, default=_default(one), annotation=_annotation(one))


def _default(one: Option) -> object:
    return None if one.kind == list[str] else one.default


def _annotation(one: Option) -> Any:
    kind: Any = one.kind
    return Annotated[list[str] | None if kind == list[str] else kind, as_typer_has_it(one)]


def as_typer_has_it(one: Option) -> Any:
    """An option as Typer takes it beside its type."""
    return typer.Option(
        *one.flags,
        help=one.help,
        rich_help_panel=one.group or None,
        envvar=one.variable,
        show_envvar=False,
        metavar=one.metavar,
        min=one.least,
        max=one.most,
        show_default=one.shows_default,
    )


def wanted_circuits(names: Sequence[str], given: Wanted) -> Wanted:
    """What options say, with what environment and the configuration beside the sources `names` do."""
    from prover_cli.cli.configuration import configured_circuits, find_configuration

    configuration = find_configuration(names)
    return replace(
        given,
        env_key=os.environ.get("PROVE_BATCH_KEY"),
        env_circuits=os.environ.get("PROVE_BATCH_CIRCUITS"),
        configured=configured_circuits(configuration),
        configured_base=configuration.parent if configuration else Path(),
    )


def reported(work: Callable[[], int], log_format: str) -> int:
    """The exit code of `work`. With JSON logs a fault is logged as JSON; otherwise it is raised."""
    try:
        return work()
    except Fault as fault:
        if log_format == "text":
            raise
        from prover_cli.cli.display.structured import StructuredDisplay

        StructuredDisplay().failed(fault)
        return fault.exit_code
