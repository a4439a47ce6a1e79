"""A circuit's `.wasm` as circom 2 makes it, run on inputs: the same witness that snarkjs calculates.

Each witness has an instance of its own, thrown away afterwards: nothing of one is there for the next. It gets
no file, no clock and no network, bounded memory and bounded time. What it logs holds values of signals and is
dropped. Interface: that of circom's own `witness_calculator.js`.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import wasmtime

from prover_cli.errors import JobFault, SetupFault
from prover_cli.formats.curves import Curve, by_scalar_prime
from prover_cli.formats.sym import main_signals, suggestion
from prover_cli.formats.wtns import Witness
from prover_cli.witness.inputs import flatten, place, shape
from prover_cli.witness.modules import load_module

PAGE = 1 << 16
MOST_MEMORY = 2 << 30
"""Bytes that a calculator may have: what a 32-bit one can address is twice that, and circuits of millions of
constraints take some hundred MB."""

LONGEST_SECONDS = 300.0
"""Of a calculation, where nothing else is said."""

MASK = (1 << 32) - 1


@dataclass(frozen=True)
class _Given:
    """A signal's values, checked, where the circuit looks for them."""

    hash: int
    values: list[int]


class Calculator:
    """One circuit's. Not for several threads at once: one thread's time limit would end another's."""

    def __init__(self, wasm: Path, symbols: Path | None = None, *, seconds: float = LONGEST_SECONDS) -> None:
        """Raises SetupFault: WASM_UNREADABLE, WASM_CORRUPT, WASM_UNSUPPORTED, SYMBOLS_UNREADABLE."""
        self._path = wasm
        self._seconds = seconds
        config = wasmtime.Config()
        config.epoch_interruption = True
        self._engine = wasmtime.Engine(config)
        self._module = load_module(self._engine, wasm)
        self._bridge = wasmtime.Module(
            self._engine, files("prover_cli.witness").joinpath("bridge.wat").read_text()
        )
        for needed in self._module.imports:
            if needed.module != "runtime" or not isinstance(needed.type, wasmtime.FuncType):
                raise self._unsupported(f"asks for {needed.module}.{needed.name}")
        self._symbols = main_signals(symbols) if symbols is not None else None
        # Made once, and passing on to the run of the moment: wasmtime keeps hold of what it may call.
        self._run: _Run | None = None
        self._linker = wasmtime.Linker(self._engine)
        host: dict[str, Callable[..., Any]] = {
            "exceptionHandler": self._exception,
            "printErrorMessage": self._message,
        }
        for needed in self._module.imports:
            assert isinstance(needed.type, wasmtime.FuncType)
            self._linker.define_func(
                "runtime", str(needed.name), needed.type, host.get(str(needed.name), _drop)
            )

    def _exception(self, code: int) -> None:
        if self._run is not None:
            raise self._run.fault(code)

    def _message(self) -> None:
        if self._run is not None:
            self._run.message()

    def _unsupported(self, why: str) -> SetupFault:
        return SetupFault(
            "WASM_UNSUPPORTED", f"{self._path} {why}: it is no calculator of circom 2; compile with --wasm"
        )

    def witness(self, inputs: Mapping[str, Any], where: str) -> Witness:
        """Raises JobFault: INPUT_…, ASSERT_FAILED, WITNESS_TIMEOUT, WITNESS_MEMORY, WITNESS_CRASHED."""
        timer = threading.Timer(self._seconds, self._engine.increment_epoch)
        timer.daemon = True
        timer.start()
        store = wasmtime.Store(self._engine)
        try:
            self._run = _Run(self, store, where)
            self._run.begin()
            return self._run.witness(inputs)
        except wasmtime.Trap as trap:
            raise self._trapped(trap, where) from None
        except wasmtime.WasmtimeError as error:
            if "memory" in str(error):
                raise self._too_large(where) from None
            raise JobFault(
                "WITNESS_CRASHED", f"{where}: {self._path} cannot be run; compile the circuit again"
            ) from None
        finally:
            timer.cancel()
            self._run = None
            store.close()  # now: its memory held the witness

    def _trapped(self, trap: wasmtime.Trap, where: str) -> JobFault:
        code = trap.trap_code
        if code is wasmtime.TrapCode.INTERRUPT:
            return JobFault(
                "WITNESS_TIMEOUT", f"{where}: the calculation took longer than {self._seconds:g} s"
            )
        kind = code.name.lower().replace("_", " ") if code is not None else "a trap"
        return JobFault("WITNESS_CRASHED", f"{where}: the calculator of {self._path} ended with {kind}")

    def _too_large(self, where: str) -> JobFault:
        return JobFault(
            "WITNESS_MEMORY",
            f"{where}: the calculator of {self._path} wants more than {MOST_MEMORY >> 20} MB",
        )


