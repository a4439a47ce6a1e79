"""Witnesses by programs of ours: the values of circom's own code, lane by lane, and its messages."""

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT, SAMPLES, Ran, needs_native
from random_circuits import compare_one

from prover_cli.cache_room import mark_used
from prover_cli.faults import JobFault
from prover_cli.formats.curves import BN254, Curve
from prover_cli.formats.wtns import parse_witness
from prover_cli.witness import kept
from prover_cli.witness.calculator import Calculator
from prover_cli.witness.inputs import parse_inputs
from prover_cli.witness.programs import make_program, said_of
from prover_cli.witness.reading import Reader
from prover_cli.witness.signals import Signals
from prover_cli.witness.solver import Given, Solved
from prover_cli.witness.source import ProgramFile, WitnessSource

if TYPE_CHECKING:
    from prover_cli import _native
    from prover_cli.witness.native import NativeSolver

pytestmark = needs_native

Runner = Callable[..., Ran]

CIRCUITS = Path(__file__).parent / "circuits"

COMPILER = ROOT / "tests" / "node_modules" / ".bin" / "circom2"

QUARTIC, MEMBERSHIP = SAMPLES / "quartic", SAMPLES / "membership"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Compiles one of our circuits with circom 2; returns its `.wasm`."""
    made: dict[tuple[str, ...], Path] = {}

    def compile_circuit(name: str, *options: str) -> Path:
        if (name, *options) not in made:
            folder = tmp_path_factory.mktemp(name)
            source = CIRCUITS / "programs" / f"{name}.circom"
            shutil.copy(source, folder)
            command: list[str | Path] = [COMPILER, f"{name}.circom", "--wasm", "--sym", *options]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            made[(name, *options)] = folder / f"{name}_js" / f"{name}.wasm"
        return made[(name, *options)]

    return compile_circuit


def program_of(wasm: Path, arithmetic: str = "portable") -> "_native.WitnessProgram":
    from prover_cli import _native

    program = _native.WitnessProgram(_native.compile_witness(wasm.read_bytes(), 600.0), arithmetic)
    assert program.reason is None, f"{wasm}: {program.reason}"
    return program


def solver_of(wasm: Path, arithmetic: str = "portable") -> "NativeSolver":
    """A solver that may not fall back on circom's code, and compares nothing."""
    from prover_cli.witness.native import NativeSolver

    def never() -> Calculator:
        raise AssertionError("circom's own code was asked")

    return NativeSolver(program_of(wasm, arithmetic), Signals(None), never, compared_every=None)


def kinds(curve: Curve = BN254) -> Sequence[str]:
    from prover_cli import _native

    return _native.cpus(curve.name)


