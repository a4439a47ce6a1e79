"""`prove-batch witness`: many inputs to as many `.wtns`, on all cores. A wrong input fails alone."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from prover_cli.faults import Code, Fault, JobFault, SetupFault
from prover_cli.formats.wtns import write_witness
from prover_cli.intake.folder import input_files
from prover_cli.intake.job_reader import LARGEST_PIPED
from prover_cli.intake.jobs import check_file_id
from prover_cli.intake.jsonl import identifier_of
from prover_cli.intake.lines import BadLine, jsonl_stem, read_lines
from prover_cli.intake.members import NotAnObject, members
from prover_cli.intake.sources import STDIN
from prover_cli.intake.streams import Stopped, TooLong, chunks, gathered
from prover_cli.names import stem, to_file
from prover_cli.regular_file import is_piped, read_regular
from prover_cli.stop import Stop
from prover_cli.witness.calculator import Calculator
from prover_cli.witness.inputs import parse_inputs
from prover_cli.writing import write_atomically, write_failed

MOST_LOGGED = 1 << 20
"""Characters of what one calculation logs that are kept."""


@dataclass(frozen=True, repr=False)
class Inputs:
    """One witness to calculate: a file, or bytes that came by a pipe, or what is wrong with its line."""

    id: str
    path: Path | None = None
    data: bytes | None = None
    fault: Fault | None = None


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
    inputs: Iterator[Inputs],
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
        for one in inputs:
            ahead.append(pool.submit(calculate, one))
            if len(ahead) > 2 * threads:
                yield ahead.popleft().result()
            if stop.draining:
                break
        while ahead:
            yield ahead.popleft().result()


def find_inputs(names: Sequence[str], stop: Stop) -> Iterator[Inputs]:
    """Folders of `.json`, single files, `.jsonl` (also `.jsonl.gz`), and - for lines `{"id", "input"}`."""
    for name in names:
        with suppress(Stopped):
            yield from _inputs(name, stop)


def _inputs(name: str, stop: Stop) -> Iterator[Inputs]:
    path = Path(name)
    if name == STDIN:
        yield from _lines(chunks(0, stop), "")
    elif path.is_dir():
        found = input_files(path)
        if not found:
            raise SetupFault(Code.EMPTY_DIRECTORY, f"no .json with inputs in {path}")
        yield from (Inputs(stem(file), path=file) for file in found)
    else:
        try:
            yield from _of_file(path, stop)
        except OSError as error:
            fault = JobFault(Code.INPUT_UNREADABLE, f"input {path} cannot be read: {error.strerror or error}")
            yield Inputs(stem(path), fault=fault)


def _of_file(path: Path, stop: Stop) -> Iterator[Inputs]:
    """Raises OSError."""
    lines = jsonl_stem(path)
    if lines is not None:
        yield from _lines(chunks(path, stop), f"{lines}-")
    elif not is_piped(path):
        yield Inputs(stem(path), path=path)
    else:
        try:
            yield Inputs(stem(path), data=gathered(chunks(path, stop), LARGEST_PIPED))
        except TooLong:
            fault = JobFault(
                Code.INPUT_TOO_LARGE, f"{path} holds more than {LARGEST_PIPED >> 20} MB; pass a file instead"
            )
            yield Inputs(stem(path), fault=fault)


def _lines(stream: Iterator[bytes], prefix: str) -> Iterator[Inputs]:
    for number, line in enumerate(read_lines(stream), start=1):
        identifier, where = f"{prefix}{number:06}", f"line {number}"
        try:
            if isinstance(line, BadLine):
                raise line.at(number)
            if not line.strip():
                continue
            fields = members(line)
            if "id" in fields:
                identifier = identifier_of(fields["id"].value, where)
            if "input" not in fields or not isinstance(fields["input"].value, dict):
                raise JobFault(Code.BAD_LINE, f'{where} is not an object with an object "input"')
            yield Inputs(identifier, data=fields["input"].text.encode())
        except NotAnObject as error:
            yield Inputs(identifier, fault=JobFault(Code.BAD_LINE, f"{where} {error}"))
        except JobFault as fault:
            yield Inputs(identifier, fault=fault)
