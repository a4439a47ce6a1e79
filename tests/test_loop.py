"""The run loop between parts that fail: it never hangs, and no job is lost without a word."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import SAMPLES, Ran, needs_native
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prover_cli.batch.manifest import Manifest
from prover_cli.batch.run import Run
from prover_cli.batch.sinks import OutputClosed
from prover_cli.faults import Code, JobFault, MachineFault
from prover_cli.formats.curves import BN254
from prover_cli.intake.jobs import Job
from prover_cli.outcomes.outcome import Outcome
from prover_cli.outcomes.records import Record
from prover_cli.pool.executor import Running
from prover_cli.pool.job import ProveJob
from prover_cli.report.result import Result
from prover_cli.stop import Stop
from prover_cli.witness.source import WitnessSource

Runner = Callable[..., Ran]
PROVED = Outcome("groth16", bytes(256), bytes(32), True, 0.01, 0.01, "digest")
WITNESS = WitnessSource(data=b"")


class Surprise(Exception):
    """What nobody foresaw. Its text holds a secret."""

    def __init__(self) -> None:
        super().__init__("secret 31415926")


class Pool:
    """Answers from a thread of its own, by the job's name."""

    def __init__(self) -> None:
        self.open: list[Future[Outcome]] = []

    def give_back(self) -> None: ...

    def running(self) -> list[Running]:
        return []

    def execute(self, job: ProveJob, *, block: bool = True) -> "Future[Outcome]":
        future: Future[Outcome] = Future()
        kind = job.id.rpartition("-")[2]
        if kind == "refused":
            raise Surprise
        answers: dict[str, Callable[[], object]] = {
            "fails": lambda: future.set_exception(JobFault(Code.WITNESS_CORRUPT, "told so")),
            "surprise": lambda: future.set_exception(Surprise()),
            "nonsense": lambda: future.set_result(replace(PROVED, proof=None)),  # type: ignore[arg-type]  # (on purpose)
            "machine": lambda: future.set_exception(MachineFault(Code.NO_WORKER, "told so")),
            "cancelled": lambda: (future.cancel(), future.set_running_or_notify_cancel()),
            "hangs": lambda: self.open.append(future),
        }
        answer = answers.get(kind, lambda: future.set_result(PROVED))
        threading.Timer(0.001, answer).start()
        return future

    def finish(self) -> None: ...

    def shutdown(self, *, drain: bool = True) -> None:
        for future in self.open:
            future.cancel()


class Sink:
    """Keeps what it is given, or raises at a job of this name."""

    def __init__(self, bad: str | None = None, error: Exception | None = None) -> None:
        self.bad, self.error = bad, error or Surprise()
        self.written: list[str] = []

    def write(self, record: Record) -> None:
        if record.id == self.bad:
            raise self.error
        self.written.append(record.id)


class Listener:
    """Raises at every record."""

    told = 0

    def finished(self, record: Record) -> None:
        self.told += 1
        raise Surprise


def execute(names: list[str] | Iterator[Job], sink: Sink, **more: Any) -> Result:
    jobs = [Job(name, "quartic", WITNESS) for name in names] if isinstance(names, list) else names
    options = {"in_flight": 3, "file_ids": False} | more
    stop = options.pop("stop", Stop())
    run = Run(Pool(), sink, stop, curve_of=lambda _: BN254, **options)  # type: ignore[arg-type]  # (a pool's part)
    found: list[Result] = []
    thread = threading.Thread(target=lambda: found.append(run.execute(jobs)), daemon=True)
    thread.start()
    thread.join(300)
    assert found, "the run hangs"
    totals = found[0].totals
    assert totals.read == totals.proved + totals.failed + totals.skipped + totals.left
    return found[0]


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("place", [0, 2, 4])
def test_whatever_a_sink_raises_ends_the_run_with_3(ordered: bool, place: int) -> None:
    names = [f"j{number}" for number in range(5)]
    sink = Sink(names[place])
    result = execute(names, sink, ordered=ordered)
    assert result.exit_code == 3
    assert result.machine_fault
    assert result.machine_fault.code == "INTERNAL"
    assert result.machine_fault.message.startswith(
        f"writing the result of j{place}: unexpected Surprise at write:"
    )
    assert "31415926" not in result.machine_fault.message
    assert result.totals.left >= 1
    assert len(sink.written) == result.totals.proved


def test_whatever_the_manifest_raises_ends_the_run_with_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = Manifest(tmp_path, {})
    monkeypatch.setattr(manifest, "append", lambda record: (_ for _ in ()).throw(Surprise()))
    result = execute(["a", "b"], Sink(), manifest=manifest)
    manifest.close()
    assert (result.exit_code, result.totals.proved) == (3, 0)


