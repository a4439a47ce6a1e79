"""The declaration of an option: a field of a dataclass, with what people need to set and understand it."""

from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields
from typing import Any

PREFIX = "PROVE_BATCH_"


@dataclass(frozen=True, kw_only=True)
class Option:
    """How an option is written, explained and read."""

    group: str
    """The panel of the help that it stands in; empty: none."""
    flags: tuple[str, ...]
    """As they are typed: `-o`, `--out`, or `--verify/--no-verify`."""
    help: str
    default: object
    """As it is typed."""
    kind: object
    """The type of what is typed: bool, int, float, str, Path, list[str], a Literal; or None besides."""
    metavar: str | None = None
    least: float | None = None
    most: float | None = None
    shows_default: bool = True
    in_environment: bool = True
    read: Callable[[Any], Any]
    """From what is typed to the field's value. Raises SetupFault."""
    hides: Callable[[Any], bool]
    """Whether a value is not for other eyes."""

    @property
    def parameter(self) -> str:
        """Its name in the configuration and to Click: the long flag's."""
        long = next(flag for flag in self.flags if flag.startswith("--"))
        return long.split("/")[0].removeprefix("--").replace("-", "_")

    @property
    def variable(self) -> str | None:
        """Its name in the environment."""
        return PREFIX + self.parameter.upper() if self.in_environment else None

    @property
    def is_switch(self) -> bool:
        """Whether it takes no value."""
        return self.kind is bool


def _as_typed(value: Any) -> Any:
    return value


def _never(_: Any) -> bool:
    return False


def option(
    default: object,
    group: str,
    *flags: str,
    help: str,
    kind: object,
    typed: object = ...,
    read: Callable[[Any], Any] = _as_typed,
    hides: Callable[[Any], bool] = _never,
    **more: Any,
) -> Any:
    """A field of a dataclass. `default` is its value, and `typed` how that is typed, where it is another; the
    rest is `Option`'s."""
    declared = Option(
        group=group,
        flags=flags,
        help=help,
        default=default if typed is ... else typed,
        kind=kind,
        read=read,
        hides=hides,
        **more,
    )
    return field(default=default, metadata={"option": declared})


def declared(kind: type) -> dict[str, Option]:
    """The options among the fields of a dataclass, by field, in their order."""
    return {one.name: found for one in fields(kind) if (found := _of(one)) is not None}


def _of(one: "Field[Any]") -> Option | None:
    found = one.metadata.get("option")
    assert found is None or isinstance(found, Option)
    return found
