"""`prove_many`: results as they come, one bad job costing no other, and no process left behind."""

import functools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import ROOT, SAMPLES, needs_native
from rich.progress import Progress

from prover_cli import (
    Fault,
    JobResult,
    ProverWarning,
    SetupFault,
    WitnessSource,
    load_circuit,
    load_key,
    parse_witness,
    prove_many,
    verify,
)
from prover_cli.circuits.opening import SMALL_LOT

pytestmark = [needs_native, pytest.mark.filterwarnings("ignore:workers=:prover_cli.ProverWarning")]

QUARTIC = SAMPLES / "quartic"
INPUTS = [json.loads((QUARTIC / "inputs" / f"{i:04}.json").read_text()) for i in range(8)]
SIGNALS = [(8, 2), (273, 3)]
"""Public signals of the first two."""
CUT = (QUARTIC / "witnesses" / "0000.wtns").read_bytes()[:90]


def codes(results: Any) -> list[str]:
    return [result.error.code if result.error else "proved" for result in results]


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    """The worker processes below it: all but the fork server and its tracker, which stay."""
    found = []
    for child in process.children(recursive=True):
        try:
            if child.parent() != process:
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def gone(process: psutil.Process) -> bool:
    until = time.monotonic() + 60
    while workers_of(process) and time.monotonic() < until:
        time.sleep(0.02)
    return not workers_of(process)


def test_every_kind_of_job_is_proved() -> None:
    path = QUARTIC / "witnesses" / "0001.wtns"
    data = path.read_bytes()
    witness = parse_witness(data, "w")
    values = list(witness.reduced(None))
    jobs = [
        INPUTS[1],
        str(QUARTIC / "inputs" / "0001.json"),
        path,
        data,
        bytearray(data),
        (QUARTIC / "inputs" / "0001.json").read_bytes(),
        witness,
        WitnessSource(path=str(path)),
        values,
        tuple(map(str, values)),
        ("pay-17", INPUTS[1]),
        (17, path),
    ]
    results = list(prove_many(jobs, key=QUARTIC, workers=2, ordered=True))
    assert codes(results) == ["proved"] * len(jobs)
    assert [result.id for result in results] == [
        "0", "0001", "0001", "3", "4", "5", "6", "0001", "8", "9", "pay-17", "17",
    ]  # fmt: skip
    assert [result.index for result in results] == list(range(len(jobs)))
    for result in results:
        assert result.public_signals == SIGNALS[1]
        assert verify(QUARTIC, *result.unwrap())
        assert result.circuit == "quartic"


def test_one_bad_job_costs_no_other() -> None:
    bad: list[Any] = [
        CUT,
        {"x": 1, "k": 2, "nobody": 3},
        "missing.wtns",
        QUARTIC / "verification_key.json",
        1.5,
        None,
        {"x": 1.5, "k": 2},
        {"x": object(), "k": 2},
        {1: 2},
        [1, "two"],
        [-1],
        '{"x": "1", "k": "2"}',
        (("pair", "of"), INPUTS[0]),
        ("half \ud800", INPUTS[0]),
        QUARTIC / "circuit.r1cs",
        {"x": 10**5000, "k": 2},
    ]
    jobs = [job for each in bad for job in (each, INPUTS[0])]
    results = list(prove_many(jobs, key=QUARTIC, workers=2, ordered=True))
    assert codes(results[1::2]) == ["proved"] * len(bad)
    assert codes(results[::2]) == [
        *("WITNESS_TRUNCATED", "INPUT_UNKNOWN", "WITNESS_UNREADABLE", "INPUT_CORRUPT", "BAD_WITNESS"),
        *("BAD_WITNESS", "INPUT_VALUE", "INPUT_VALUE", "INPUT_CORRUPT", "WITNESS_CORRUPT"),
        *("WITNESS_NOT_REDUCED", "BAD_WITNESS", "BAD_WITNESS", "BAD_ID", "NO_SOURCE", "INPUT_VALUE"),
    ]
    with pytest.raises(Fault, match="unknown signal"):
        results[2].unwrap()
    for result in results[::2]:
        assert (result.ok, result.proof, result.public_signals) == (False, None, ())


