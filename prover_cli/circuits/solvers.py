"""The circuits' calculators, opened once in the main process before any job needs one.

If one cannot be used, the user learns that before anything is proved. Workers get the compiled code.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import orjson

from prover_cli.circuits.waiting import within
from prover_cli.faults import Code, Fault, JobFault, SetupFault
from prover_cli.needs import Needs
from prover_cli.regular_file import read_regular
from prover_cli.systems.protocols import ProvingKey
from prover_cli.witness.kept import path_of
from prover_cli.witness.source import CompiledCode, ProgramFile
from prover_cli.writing import write_atomically

ASKING_SECONDS = 10.0
"""Most that a calculator may take to say of which circuit it is: circom's take a millisecond."""


FEW_WITNESSES = 12
"""Compiling a program takes about as long as calculating so many witnesses without one: 0.1 s for a Merkle
tree of depth 20, 0.9 s for two blocks of SHA-256 (one core of a Xeon, Granite Rapids)."""


@dataclass(frozen=True)
class InputsAhead:
    """The circuits whose inputs a run will meet."""

    certain: frozenset[str] = frozenset()
    """Those that a source has inputs for: what is wrong with their calculators ends the run."""
    possible: frozenset[str] = frozenset()
    """Those that a stream may bring inputs for."""


class Programs(Enum):
    """Which programs of calculators are wanted."""

    NONE = "none"
    KEPT = "kept"
    """Those that an earlier run has compiled: there is too little to calculate for a new one."""
    NEW = "new"
    FORETOLD = "foretold"
    """New ones would pay, but a dry run makes none."""


@dataclass(frozen=True, repr=False)
class OpenSolver:
    """A circuit's calculator that was opened and found right."""

    code: CompiledCode
    needs: Needs
    program: ProgramFile | None = None
    """What was compiled of it; None if there is no program, or none is wanted."""
    how: str = "by circom's code"
    """How witnesses are calculated, and why, in words."""


@dataclass
class Solvers:
    """What is known of the circuits' calculators so far, by circuit."""

    opened: dict[str, OpenSolver] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    """Of those that cannot be used."""

    def code_of(self, circuit: str) -> CompiledCode | None:
        """The compiled code of a circuit's calculator; None if it was not opened."""
        found = self.opened.get(circuit)
        return found.code if found is not None else None

    def program_of(self, circuit: str) -> ProgramFile | None:
        """The compiled program of a circuit's calculator; None if it has none, or was not opened."""
        found = self.opened.get(circuit)
        return found.program if found is not None else None


def open_solver(wasm: Path, key: ProvingKey, *, interruptible: bool) -> OpenSolver:
    """Compiles the code, where no earlier run did, and asks it of which circuit it is. `interruptible` is how
    the pool runs it: worker processes end a calculation with themselves, threads cannot.

    Raises SetupFault: WASM_UNREADABLE, WASM_CORRUPT, WASM_UNSUPPORTED, KEY_MISMATCH."""
    memory = _memory(wasm, key, interruptible=interruptible)
    known = _remembered(memory) if memory is not None else None
    if known is not None:
        return known
    from prover_cli.witness.calculator import Calculator, compiled
    from prover_cli.witness.reading import check_pair

    def opened() -> Calculator:
        return Calculator(
            wasm, seconds=ASKING_SECONDS, overdue=None if interruptible else _leave_it, code=code
        )

    code = compiled(wasm, interruptible=interruptible)
    try:
        calculator = opened() if interruptible else within(ASKING_SECONDS, opened)
        check_pair(calculator, wasm, key.layout, key.path)
    except TimeoutError:
        raise SetupFault(
            Code.WASM_UNSUPPORTED,
            f"{wasm} does not say of which circuit it is within {ASKING_SECONDS:g} s; give the .wasm that "
            "circom --wasm writes into NAME_js",
        ) from None
    except JobFault as fault:
        raise SetupFault(fault.kind, fault.message) from None
    found = OpenSolver(calculator.code, calculator.needs)
    if memory is not None:
        _remember(found, memory)
    return found


