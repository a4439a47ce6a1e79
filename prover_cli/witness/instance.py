"""One run of a calculator: an instance of its own, which takes inputs, calculates, and is thrown away."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import wasmtime

from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.formats.curves import COMPILE_FOR_OURS, Curve, by_scalar_prime, other_field
from prover_cli.formats.wtns import Witness
from prover_cli.witness.input_map import InputMap, map_end, map_place, read_map
from prover_cli.witness.inputs import flatten, is_empty, qualified
from prover_cli.witness.interface import SIZE_OF_ALL, SIZE_OF_ONE, foreign
from prover_cli.witness.signals import Signals, misshapen, missing, unknown
from prover_cli.witness.solver import Solved

PAGE = 1 << 16

MASK = (1 << 32) - 1

LONGEST_MESSAGE = 1000
"""Characters of a message or a logged text that are taken."""


@dataclass(frozen=True, repr=False)
class Compiled:
    """A calculator, compiled, and what it is linked with."""

    path: Path
    engine: wasmtime.Engine
    module: wasmtime.Module
    bridge: wasmtime.Module
    linker: wasmtime.Linker
    exports: frozenset[str]
    imports: frozenset[str]
    signals: Signals


@dataclass(frozen=True)
class Facts:
    """What a calculator says of its circuit, asked once."""

    curve: Curve
    words: int
    """32-bit words of a value."""
    witness_size: int
    input_size: int
    map: InputMap | None
    """Sizes of the inputs, where the calculator cannot be asked for them."""


@dataclass(frozen=True)
class _Given:
    """A signal's values, checked, and what the circuit knows its name by."""

    hash: int
    values: list[int]