def test_errors_and_reprs_show_no_value_of_an_input() -> None:
    secret = "918273645546372819"
    jobs: list[Any] = [
        {"x": f"{secret}!", "k": 2},
        {"x": [[secret], [secret]], "k": 2},
        f'{{"x": "{secret}"}}',
        [secret, "x"],
        {"x": {secret}, "k": 1},
        {"x": float(secret), "k": 1},
    ]
    results = list(prove_many(jobs, key=QUARTIC, workers=1))
    assert len(results) == len(jobs)
    for result in results:
        assert not result.ok
        assert secret[:8] not in f"{result!r} {result.error!r} {result.error} {vars(result)}"


def test_whole_numbers_of_other_libraries_are_read() -> None:
    class Whole:
        def __index__(self) -> int:
            return 1

    class Array:
        def tolist(self) -> int:
            return 2

    (result,) = prove_many([{"x": Whole(), "k": Array()}], key=QUARTIC, workers=1)
    assert result.public_signals == SIGNALS[0]


def test_a_folder_is_taken_as_the_command_line_takes_it() -> None:
    results = prove_many(QUARTIC, workers=2, ordered=True)
    assert len(results) == results.total == 8
    assert [result.id for result in results] == [f"{i:04}" for i in range(8)]
    with pytest.raises(SetupFault) as caught:
        prove_many("no such folder", key=QUARTIC)
    assert caught.value.code == "NO_SOURCE"


def test_results_come_as_they_are_done_or_in_order() -> None:
    release = threading.Event()

    def jobs() -> Iterator[Any]:
        yield "first", INPUTS[0]
        release.wait()  # until the first result was taken
        yield "second", INPUTS[1]

    results = prove_many(jobs(), key=QUARTIC, workers=2)
    assert results.total is None
    with pytest.raises(TypeError, match="not known"):
        len(results)
    assert next(results).id == "first"
    release.set()
    assert [result.id for result in results] == ["second"]
    many = INPUTS * 5
    assert [r.index for r in prove_many(many, QUARTIC, workers=3, ordered=True)] == list(range(len(many)))
    assert sorted(r.index for r in prove_many(many, QUARTIC, workers=3)) == list(range(len(many)))


def test_a_generator_is_read_no_faster_than_results_are_taken() -> None:
    read = 0

    def jobs() -> Iterator[Any]:
        nonlocal read
        for job in INPUTS * 20:
            read += 1
            yield job

    with prove_many(jobs(), key=QUARTIC, workers=2) as results:
        for taken, _ in enumerate(results, start=1):
            time.sleep(0.01)
            # In flight: two workers, two lots for each that wait, and one at each end.
            assert read <= taken + 2 + 2 * 2 * SMALL_LOT + 2
            if taken == 20:
                break
    time.sleep(0.3)
    assert read <= 20 + 2 + 2 * 2 * SMALL_LOT + 2


def test_what_the_iterable_raises_comes_after_the_results_before_it() -> None:
    def jobs() -> Iterator[Any]:
        yield from INPUTS[:3]
        raise LookupError("the database is gone")

    results = prove_many(jobs(), key=QUARTIC, workers=2)
    assert codes([next(results) for _ in range(3)]) == ["proved"] * 3
    with pytest.raises(LookupError, match="the database is gone"):
        next(results)
    assert list(results) == []


def test_progress_suits_tqdm_and_rich() -> None:
    class Tqdm:
        """As tqdm has it: `update(n=1)`."""

        n = 0

        def update(self, n: float = 1) -> bool | None:
            self.n += int(n)
            return None

    bar = Tqdm()
    jobs = [*INPUTS, CUT]
    assert len(list(prove_many(jobs, key=QUARTIC, workers=2, progress=bar.update))) == bar.n == 9
    with Progress(disable=True) as rich:
        task = rich.add_task("proving", total=len(jobs))
        list(prove_many(jobs, QUARTIC, workers=2, progress=functools.partial(rich.advance, task)))
        assert rich.tasks[0].completed == 9
        tracked = list(rich.track(prove_many(jobs, QUARTIC, workers=2)))
        assert len(tracked) == rich.tasks[1].total == 9
    with pytest.raises(TypeError, match=r"progress is a Tqdm; pass .* progress=bar\.update"):
        prove_many(jobs, QUARTIC, progress=bar)  # type: ignore[arg-type]  # (wrong on purpose)


