"""What an operator meets: two runs at once, a killed run, a lost terminal, a container's stop, logs."""

import json
import os
import pty
import shutil
import signal
import stat
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from calculators import endless
from conftest import SAMPLES, Ran, command, needs_native, wait_for, wait_until_ended

from prover_cli.formats.wtns import parse_witness

pytestmark = needs_native
Runner = Callable[..., Ran]

MEMBERSHIP = SAMPLES / "membership"
KEY = MEMBERSHIP / "circuit.zkey"
JOBS = 40


@pytest.fixture
def witnesses(tmp_path: Path) -> Path:
    folder = tmp_path / "witnesses"
    folder.mkdir()
    for number in range(JOBS):
        (folder / f"{number:02}.wtns").symlink_to(MEMBERSHIP / "witnesses" / f"{number % 8:04}.wtns")
    return folder


@pytest.fixture
def feed(witnesses: Path) -> Iterator[tuple[Path, ExitStack]]:
    """A pipe that brings all the witnesses and does not end until it is closed: however fast a run of it is,
    what is sent to it comes before its end."""
    pipe = witnesses.parent / "feed.jsonl"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDWR)
    os.write(end, b"".join(b'{"witness": "%s"}\n' % bytes(path) for path in sorted(witnesses.iterdir())))
    with ExitStack() as closing:
        closing.callback(os.close, end)
        yield pipe, closing


def start(source: Path, *arguments: str, **more: Any) -> subprocess.Popen[bytes]:
    more.setdefault("stderr", subprocess.PIPE)
    process: subprocess.Popen[bytes] = subprocess.Popen(
        [command("prove-batch"), str(source), "--key", str(KEY), "--workers", "2", *arguments],
        cwd=source.parent, **more,
    )  # fmt: skip
    return process


def wait_for_proofs(source: Path, count: int = 3) -> Path:
    folder = source.parent / "proofs"
    wait_for(lambda: len(list(folder.glob("*.proof.json"))) >= count)
    return folder


