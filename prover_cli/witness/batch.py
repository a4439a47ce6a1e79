"""`prover witness`: many inputs to as many `.wtns`, on all cores. A wrong input fails alone."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from prover_cli.batch.jobs import check_file_id
from prover_cli.batch.lines import BadLine, jsonl_stem, read_lines
from prover_cli.batch.sinks import write_failed
from prover_cli.batch.sources import STDIN, input_files
from prover_cli.cache_folder import write_atomically
from prover_cli.errors import Fault, JobFault, SetupFault
from prover_cli.formats.wtns import write_witness
from prover_cli.stop import Stop
from prover_cli.witness.calculator import Calculator
from prover_cli.witness.inputs import parse_inputs


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


class Calculators:
    """One a thread: a calculator is not for several at once. wasmtime lets the interpreter go meanwhile."""

    def __init__(self, wasm: Path, symbols: Path | None, seconds: float) -> None:
        self._make: Callable[[], Calculator] = lambda: Calculator(wasm, symbols, seconds=seconds)
        self._mine = threading.local()
        self._mine.calculator = self._make()  # what is wrong with the code is told before anything starts

    def mine(self) -> Calculator:
        """This thread's."""
        if not hasattr(self._mine, "calculator"):
            self._mine.calculator = self._make()
        calculator: Calculator = self._mine.calculator
        return calculator


def calculate_all(
    inputs: Iterator[Inputs], calculators: Calculators, folder: Path, threads: int, stop: Stop
) -> Iterator[Calculated]:
    """Writes `folder/ID.wtns` for each, readable for their owner only; in the order of the inputs.

    Raises MachineFault DISK_FULL, OUTPUT_NOT_WRITABLE."""

    def calculate(one: Inputs) -> Calculated:
        where = f"input {one.path or one.id}"
        try:
            check_file_id(one.id)
            if one.fault is not None:
                raise one.fault
            data = one.data if one.path is None else one.path.read_bytes()
            witness = calculators.mine().witness(parse_inputs(data or b"", where), where)
        except OSError as error:
            return Calculated(
                one.id, JobFault("INPUT_UNREADABLE", f"{where} cannot be read: {error.strerror or error}")
            )
        except Fault as fault:
            return Calculated(one.id, fault)
        target = folder / f"{one.id}.wtns"
        try:
            write_atomically(target, write_witness(witness), mode=0o600)
        except OSError as error:
            raise write_failed(target, error) from None
        return Calculated(one.id)

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
        path = Path(name)
        if name == STDIN:
            yield from _lines(0, "", stop)
        elif path.is_dir():
            found = input_files(path)
            if not found:
                raise SetupFault("EMPTY_DIRECTORY", f"no .json with inputs in {path}")
            yield from (Inputs(file.stem, path=file) for file in found)
        elif (stem := jsonl_stem(path)) is not None:
            with path.open("rb") as file:
                yield from _lines(file.fileno(), f"{stem}-", stop)
        else:
            yield Inputs(path.stem, path=path)


def _lines(handle: int, prefix: str, stop: Stop) -> Iterator[Inputs]:
    for number, line in enumerate(read_lines(handle, stop), start=1):
        fallback = f"{prefix}{number:06}"
        try:
            if isinstance(line, BadLine):
                raise line.at(number)
            if not line.strip():
                continue
            value = json.loads(line)
            if not isinstance(value, dict) or not isinstance(value.get("input"), dict):
                raise JobFault("BAD_LINE", f'line {number} is no object with an object "input"')
            identifier = value.get("id", fallback)
            if not isinstance(identifier, str | int) or isinstance(identifier, bool):
                raise JobFault("BAD_LINE", f'line {number}: "id" is no string')
            yield Inputs(str(identifier), data=json.dumps(value["input"]).encode())
        except (ValueError, RecursionError):
            yield Inputs(fallback, fault=JobFault("BAD_LINE", f"line {number} is no JSON"))
        except JobFault as fault:
            yield Inputs(fallback, fault=fault)