def test_a_display_that_fails_costs_no_proof() -> None:
    def broken(done: int) -> None:
        raise OSError("the terminal is gone")

    with pytest.warns(ProverWarning, match="progress raised OSError: the terminal is gone"):
        assert codes(prove_many(INPUTS, QUARTIC, workers=1, progress=broken)) == ["proved"] * 8


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"inputs": INPUTS[0]}, "inputs is a mapping, so one job at most"),
        ({"inputs": CUT}, "inputs is bytes, so one job"),
        ({"inputs": 5}, "inputs is an int; prove_many takes an iterable of jobs"),
        ({"key": None}, "prove_many needs a key"),
        ({"key": 5}, "key is an int; pass a path"),
        ({"workers": 0}, "workers must be at least 1, not 0"),
        ({"workers": "2"}, "workers must be a whole number, not '2'"),
        ({"retries": -1}, "retries must be at least 0, not -1"),
        ({"timeout": "1"}, "timeout must be a number of seconds, not '1'"),
        ({"timeout": 0}, "timeout must be a number of seconds above 0, not 0"),
        ({"engine": "gpu"}, "engine must be one of auto, native, reference, not 'gpu'"),
        ({"strategy": "queue"}, "strategy must be one of processes, threads, not 'queue'"),
        ({"wasm": 5}, "wasm is an int; pass a path"),
    ],
)
def test_wrong_arguments_get_a_sentence_at_once(arguments: dict[str, Any], sentence: str) -> None:
    given: dict[str, Any] = {"inputs": INPUTS, "key": QUARTIC} | arguments
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(sentence)}"):
        prove_many(**given)


def test_a_broken_key_is_told_at_once(tmp_path: Path) -> None:
    broken = tmp_path / "circuit.zkey"
    broken.write_bytes((QUARTIC / "circuit.zkey").read_bytes()[:-40])
    for key, code in ((broken, "KEY_TRUNCATED"), (tmp_path / "none.zkey", "KEY_UNREADABLE")):
        with pytest.raises(SetupFault) as caught:
            prove_many(INPUTS, key=key)
        assert caught.value.code == code
    with pytest.raises(SetupFault, match=r"wasm .* does not exist"):
        prove_many(INPUTS, key=QUARTIC, wasm=tmp_path / "none.wasm")


def test_inputs_without_a_calculator_are_told_in_words_of_python(tmp_path: Path) -> None:
    (tmp_path / "circuit.zkey").write_bytes((QUARTIC / "circuit.zkey").read_bytes())
    witness = QUARTIC / "witnesses" / "0000.wtns"
    first, second = prove_many([INPUTS[0], witness], key=tmp_path, workers=1, ordered=True)
    assert first.error is not None
    assert first.error.code == "INPUT_UNSUPPORTED"
    assert "give wasm=FILE" in first.error.message
    assert "--" not in first.error.message
    assert second.ok
    results = prove_many([INPUTS[0]], key=tmp_path, wasm=QUARTIC / "circuit.wasm", workers=1)
    assert codes(results) == ["proved"]


def test_reduced_inputs_are_told_once_and_refused_on_request() -> None:
    prime = load_key(QUARTIC / "circuit.zkey").verification_key.curve.r
    large = {"x": prime + 1, "k": 2}
    with pytest.warns(ProverWarning, match=r"reduced.*strict_inputs=True refuses") as told:
        assert codes(prove_many([large] * 3, QUARTIC, workers=1)) == ["proved"] * 3
    assert len(told) == 1
    assert told[0].filename == __file__
    assert codes(prove_many([large], QUARTIC, workers=1, strict_inputs=True)) == ["INPUT_OUT_OF_RANGE"]


def test_workers_are_as_many_as_the_formula_says() -> None:
    from prover_cli.pool.limits import machine_limits

    with prove_many(iter(INPUTS), key=QUARTIC) as results:
        assert 1 <= results.workers <= max(1, machine_limits().cpus - 2)
    with prove_many(INPUTS, QUARTIC, workers=3) as results:
        assert results.workers == 3
        assert repr(results) == "<Results: 0 of 8 taken>"
    assert repr(results) == "<Results: 0 of 8 taken, closed>"


