"""The circuits' calculators, opened once in the main process before any job needs one.

What is wrong with one is told before anything is proved. Workers get its compiled code.
"""

import hashlib
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import orjson

from prover_cli.cache_folder import cache_folder
from prover_cli.faults import Code, Fault, JobFault, SetupFault
from prover_cli.needs import Needs
from prover_cli.regular_file import read_regular
from prover_cli.systems.protocols import ProvingKey
from prover_cli.witness.source import CompiledCode
from prover_cli.writing import write_atomically

ASKING_SECONDS = 10.0
"""Most that a calculator may take to say of which circuit it is: circom's take a millisecond."""

T = TypeVar("T")


@dataclass(frozen=True)
class InputsAhead:
    """The circuits whose inputs a run will meet."""

    certain: frozenset[str] = frozenset()
    """Those that a source has inputs for: what is wrong with their calculators ends the run."""
    possible: frozenset[str] = frozenset()
    """Those that a stream may bring inputs for."""


@dataclass(frozen=True, repr=False)
class OpenSolver:
    """A circuit's calculator that was opened and found right."""

    code: CompiledCode
    needs: Needs


@dataclass
class Solvers:
    """What is known of the circuits' calculators so far, by circuit."""

    opened: dict[str, OpenSolver] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    """Of those that cannot be used."""


def open_solver(wasm: Path, key: ProvingKey, *, interruptible: bool) -> OpenSolver:
    """Compiles the code, where no earlier run did, and asks it of which circuit it is. `interruptible` is how
    the pool runs it: worker processes end a calculation with themselves, threads cannot.

    Raises SetupFault: WASM_UNREADABLE, WASM_CORRUPT, WASM_UNSUPPORTED, KEY_MISMATCH."""
    known = _remembered(wasm, key, interruptible=interruptible)
    if known is not None:
        return known
    from prover_cli.witness.calculator import Calculator, compiled
    from prover_cli.witness.reading import check_pair

    def opened() -> Calculator:
        return Calculator(
            wasm, seconds=ASKING_SECONDS, overdue=None if interruptible else _leave_it, code=code
        )

    code = compiled(wasm, interruptible=interruptible)
    calculator = opened() if interruptible else _within(ASKING_SECONDS, opened)
    if calculator is None:
        raise SetupFault(
            Code.WASM_UNSUPPORTED,
            f"{wasm} does not say of which circuit it is within {ASKING_SECONDS:g} s; give the .wasm that "
            "circom --wasm writes into NAME_js",
        )
    try:
        check_pair(calculator, wasm, key.layout, key.path)
    except JobFault as fault:
        raise SetupFault(fault.kind, fault.message) from None
    found = OpenSolver(calculator.code, calculator.needs)
    _remember(found, wasm, key, interruptible=interruptible)
    return found


def _memory(wasm: Path, key: ProvingKey, *, interruptible: bool) -> Path:
    """The file that remembers a calculator which was found right for a key of these sizes. It spares a run
    wasmtime itself: 65 ms of CPU time, of 2.5 s for a thousand tiny proofs. Raises OSError."""
    digest = hashlib.sha256(read_regular(wasm)).hexdigest()
    how = "epochs" if interruptible else "plain"
    layout = key.layout
    return cache_folder() / "calculators" / f"{digest}-{how}-{layout.curve.name}-{layout.n_vars}.json"


def _remembered(wasm: Path, key: ProvingKey, *, interruptible: bool) -> OpenSolver | None:
    try:
        path = _memory(wasm, key, interruptible=interruptible)
        known = orjson.loads(path.read_bytes())
        code = path.with_name(Path(known["code"]).name)
        # Whoever runs the code looks whether it is ours alone, and of this wasmtime; see `modules`.
        if code.is_file():
            needs = Needs(int(known["resident"]), int(known["peak"]))
            return OpenSolver(CompiledCode(str(known["kind"]), path=str(code)), needs)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is none, or it is damaged: the calculator is asked again
    return None


def _remember(found: OpenSolver, wasm: Path, key: ProvingKey, *, interruptible: bool) -> None:
    if found.code.path is None:
        return
    known = {
        "code": Path(found.code.path).name,
        "kind": found.code.kind,
        "resident": found.needs.resident,
        "peak": found.needs.peak,
    }
    with suppress(OSError):  # a cache that cannot be written costs time, not correctness
        write_atomically(_memory(wasm, key, interruptible=interruptible), orjson.dumps(known))


def _leave_it() -> None:
    """Code that does not end cannot be ended without its process: it is no longer waited for."""


def _within(seconds: float, work: Callable[[], T]) -> T | None:
    """What `work` gives, from a thread that is left behind where it takes longer. Raises what it raises."""
    found: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, name="asking", daemon=True)
    thread.start()
    thread.join(seconds)
    if raised:
        raise raised[0]
    return found[0] if found else None
