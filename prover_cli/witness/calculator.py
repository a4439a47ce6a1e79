"""A circuit's `.wasm` as circom 2 makes it, run on inputs: the same witness that snarkjs calculates.

Each witness has an instance of its own, thrown away afterwards: nothing of one is there for the next. It gets
no file, no clock and no network, bounded memory and bounded time. What it logs holds values of signals and is
dropped. Interface: that of circom's own `witness_calculator.js`.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import wasmtime

from prover_cli.errors import JobFault, SetupFault
from prover_cli.formats.curves import Curve, by_scalar_prime
from prover_cli.formats.sym import main_signals, suggestion
from prover_cli.formats.wtns import Witness
from prover_cli.pool.job import CALCULATION_SECONDS
from prover_cli.witness.deadline import limited
from prover_cli.witness.inputs import flatten, place, shape
from prover_cli.witness.modules import load_module

PAGE = 1 << 16
MOST_MEMORY = 2 << 30
"""Bytes that a calculator may have: what a 32-bit one can address is twice that, and circuits of millions of
constraints take some hundred MB."""

MASK = (1 << 32) - 1


EXPORTS = {
    *("getVersion", "getFieldNumLen32", "getRawPrime", "getWitnessSize", "getInputSize"),
    *("getInputSignalSize", "setInputSignal", "init", "getWitness"),
    *("readSharedRWMemory", "writeSharedRWMemory", "getMessageChar"),
}


@dataclass(frozen=True)
class _Given:
    """A signal's values, checked, and what the circuit knows its name by."""

    hash: int
    values: list[int]


@dataclass(frozen=True)
class _Facts:
    """What a calculator says of its circuit, asked once."""

    curve: Curve
    words: int
    """32-bit words of a value."""
    witness_size: int
    input_size: int


class Calculator:
    """One circuit's. Not for several threads at once: one thread's time limit would end another's."""

    def __init__(
        self,
        wasm: Path,
        symbols: Path | None = None,
        *,
        seconds: float = CALCULATION_SECONDS,
        overdue: Callable[[], None] | None = None,
    ) -> None:
        """A calculation that takes longer than `seconds` is ended. Code that can be ended is slower by a
        sixth (SHA-256 222 ms, 188 without; wasmtime's epochs, 2 GHz): with `overdue` it cannot, and that is
        called instead, from another thread, to have the process ended.

        Raises SetupFault: WASM_UNREADABLE, WASM_CORRUPT, WASM_UNSUPPORTED, SYMBOLS_UNREADABLE."""
        self._path = wasm
        self._seconds = seconds
        self._interruptible = overdue is None
        config = wasmtime.Config()
        config.epoch_interruption = self._interruptible
        kind = "epochs" if self._interruptible else "plain"
        if address_space_is_limited():
            # Reserved for each memory are 4 GB otherwise, which spares the code its bounds checks.
            config.memory_reservation = config.memory_reservation_for_growth = 0
            config.memory_guard_size = PAGE
            kind += "-bounded"
        self._engine = wasmtime.Engine(config)
        self._overdue = overdue or self._engine.increment_epoch
        self._module = load_module(self._engine, wasm, kind)
        self._bridge = wasmtime.Module(
            self._engine, files("prover_cli.witness").joinpath("bridge.wat").read_text()
        )
        for needed in self._module.imports:
            if needed.module != "runtime" or not isinstance(needed.type, wasmtime.FuncType):
                raise self._unsupported(f"asks for {needed.module}.{needed.name}")
        for name in sorted(EXPORTS - {export.name for export in self._module.exports}):
            raise self._unsupported(f"has no {name}")
        self._symbols = main_signals(symbols) if symbols is not None else None
        self._facts: _Facts | None = None
        self._sizes: dict[str, tuple[int, int]] = {}
        """Hash and number of values of the inputs that were asked for by name."""
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
        store = wasmtime.Store(self._engine)
        store.set_limits(memory_size=MOST_MEMORY)
        if self._interruptible:
            store.set_epoch_deadline(1)
        try:
            with limited(self._seconds, self._overdue):
                self._run = _Run(self, store, where)
                return self._run.witness(inputs)
        except wasmtime.Trap as trap:
            raise self._trapped(trap, where) from None
        except wasmtime.WasmtimeError as error:
            words = str(error)
            if "mmap" in words or "Cannot allocate" in words:
                raise self._no_memory(where) from None
            if "memory" in words:
                raise self._too_large(where) from None
            raise JobFault(
                "WITNESS_CRASHED", f"{where}: {self._path} cannot be run; compile the circuit again"
            ) from None
        finally:
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

    def _no_memory(self, where: str) -> JobFault:
        limited = "; the address space is limited (ulimit -v)" if address_space_is_limited() else ""
        return JobFault(
            "WITNESS_MEMORY",
            f"{where}: the system has no memory for the calculator of {self._path}{limited}; let fewer "
            "workers run, or give them more",
        )


