"""`prove-batch witness`: many inputs to as many `.wtns`, on all cores. A wrong input fails alone."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from prover_cli.batch.given_inputs import Inputs
from prover_cli.faults import Code, Fault, JobFault
from prover_cli.formats.wtns import write_witness
from prover_cli.intake.jobs import check_file_id
from prover_cli.names import shown, to_file
from prover_cli.regular_file import read_regular
from prover_cli.stop import Stop
from prover_cli.witness.calculator import Calculator
from prover_cli.witness.inputs import parse_inputs
from prover_cli.writing import write_atomically, write_failed

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
    """One a thread: a calculator is not for several at once. wasmtime lets the interpreter go meanwhile."""

    def __init__(self, wasm: Path, symbols: Path | None, seconds: float, *, strict: bool = False) -> None:
        first = Calculator(wasm, symbols, seconds=seconds, strict=strict)
        self._make: Callable[[], Calculator] = lambda: Calculator(
            wasm, symbols, seconds=seconds, strict=strict, code=first.code
        )
        self._mine = threading.local()
        self._mine.calculator = first  # a faulty .wasm is reported before anything starts

    def mine(self) -> Calculator:
        """This thread's."""
        if not hasattr(self._mine, "calculator"):
            self._mine.calculator = self._make()
        calculator: Calculator = self._mine.calculator
        return calculator


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
) -> Iterator[Calculated]:
    """Writes `folder/ID.wtns` for each, readable for their owner only; in the order of the inputs. What
    circuits log is kept with `logs`.

    Raises MachineFault DISK_FULL, OUTPUT_NOT_WRITABLE."""

    def calculate(one: Inputs) -> Calculated:
        where = f"input {one.path or one.id}"
        logged = Logged()
        try:
            check_file_id(one.id)
            if one.fault is not None:
                raise one.fault
            data = one.data if one.path is None else read_regular(one.path)
            parsed = parse_inputs(data or b"", where)
            calculated = calculators.mine().calculate(parsed, where, logged.take if logs else None)
        except OSError as error:
            return Calculated(
                one.id, JobFault(Code.INPUT_UNREADABLE, f"{where} cannot be read: {error.strerror or error}")
            )
        except Fault as fault:
            return Calculated(one.id, fault, logged=logged.lines)
        target = folder / to_file(f"{one.id}.wtns")
        try:
            write_atomically(target, write_witness(calculated.witness), mode=0o600)
        except OSError as error:
            raise write_failed(target, error) from None
        return Calculated(one.id, reduced=calculated.reduced, logged=logged.lines)

    with ThreadPoolExecutor(threads, "witness") as pool:
        ahead: deque[Future[Calculated]] = deque()
        for one in _distinct(inputs):
            ahead.append(pool.submit(calculate, one))
            if len(ahead) > 2 * threads:
                yield ahead.popleft().result()
            if stop.draining:
                break
        while ahead:
            yield ahead.popleft().result()


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
