"""One prover in its own process: it loads its key once, then makes one proof per line of standard input.

Run as `python -m prover_cli.benchmark.contestant NAME KEY [TABLES]`. It answers "ready", then for each
witness path a JSON object with the seconds of that proof: CPU time of the whole process, and wall time.
Instead of a key and witnesses, calculators take a circuit's `.wasm` and files that list the paths of a batch
of inputs. Their seconds are those of one witness.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prover_cli.faults import Fault, JobFault

if TYPE_CHECKING:
    from prover_cli.witness.solver import Given, Solved

Prove = Callable[[str], object]


def _prove_batch(key: str, engine: str, tables: str | None) -> Prove:
    from prover_cli.formats.wtns import parse_witness
    from prover_cli.kept_memory import KeptMemory
    from prover_cli.prepared.tables import MappedTables
    from prover_cli.systems.choice import choose_engine
    from prover_cli.systems.registry import engine_for, map_key

    KeptMemory()  # as in a worker
    mapped = map_key(Path(key))
    prepared = MappedTables(Path(tables)) if tables else None
    prover = engine_for(mapped.system, choose_engine(engine).engine).prover(mapped, prepared)

    def prove(path: str) -> object:
        witness = parse_witness(Path(path).read_bytes(), path)
        # The other provers do not verify, so we do not either.
        return prover.prove(witness, path, verify=False)

    return prove


def _given(path: str) -> "Given":
    from prover_cli.witness.inputs import parse_inputs
    from prover_cli.witness.solver import Given

    return Given(parse_inputs(Path(path).read_bytes(), path), path)


def _calculator(wasm: str) -> Prove:
    """Batches of inputs by circom's own code."""
    from prover_cli.witness.calculator import Calculator

    calculator = Calculator(Path(wasm), overdue=lambda: os._exit(1))  # as in a worker process

    def solve(batch: str) -> None:
        for path in json.loads(Path(batch).read_bytes()):
            _raise(calculator.solve([_given(path)]))

    return solve


def _program(wasm: str, *, alone: bool) -> Prove:
    """Batches of inputs by a program of ours, or by circom's own code if there is none."""
    from prover_cli.witness.calculator import Calculator
    from prover_cli.witness.native import NativeSolver
    from prover_cli.witness.programs import kept_program, make_program
    from prover_cli.witness.signals import Signals

    text = Path(wasm).read_bytes()
    found = kept_program(text) or make_program(text)
    if found is None or found.program.reason is not None:
        return _calculator(wasm)
    exact = Calculator(Path(wasm))
    solver = NativeSolver(found.program, Signals(None), lambda: exact, compared_every=None)

    def solve(batch: str) -> None:
        paths = json.loads(Path(batch).read_bytes())
        if alone:
            for path in paths:
                _raise(solver.solve([_given(path)]))
        else:
            _raise(solver.solve([_given(path) for path in paths]))

    return solve


def _raise(solved: "Sequence[Solved | JobFault]") -> None:
    for one in solved:
        if isinstance(one, JobFault):
            raise one


def _groth16py(key: str) -> Prove:
    import groth16py

    imported = groth16py.import_zkey(key)
    proving_key = imported[0] if isinstance(imported, tuple) else imported
    return lambda path: groth16py.prove_wtns(proving_key, path)


CONTESTANTS: dict[str, Callable[[str, str | None], Prove]] = {
    "prove-batch": lambda key, tables: _prove_batch(key, "native", tables),
    "reference": lambda key, _: _prove_batch(key, "reference", None),
    "calculator": lambda wasm, _: _calculator(wasm),
    "program": lambda wasm, _: _program(wasm, alone=False),
    "program-alone": lambda wasm, _: _program(wasm, alone=True),
    "groth16py": lambda key, _: _groth16py(key),
}

CALCULATORS = {"calculator", "program", "program-alone"}


def main() -> None:
    name, key, *tables = sys.argv[1:]
    try:
        prove = CONTESTANTS[name](key, tables[0] if tables else None)
    except ImportError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return
    print(json.dumps({"ready": True}), flush=True)
    for line in map(os.fsdecode, sys.stdin.buffer):
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            prove(line.rstrip("\n"))
        except Fault as fault:
            print(json.dumps({"error": fault.message}), flush=True)
            continue
        took = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        if name in CALCULATORS:
            count = len(json.loads(Path(line.rstrip("\n")).read_bytes()))
            took = {what: seconds / count for what, seconds in took.items()}
        print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main()
