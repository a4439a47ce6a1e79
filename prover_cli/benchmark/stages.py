"""How the time of our own proofs and witnesses is spent."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prover_cli.formats.wtns import parse_witness
from prover_cli.systems.protocols import Timed
from prover_cli.systems.registry import engine_for, map_key

if TYPE_CHECKING:
    from prover_cli.prepared.tables import MappedTables


def stage_seconds(
    key: Path, witness: Path, rounds: int, tables: "MappedTables | None" = None
) -> Mapping[str, float]:
    """The minimum seconds of each step on one thread, over some rounds after one that is not counted."""
    mapped = map_key(key)
    opened = engine_for(mapped.system, "native").open(mapped, tables)
    if not isinstance(opened, Timed):
        return {}
    values = parse_witness(witness.read_bytes(), str(witness))
    least: dict[str, float] = {}
    for number in range(rounds + 1):
        for name, seconds in opened.stages(values):
            if number:
                least[name] = min(seconds, least.get(name, seconds))
    return least


def witness_stage_seconds(wasm: Path, inputs: Sequence[Path], rounds: int) -> Mapping[str, float]:
    """The seconds of `compile`, once per circuit, and the minimum seconds of each step of one witness in a
    batch of these inputs, over some rounds after one that is not counted. Empty where there is no program.

    `execute` includes the output: a program writes its values where the prover reads them."""
    from prover_cli import _native
    from prover_cli.systems.arithmetic import chosen_cpu
    from prover_cli.witness.calculator import Calculator
    from prover_cli.witness.inputs import parse_inputs
    from prover_cli.witness.native import NativeSolver
    from prover_cli.witness.programs import COMPILING_SECONDS
    from prover_cli.witness.signals import Signals
    from prover_cli.witness.solver import Given

    start = time.perf_counter()
    program = _native.WitnessProgram(
        _native.compile_witness(wasm.read_bytes(), COMPILING_SECONDS), chosen_cpu()
    )
    least = {"compile": time.perf_counter() - start}
    if program.reason is not None:
        return {}
    solver = NativeSolver(program, Signals(None), lambda: Calculator(wasm), compared_every=None)
    for number in range(rounds + 1):
        clock = [time.perf_counter()]
        parsed = [Given(parse_inputs(path.read_bytes(), str(path)), str(path)) for path in inputs]
        clock.append(time.perf_counter())
        flat = [flat.values for given in parsed if (flat := solver.flatten(given)) is not None]
        clock.append(time.perf_counter())
        solver.calculate(flat)
        clock.append(time.perf_counter())
        for name, before, after in zip(("JSON", "inputs", "execute"), clock, clock[1:], strict=False):
            seconds = (after - before) / len(inputs)
            if number:
                least[name] = min(seconds, least.get(name, seconds))
    return least
