"""The inputs of one witness, as its calculator takes them: every signal's values, checked and in order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prover_cli.formats.curves import Curve
from prover_cli.witness.inputs import flatten, is_empty, qualified
from prover_cli.witness.signals import Signals, misshapen, missing, unknown


@dataclass(frozen=True, repr=False)
class GivenSignal:
    """A signal's values, and the hash of its name."""

    hash: int
    values: list[int]


@dataclass(frozen=True, repr=False)
class Taken:
    """All signals of one witness."""

    signals: Sequence[GivenSignal]
    reduced: str | None
    """The first input that was not below the prime."""


@dataclass(frozen=True)
class Taker:
    """Takes the inputs of one circuit. `ask` gives the number of a signal's values by the hash of its name,
    and `total` is the number of values of all. With `strict`, values that are not below the prime are
    refused. With `is_vague`, a signal without values may have the size of another one."""

    curve: Curve
    signals: Signals
    ask: Callable[[int], int]
    total: int
    strict: bool = False
    is_vague: bool = False

    def take(self, inputs: Mapping[str, Any], where: str) -> Taken:
        """Raises JobFault INPUT_…"""
        named = qualified(inputs, where)
        given: list[GivenSignal] = []
        reduced: str | None = None
        for name, value in named.items():
            one, first = self._given(name, value, where)
            given.append(one)
            reduced = reduced or first
        found = sum(len(signal.values) for signal in given)
        if found != self.total:
            raise missing(named, found, self.total, self._known, where)
        return Taken([signal for signal in given if signal.values], reduced)

    @property
    def _known(self) -> Mapping[str, tuple[int, ...]] | None:
        return self.signals.inputs(self.ask)

    def _given(self, name: str, value: object, where: str) -> tuple[GivenSignal, str | None]:
        digest, size = self.signals.size(name, self.ask)
        if size <= 0 and not is_empty(value):
            raise unknown(name, self._known, where)
        flat = flatten(name, value, self.curve.r, where, strict=self.strict)
        if len(flat.numbers) != max(0, size) and not (self.is_vague and not flat.numbers):
            raise misshapen(name, value, len(flat.numbers), size, self._known, where)
        return GivenSignal(digest, flat.numbers), flat.reduced