def manifest(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def test_a_second_run_into_the_same_folder_is_refused_until_the_first_has_ended(
    witnesses: Path, run: Runner
) -> None:
    first = start(witnesses)
    wait_for_proofs(witnesses, 1)
    first.send_signal(signal.SIGSTOP)  # a fast machine would be done before the second has begun
    second = run("prove-batch", witnesses, "--key", KEY)
    assert second.code == 2
    assert "another run is writing to proofs" in second.err
    assert "[OUTPUT_IN_USE]" in second.err
    elsewhere = run("prove-batch", witnesses / "00.wtns", "--key", KEY, "-o", "other")
    assert elsewhere.code == 0
    first.kill()
    first.wait()
    assert run("prove-batch", witnesses, "--key", KEY, "-q").code == 0, "a dead run holds nothing"


def test_a_killed_run_is_resumed_with_exactly_what_is_missing(witnesses: Path, run: Runner) -> None:
    killed = start(witnesses)
    folder = wait_for_proofs(witnesses, 5)
    killed.kill()
    killed.wait()
    (folder / ".00.proof.json.123.part").write_bytes(b"half")
    with (folder / "manifest.jsonl").open("ab") as file:
        file.write(b'{"id": "39", "circuit": "membership", "outco')
    told = (folder / "manifest.jsonl").read_text().splitlines()[:-1]
    done = {json.loads(line)["id"] for line in told}
    ran = run("prove-batch", witnesses, "--key", KEY, "--resume", "-q", "--summary", "-")
    assert ran.code == 0
    jobs = json.loads(ran.out)["jobs"]
    assert jobs == {"total": JOBS, "proved": JOBS - len(done), "failed": 0, "skipped": len(done), "left": 0}
    assert not list(folder.glob(".*.part"))
    whole = [line for line in (folder / "manifest.jsonl").read_text().splitlines() if line.endswith("}")]
    assert Counter(json.loads(line)["id"] for line in whole) == Counter(f"{i:02}" for i in range(JOBS))
    assert len(list(folder.glob("*.proof.json"))) == len(list(folder.glob("*.public.json"))) == JOBS


def test_resume_looks_at_what_it_finds(witnesses: Path, run: Runner) -> None:
    again = ("prove-batch", witnesses, "--key", KEY, "-q", "--summary", "-", "--resume")
    assert run(*again).code == 0
    folder = witnesses.parent / "proofs"
    (folder / "01.proof.json").write_bytes((folder / "01.proof.json").read_bytes()[:100])
    (folder / "02.public.json").write_bytes(b"")
    shutil.copy(folder / "04.proof.json", folder / "03.proof.json")  # a good proof, of something else
    shutil.copy(folder / "05.public.json", folder / "06.public.json")
    other = json.loads((folder / "07.proof.json").read_text())
    other["pi_c"] = other["pi_a"]
    (folder / "07.proof.json").write_text(json.dumps(other))
    summary = json.loads(run(*again).out)
    assert summary["jobs"]["skipped"] == JOBS - 5
    redone = {line["id"] for line in manifest(folder)[JOBS:]}
    assert redone == {"01", "02", "03", "06", "07"}
    assert json.loads(run(*again).out)["jobs"]["skipped"] == JOBS


def test_what_was_not_verified_is_not_enough_for_a_run_that_verifies(quartic: Path, run: Runner) -> None:
    folder = quartic / "witnesses"
    assert run("prove-batch", folder, "-q", "--no-verify").code == 0
    kept = run("prove-batch", folder, "-q", "--no-verify", "--resume", "--summary", "-")
    assert json.loads(kept.out)["jobs"]["skipped"] == 8
    checked = run("prove-batch", folder, "-q", "--resume", "--summary", "-")
    assert json.loads(checked.out)["jobs"]["proved"] == 8


def test_when_the_terminal_goes_away_the_run_drains(feed: tuple[Path, ExitStack]) -> None:
    """Its pseudo-terminal is closed: SIGHUP, and every write to standard error fails."""
    ours, theirs = pty.openpty()
    source, _ = feed
    process = start(
        source, "--summary", "s.json", stderr=theirs, stdin=theirs, start_new_session=True,
        preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(theirs)
    folder = wait_for_proofs(source)
    children = psutil.Process(process.pid).children(recursive=True)
    os.close(ours)
    assert process.wait(timeout=300) == 130
    summary = json.loads((source.parent / "s.json").read_text())
    proved = summary["jobs"]["proved"]
    assert 3 <= proved <= JOBS
    assert len(list(folder.glob("*.proof.json"))) == len(manifest(folder)) == proved
    wait_until_ended(children)


def test_nohup_is_heeded(feed: tuple[Path, ExitStack]) -> None:
    source, closing = feed
    process = start(source, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    folder = wait_for_proofs(source)
    process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(manifest(folder)) == JOBS)
    closing.close()
    process.communicate(timeout=600)
    assert process.returncode == 0


def test_a_container_is_stopped_like_anything_else(feed: tuple[Path, ExitStack]) -> None:
    """As process 1 of its own process namespace, which has no default action for signals."""
    unshare = shutil.which("unshare")
    options = ["--pid", "--fork", "--mount-proc"]
    if unshare is None or subprocess.run([unshare, *options, "true"], check=False).returncode:
        pytest.skip("needs the right to make a process namespace")
    source, _ = feed
    process = subprocess.Popen(
        [unshare, *options, command("prove-batch"), str(source), "--key", str(KEY), "--workers", "2"],
        cwd=source.parent, stderr=subprocess.PIPE,
    )  # fmt: skip
    folder = wait_for_proofs(source)
    (first,) = psutil.Process(process.pid).children()
    inside = first.children(recursive=True)
    first.send_signal(signal.SIGTERM)
    process.communicate(timeout=600)
    assert process.returncode == 130
    assert 3 <= len(manifest(folder)) <= JOBS
    wait_until_ended(inside)


def test_logs_are_json_lines_with_ids_and_durations_and_no_witness(witnesses: Path, run: Runner) -> None:
    (witnesses / "99.wtns").write_bytes(b"wtns")
    ran = run(
        "prove-batch", witnesses, "--key", KEY, "--workers", "2", "--log-format", "json",
        "--max-proofs-per-worker", "15", "--summary", "s.json", "--preload",
    )  # fmt: skip
    assert ran.code == 1
    events = [json.loads(line) for line in ran.err.splitlines()]
    assert all({"time", "level", "event"} <= set(event) for event in events)
    kinds = Counter(event["event"] for event in events)
    assert kinds["job_proved"] == JOBS
    assert kinds["job_failed"] == kinds["run_started"] == kinds["run_ended"] == 1
    assert kinds["worker_started"] == 2 + kinds["worker_ended"]
    for event in events:
        if event["event"] == "job_proved":
            assert event["circuit"] == "membership"
            assert event["seconds"] > 0
            assert event["worker"] in (0, 1)
        if event["event"] == "worker_ended":
            assert event["reason"] == "recycled"
    witness = parse_witness((witnesses / "00.wtns").read_bytes(), "w")
    size = witness.curve.n8r
    values = {
        int.from_bytes(witness.values[at : at + size], "little") for at in range(0, len(witness.values), size)
    }
    secrets = {form for value in values if value > 1 << 64 for form in (str(value), f"{value:x}")}
    assert len(secrets) > 1000
    assert not any(secret in ran.err for secret in secrets)


def test_a_fault_that_ends_the_run_is_a_line_of_the_log_too(witnesses: Path, run: Runner) -> None:
    ran = run("prove-batch", witnesses, "--key", "none.zkey", "--log-format", "json")
    assert ran.code == 2
    (line,) = ran.err.splitlines()
    assert json.loads(line)["code"] == "KEY_UNREADABLE"


def test_table_summary_and_manifest_agree_also_after_restarts(witnesses: Path, run: Runner) -> None:
    (witnesses / "99.wtns").write_bytes(b"wtns")
    ran = run(
        "prove-batch", witnesses, "--key", KEY, "--workers", "2", "--plain", "--summary", "s.json",
        "--max-proofs-per-worker", "7",
    )  # fmt: skip
    summary = json.loads((witnesses.parent / "s.json").read_text())
    lines = manifest(witnesses.parent / "proofs")
    by_worker = Counter(line["worker"] for line in lines if line["outcome"] == "proved")
    assert {worker["worker"]: worker["proofs"] for worker in summary["workers"]} == by_worker
    assert sum(worker["failures"] for worker in summary["workers"]) == 1 == summary["jobs"]["failed"]
    assert sum(worker["restarts"] for worker in summary["workers"]) >= 4
    table = [line.split() for line in ran.err.splitlines() if line.strip()[:1].isdigit()]
    rows = {int(row[0]): row for row in table if len(row) >= 9}
    for worker in summary["workers"]:
        row = rows[worker["worker"]]
        assert [int(n) for n in row[2:5]] == [worker["proofs"], worker["failures"], worker["restarts"]]


@pytest.mark.parametrize("strategy", ["processes", "threads"])
def test_a_time_limit_on_the_command_line(
    witnesses: Path, run: Runner, strategy: str, tmp_path: Path
) -> None:
    """Also the end of the program does not wait for what hangs."""
    (witnesses / "90.json").write_text('{"a": 1}')
    key = endless(tmp_path / "circuit")
    ran = run(
        "prove-batch", witnesses, "--key", key, "--workers", "2", "--timeout", "1.5", "--retries", "0",
        "--strategy", strategy,
    )  # fmt: skip
    assert ran.code == 1
    assert "longer than 1.5 s" in ran.err
    assert "[TIMEOUT]" in ran.err
    assert f"{JOBS} proved, 1 failed" in ran.err


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX'")
def test_results_are_files_that_nobody_can_run(run: Runner, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        assert run("prove-batch", SAMPLES / "quartic" / "witnesses", "-q").code == 0
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "proofs").glob("*.json*")}
    assert modes == {0o640}
