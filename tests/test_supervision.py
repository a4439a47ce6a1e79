"""Threads and callbacks that fail: what nobody foresaw is logged, and ends what depends on it."""

import logging
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from conftest import ROOT

from prover_cli.batch.run import Run
from prover_cli.faults import Code
from prover_cli.formats.curves import BN254
from prover_cli.intake import streams
from prover_cli.intake.jobs import Job
from prover_cli.pool import forkserver as own_forkserver
from prover_cli.stop import Stop
from prover_cli.supervision import logged, logger, supervised
from prover_cli.witness import deadline

SECRET = "1234567890123456789"


def test_what_ends_a_thread_is_logged_without_its_text_and_told_to_its_owner(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def work() -> None:
        raise ValueError(SECRET)

    told: list[Exception] = []
    with caplog.at_level(logging.DEBUG, "prover_cli"):
        thread = supervised(work, "writer", logger("prover_cli.batch.run"), told.append)
        thread.start()
        thread.join(300)
    assert [type(error) for error in told] == [ValueError]
    (record,) = caplog.records
    assert record.name == "prover_cli.batch"
    assert "thread writer died: unexpected ValueError at work" in record.getMessage()
    assert SECRET not in caplog.text


def test_an_owner_that_fails_too_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fails(*_: object) -> None:
        raise KeyError(SECRET)

    thread = supervised(fails, "writer", logger(__name__), fails)
    thread.start()
    thread.join(300)
    assert "handling the end of thread writer" in caplog.text
    assert SECRET not in caplog.text


def test_nothing_is_passed_over_in_silence() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "prover_cli").rglob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if "suppress(Exception" in line or "suppress(BaseException" in line
    ]
    assert silent == []


def test_what_is_suppressed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    log = logger("prover_cli.queue")
    with caplog.at_level(logging.INFO, "prover_cli"), logged(log, "leaving", logging.INFO):
        raise ValueError(SECRET)
    assert caplog.messages[0].startswith("leaving: unexpected ValueError at ")
    assert SECRET not in caplog.text


def test_the_thread_of_time_limits_survives_what_ending_one_raises(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(deadline, "LOOK_SECONDS", 0.01)
    ended, failed = threading.Event(), threading.Event()

    def fails() -> None:
        failed.set()
        raise OSError(SECRET)

    with deadline.limited(0.0, fails):
        assert failed.wait(300)
        with deadline.limited(0.0, ended.set):
            assert ended.wait(300), "the limits of others are kept"
    assert SECRET not in caplog.text


def test_a_stream_that_fails_unforeseen_ends_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> bytes:
        raise RuntimeError("no system has this")

    monkeypatch.setattr(os, "read", fails)
    with pytest.raises(RuntimeError):
        list(streams.chunks(0, Stop()))


def test_a_writer_that_ends_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from test_loop import WITNESS, Pool, Sink  # the loop's own doubles

    run = Run(Pool(), Sink(), Stop(), curve_of=lambda _: BN254, in_flight=2, file_ids=False)  # type: ignore[arg-type]  # (a pool's part)

    def fails() -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(run, "_write_all", fails)
    result = run.execute([Job("a", "c", WITNESS), Job("b", "c", WITNESS), Job("d", "c", WITNESS)])
    assert result.machine_fault is not None and result.machine_fault.kind is Code.INTERNAL
    assert result.exit_code == 3
    assert result.totals.left == result.totals.read


# ---- being embedded


def test_a_host_sees_nothing_unless_it_asks() -> None:
    script = """
        import logging, sys
        import prover_cli.supervision as supervision
        supervision.logger("prover_cli.pool").error("nobody asked")
        logging.basicConfig(stream=sys.stdout, format="%(name)s %(message)s")
        supervision.logger("prover_cli.pool").error("somebody did")
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert (ran.stdout, ran.stderr) == ("prover_cli.pool somebody did\n", "")


@pytest.mark.skipif("forkserver" not in own_forkserver.start_method(), reason="workers are spawned here")
def test_the_preload_list_of_the_host_is_extended(tmp_path: Path) -> None:
    (tmp_path / "of_the_host.py").write_text("")
    (tmp_path / "host.py").write_text(
        textwrap.dedent("""
        import multiprocessing, signal, sys
        from prover_cli.pool.forkserver import start_early

        def imported(name):
            return name in sys.modules

        def blocked(_):
            return sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, [])))

        if __name__ == "__main__":
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(["of_the_host"])
            start_early()
            with context.Pool(1) as pool:
                print(pool.map(imported, ["of_the_host", "prover_cli.pool.worker"]), pool.map(blocked, [0]))
        """)
    )
    ran = subprocess.run(
        [sys.executable, "host.py"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=300
    )
    assert ran.stdout == "[True, True] [[]]\n", ran.stderr
