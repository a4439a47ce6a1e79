"""Tables are sized by the witness of a run's first job, where a run can look at one."""

import json
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from conftest import SAMPLES, Ran, mapped, needs_native

from prover_cli.circuits.sampling import sample_witness
from prover_cli.circuits.waiting import within
from prover_cli.formats.wtns import parse_witness
from prover_cli.stop import Stop
from prover_cli.witness.source import WitnessSource

Runner = Callable[..., Ran]
MEMBERSHIP = SAMPLES / "membership"
INPUTS = sorted((MEMBERSHIP / "inputs").glob("*.json"))
WITNESSES = sorted((MEMBERSHIP / "witnesses").glob("*.wtns"))


def a_line(file: Path) -> str:
    return json.dumps({"input": json.loads(file.read_bytes())}) + "\n"


@needs_native
@pytest.mark.parametrize("kind", ["witnesses", "inputs", "bad first", "array", "lines", "pipe"])
def test_a_run_sizes_tables_by_a_first_witness(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A third of the values of this circuit are bits. A stream is read only once, so it tells nothing."""
    from prover_cli.prepared.tables import MappedTables
    from prover_cli.systems.groth16.native import NativeKey

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    key = NativeKey(mapped(MEMBERSHIP))
    budget = 1 << 30
    full = key.plan_tables(budget)
    like = key.plan_tables(budget, sample=parse_witness(WITNESSES[0].read_bytes(), "first"))
    assert full is not None
    assert like is not None
    assert like.shapes != full.shapes
    assert like.prepared < full.prepared
    assert like.unprepared < full.unprepared

    jobs = tmp_path / "jobs"
    jobs.mkdir()
    source, stdin, failures = jobs / "all.json", "", 0
    if kind == "witnesses":
        source = MEMBERSHIP / "witnesses"
    elif kind == "inputs":
        source = MEMBERSHIP / "inputs"
    elif kind == "bad first":
        source, failures = jobs, 2
        (jobs / "0.wtns").write_bytes(WITNESSES[0].read_bytes()[:-1])
        (jobs / "1.json").write_text('{"no": "such signal"}')
        (jobs / "2.wtns").write_bytes(WITNESSES[0].read_bytes())
    elif kind == "array":
        source.write_text(json.dumps([json.loads(file.read_bytes()) for file in INPUTS[:2]]))
    elif kind == "lines":
        source = jobs / "all.jsonl"
        source.write_text("".join(map(a_line, INPUTS[:2])))
    else:
        source, stdin = Path("-"), a_line(INPUTS[0])
    ran = run(
        "prove-batch", source, "--key", MEMBERSHIP / "circuit.zkey", "--prepare", "always",
        "--table-memory", "1GB", "-o", tmp_path / "out", stdin=stdin.encode(),
    )  # fmt: skip
    assert ran.code == (1 if failures else 0), ran.err
    assert ran.err.count("\nfailed ") == failures
    (made,) = (tmp_path / "cache").glob("prove-batch/prepared/*.tables")
    shapes = [table.shape for table in MappedTables(made).description.tables]
    assert shapes == [tuple(shape) for shape in (full if kind == "pipe" else like).shapes]


def test_what_cannot_be_sampled_tells_nothing(tmp_path: Path) -> None:
    from prover_cli.circuits.circuit import Circuit

    key = mapped(MEMBERSHIP)
    circuit = Circuit("membership", key.path)
    other = (SAMPLES / "quartic/witnesses/0000.wtns").read_bytes()
    bad = [WitnessSource(data=other), WitnessSource(data=b"{}", is_input=True), WitnessSource(path="nowhere")]
    good = WitnessSource(data=WITNESSES[0].read_bytes())
    assert sample_witness(bad, circuit, key, None, Stop()) is None
    assert sample_witness([*bad, good], circuit, key, None, Stop()) is None  # three are enough
    found = sample_witness([*bad[1:], good], circuit, key, None, Stop())
    assert found == parse_witness(good.read(), "first")


def test_work_that_never_ends_is_left_behind() -> None:
    from threading import Event

    never = Event()
    began = monotonic()
    with pytest.raises(TimeoutError):
        within(0.2, never.wait)
    with pytest.raises(TimeoutError):
        within(3600, never.wait, lambda: True)
    assert monotonic() - began < 600  # and not an hour
    never.set()
    assert within(3600, never.wait)
    with pytest.raises(ZeroDivisionError):
        within(3600, lambda: 1 // 0)


def test_python_lists_tell_their_first_jobs() -> None:
    from prover_cli.api.circuit import load_circuit
    from prover_cli.api.jobs import plan_jobs
    from prover_cli.circuits.keys import Keys

    keys = Keys.usable_of([load_circuit(MEMBERSHIP / "circuit.zkey").files])
    name = keys.circuits[0].id
    jobs = [json.loads(INPUTS[0].read_bytes()), 7, WITNESSES[0]]
    first, second = plan_jobs(jobs, keys, Stop()).first_of(name)
    assert first.is_input
    assert second.path == str(WITNESSES[0])
    assert list(plan_jobs(iter(jobs), keys, Stop()).first_of(name)) == []
    assert next(iter(plan_jobs(MEMBERSHIP / "witnesses", keys, Stop()).first_of(name))) == WitnessSource(
        path=str(WITNESSES[0])
    )
