"""What a benchmark measures: the user's circuits, with witnesses calculated if there are only inputs, and
generated circuits."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from prover_cli.api.single import prove
from prover_cli.faults import Code, Fault, JobFault, SetupFault
from prover_cli.formats.companions import UNPACK, companion, keys_in, packed_hint, with_endings
from prover_cli.intake.folder import input_files
from prover_cli.names import as_text, of_file
from prover_cli.pool.limits import machine_limits
from prover_cli.regular_file import is_folder
from prover_cli.stop import Stop
from prover_cli.systems.registry import USUAL, engine_for, map_key

MOST_NAMED = 6


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
    name, key = _only_key(folder)
    witnesses = sorted((folder / "witnesses").glob("*.wtns")) or sorted(folder.glob("*.wtns"))
    if witnesses:
        yield Subject(name, key, witnesses)
        return
    inputs = inputs_of(folder)
    wasm = companion(key, ".wasm")
    if not inputs or wasm is None:
        raise SetupFault(
            Code.NO_SOURCE,
            f"no .wtns in {folder} or {folder}/witnesses, and no inputs with a .wasm to calculate them",
        )
    with tempfile.TemporaryDirectory(prefix="prove-batch-bench-") as made:
        yield Subject(name, key, _calculated(inputs, wasm, Path(made)))


def _only_key(folder: Path) -> tuple[str, Path]:
    """The circuit's name and key. Raises SetupFault NO_SOURCE, NO_KEY, SEVERAL_KEYS."""
    if not is_folder(folder):
        what = "is not a folder" if os.path.lexists(folder) else "does not exist"
        raise SetupFault(Code.NO_SOURCE, f"{folder} {what}; give a circuit's folder, with its .zkey")
    name = as_text(of_file(folder.resolve().name))
    keys = keys_in(folder)
    key = next(iter(keys.values())) if len(keys) == 1 else keys.get(name)
    if key is not None:
        return name, key
    if keys:
        names = ", ".join(sorted(path.name for path in keys.values())[:MOST_NAMED])
        raise SetupFault(
            Code.SEVERAL_KEYS,
            f"{len(keys)} keys in {folder} ({names}), and bench takes one circuit per folder; give each a "
            "folder of its own",
        )
    packed = next(iter(with_endings(folder, tuple(f".zkey{ending}" for ending in UNPACK))), None)
    raise SetupFault(
        Code.NO_KEY, f"no .zkey in {folder}{packed_hint(packed)}; give a circuit's folder, with its .zkey"
    )


@contextmanager
def generated(
    log: int, kind: Literal["dense", "bits"], system: str, progress: Callable[[str], None]
) -> Iterator[Subject]:
    """An insecure key for a domain of 2^log points, and its witnesses. Raises SetupFault NO_SOURCE."""
    from prover_cli.benchmark.generated import generate, smallest_of_bits

    if kind == "bits" and log < smallest_of_bits(system):
        least = smallest_of_bits(system)
        raise SetupFault(Code.NO_SOURCE, f"circuits of bits need a domain of at least 2^{least} points")
    with tempfile.TemporaryDirectory(prefix="prove-batch-bench-") as made:
        folder = Path(made)
        generate(log, kind, folder, system=system, threads=machine_limits().cpus, progress=progress)
        witnesses = sorted((folder / "witnesses").glob("*.wtns"))
        name = f"{kind} 2^{log}" if system == USUAL else f"{system} {kind} 2^{log}"
        yield Subject(name, folder / "circuit.zkey", witnesses, generated=True)


def inputs_of(folder: Path) -> list[Path]:
    """The inputs in a circuit's folder, or in `inputs/` there."""
    return input_files(folder / "inputs" if (folder / "inputs").is_dir() else folder)


def refuse_unsatisfied(key: Path, witnesses: Sequence[Path]) -> None:
    """Proves and verifies each witness once, so that only valid proofs are timed. Raises SetupFault."""
    mapped = map_key(key)
    engine = engine_for(mapped.system, "native")
    engine.open(mapped).ensure_valid(threads=machine_limits().cpus)
    prover = engine.prover(mapped)
    for path in witnesses:
        try:
            prove(prover, path, threads=machine_limits().cpus)
        except JobFault as fault:
            raise _as_setup(fault) from None


def _calculated(inputs: Sequence[Path], wasm: Path, folder: Path) -> list[Path]:
    from prover_cli.batch.calculation import Calculators, calculate_all
    from prover_cli.batch.given_inputs import Inputs
    from prover_cli.witness.source import CALCULATION_SECONDS

    calculators = Calculators(wasm, companion(wasm, ".sym"), CALCULATION_SECONDS)
    jobs = (Inputs(f"{number:06}", path=path) for number, path in enumerate(inputs))
    for one in calculate_all(jobs, calculators, folder, machine_limits().cpus, Stop()):
        if one.fault is not None:
            raise _as_setup(one.fault)
    return sorted(folder.glob("*.wtns"))


def _as_setup(fault: Fault) -> SetupFault:
    return SetupFault(fault.kind, f"{fault.message}; it cannot be timed")
