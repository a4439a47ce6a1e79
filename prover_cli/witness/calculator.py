"""A circuit's `.wasm`, as compiled by circom 2, run on inputs. The witness is the same as with snarkjs.

Each witness gets its own instance, which is discarded afterwards, so nothing leaks from one to the next. The
instance has no access to files, clock or network, and its memory and time are limited. Its logs contain
signal values and are dropped unless requested. The interface is that of circom's `witness_calculator.js`.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import wasmtime

from prover_cli.faults import Code, JobFault
from prover_cli.formats.curves import Curve
from prover_cli.formats.sym import main_signals
from prover_cli.needs import Needs
from prover_cli.witness.address_space import address_space_is_limited
from prover_cli.witness.deadline import limited
from prover_cli.witness.instance import PAGE, Compiled, Facts, Instance
from prover_cli.witness.interface import check_interface, foreign
from prover_cli.witness.modules import is_no_memory, load_module
from prover_cli.witness.signals import Signals
from prover_cli.witness.solver import Given, Solved
from prover_cli.witness.source import CALCULATION_SECONDS, CompiledCode

T = TypeVar("T")

MOST_MEMORY = 2 << 30
"""Maximum bytes for a calculator. A 32-bit one can address twice as much, and circuits with millions of
constraints take a few hundred MB."""


RUNTIME_BYTES = 20 << 20
"""Private memory that wasmtime adds to a worker: 6 MB to import it, 12 MB to open compiled code, and a few MB
that the allocator keeps (CPython 3.11, wasmtime 50: 18 to 26 MB in total, for circuits of 5 to 62 403
signals). Compiling takes another 100 MB, and happens in the main process."""


class Calculator:
    """The calculator of one circuit, a `Solver` with one lane. Not thread-safe: the time limit of one thread
    would end the calculation of another."""

    @property
    def lanes(self) -> int:
        """Witnesses that are calculated at a time."""
        return 1

    def __init__(
        self,
        wasm: Path,
        symbols: Path | None = None,
        *,
        seconds: float = CALCULATION_SECONDS,
        overdue: Callable[[], None] | None = None,
        strict: bool = False,
        code: CompiledCode | None = None,
    ) -> None:
        """A calculation that takes longer than `seconds` is interrupted. Interruptible code is a sixth slower
        (wasmtime's epochs; SHA-256 takes 222 ms instead of 188 at 2 GHz). With `overdue`, the code is not
        interruptible; `overdue` is called from another thread instead and must end the process. With
        `strict`, values that are not below the prime are refused. `code` is code that another process has
        already compiled.

        Raises SetupFault: WASM_UNREADABLE, WASM_CORRUPT, WASM_UNSUPPORTED, SYMBOLS_UNREADABLE."""
        self._path = wasm
        self._seconds = seconds
        self._strict = strict
        self._interruptible = overdue is None
        self._engine, kind = _engine(interruptible=self._interruptible)
        self._overdue = overdue or self._engine.increment_epoch
        loaded = load_module(self._engine, wasm, kind, code)
        module, self.code = loaded.module, loaded.code
        check_interface(module, wasm)
        # Host functions are created once and forward to the current run: wasmtime keeps references to them.
        self._instance: Instance | None = None
        linker = wasmtime.Linker(self._engine)
        for needed in module.imports:
            assert isinstance(needed.type, wasmtime.FuncType)
            linker.define_func("runtime", str(needed.name), needed.type, self._host(str(needed.name)))
        self._code = Compiled(
            path=wasm,
            engine=self._engine,
            module=module,
            bridge=wasmtime.Module(
                self._engine, files("prover_cli.witness").joinpath("bridge.wat").read_text()
            ),
            linker=linker,
            exports=frozenset(str(export.name) for export in module.exports),
            imports=frozenset(str(needed.name) for needed in module.imports),
            signals=Signals(main_signals(symbols) if symbols is not None else None),
        )
        self._facts = self._ask()

    @property
    def curve(self) -> Curve:
        """The curve of its witnesses."""
        return self._facts.curve

    @property
    def count(self) -> int:
        """Number of values in its witnesses."""
        return self._facts.witness_size

    @property
    def needs(self) -> Needs:
        """The memory that a calculation needs: the runtime, and the initial memory of the code."""
        memories = (export.type for export in self._code.module.exports)
        pages = sum(kind.limits.min for kind in memories if isinstance(kind, wasmtime.MemoryType))
        return Needs(RUNTIME_BYTES, pages * PAGE)

    def input_shapes(self) -> Mapping[str, tuple[int, ...]] | None:
        """The circuit's inputs and the lengths of their arrays; None if there is no `.sym`.

        Raises SetupFault WASM_UNSUPPORTED."""
        return self._asking(lambda instance: instance.input_shapes)

    def solve(self, inputs: Sequence[Given]) -> Sequence[Solved | JobFault]:
        """See `Solver`."""
        return [self._solved(given) for given in inputs]

    def _solved(self, given: Given) -> Solved | JobFault:
        try:
            return self.calculate(given.values, given.where)
        except JobFault as fault:
            return fault

    def _ask(self) -> Facts:
        return self._asking(lambda instance: instance.facts)

    def _asking(self, question: Callable[[Instance], T]) -> T:
        """What an instance that calculates nothing answers."""
        store = self._new_store()
        try:
            with limited(self._seconds, self._overdue):
                return question(Instance(self._code, store, "", None))
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            if is_no_memory(error):
                raise MemoryError from None
            raise foreign(self._path, "it fails to describe its circuit") from None
        finally:
            store.close()

    def _new_store(self) -> wasmtime.Store:
        store = wasmtime.Store(self._engine)
        store.set_limits(memory_size=MOST_MEMORY)
        if self._interruptible:
            store.set_epoch_deadline(1)
        return store

    def _host(self, name: str) -> Callable[..., Any]:
        """The function that a calculator calls by this name."""

        def called(*arguments: int) -> None:
            instance = self._instance
            if instance is None:
                return
            if name == "exceptionHandler":
                raise instance.fault(*arguments)
            if name == "printErrorMessage":
                instance.message()
            elif name == "writeBufferMessage":
                instance.log_text()
            elif name == "showSharedRWMemory":
                instance.log_value()

        return called

    def calculate(
        self, inputs: Mapping[str, Any], where: str, log: Callable[[str], None] | None = None
    ) -> Solved:
        """`log` is called with each line that the circuit logs. The lines can contain signal values.

        Raises JobFault: INPUT_…, ASSERT_FAILED, WITNESS_TIMEOUT, WITNESS_MEMORY, WITNESS_CRASHED."""
        store = self._new_store()
        try:
            with limited(self._seconds, self._overdue):
                self._instance = Instance(self._code, store, where, self._facts, strict=self._strict, log=log)
                return self._instance.calculate(inputs)
        except wasmtime.Trap as trap:
            raise self._trapped(trap, where) from None
        except wasmtime.WasmtimeError as error:
            if is_no_memory(error):
                raise self._no_memory(where) from None
            if "memory" in str(error):
                raise self._too_large(where) from None
            raise JobFault(
                Code.WITNESS_CRASHED, f"{where}: {self._path} cannot be run; compile the circuit again"
            ) from None
        finally:
            self._instance = None
            store.close()  # at once, because its memory contained the witness

    def _trapped(self, trap: wasmtime.Trap, where: str) -> JobFault:
        code = trap.trap_code
        if code is wasmtime.TrapCode.INTERRUPT:
            return JobFault(
                Code.WITNESS_TIMEOUT, f"{where}: the calculation took longer than {self._seconds:g} s"
            )
        kind = code.name.lower().replace("_", " ") if code is not None else "a trap"
        return JobFault(Code.WITNESS_CRASHED, f"{where}: the calculator {self._path} failed with {kind}")

    def _too_large(self, where: str) -> JobFault:
        return JobFault(
            Code.WITNESS_MEMORY,
            f"{where}: the calculator {self._path} needs more than {MOST_MEMORY >> 20} MB",
        )

    def _no_memory(self, where: str) -> JobFault:
        limited = "; the address space is limited (ulimit -v)" if address_space_is_limited() else ""
        return JobFault(
            Code.WITNESS_MEMORY,
            f"{where}: not enough memory for the calculator {self._path}{limited}; use fewer workers, or "
            "more memory",
        )


def compiled(wasm: Path, *, interruptible: bool) -> CompiledCode:
    """A calculator's code for other processes, compiled unless an earlier run did so. It is not executed.

    Raises SetupFault: WASM_UNREADABLE, WASM_CORRUPT, WASM_UNSUPPORTED."""
    engine, kind = _engine(interruptible=interruptible)
    loaded = load_module(engine, wasm, kind)
    check_interface(loaded.module, wasm)
    return loaded.code


def _engine(*, interruptible: bool) -> tuple[wasmtime.Engine, str]:
    """The engine that runs the code, and the name of its settings."""
    config = wasmtime.Config()
    config.epoch_interruption = interruptible
    kind = "epochs" if interruptible else "plain"
    if address_space_is_limited():
        # By default 4 GB of address space are reserved per memory, to avoid bounds checks.
        config.memory_reservation = config.memory_reservation_for_growth = 0
        config.memory_guard_size = PAGE
        kind += "-bounded"
    return wasmtime.Engine(config), kind