@pytest.mark.parametrize("kind", ["surprise", "nonsense", "refused"])
def test_what_a_future_or_its_callback_raises_ends_the_run_with_3(kind: str) -> None:
    for names in ([f"a-{kind}"], ["a", f"b-{kind}", "c"]):
        result = execute(names, Sink())
        assert result.exit_code == 3
        assert result.machine_fault
        assert f"-{kind}: unexpected" in result.machine_fault.message
        assert "31415926" not in result.machine_fault.message


def test_what_a_source_raises_ends_the_run_with_3() -> None:
    def jobs(error: Exception) -> Iterator[Job]:
        yield Job("a", "quartic", WITNESS)
        raise error

    for error, words in (
        (Surprise(), "unexpected Surprise"),
        (OSError(5, "Input/output error"), "Input/output"),
    ):
        result = execute(jobs(error), Sink())
        assert (result.exit_code, result.totals.proved) == (3, 1)
        assert result.machine_fault
        assert words in result.machine_fault.message


def test_a_listener_that_raises_is_switched_off_with_one_line_and_the_run_goes_on() -> None:
    bad, good, said = Listener(), Sink(), list[str]()
    seen: list[str] = []

    class Good:
        def finished(self, record: Record) -> None:
            seen.append(record.id)

    names = [f"j{number}" for number in range(5)]
    result = execute(names, good, listeners={"report": bad, "metrics": Good()}, warn=said.append)
    assert (result.exit_code, result.totals.proved, bad.told) == (0, 5, 1)
    assert sorted(seen) == sorted(good.written) == names
    (line,) = said
    assert line.startswith("the report is switched off: unexpected Surprise at finished:")
    assert "31415926" not in line


def test_a_job_without_an_end_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Run._write

    def forgets(self: Run, finished: Any) -> None:
        if finished.number == 1:
            self._credits.release()
        else:
            real(self, finished)

    monkeypatch.setattr(Run, "_write", forgets)
    with pytest.raises(AssertionError):  # the sum, which `execute` checks
        execute(["a", "b", "c"], Sink())
    run = Run(Pool(), Sink(), Stop(), curve_of=lambda _: BN254, in_flight=3, file_ids=False)  # type: ignore[arg-type]
    result = run.execute(Job(name, "quartic", WITNESS) for name in "abc")
    assert result.exit_code == 3
    assert result.machine_fault
    assert result.machine_fault.message.startswith("1 of 3 jobs ended without a result")


def test_jobs_of_a_run_that_ends_early_are_counted_as_left() -> None:
    closed = execute(["a", "b", "c", "d", "e"], Sink("b", OutputClosed()), ordered=True)
    assert closed.exit_code == 1
    assert (closed.totals.proved, closed.totals.left >= 1) == (1, True)
    stop = Stop()

    def jobs() -> Iterator[Job]:
        yield Job("a-hangs", "quartic", WITNESS)
        yield Job("b", "quartic", WITNESS)
        stop.interrupted = stop.draining = stop.at_once = True
        yield Job("c-hangs", "quartic", WITNESS)

    result = execute(jobs(), Sink(), stop=stop)
    assert (result.exit_code, result.totals.read, result.totals.left) == (130, 3, 2)


NAMES = ["", "fails", "surprise", "nonsense", "machine", "cancelled", "refused"]


@given(
    kinds=st.lists(st.sampled_from(NAMES), max_size=12),
    bad=st.none() | st.integers(0, 11),
    ordered=st.booleans(),
    fail_fast=st.booleans(),
    error=st.sampled_from(
        [Surprise(), OutputClosed(), MachineFault(Code.DISK_FULL, "told so"), KeyError("x")]
    ),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_no_run_hangs_or_loses_a_job_whatever_its_parts_do(
    kinds: list[str], bad: int | None, ordered: bool, fail_fast: bool, error: Exception
) -> None:
    names = [f"{number}-{kind}" for number, kind in enumerate(kinds)]
    sink = Sink(names[bad] if bad is not None and bad < len(names) else None, error)
    result = execute(names, sink, ordered=ordered, fail_fast=fail_fast)
    totals = result.totals
    assert len(sink.written) == totals.proved + totals.failed
    if not result.exit_code:
        assert totals.proved == len(names) - kinds.count("cancelled")


@needs_native
def test_a_summary_that_cannot_be_made_is_no_reason_for_success(run: Runner, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs Linux")
    ran = run("prove-batch", SAMPLES / "quartic" / "witnesses", "--summary", "/dev/full", "-q")
    assert (ran.code, "[DISK_FULL]" in ran.err) == (3, True)
    assert len(list((tmp_path / "proofs").glob("*.proof.json"))) == 8


def test_a_summary_that_has_no_place_ends_the_run_before_it_begins(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "s.json").mkdir()
    ran = run("prove-batch", SAMPLES / "quartic" / "witnesses", "--summary", "s.json", "-q")
    assert (ran.code, "[OUTPUT_NOT_WRITABLE]" in ran.err) == (2, True)
    assert not (tmp_path / "proofs").exists()