class _Run:
    """One instance."""

    def __init__(self, calculator: Calculator, store: wasmtime.Store, where: str) -> None:
        self._calculator = calculator
        self._where = where
        self._store = store
        self._store.set_limits(memory_size=MOST_MEMORY)
        self._store.set_epoch_deadline(1)
        self._messages: list[str] = []

    def begin(self) -> None:
        """Instantiates the calculator and the bridge. Raises SetupFault WASM_UNSUPPORTED."""
        calculator = self._calculator
        circuit = calculator._linker.instantiate(self._store, calculator._module)
        self._exports = circuit.exports(self._store)
        for name in ("getVersion", "setInputSignal", "getInputSignalSize", "getWitness"):
            if name not in self._exports:
                raise calculator._unsupported(f"has no {name}")
        wanted = [self._exports[str(needed.name)] for needed in calculator._bridge.imports]
        self._bridge = wasmtime.Instance(self._store, calculator._bridge, wanted).exports(self._store)
        self._words = self._call("getFieldNumLen32")
        self._curve = self._field()

    def _call(self, name: str, *arguments: int) -> Any:
        return _function(self._exports, name)(self._store, *map(_signed, arguments))

    def _field(self) -> Curve:
        self._call("getRawPrime")
        prime = sum((self._call("readSharedRWMemory", i) & MASK) << 32 * i for i in range(self._words))
        curve = by_scalar_prime(prime)
        if curve is None or curve.n8r != 4 * self._words:
            raise self._calculator._unsupported("is over a field that this tool does not know")
        return curve

    # ---- what the calculator calls

    def message(self) -> None:
        """Takes a message down."""
        text = ""
        while (character := self._call("getMessageChar")) and len(text) < 1000:
            text += chr(character & 0xFF)
        self._messages.append(text)

    def fault(self, code: int) -> JobFault:
        """What an exception of the calculator means."""
        if code == 4:
            # Innermost first: the assert itself, then who called.
            told = "; ".join(message.strip() for message in self._messages if message.strip())
            return JobFault("ASSERT_FAILED", f"{self._where}: an assert of the circuit failed: {told}")
        if code == 5:
            return JobFault("WITNESS_MEMORY", f"{self._where}: the calculator ran out of memory")
        return JobFault("INPUT_REFUSED", f"{self._where}: the calculator refused an input (code {code})")

    # ---- inputs

    def witness(self, inputs: Mapping[str, Any]) -> Witness:
        """Sets all inputs, which sets off the calculation, and takes the witness out."""
        given = [self._given(name, value) for name, value in inputs.items()]
        found = sum(len(signal.values) for signal in given)
        self._all_given(inputs, found)
        self._call("init", 0)
        size = self._curve.n8r
        memory = cast(wasmtime.Memory, self._bridge["memory"])
        count = self._call("getWitnessSize")
        self._grow(memory, size * max(count, found))
        data = b"".join(value.to_bytes(size, "little") for signal in given for value in signal.values)
        memory.write(self._store, data, 0)
        at = 0
        give, take = _function(self._bridge, "give"), _function(self._bridge, "take")
        for signal in given:
            words = (signal.hash >> 32, signal.hash & MASK, at, len(signal.values), self._words)
            give(self._store, *map(_signed, words))
            at += size * len(signal.values)
        take(self._store, count, self._words)
        values = memory.read(self._store, 0, size * count)
        return Witness(self._curve, bytes(values), 0)

    def _grow(self, memory: wasmtime.Memory, needed: int) -> None:
        pages = -(-needed // PAGE) - memory.size(self._store)
        if pages > 0:
            memory.grow(self._store, pages)

    def _size(self, name: str) -> int:
        """Values that the circuit takes for an input of this name; 0 or less for none."""
        digest = fnv(name)
        return int(self._call("getInputSignalSize", digest >> 32, digest & MASK))

    def _given(self, name: str, value: object) -> _Given:
        size = self._size(name)
        if size <= 0 and value != []:
            raise self._unknown(name)
        values = flatten(name, value, self._curve.r, self._where)
        if len(values) != size:
            raise self._misshapen(name, value, len(values), size)
        return _Given(fnv(name), values)

    def _inputs(self) -> dict[str, tuple[int, ...]] | None:
        """Names and lengths of the circuit's inputs, where the symbols are at hand."""
        symbols = self._calculator._symbols
        return None if symbols is None else {n: s for n, s in symbols.items() if self._size(n) > 0}

    def _unknown(self, name: str) -> JobFault:
        shown = place(name, 0, ())
        known = self._inputs()
        if known is None:
            advice = "; the circuit's .sym beside the .wasm would tell which there are"
        else:
            advice = suggestion(name, known) or f"; the circuit takes {', '.join(list(known)[:12])}"
        return JobFault("INPUT_UNKNOWN", f'{self._where}: unknown signal "{shown}"{advice}')

    def _misshapen(self, name: str, value: object, found: int, wanted: int) -> JobFault:
        lengths = (self._inputs() or {}).get(name)
        if lengths is None:
            mine = shape(value)
            lengths = (wanted, *mine[1:]) if len(mine) == 1 else ()
        takes = "".join(f"[{length}]" for length in lengths)
        shown = place(name, 0, ())
        if found < wanted and lengths:
            what = f"{place(name, found, lengths)} is missing"
        elif found < wanted:
            what = f"{shown} is too short"
        else:
            what = f"{shown} has more values than the circuit takes"
        return JobFault(
            "INPUT_SHAPE",
            f"{self._where}: {what}; {shown} has {found} values, and the circuit takes {wanted}"
            + (f" ({shown}{takes})" if len(lengths) > 1 else ""),
        )

    def _all_given(self, inputs: Mapping[str, Any], found: int) -> None:
        wanted = int(self._call("getInputSize"))
        if found == wanted:
            return
        known = self._inputs()
        if known is None:
            raise JobFault(
                "INPUT_MISSING",
                f"{self._where}: {found} of {wanted} input values are given; the circuit's .sym beside the "
                ".wasm would tell which are missing",
            )
        absent = [name for name in known if name not in inputs]
        verb = "is" if len(absent) == 1 else "are"
        raise JobFault("INPUT_MISSING", f"{self._where}: input {', '.join(absent)} {verb} missing")


def _function(exports: Mapping[str, Any], name: str) -> wasmtime.Func:
    return cast(wasmtime.Func, exports[name])


def fnv(name: str) -> int:
    """64-bit FNV-1a of a signal's name: what the calculator knows it by."""
    digest = 0xCBF29CE484222325
    for byte in name.encode(errors="surrogatepass"):
        digest = (digest ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return digest


def _signed(value: int) -> int:
    """A 32-bit word as wasmtime takes it."""
    return value - (1 << 32) if value >= 1 << 31 else value


def _drop(*_: Any) -> None:
    """A log of the circuit: it tells values of signals."""
