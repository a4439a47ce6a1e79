"""`prove-batch witness`: many inputs to as many `.wtns`, on all cores. A wrong input fails alone."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from prover_cli.batch.given_inputs import Inputs
from prover_cli.faults import Code, Fault, JobFault
from prover_cli.formats.wtns import write_witness
from prover_cli.intake.jobs import check_file_id
from prover_cli.names import shown, to_file
from prover_cli.regular_file import read_regular
from prover_cli.stop import Stop
from prover_cli.witness.calculator import Calculator
from prover_cli.witness.inputs import parse_inputs
from prover_cli.witness.solver import Given, Solved, Solver
from prover_cli.witness.source import ProgramFile
from prover_cli.writing import write_atomically, write_failed

if TYPE_CHECKING:
    from prover_cli.witness.native import NativeSolver

MOST_LOGGED = 1 << 20
"""Characters of what one calculation logs that are kept."""


@dataclass(frozen=True)
class Calculated:
    """How one ended."""

    id: str
    fault: Fault | None = None
    reduced: str | None = None
    """The first input that was not below the prime."""
    logged: Sequence[str] = ()
    """What the circuit logged, line by line; values of its signals are among it."""


class Calculators:
    """A calculator for each thread, because one is not for several at once. wasmtime lets the interpreter go
    meanwhile, and so do programs of ours."""

    def __init__(
        self,
        wasm: Path,
        symbols: Path | None,
        seconds: float,
        *,
        strict: bool = False,
        program: ProgramFile | None = None,
    ) -> None:
        """`program` is what was compiled of the calculator, if it is to be used."""
        first = Calculator(wasm, symbols, seconds=seconds, strict=strict)
        self._make: Callable[[], Calculator] = lambda: Calculator(
            wasm, symbols, seconds=seconds, strict=strict, code=first.code
        )
        self._symbols, self._strict, self._program = symbols, strict, program
        self._mine = threading.local()
        self._mine.calculator = first  # a faulty .wasm is reported before anything starts
        self.is_wrong = False
        """Whether the program was found to calculate something else than circom's code."""

    @property
    def lanes(self) -> int:
        """Witnesses that are calculated at a time."""
        return self._program.lanes if self._program is not None else 1

    def mine(self) -> Calculator:
        """This thread's own."""
        if not hasattr(self._mine, "calculator"):
            self._mine.calculator = self._make()
        calculator: Calculator = self._mine.calculator
        return calculator

    def solve(self, given: Sequence[Given]) -> Sequence[Solved | JobFault]:
        """Calculates several at once, if there is a program for that."""
        solver: Solver = self._native() or self.mine()
        return solver.solve(given)

    def _native(self) -> "NativeSolver | None":
        if not hasattr(self._mine, "native"):
            self._mine.native = self._open_native()
        native: NativeSolver | None = self._mine.native
        return native

    def _open_native(self) -> "NativeSolver | None":
        if self._program is None:
            return None
        from prover_cli.witness.native import open_native

        return open_native(
            self._program, self._symbols, self.mine, strict=self._strict, wrong=self._note_wrong
        )

    def _note_wrong(self) -> None:
        self.is_wrong = True


class Logged:
    """Lines that a circuit logged, at most so many characters of them: it may log in a loop."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._left = MOST_LOGGED

    def take(self, line: str) -> None:
        """One more."""
        if self._left < 0:
            return
        self._left -= len(line) + 1
        self.lines.append(line if self._left >= 0 else "(further log output is left out)")


def calculate_all(
    inputs: Iterable[Inputs],
    calculators: Calculators,
    folder: Path,
    threads: int,
    stop: Stop,
    *,
    logs: bool = False,
    together: bool = True,
) -> Iterator[Calculated]:
    """Writes `folder/ID.wtns` for each, readable for their owner only; in the order of the inputs. What
    circuits log is kept with `logs`. `together` waits for as many inputs as can be calculated at once.

    Raises MachineFault DISK_FULL, OUTPUT_NOT_WRITABLE."""

    def parsed(one: Inputs) -> Given | Fault:
        where = f"input {one.path or one.id}"
        try:
            check_file_id(one.id)
            if one.fault is not None:
                return one.fault
            data = one.data if one.path is None else read_regular(one.path)
            return Given(parse_inputs(data or b"", where), where)
        except OSError as error:
            why = error.strerror or str(error)
            return JobFault(Code.INPUT_UNREADABLE, f"{where} cannot be read: {why}")
        except Fault as fault:
            return fault

    def written(one: Inputs, solved: Solved | Fault, logged: Sequence[str] = ()) -> Calculated:
        if isinstance(solved, Fault):
            return Calculated(one.id, solved, logged=logged)
        target = folder / to_file(f"{one.id}.wtns")
        try:
            write_atomically(target, write_witness(solved.witness), mode=0o600)
        except OSError as error:
            raise write_failed(target, error) from None
        return Calculated(one.id, reduced=solved.reduced, logged=logged)

    def calculate(several: Sequence[Inputs]) -> list[Calculated]:
        given = [(one, parsed(one)) for one in several]
        if logs:
            return [calculate_and_log(one, inputs) for one, inputs in given]
        right = [inputs for _, inputs in given if isinstance(inputs, Given)]
        solved = iter(calculators.solve(right))
        answers = (inputs if isinstance(inputs, Fault) else next(solved) for _, inputs in given)
        return [written(one, answer) for one, answer in zip(several, answers, strict=True)]

    def calculate_and_log(one: Inputs, inputs: Given | Fault) -> Calculated:
        if isinstance(inputs, Fault):
            return written(one, inputs)
        logged = Logged()
        try:
            solved: Solved | Fault = calculators.mine().calculate(inputs.values, inputs.where, logged.take)
        except Fault as fault:
            solved = fault
        return written(one, solved, logged.lines)

    with ThreadPoolExecutor(threads, "witness") as pool:
        ahead: deque[Future[list[Calculated]]] = deque()
        waiting = _distinct(inputs)
        while several := list(islice(waiting, calculators.lanes if together and not logs else 1)):
            ahead.append(pool.submit(calculate, several))
            if len(ahead) > 2 * threads:
                yield from ahead.popleft().result()
            if stop.draining:
                break
        while ahead:
            yield from ahead.popleft().result()


def _distinct(inputs: Iterable[Inputs]) -> Iterator[Inputs]:
    """Of several with one name the first keeps it: the others would replace its witness. Names are compared
    without regard to case, for some disks do not tell them apart."""
    seen: set[str] = set()
    for one in inputs:
        name = one.id.casefold()
        if name in seen:
            words = f'an earlier input of this run is called "{shown(one.id)}" as well; rename one of them'
            yield Inputs(one.id, fault=JobFault(Code.DUPLICATE_ID, words))
        else:
            seen.add(name)
            yield one