class Instance:
    """Of `code`, in `store`. `facts` are those of the first one, which asks for them. `log` is given what the
    circuit logs, a line at a time."""

    def __init__(
        self,
        code: Compiled,
        store: wasmtime.Store,
        where: str,
        facts: Facts | None,
        *,
        strict: bool = False,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self._code = code
        self._where = where
        self._store = store
        self._strict = strict
        self._log = log
        self._messages: list[str] = []
        self._logged: list[str] = []
        self._reduced: str | None = None
        """Where the first input was that was not below the prime."""
        self._circuit = code.linker.instantiate(store, code.module)
        self.facts = facts or self._ask()

    @cached_property
    def _exports(self) -> Mapping[str, Any]:
        """All of the calculator's; 0.2 ms, so that only those ask who need more than a run."""
        return self._circuit.exports(self._store)

    def _call(self, name: str, *arguments: int) -> Any:
        return _function(self._exports, name)(self._store, *map(_signed, arguments))

    # ---- what it says of its circuit

    def _ask(self) -> Facts:
        """Raises SetupFault WASM_UNSUPPORTED."""
        words = self._call("getFieldNumLen32")
        self._call("getRawPrime")
        prime = self._shared(words) if 0 < words < 64 else 0
        curve = by_scalar_prime(prime)
        if curve is None:
            why = (
                f"{self._code.path} is for another field: its prime {other_field(prime)}; {COMPILE_FOR_OURS}"
            )
            raise SetupFault(Code.WASM_UNSUPPORTED, why)
        if curve.n8r != 4 * words:
            raise foreign(self._code.path, f"its values have {words} words")
        total = self._call(SIZE_OF_ALL) if SIZE_OF_ALL in self._code.exports else None
        sizes = None if total is not None and SIZE_OF_ONE in self._code.exports else self._map(words, total)
        if total is None:
            assert sizes is not None
            total = sizes.total
        return Facts(curve, words, self._call("getWitnessSize"), total, sizes)

    def _map(self, words: int, total: int | None) -> InputMap:
        """Sizes read out of the memory. Raises SetupFault WASM_UNSUPPORTED."""
        circuit = self._circuit
        if total is None:
            # An instance for this only: `init` is called once.
            circuit = self._code.linker.instantiate(self._store, self._code.module)
        exports = circuit.exports(self._store)
        if total is None:
            _function(exports, "init")(self._store, 0)
        memory = exports["memory"]
        if isinstance(memory, wasmtime.Memory):
            place = map_place(_function(exports, "getSharedRWMemoryStart")(self._store), words)
            found = read_map(bytes(memory.read(self._store, 0, map_end(place))), place, total)
            if found is not None:
                return found
        raise foreign(self._code.path, "it does not tell how many values its inputs have")

    def _shared(self, words: int) -> int:
        """The value in the memory that is shared."""
        found: int = sum((self._call("readSharedRWMemory", i) & MASK) << 32 * i for i in range(words))
        return found

    # ---- what the calculator calls

    def message(self) -> None:
        """Takes a message down."""
        self._messages.append(self._text())

    def log_text(self) -> None:
        """A part of a logged line, or its end. One blank stands between two parts."""
        if self._log is None:
            return
        text = self._text()
        if text != "\n":
            self._logged.append(text)
        else:
            self._log(" ".join(self._logged))
            self._logged.clear()

    def log_value(self) -> None:
        """A value is logged: a part of a line since circom 2.0.7, before that a line."""
        if self._log is None:
            return
        self._logged.append(str(self._shared(self.facts.words)))
        if "writeBufferMessage" not in self._code.imports:
            self._log(self._logged.pop())

    def _text(self) -> str:
        text = ""
        while (character := self._call("getMessageChar")) and len(text) < LONGEST_MESSAGE:
            text += chr(character & 0xFF)
        return text

    def fault(self, code: int) -> JobFault:
        """What an exception of the calculator means."""
        if code == 4:
            if not self._messages:
                self.message()  # before circom 2.0.7 it lies there now
            # Innermost first: the assert itself, then who called.
            told = "; ".join(message.strip() for message in self._messages if message.strip())
            if self._reduced is not None:
                told += f"; {self._reduced} was not below the field's prime and was reduced, as circom does"
            return JobFault(Code.ASSERT_FAILED, f"{self._where}: an assert of the circuit failed: {told}")
        if code == 5:
            return JobFault(Code.WITNESS_MEMORY, f"{self._where}: the calculator ran out of memory")
        return JobFault(Code.INPUT_REFUSED, f"{self._where}: the calculator refused an input (code {code})")

    # ---- inputs

    def calculate(self, inputs: Mapping[str, Any]) -> Solved:
        """Sets all inputs, which sets off the calculation, and takes the witness out."""
        named = qualified(inputs, self._where)
        given: list[_Given] = []
        for name, value in named.items():
            one, reduced = self._given(name, value)
            given.append(one)
            self._reduced = self._reduced or reduced
        found = sum(len(signal.values) for signal in given)
        if found != self.facts.input_size:
            known = self._code.signals.inputs(self._asked)
            raise missing(named, found, self.facts.input_size, known, self._where)
        return Solved(self._run([signal for signal in given if signal.values]), self._reduced)

    def _given(self, name: str, value: object) -> tuple[_Given, str | None]:
        digest, size = self._code.signals.size(name, self._asked)
        if size <= 0 and not is_empty(value):
            raise unknown(name, self._code.signals.inputs(self._asked), self._where)
        flat = flatten(name, value, self.facts.curve.r, self._where, strict=self._strict)
        # Of signals without values the map of old calculators has a size that is that of another.
        if len(flat.numbers) != max(0, size) and not (self.facts.map is not None and not flat.numbers):
            known = self._code.signals.inputs(self._asked)
            raise misshapen(name, value, len(flat.numbers), size, known, self._where)
        return _Given(digest, flat.numbers), flat.reduced

    @property
    def input_shapes(self) -> Mapping[str, tuple[int, ...]] | None:
        """Names of the inputs and the lengths of their arrays; None without symbols."""
        return self._code.signals.inputs(self._asked)

    def _asked(self, digest: int) -> int:
        """How many values the signal with this hash has."""
        if self.facts.map is not None:
            return self.facts.map.sizes.get(digest, 0)
        return int(self._call(SIZE_OF_ONE, digest >> 32, digest & MASK))

    def _run(self, given: list[_Given]) -> Witness:
        facts, size = self.facts, self.facts.curve.n8r
        values = b"".join(value.to_bytes(size, "little") for signal in given for value in signal.values)
        head = struct.pack("<4I", 16 + len(values), len(given), facts.witness_size, facts.words)
        table = b"".join(
            struct.pack("<3I", signal.hash >> 32, signal.hash & MASK, len(signal.values)) for signal in given
        )
        asked = bytearray(head + values + table)
        bridge = self._bridged()
        memory = cast(wasmtime.Memory, bridge["memory"])
        self._grow(memory, max(size * facts.witness_size, len(asked)))
        memory.write(self._store, asked)
        _function(bridge, "run")(self._store)
        return Witness(facts.curve, bytes(memory.read(self._store, 0, size * facts.witness_size)), 0)

    def _bridged(self) -> Mapping[str, Any]:
        linker = wasmtime.Linker(self._code.engine)
        linker.define_instance(self._store, "circuit", self._circuit)
        return linker.instantiate(self._store, self._code.bridge).exports(self._store)

    def _grow(self, memory: wasmtime.Memory, needed: int) -> None:
        pages = -(-needed // PAGE) - 1
        if pages > 0:
            memory.grow(self._store, pages)


def _function(exports: Mapping[str, Any], name: str) -> wasmtime.Func:
    return cast(wasmtime.Func, exports[name])


def _signed(value: int) -> int:
    """A 32-bit word as wasmtime takes it."""
    return value - (1 << 32) if value >= 1 << 31 else value