def numbers(curve: Curve, seed: int) -> Iterator[int]:
    """Values at the edges of everything, and some in between."""
    chance, prime = random.Random(seed), curve.r
    edges = [0, 1, 2, 3, 5, 7, 1234, prime - 1, prime - 2, prime // 2, prime // 2 + 1, prime // 2 - 1]
    edges += [
        253,
        254,
        255,
        256,
        (1 << 31) - 1,
        1 << 31,
        (1 << 32) - 1,
        1 << 32,
        (1 << 64) - 1,
        1 << 64,
        1 << 128,
    ]
    while True:
        yield chance.choice(
            [
                *edges,
                chance.randrange(prime),
                chance.randrange(1 << chance.randrange(1, 253)),
                prime - chance.randrange(1, 1 << 40),
            ]
        )


def of_operators(curve: Curve) -> Iterator[dict[str, object]]:
    values = numbers(curve, 1)
    while True:
        yield {"a": str(next(values)), "b": str(next(values))}


def of_control(curve: Curve) -> Iterator[dict[str, object]]:
    values, chance = numbers(curve, 2), random.Random(3)
    while True:
        one = [str(next(values)) for _ in range(4)]
        other = chance.choice([one, [*one[:3], str(next(values))], [str(next(values)) for _ in range(4)]])
        yield {
            "x": str(chance.choice([next(values), chance.randrange(1 << 20), 1234])),
            "y": str(chance.choice([next(values), chance.randrange(1 << 20)])),
            "k": str(chance.choice([*range(8), 9, 999, 1000, next(values)])),
            "a": one,
            "b": other,
            "none": [],
        }


def of_tables(curve: Curve) -> Iterator[dict[str, object]]:
    values, chance = numbers(curve, 4), random.Random(5)
    while True:
        yield {"x": [str(chance.choice([next(values), chance.randrange(20)])) for _ in range(6)]}


OPTIONS = [("-p", "bn128"), ("-p", "bls12381"), ("-p", "bn128", "--O0"), ("-p", "bn128", "--O2")]


@pytest.mark.parametrize("seed", range(1, 8))
def test_random_circuits_have_the_values_of_circoms_code(seed: int) -> None:
    told = compare_one(seed, 9)
    assert set(told) <= {"equal", "failed", "not compiled"}, told


def test_random_circuits_are_mostly_compiled_and_calculated() -> None:
    told = sum((compare_one(seed, 3) for seed in range(1, 8)), Counter[str]())
    assert told["equal"] > 50 and told["failed"] > 5, told


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
@pytest.mark.parametrize("name", ["operators", "control", "tables"])
def test_every_value_is_that_of_circoms_code(
    compiled: Callable[..., Path], name: str, options: tuple[str, ...]
) -> None:
    wasm = compiled(name, *options)
    exact = Calculator(wasm)
    inputs = {"operators": of_operators, "control": of_control, "tables": of_tables}[name](exact.curve)
    for arithmetic in kinds(exact.curve):
        native = solver_of(wasm, arithmetic)
        failed = solved = 0
        for _ in range(12):
            given = [Given(next(inputs), f"number {i}") for i in range(8)]
            for one, mine in zip(given, native.attempt(given), strict=True):
                (theirs,) = exact.solve([one])
                if isinstance(theirs, JobFault):
                    assert mine is None, f"{arithmetic}: {theirs.message}"
                    failed += 1
                else:
                    assert isinstance(mine, Solved), f"{arithmetic}: {one.values}"
                    assert mine.witness.values == theirs.witness.values, f"{arithmetic}: {one.values}"
                    solved += 1
        assert solved > 20
        assert (failed > 0) == (name == "control"), "asserts fail, and are noticed"


@pytest.mark.parametrize("sample", ["quartic", "membership", "quartic-bls12381"])
def test_samples_have_their_witnesses(sample: str) -> None:
    folder = SAMPLES / sample
    inputs = sorted((folder / "inputs").iterdir())
    given = [Given(parse_inputs(path.read_bytes(), path.name), path.name) for path in inputs]
    native = solver_of(folder / "circuit.wasm", kinds(Calculator(folder / "circuit.wasm").curve)[0])
    for path, found in zip(inputs, native.attempt(given), strict=True):
        wanted = parse_witness((folder / "witnesses" / f"{path.stem}.wtns").read_bytes(), path.stem)
        assert isinstance(found, Solved)
        assert found.witness.values == wanted.values


@pytest.mark.parametrize("version", ["2.0.2", "2.0.3", "2.0.6", "2.2.0"])
def test_versions_of_the_compiler(version: str) -> None:
    folder = CIRCUITS / "product"
    inputs = json.loads((folder / "input.json").read_text())
    native = solver_of(folder / f"{version}.wasm")
    wrong = inputs | {"a": "7"}
    found, failed = native.attempt([Given(inputs, "right"), Given(wrong, "wrong")])
    wanted = parse_witness((folder / "witness.wtns").read_bytes(), "witness")
    assert isinstance(found, Solved)
    assert found.witness.values == wanted.values
    assert failed is None, "a = 7 fails an assert"


@pytest.mark.parametrize(
    ("wasm", "why"),
    [
        ("product/goldilocks.wasm", "its field arithmetic is not that of circom 2"),
        ("product/circom-1.wasm", "it has an imported memory or table, which circom does not write"),
    ],
)
def test_code_that_has_no_program_says_why(wasm: str, why: str) -> None:
    from prover_cli import _native

    file = _native.compile_witness((CIRCUITS / wasm).read_bytes(), 600.0)
    assert _native.WitnessProgram(file, "portable").reason == why


def test_what_is_no_webassembly_has_no_program() -> None:
    from prover_cli import _native

    for data in (b"", b"\0asm", b"no WebAssembly at all", (QUARTIC / "circuit.wasm").read_bytes()[:-40]):
        file = _native.compile_witness(data, 600.0)
        assert "not valid WebAssembly" in str(_native.WitnessProgram(file, "portable").reason)


# ---- a circuit's reader


def reader_of(folder: Path, program: ProgramFile | None) -> Reader:
    from prover_cli.systems.registry import map_key

    mapped = map_key(folder / "circuit.zkey")
    wasm, symbols = folder / "circuit.wasm", folder / "circuit.sym"
    return Reader(wasm, symbols, key=(mapped.layout, mapped.path), program=program)


def source(values: object) -> WitnessSource:
    return WitnessSource(data=json.dumps(values).encode(), is_input=True)


def good_inputs() -> list[dict[str, object]]:
    return [json.loads(path.read_text()) for path in sorted((MEMBERSHIP / "inputs").iterdir())]


def program_file(wasm: Path) -> ProgramFile:
    from prover_cli.witness.programs import make_program

    made = make_program(wasm.read_bytes())
    assert made is not None
    return made.file


def test_messages_are_those_of_circoms_code() -> None:
    good = good_inputs()
    bad = [good[0] | {"root": "1"}, {"root": "1"}, good[0] | {"other": "1"}, good[0] | {"root": ["1", "2"]}]
    with_program = reader_of(MEMBERSHIP, program_file(MEMBERSHIP / "circuit.wasm"))
    without = reader_of(MEMBERSHIP, None)
    for values in bad:
        messages = []
        for reader in (with_program, without):
            with pytest.raises(JobFault) as raised:
                reader.read(source(values), "x", b"")
            messages.append((raised.value.kind, raised.value.message))
        assert messages[0] == messages[1]


def test_of_several_read_together_the_wrong_ones_are_left() -> None:
    good = good_inputs()
    inputs = [*good[:3], good[0] | {"root": "1"}, {"root": "1"}, *good[3:]]
    reader = reader_of(MEMBERSHIP, program_file(MEMBERSHIP / "circuit.wasm"))
    sources = [(source(values), f"number {i}") for i, values in enumerate(inputs)]
    read = reader.read_together([*sources, (WitnessSource(data=b"x", is_input=True), "no JSON")], b"")
    assert [one is None for one in read] == [i in (3, 4, 10) for i in range(11)]
    alone = reader_of(MEMBERSHIP, None)
    for (one, name), found in zip(sources, read, strict=False):
        if found is not None:
            assert found.witness.values == alone.read(one, name, b"").witness.values
            assert found.is_native


class Lying:
    """A program whose witnesses differ in a value from what circom's code calculates."""

    def __init__(self, program: Any) -> None:
        self._program = program

    def __getattr__(self, name: str) -> object:
        return getattr(self._program, name)

    def solve(self, inputs: list[bytes]) -> list[bytes | None]:
        solved = self._program.solve(inputs)
        return [values[:-1] + bytes([values[-1] ^ 1]) for values in solved]


def test_a_witness_that_differs_from_circoms_is_not_taken() -> None:
    from prover_cli.witness.native import NativeSolver

    wasm = MEMBERSHIP / "circuit.wasm"
    exact, told = Calculator(wasm), list[bool]()
    lying: Any = Lying(program_of(wasm))
    solver = NativeSolver(lying, Signals(None), lambda: exact, wrong=lambda: told.append(True))
    given = [Given(values, "x") for values in good_inputs()]
    wanted = [one.witness.values for one in exact.solve(given) if isinstance(one, Solved)]
    found = chain(solver.solve(given[:3]), solver.solve(given[3:]))
    assert [one.witness.values for one in found if isinstance(one, Solved)] == wanted
    assert len(wanted) == len(given)
    assert told == [True]


# ---- whole runs


def several(folder: Path, sample: Path) -> Path:
    """A circuit with more inputs than it takes for a program to pay."""
    (folder / "inputs").mkdir(parents=True)
    for name in ("circuit.zkey", "circuit.wasm", "circuit.sym"):
        shutil.copy(sample / name, folder)
    given = sorted((sample / "inputs").iterdir())
    for number, path in enumerate(given * 3):
        shutil.copy(path, folder / "inputs" / f"{number:02}.json")
    return folder


@pytest.fixture
def many(tmp_path: Path) -> Path:
    return several(tmp_path / "many", MEMBERSHIP)


def programs_in(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*.program"))


def test_a_run_compiles_a_program_and_keeps_it(run: Runner, many: Path, tmp_path: Path) -> None:
    cache = tmp_path / "own"
    (many / "inputs" / "05.json").write_text(json.dumps(good_inputs()[0] | {"root": "1"}))
    for _ in range(2):
        shutil.rmtree(tmp_path / "proofs", ignore_errors=True)
        ran = run("prove-batch", many / "inputs", "--key", many / "circuit.zkey", XDG_CACHE_HOME=str(cache))
        assert (ran.code, "23 proved, 1 failed" in ran.err) == (1, True), ran.err
        assert "ASSERT_FAILED" in ran.err
        assert "Error in template Membership" in ran.err
        (kept,) = programs_in(cache)
        assert kept.stat().st_mode & 0o777 == 0o600


def test_runs_say_how_witnesses_are_calculated(run: Runner, many: Path, tmp_path: Path) -> None:
    command = ["prove-batch", many / "inputs", "--key", many / "circuit.zkey"]
    cache = str(tmp_path / "own")
    few = run(*command, "--dry-run", "--summary", "-", XDG_CACHE_HOME=cache)
    (circuit,) = json.loads(few.out)["circuits"]
    assert circuit["calculation"] == "by a program, which is yet to be made"
    assert programs_in(tmp_path / "own") == []
    ran = run(*command, "-v", "--summary", "s.json", "--report", "r.html", XDG_CACHE_HOME=cache)
    assert (ran.code, "witnesses by a program" in ran.err) == (0, True), ran.err
    assert "by a program" in json.loads((tmp_path / "s.json").read_text())["calculation"]["many"]
    assert "Witnesses for many: by a program" in (tmp_path / "r.html").read_text()
    shutil.copy(CIRCUITS / "product" / "2.0.0.wasm", many / "circuit.wasm")
    wrong = run(*command, "--dry-run", XDG_CACHE_HOME=cache)
    assert "Traceback" not in wrong.err


def test_what_is_kept_of_calculators_is_listed_and_removed(run: Runner, many: Path, tmp_path: Path) -> None:
    cache = str(tmp_path / "own")
    assert run("prove-batch", many / "inputs", "--key", many / "circuit.zkey", XDG_CACHE_HOME=cache).code == 0
    sha256 = hashlib.sha256((many / "circuit.wasm").read_bytes()).hexdigest()
    (one,) = json.loads(run("prove-batch", "key", "list", "--json", XDG_CACHE_HOME=cache).out)["calculators"]
    assert (one["sha256"], one["calculation"]) == (sha256, "program")
    files = list((tmp_path / "own" / "prove-batch" / "calculators").iterdir())
    assert one["bytes"] == sum(path.stat().st_size for path in files)
    listed = run("prove-batch", "key", "list", XDG_CACHE_HOME=cache).out
    assert re.search(rf"^{sha256[:12]} .* program$", listed, re.MULTILINE), listed
    assert "1 calculator, " in listed
    assert run("prove-batch", "key", "clean", "0" * 9, XDG_CACHE_HOME=cache).code == 2
    assert "removed 1 calculator" in run("prove-batch", "key", "clean", sha256[:9], XDG_CACHE_HOME=cache).out
    assert not any(path.exists() for path in files)


def test_a_list_says_why_a_calculator_has_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert make_program((SAMPLES / "quartic" / "circuit.wasm").read_bytes()[:-1]) is not None
    (one,) = kept.kept()
    assert one.program is not None
    assert said_of(one.program).startswith("no program: ")
    one.program.write_bytes(b"damaged")
    assert said_of(one.program) == "damaged, or from another version"


def test_the_least_recently_used_calculators_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(kept, "SIZE_LIMIT", 1000)
    old, used, new = (kept.path_of(digit * 64, "1.program") for digit in "abc")
    old.parent.mkdir(parents=True)
    for at, path in enumerate([used, old]):
        path.write_bytes(bytes(400))
        os.utime(path, (at, at))
    mark_used(used)
    kept.make_room(300, new)
    assert (used.exists(), old.exists()) == (True, False)
    kept.make_room(100_000, used)
    assert used.exists(), "what is being replaced is kept"


def test_few_inputs_are_not_worth_a_program(run: Runner, many: Path, tmp_path: Path) -> None:
    for path in sorted((many / "inputs").iterdir())[3:]:
        path.unlink()
    cache = tmp_path / "own"
    ran = run("prove-batch", many / "inputs", "--key", many / "circuit.zkey", XDG_CACHE_HOME=str(cache))
    assert ran.code == 0, ran.err
    assert programs_in(cache) == []


def tampered(file: bytes) -> bytes:
    """The program with the values of two inputs exchanged, and the right checksum."""
    body = bytearray(file[40:])
    assert body[1:5] == (2).to_bytes(4, "little"), "two inputs, whose names' hashes follow"
    body[5:13], body[21:29] = body[21:29], body[5:13]
    return file[:8] + hashlib.sha256(body).digest() + body


def test_a_wrong_program_is_noticed_in_the_run_and_costs_no_proof(run: Runner, tmp_path: Path) -> None:
    cache, many = tmp_path / "own", several(tmp_path / "many", QUARTIC)
    arguments = (many / "inputs", "--key", many / "circuit.zkey")
    assert run("prove-batch", *arguments, XDG_CACHE_HOME=str(cache)).code == 0
    (kept,) = programs_in(cache)
    kept.write_bytes(tampered(kept.read_bytes()))
    shutil.rmtree(tmp_path / "proofs")
    ran = run("prove-batch", *arguments, "--summary", "s.json", XDG_CACHE_HOME=str(cache))
    assert (ran.code, "24 proved" in ran.err, "DEFECT of prove-batch" in ran.err) == (0, True, True), ran.err
    assert json.loads((tmp_path / "s.json").read_text())["defects"] > 0


@pytest.mark.parametrize("damage", ["cut", "others can write it"])
def test_a_program_that_cannot_be_trusted_is_made_again(run: Runner, tmp_path: Path, damage: str) -> None:
    cache, many = tmp_path / "own", several(tmp_path / "many", QUARTIC)
    arguments = (many / "inputs", "--key", many / "circuit.zkey")
    assert run("prove-batch", *arguments, XDG_CACHE_HOME=str(cache)).code == 0
    (kept,) = programs_in(cache)
    whole = kept.read_bytes()
    if damage == "cut":
        kept.write_bytes(whole[:-10])
    else:
        kept.write_bytes(tampered(whole))
        kept.chmod(0o666)
    shutil.rmtree(tmp_path / "proofs")
    ran = run("prove-batch", *arguments, "--summary", "s.json", XDG_CACHE_HOME=str(cache))
    assert ran.code == 0, ran.err
    assert json.loads((tmp_path / "s.json").read_text())["defects"] == 0
    assert kept.read_bytes() == whole


def test_a_witness_that_only_the_program_gets_wrong_is_calculated_again(tmp_path: Path) -> None:
    """Where the first witness was right and a later one is not: the proof tells."""
    from prover_cli.pool.job import CircuitFile, ProveJob, WorkerSetup
    from prover_cli.pool.worker import Worker

    kept = program_file(MEMBERSHIP / "circuit.wasm")
    circuit = CircuitFile.of("c", str(MEMBERSHIP / "circuit.zkey"), wasm=str(MEMBERSHIP / "circuit.wasm"))
    setup = WorkerSetup("native", (replace(circuit, program=kept),), 1, True, b"", None)
    worker = Worker(setup)
    jobs = [ProveJob(f"j{i}", "c", source(values)) for i, values in enumerate(good_inputs())]
    assert not worker.prove(jobs[0]).defect
    native = worker._open["c"].reader._native
    assert native is not None
    lying: Any = Lying(native._program)
    native._program = lying
    outcome = worker.prove(jobs[1])
    assert outcome.defect
    assert outcome.verified
    assert not worker.prove(jobs[2]).defect, "circom's code calculates the rest"


def test_the_witness_command_calculates_several_at_once(run: Runner, many: Path, tmp_path: Path) -> None:
    cache = tmp_path / "own"
    (many / "inputs" / "05.json").write_text(json.dumps(good_inputs()[0] | {"root": "1"}))
    (many / "inputs" / "06.json").write_text("{")
    command = ["prove-batch", "witness", many / "inputs", "--wasm", many / "circuit.wasm", "-o", "made"]
    ran = run(*command, XDG_CACHE_HOME=str(cache))
    assert (ran.code, "22 witnesses in made, 2 failed" in ran.err) == (1, True), ran.err
    assert "failed 05: " in ran.err
    assert "Error in template Membership" in ran.err
    assert len(programs_in(cache)) == 1
    for number in range(24):
        made = tmp_path / "made" / f"{number:02}.wtns"
        wanted = MEMBERSHIP / "witnesses" / f"{number % 8:04}.wtns"
        assert made.exists() == (number not in (5, 6))
        assert number in (5, 6) or made.read_bytes() == wanted.read_bytes()


def test_a_stream_of_inputs_waits_for_no_others(run: Runner, many: Path, tmp_path: Path) -> None:
    lines = "\n".join(json.dumps({"id": f"n{i}", "input": one}) for i, one in enumerate(good_inputs()[:2]))
    command = ["prove-batch", "witness", "-", "--wasm", many / "circuit.wasm", "-o", "made"]
    ran = run(*command, stdin=lines.encode(), XDG_CACHE_HOME=str(tmp_path / "own"))
    assert ran.code == 0, ran.err
    for number in range(2):
        wanted = MEMBERSHIP / "witnesses" / f"{number:04}.wtns"
        assert (tmp_path / "made" / f"n{number}.wtns").read_bytes() == wanted.read_bytes()
