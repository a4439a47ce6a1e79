"""One run of a calculator, in its own instance, which takes inputs, calculates, and is discarded."""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import wasmtime

from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.formats.curves import COMPILE_FOR_OURS, Curve, by_scalar_prime, other_field
from prover_cli.formats.wtns import Witness
from prover_cli.witness.input_map import InputMap, map_end, map_place, read_map
from prover_cli.witness.interface import SIZE_OF_ALL, SIZE_OF_ONE, foreign
from prover_cli.witness.signals import Signals
from prover_cli.witness.solver import Solved
from prover_cli.witness.taking import GivenSignal, Taker

PAGE = 1 << 16

MASK = (1 << 32) - 1

LONGEST_MESSAGE = 1000
"""Characters of a message or a logged text that are kept."""


@dataclass(frozen=True, repr=False)
class Compiled:
    """A compiled calculator, and what it is linked with."""

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
    """What a calculator reports about its circuit, queried once."""

    curve: Curve
    words: int
    """32-bit words of a value."""
    witness_size: int
    input_size: int
    map: InputMap | None
    """Sizes of the inputs, if the calculator has no function that returns them."""


class Instance:
    """An instance of `code` in `store`. `facts` come from the first instance; if None, they are queried.
    `log` is called with each line that the circuit logs."""

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
        """The first input that was not below the prime."""
        self._circuit = code.linker.instantiate(store, code.module)
        self.facts = facts or self._ask()

    @cached_property
    def _exports(self) -> Mapping[str, Any]:
        """All of the calculator's exports. Getting them takes 0.2 ms, and a plain run does not need them."""
        return self._circuit.exports(self._store)

    def _call(self, name: str, *arguments: int) -> Any:
        return _function(self._exports, name)(self._store, *map(_signed, arguments))

    # ---- what it reports about its circuit

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
        """Sizes read from its memory. Raises SetupFault WASM_UNSUPPORTED."""
        circuit = self._circuit
        if total is None:
            # A separate instance, because `init` can only be called once.
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
        raise foreign(self._code.path, "it does not report how many values its inputs have")

    def _shared(self, words: int) -> int:
        """The value in shared memory."""
        found: int = sum((self._call("readSharedRWMemory", i) & MASK) << 32 * i for i in range(words))
        return found

    # ---- what the calculator calls

    def message(self) -> None:
        """Records a message."""
        self._messages.append(self._text())

    def log_text(self) -> None:
        """A part of a logged line, or its end. Parts are separated by a space."""
        if self._log is None:
            return
        text = self._text()
        if text != "\n":
            self._logged.append(text)
        else:
            self._log(" ".join(self._logged))
            self._logged.clear()

    def log_value(self) -> None:
        """A logged value: since circom 2.0.7 a part of a line, before that a whole line."""
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
                self.message()  # before circom 2.0.7, the message is still in the buffer
            # Innermost first: the assert itself, then its callers.
            told = "; ".join(message.strip() for message in self._messages if message.strip())
            if self._reduced is not None:
                told += f"; {self._reduced} was not below the field's prime and was reduced, as circom does"
            return JobFault(Code.ASSERT_FAILED, f"{self._where}: an assert of the circuit failed: {told}")
        if code == 5:
            return JobFault(Code.WITNESS_MEMORY, f"{self._where}: the calculator ran out of memory")
        return JobFault(Code.INPUT_REFUSED, f"{self._where}: the calculator refused an input (code {code})")

    # ---- inputs

    def calculate(self, inputs: Mapping[str, Any]) -> Solved:
        """Sets all inputs, which starts the calculation, and returns the witness."""
        facts = self.facts
        taker = Taker(
            facts.curve,
            self._code.signals,
            self._asked,
            facts.input_size,
            strict=self._strict,
            # For signals without values, the map of old calculators has the size of another signal.
            is_vague=facts.map is not None,
        )
        taken = taker.take(inputs, self._where)
        self._reduced = taken.reduced
        return Solved(self._run(taken.signals), taken.reduced)

    @property
    def input_shapes(self) -> Mapping[str, tuple[int, ...]] | None:
        """Names of the inputs and the lengths of their arrays; None without symbols."""
        return self._code.signals.inputs(self._asked)

    def _asked(self, digest: int) -> int:
        """Number of values of the signal with this hash."""
        if self.facts.map is not None:
            return self.facts.map.sizes.get(digest, 0)
        return int(self._call(SIZE_OF_ONE, digest >> 32, digest & MASK))

    def _run(self, given: Sequence[GivenSignal]) -> Witness:
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
    """A 32-bit word as wasmtime expects it."""
    return value - (1 << 32) if value >= 1 << 31 else value
