"""What a benchmark measures: the user's circuits, with witnesses calculated if there are only inputs, and
generated circuits."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from prover_cli.circuits.finding import find_circuits
from prover_cli.circuits.options import Wanted
from prover_cli.faults import Code, Fault, JobFault, SetupFault
from prover_cli.formats.companions import companion
from prover_cli.intake.folder import input_files
from prover_cli.names import as_text, of_file
from prover_cli.pool.limits import machine_limits
from prover_cli.stop import Stop
from prover_cli.systems.single import load_key, prove


@dataclass(frozen=True)
class Subject:
    """The circuit and witnesses of a benchmark."""

    name: str
    key: Path
    witnesses: list[Path]
    generated: bool = False
    """Whether it is deleted after the measurement, along with its tables."""


@contextmanager
def of_folder(folder: Path) -> Iterator[Subject]:
    """A circuit's folder, with witnesses in it or in `witnesses/`. Otherwise they are calculated from its
    inputs, and deleted afterwards. Raises SetupFault (NO_KEY, NO_SOURCE, INPUT_…, WASM_…)."""
    wanted = Wanted(circuit=[f"{as_text(of_file(folder.resolve().name))}={folder}"])
    (circuit,) = find_circuits(wanted, [], Path.cwd())
    witnesses = sorted((folder / "witnesses").glob("*.wtns")) or sorted(folder.glob("*.wtns"))
    if witnesses:
        yield Subject(circuit.id, circuit.key, witnesses)
        return
    inputs = inputs_of(folder)
    wasm = companion(circuit.key, ".wasm")
    if not inputs or wasm is None:
        raise SetupFault(
            Code.NO_SOURCE,
            f"no .wtns in {folder} or {folder}/witnesses, and no inputs with a .wasm to calculate them",
        )
    with tempfile.TemporaryDirectory(prefix="prove-batch-bench-") as made:
        yield Subject(circuit.id, circuit.key, _calculated(inputs, wasm, Path(made)))


@contextmanager
def generated(log: int, kind: Literal["dense", "bits"], progress: Callable[[str], None]) -> Iterator[Subject]:
    """An insecure key for 2^log constraints, and its witnesses. Raises SetupFault NO_SOURCE."""
    from prover_cli.benchmark.generated import generate

    if kind == "bits" and log < 7:
        raise SetupFault(Code.NO_SOURCE, "circuits of bits need at least 2^7 constraints")
    with tempfile.TemporaryDirectory(prefix="prove-batch-bench-") as made:
        folder = Path(made)
        generate(log, kind, folder, threads=machine_limits().cpus, progress=progress)
        witnesses = sorted((folder / "witnesses").glob("*.wtns"))
        yield Subject(f"{kind} 2^{log}", folder / "circuit.zkey", witnesses, generated=True)


def inputs_of(folder: Path) -> list[Path]:
    """The inputs in a circuit's folder, or in `inputs/` there."""
    return input_files(folder / "inputs" if (folder / "inputs").is_dir() else folder)


def refuse_unsatisfied(key: Path, witnesses: Sequence[Path]) -> None:
    """Proves and verifies each witness once, so that only valid proofs are timed. Raises SetupFault."""
    prover = load_key(key, engine="native")
    for path in witnesses:
        try:
            prove(prover, path, threads=machine_limits().cpus)
        except JobFault as fault:
            raise _as_setup(fault) from None


def _calculated(inputs: Sequence[Path], wasm: Path, folder: Path) -> list[Path]:
    from prover_cli.batch.calculation import Calculators, Inputs, calculate_all
    from prover_cli.witness.source import CALCULATION_SECONDS

    calculators = Calculators(wasm, companion(wasm, ".sym"), CALCULATION_SECONDS)
    jobs = (Inputs(f"{number:06}", path=path) for number, path in enumerate(inputs))
    for one in calculate_all(jobs, calculators, folder, machine_limits().cpus, Stop()):
        if one.fault is not None:
            raise _as_setup(one.fault)
    return sorted(folder.glob("*.wtns"))


def _as_setup(fault: Fault) -> SetupFault:
    return SetupFault(fault.kind, f"{fault.message}; it cannot be timed")