LARGE_CODE = 1 << 20
"""Bytes of a `.wasm` from which on making its program may take seconds."""


def program_for(
    wasm: Path, wanted: Programs, note: Callable[[str], None] = lambda words: None
) -> tuple[ProgramFile | None, str]:
    """The program of a calculator: one that an earlier run has made, or a new one if it is `wanted`. None if
    there is none. Also returns how witnesses are calculated then, in words. `note` is called before one is
    made that may take seconds."""
    from prover_cli.witness.programs import kept_program, make_program

    try:
        text = read_regular(wasm)
    except OSError:
        return None, "by circom's code"  # whoever opens it says why
    found = kept_program(text)
    if found is None and wanted is Programs.NEW:
        if len(text) > LARGE_CODE:
            note(f"making a program of {wasm}; later runs find it in the cache")
        found = make_program(text)
    if found is None:
        return None, {
            Programs.NEW: "by circom's code: no program could be made of it",
            Programs.FORETOLD: "by a program, which is yet to be made",
        }.get(wanted, "by circom's code: too few inputs for a program to pay")
    if found.program.reason is not None:
        return None, f"by circom's code: {found.program.reason}"
    lanes = f", up to {found.file.lanes} at a time" if found.file.lanes > 1 else ""
    return found.file, f"by a program{lanes}"


def input_shapes(
    wasm: Path, symbols: Path | None, code: CompiledCode, *, interruptible: bool
) -> Mapping[str, tuple[int, ...]] | None:
    """The names of a circuit's inputs and the lengths of their arrays, for the examples that a service shows.
    None if there is no usable `.sym`."""
    if symbols is None:
        return None
    from prover_cli.witness.calculator import Calculator

    def ask() -> Mapping[str, tuple[int, ...]] | None:
        overdue = None if interruptible else _leave_it
        calculator = Calculator(wasm, symbols, seconds=ASKING_SECONDS, overdue=overdue, code=code)
        return calculator.input_shapes()

    try:
        return ask() if interruptible else within(ASKING_SECONDS, ask)
    except (Fault, TimeoutError):
        return None  # an example less; proofs need no names


def _memory(wasm: Path, key: ProvingKey, *, interruptible: bool) -> Path | None:
    """The file that remembers a calculator which was found right for a key of these sizes; None where the
    code cannot be read. It saves a run from loading wasmtime, which takes 65 ms of CPU time; a thousand tiny
    proofs take 2.5 s."""
    try:
        digest = hashlib.sha256(read_regular(wasm)).hexdigest()
    except OSError:
        return None
    how = "epochs" if interruptible else "plain"
    layout = key.layout
    return path_of(digest, f"{how}-{layout.curve.name}-{layout.n_vars}.json")


def _remembered(memory: Path) -> OpenSolver | None:
    try:
        known = orjson.loads(memory.read_bytes())
        code = memory.with_name(Path(known["code"]).name)
        # Before it is run, `modules` checks that nobody else could write it, and that wasmtime is the same.
        if code.is_file():
            needs = Needs(int(known["resident"]), int(known["peak"]))
            return OpenSolver(CompiledCode(str(known["kind"]), path=str(code)), needs)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is none, or it is damaged: the calculator is asked again
    return None


def _remember(found: OpenSolver, memory: Path) -> None:
    if found.code.path is None:
        return
    known = {
        "code": Path(found.code.path).name,
        "kind": found.code.kind,
        "resident": found.needs.resident,
        "peak": found.needs.peak,
    }
    with suppress(OSError):  # a cache that cannot be written costs time, not correctness
        write_atomically(memory, orjson.dumps(known))


def _leave_it() -> None:
    """Code that does not end cannot be ended without its process: it is no longer waited for."""
