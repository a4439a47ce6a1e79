"""Listeners that may fail: no display, no metric and no report may cost a proof."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from prover_cli.faults import unexpected
from prover_cli.outcomes.records import Record

T = TypeVar("T")


class Listener(Protocol):
    """Something that is told of every finished job; called from one thread."""

    def finished(self, record: Record) -> None: ...


def guarded(hear: Callable[[T], None], name: str, say: Callable[[str], None]) -> Callable[[T], None]:
    """`hear`, switched off once it raises. `say` is told so, once; `name` is what it calls the listener."""
    listens = True

    def heard(told: T) -> None:
        nonlocal listens
        if not listens:
            return
        try:
            hear(told)
        except Exception as error:
            listens = False
            say(f"the {name} is switched off: {unexpected(error)}; the run continues")

    return heard