def test_a_job_whose_worker_dies_is_tried_again() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProverWarning)
        with prove_many(INPUTS * 40, QUARTIC, workers=2) as results:
            proved = [next(results)]
            workers_of(psutil.Process())[0].kill()
            proved += list(results)
    assert len(proved) == 320
    assert {result.ok for result in proved} == {True}


def test_leaving_the_loop_ends_the_workers() -> None:
    def endless() -> Iterator[Any]:
        while True:
            yield INPUTS[0]

    for result in prove_many(endless(), key=QUARTIC, workers=2):
        assert isinstance(result, JobResult)
        break
    assert gone(psutil.Process())
    results = prove_many(endless(), key=QUARTIC, workers=2)
    next(results)
    assert workers_of(psutil.Process())
    results.close()
    assert gone(psutil.Process())
    assert list(results) == []


SCRIPT = f"""
import itertools, os, signal, time
from prover_cli import load_circuit, prove_many

print("imported", flush=True)
circuit = load_circuit({str(QUARTIC)!r})
job = {{"x": 1, "k": 2}}
"""


def ended(script: Path, text: str) -> tuple[int, str, str]:
    """Runs it: the exit code, what it printed, and its errors. None of its processes may be left."""
    script.write_text(SCRIPT + text)
    mark = f"PROVE_MANY_{os.getpid()}_{time.monotonic_ns()}"
    ran = subprocess.run(
        [sys.executable, "-W", "ignore::UserWarning", script],
        env=os.environ | {"MARK": mark, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    until = time.monotonic() + 30
    while (left := marked(mark)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left
    return ran.returncode, ran.stdout, ran.stderr


def marked(mark: str) -> list[psutil.Process]:
    """The processes with this in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("MARK") == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_a_script_without_a_guard_proves_and_runs_once(tmp_path: Path) -> None:
    text = 'print(sum(r.ok for r in circuit.prove_many([job] * 9, workers=2)), "proved")'
    assert ended(tmp_path / "s.py", text) == (0, "imported\n9 proved\n", "")


def test_a_script_that_ends_with_results_not_taken_ends(tmp_path: Path) -> None:
    text = "results = circuit.prove_many(itertools.repeat(job), workers=2)\nprint(next(results).ok)"
    assert ended(tmp_path / "s.py", text) == (0, "imported\nTrue\n", "")


def test_a_script_that_ends_in_the_middle_of_a_long_proof_ends(tmp_path: Path) -> None:
    text = f"""
circuit = load_circuit({str(SAMPLES / "membership")!r})
circuit.prover  # checks the key, which takes the slow engine minutes
results = circuit.prove_many([circuit.key.parent / "inputs" / "0000.json"], workers=1, engine="reference")
while not any(worker.job_id for worker in results._batch._pool.running()):
    time.sleep(0.01)
print("leaving")
"""
    assert ended(tmp_path / "s.py", text) == (0, "imported\nleaving\n", "")


def test_ctrl_c_ends_a_batch_and_its_workers(tmp_path: Path) -> None:
    text = """
for number, result in enumerate(circuit.prove_many(itertools.repeat(job), workers=2)):
    if number == 5:
        os.kill(os.getpid(), signal.SIGINT)
"""
    code, out, err = ended(tmp_path / "s.py", text)
    assert (code, out) == (-signal.SIGINT, "imported\n")
    assert err.rstrip().endswith("KeyboardInterrupt")


def test_a_repl_works(tmp_path: Path) -> None:
    lines = [
        "from prover_cli import prove_many",
        f"results = prove_many({str(QUARTIC / 'inputs')!r}, workers=2)",
        "sum(result.ok for result in results)",
    ]
    for words in (["-i", "-q"], ["-"]):
        ran = subprocess.run(
            [sys.executable, *words], input="\n".join([*lines, ""]),
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout == ("8\n" if "-i" in words else "")
        assert "Error" not in ran.stderr


def test_a_circuit_proves_many_and_threads_do_too() -> None:
    circuit = load_circuit(QUARTIC)
    assert codes(circuit.prove_many(INPUTS, workers=2)) == ["proved"] * 8
    assert codes(circuit.prove_many(INPUTS, workers=2, strategy="threads")) == ["proved"] * 8
    assert codes(prove_many(INPUTS, key=circuit.prover, workers=1, engine="native")) == ["proved"] * 8
