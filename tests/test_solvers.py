"""The circuits' calculators, opened once in the main process, before anything is proved."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from calculators import ENDLESS, hostile
from conftest import SAMPLES, Ran, needs_native
from serving import serving

from prover_cli.circuits import solvers
from prover_cli.circuits.circuit import Circuit
from prover_cli.circuits.keys import Keys, open_solvers
from prover_cli.circuits.opening import needs_of
from prover_cli.circuits.solvers import InputsAhead, open_solver
from prover_cli.faults import JobFault, SetupFault
from prover_cli.needs import Needs
from prover_cli.systems.registry import map_key
from prover_cli.witness import calculator
from prover_cli.witness.calculator import RUNTIME_BYTES, Calculator, compiled
from prover_cli.witness.solver import Given

Runner = Callable[..., Ran]

QUARTIC, MEMBERSHIP = SAMPLES / "quartic", SAMPLES / "membership"

GOOD = {"k": "2", "x": "1"}


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The folder of a circuit whose `.wasm` is none."""
    folder = tmp_path / "broken"
    folder.mkdir()
    shutil.copy(QUARTIC / "circuit.zkey", folder)
    (folder / "circuit.wasm").write_bytes(b"\0asm, and then no more of it")
    return folder


class Warnings:
    """A display that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def warn(self, text: str) -> None:
        self.told.append(text)


# ---- in runs


@needs_native
def test_inputs_for_broken_code_end_the_run_before_anything_is_proved(
    run: Runner, tmp_path: Path, broken: Path
) -> None:
    shutil.copy(QUARTIC / "inputs" / "0000.json", broken)
    shutil.copy(QUARTIC / "witnesses" / "0001.wtns", broken)
    ran = run("prove-batch", broken)
    assert (ran.code, "WASM_CORRUPT" in ran.err, "circuit.wasm" in ran.err) == (2, True, True), ran.err
    assert not (tmp_path / "proofs").exists(), "no worker was started"


@needs_native
def test_witnesses_prove_whatever_the_code_is(run: Runner, broken: Path) -> None:
    shutil.copy(QUARTIC / "witnesses" / "0001.wtns", broken)
    ran = run("prove-batch", broken)
    assert (ran.code, "WASM" in ran.err) == (0, False), ran.err


@needs_native
@pytest.mark.parametrize("strategy", ["processes", "threads"])
def test_inputs_of_a_stream_fail_by_themselves_with_one_warning(
    run: Runner, broken: Path, strategy: str
) -> None:
    witness = str(QUARTIC / "witnesses" / "0001.wtns")
    jobs = [{"id": "in", "input": GOOD}, {"id": "wit", "witness": witness}, {"id": "more", "input": GOOD}]
    lines = "\n".join(map(json.dumps, jobs)).encode()
    ran = run(
        "prove-batch", "-", "-o", "-", "--ordered", "--key", broken, "--strategy", strategy, stdin=lines
    )
    assert ran.code == 1
    codes = [line.get("error", {}).get("code") for line in ran.lines]
    assert codes == ["WASM_CORRUPT", None, "WASM_CORRUPT"]
    assert ran.err.count("inputs for broken cannot be used") == 1, ran.err


@needs_native
def test_a_service_offers_no_input_where_the_code_is_broken(tmp_path: Path, broken: Path) -> None:
    with serving("--circuit", f"broken={broken}", cwd=tmp_path) as service:
        takes = {circuit["id"]: circuit["takes"] for circuit in service.status()["circuits"]}
        both = ["witness", "input"]
        assert takes == {"quartic": both, "membership": both, "broken": ["witness"]}
        refused = service.prove({"circuitId": "broken", "input": GOOD})
        assert (refused.status_code, refused.json()["code"]) == (400, "INPUT_UNSUPPORTED"), refused.text
        assert str(tmp_path) not in refused.text
        assert "inputs for broken cannot be used" in json.dumps(service.log)


# ---- opening


@pytest.mark.parametrize("interruptible", [True, False])
def test_code_that_does_not_say_of_which_circuit_it_is_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interruptible: bool
) -> None:
    monkeypatch.setattr(solvers, "ASKING_SECONDS", 0.2)
    mute = hostile(tmp_path / "mute.wasm", "", asked=ENDLESS)
    with pytest.raises(SetupFault) as raised:
        open_solver(mute, map_key(QUARTIC / "circuit.zkey"), interruptible=interruptible)
    assert raised.value.code == "WASM_UNSUPPORTED"


def test_only_calculators_that_inputs_may_come_for_are_opened(broken: Path) -> None:
    circuits = [Circuit("quartic", QUARTIC / "circuit.zkey"), Circuit("broken", broken / "circuit.zkey")]
    keys, display = Keys.of(circuits), Warnings()
    open_solvers(keys, InputsAhead(certain=frozenset({"quartic"})), display, interruptible=False)
    assert set(keys.solvers.opened) == {"quartic"}
    assert keys.no_input("broken") is None, "nobody looked"
    open_solvers(keys, InputsAhead(possible=frozenset({"broken"})), display, interruptible=False)
    refused = keys.no_input("broken")
    assert refused is not None and refused.code == "WASM_CORRUPT"
    assert len(display.told) == 1
    with pytest.raises(SetupFault):
        open_solvers(
            Keys.of(circuits), InputsAhead(certain=frozenset({"broken"})), display, interruptible=False
        )


@pytest.mark.parametrize("cache", ["kept", "unwritable"])
def test_workers_do_not_compile_what_the_main_process_compiled(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch, cache: str
) -> None:
    wasm = Path(shutil.copy(MEMBERSHIP / "circuit.wasm", tmp_path))
    if cache == "unwritable":
        monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    code = compiled(wasm, interruptible=False)
    assert (code.path is None, code.data is None) == (cache == "unwritable", cache == "kept")
    wasm.unlink()  # nobody can compile it again
    inputs = json.loads((MEMBERSHIP / "inputs" / "0000.json").read_text())
    worker = Calculator(wasm, overdue=lambda: None, code=code)
    (solved,) = worker.solve([Given(inputs, "w")])
    assert not isinstance(solved, JobFault)
    with pytest.raises(SetupFault) as raised:
        Calculator(wasm, code=code)  # code of other settings is not used
    assert raised.value.code == "WASM_UNREADABLE"


def test_a_calculator_that_was_found_right_is_not_asked_again(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    key = map_key(QUARTIC / "circuit.zkey")
    wasm = Path(shutil.copy(QUARTIC / "circuit.wasm", tmp_path))
    first = open_solver(wasm, key, interruptible=False)
    monkeypatch.setattr(calculator, "compiled", None)  # who asks again fails
    again = open_solver(wasm, key, interruptible=False)
    assert again == first
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(SetupFault):
        open_solver(wasm, map_key(MEMBERSHIP / "circuit.zkey"), interruptible=False)
    for kept in (tmp_path / "cache" / "prove-batch" / "calculators").glob("*.json"):
        kept.write_text("[damaged")
    assert open_solver(wasm, key, interruptible=False) == first


def test_code_that_others_can_write_is_not_run(tmp_path: Path, own_cache: Path) -> None:
    code = compiled(QUARTIC / "circuit.wasm", interruptible=False)
    assert code.path is not None
    Path(code.path).chmod(0o666)
    with pytest.raises(SetupFault):
        Calculator(tmp_path / "none.wasm", overdue=lambda: None, code=code)


def test_a_solver_has_a_witness_or_a_fault_for_each() -> None:
    good = json.loads((MEMBERSHIP / "inputs" / "0000.json").read_text())
    solver = Calculator(MEMBERSHIP / "circuit.wasm")
    first, wrong, last = solver.solve([Given(given, "w") for given in (good, good | {"secret": "1"}, good)])
    assert not isinstance(first, JobFault) and not isinstance(last, JobFault)
    assert first.witness.values == last.witness.values
    assert isinstance(wrong, JobFault) and wrong.code == "ASSERT_FAILED"


# ---- what a proof takes


def test_a_calculation_and_a_proof_share_the_peak_and_not_what_stays() -> None:
    solver, prover = Needs(20, 300), Needs(24, 200, cores=2)
    assert solver.then(prover) == Needs(44, 300, cores=2)
    assert solver.then(prover).memory == 344
    assert solver.largest(prover) == Needs(24, 300, cores=2)


def test_the_calculator_counts_where_inputs_may_come() -> None:
    keys = Keys.of([Circuit("quartic", QUARTIC / "circuit.zkey")])
    before = needs_of(keys, "reference")
    open_solvers(keys, InputsAhead(possible=frozenset({"quartic"})), Warnings(), interruptible=False)
    after = needs_of(keys, "reference")
    assert after.resident == before.resident + RUNTIME_BYTES
    assert after.memory >= before.memory + RUNTIME_BYTES
