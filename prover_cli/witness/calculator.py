"""A circuit's `.wasm` as circom 2 makes it, run on inputs: the same witness that snarkjs calculates.

Each witness has an instance of its own, thrown away afterwards: nothing of one is there for the next. It gets
no file, no clock and no network, bounded memory and bounded time. What it logs holds values of signals and is
dropped, but where it is asked for. Interface: that of circom's own `witness_calculator.js`.
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
"""Bytes that a calculator may have: what a 32-bit one can address is twice that, and circuits of millions of
constraints take some hundred MB."""


RUNTIME_BYTES = 20 << 20
"""Private memory that wasmtime adds to a worker: 6 MB to import it, 12 to open code that was compiled before,
and some MB that the allocator keeps (CPython 3.11, wasmtime 50: 18 to 26 in all, for circuits from 5 to
62 403 signals). Compiling takes 100 MB more, and happens in the main process."""


class Calculator:
    """One circuit's; a `Solver` of one lane. Not for several threads at once: the time limit of one would end
    the calculation of another."""

    lanes = 1

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
        """A calculation that takes longer than `seconds` is ended. Code that can be ended is slower by a
        sixth (SHA-256 222 ms, 188 without; wasmtime's epochs, 2 GHz): with `overdue` it cannot, and that is
        called instead, from another thread, to have the process ended. With `strict` a value that is not
        below the prime is refused. `code` spares compiling, where another process did.

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
        # Made once, and passing on to the run of the moment: wasmtime keeps hold of what it may call.
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
        """What its witnesses are over."""
        return self._facts.curve

    @property
    def count(self) -> int:
        """Values of its witnesses."""
        return self._facts.witness_size

    @property
    def needs(self) -> Needs:
        """What a calculation takes: the runtime, and the memory that the code begins with."""
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
            raise foreign(self._path, "it cannot be asked about its circuit") from None
        finally:
            store.close()

    def _new_store(self) -> wasmtime.Store:
        store = wasmtime.Store(self._engine)
        store.set_limits(memory_size=MOST_MEMORY)
        if self._interruptible:
            store.set_epoch_deadline(1)
        return store

    def _host(self, name: str) -> Callable[..., Any]:
        """What a calculator calls by this name."""

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
        """`log` is given what the circuit logs, a line at a time: values of its signals are among it.

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
            store.close()  # now: its memory held the witness

    def _trapped(self, trap: wasmtime.Trap, where: str) -> JobFault:
        code = trap.trap_code
        if code is wasmtime.TrapCode.INTERRUPT:
            return JobFault(
                Code.WITNESS_TIMEOUT, f"{where}: the calculation took longer than {self._seconds:g} s"
            )
        kind = code.name.lower().replace("_", " ") if code is not None else "a trap"
        return JobFault(Code.WITNESS_CRASHED, f"{where}: the calculator of {self._path} ended with {kind}")

    def _too_large(self, where: str) -> JobFault:
        return JobFault(
            Code.WITNESS_MEMORY,
            f"{where}: the calculator of {self._path} wants more than {MOST_MEMORY >> 20} MB",
        )

    def _no_memory(self, where: str) -> JobFault:
        limited = "; the address space is limited (ulimit -v)" if address_space_is_limited() else ""
        return JobFault(
            Code.WITNESS_MEMORY,
            f"{where}: the system has no memory for the calculator of {self._path}{limited}; let fewer "
            "workers run, or give them more",
        )


def compiled(wasm: Path, *, interruptible: bool) -> CompiledCode:
    """The code of a calculator for other processes, compiled where no earlier run did. None of it is run.

    Raises SetupFault: WASM_UNREADABLE, WASM_CORRUPT, WASM_UNSUPPORTED."""
    engine, kind = _engine(interruptible=interruptible)
    loaded = load_module(engine, wasm, kind)
    check_interface(loaded.module, wasm)
    return loaded.code


def _engine(*, interruptible: bool) -> tuple[wasmtime.Engine, str]:
    """What runs the code, and the name of its settings."""
    config = wasmtime.Config()
    config.epoch_interruption = interruptible
    kind = "epochs" if interruptible else "plain"
    if address_space_is_limited():
        # Reserved for each memory are 4 GB otherwise, which spares the code its bounds checks.
        config.memory_reservation = config.memory_reservation_for_growth = 0
        config.memory_guard_size = PAGE
        kind += "-bounded"
    return wasmtime.Engine(config), kind