def address_space_is_limited() -> bool:
    """Whether what a process may map has a limit (`ulimit -v`), as some batch systems set it."""
    try:
        import resource
    except ImportError:
        return False
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


class _Run:
    """One instance."""

    def __init__(self, calculator: Calculator, store: wasmtime.Store, where: str) -> None:
        self._calculator = calculator
        self._where = where
        self._store = store
        self._messages: list[str] = []
        self._circuit = calculator._linker.instantiate(store, calculator._module)
        calculator._facts = self._facts = calculator._facts or self._ask()

    @cached_property
    def _exports(self) -> Mapping[str, Any]:
        """All of the calculator's; 0.2 ms, so that only those ask who need more than a run."""
        return self._circuit.exports(self._store)

    def _call(self, name: str, *arguments: int) -> Any:
        return _function(self._exports, name)(self._store, *map(_signed, arguments))

    def _ask(self) -> _Facts:
        words = self._call("getFieldNumLen32")
        self._call("getRawPrime")
        prime = sum((self._call("readSharedRWMemory", i) & MASK) << 32 * i for i in range(words))
        curve = by_scalar_prime(prime)
        if curve is None or curve.n8r != 4 * words:
            raise self._calculator._unsupported("is over a field that this tool does not know")
        return _Facts(curve, words, self._call("getWitnessSize"), self._call("getInputSize"))

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
        facts, size = self._facts, self._facts.curve.n8r
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
        linker = wasmtime.Linker(self._calculator._engine)
        linker.define_instance(self._store, "circuit", self._circuit)
        return linker.instantiate(self._store, self._calculator._bridge).exports(self._store)

    def _grow(self, memory: wasmtime.Memory, needed: int) -> None:
        pages = -(-needed // PAGE) - 1
        if pages > 0:
            memory.grow(self._store, pages)

    def _size(self, name: str) -> tuple[int, int]:
        """The name's hash, and how many values the circuit takes for an input of this name; 0 or less for
        none."""
        sizes = self._calculator._sizes
        if name not in sizes:
            digest = fnv(name)
            found = digest, int(self._call("getInputSignalSize", digest >> 32, digest & MASK))
            if found[1] <= 0:
                return found  # names come from callers: those that mean nothing are not kept
            sizes[name] = found
        return sizes[name]

    def _given(self, name: str, value: object) -> _Given:
        digest, size = self._size(name)
        if size <= 0 and value != []:
            raise self._unknown(name)
        values = flatten(name, value, self._facts.curve.r, self._where)
        if len(values) != size:
            raise self._misshapen(name, value, len(values), size)
        return _Given(digest, values)

    def _inputs(self) -> dict[str, tuple[int, ...]] | None:
        """Names and lengths of the circuit's inputs, where the symbols are at hand."""
        symbols = self._calculator._symbols
        return None if symbols is None else {n: s for n, s in symbols.items() if self._size(n)[1] > 0}

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
        wanted = self._facts.input_size
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
