"""Interruptions: what is finished is whole on disk, and no process is left."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from calculators import endless
from conftest import SAMPLES, command, needs_native, wait_until_ended

pytestmark = needs_native

KEY = SAMPLES / "membership" / "circuit.zkey"
WITNESS = SAMPLES / "membership" / "witnesses" / "0000.wtns"


def start(tmp_path: Path, *arguments: str, key: Path = KEY, **more: Any) -> subprocess.Popen[bytes]:
    process: subprocess.Popen[bytes] = subprocess.Popen(
        [command("prove-batch"), "-", "--key", str(key), "--workers", "2", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        start_new_session=True, **more,
    )  # fmt: skip
    return process


def feed(process: subprocess.Popen[bytes], count: int) -> None:
    assert process.stdin
    for number in range(count):
        process.stdin.write(json.dumps({"id": f"j{number}", "witness": str(WITNESS)}).encode() + b"\n")
    process.stdin.flush()


def wait_for_proof(folder: Path) -> None:
    end = time.monotonic() + 300
    while not list(folder.glob("*.proof.json")):
        assert time.monotonic() < end
        time.sleep(0.02)


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def assert_whole(folder: Path) -> int:
    proofs = list(folder.glob("*.proof.json"))
    for path in proofs:
        json.loads(path.read_text())
        json.loads(path.with_name(path.name.replace("proof", "public")).read_text())
    return len(proofs)


@pytest.mark.parametrize("group", [False, True], ids=["process", "group"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_drains(tmp_path: Path, number: int, group: bool) -> None:
    """To the main process, or to all of them, as a terminal or a service manager does."""
    process = start(tmp_path, "--summary", "s.json")
    feed(process, 400)
    wait_for_proof(tmp_path / "proofs")
    children = family(process)
    os.killpg(process.pid, number) if group else process.send_signal(number)
    _, err = process.communicate(timeout=600)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    summary = json.loads((tmp_path / "s.json").read_text())
    assert sum(worker["restarts"] for worker in summary["workers"]) == 0
    done = assert_whole(tmp_path / "proofs")
    assert done == summary["jobs"]["proved"] < 400, "it began no new ones"
    assert len((tmp_path / "proofs/manifest.jsonl").read_text().splitlines()) == done
    wait_until_ended(children)


def test_a_signal_ends_a_wait_for_standard_input(tmp_path: Path) -> None:
    process = start(tmp_path)
    feed(process, 1)
    wait_for_proof(tmp_path / "proofs")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=300) == 130


def test_the_second_signal_stops_at_once(tmp_path: Path) -> None:
    key = endless(tmp_path / "circuit")
    process = start(tmp_path, key=key)
    assert process.stdin
    process.stdin.write(b'{"id": "hangs", "input": {"a": 1}}\n')  # first: it runs when another is done
    process.stdin.flush()
    feed(process, 4)
    wait_for_proof(tmp_path / "proofs")
    children = family(process)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)  # for the job that hangs
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=300) == 130
    assert assert_whole(tmp_path / "proofs") >= 1
    wait_until_ended(children)


def test_kill_minus_nine_leaves_no_worker_behind(tmp_path: Path) -> None:
    process = start(tmp_path)
    feed(process, 60)
    wait_for_proof(tmp_path / "proofs")
    children = family(process)
    assert len(children) >= 2
    process.kill()
    process.wait()
    wait_until_ended(children)
    assert_whole(tmp_path / "proofs")


def test_a_closed_pipe_ends_the_run_quietly(tmp_path: Path) -> None:
    process = start(tmp_path, "-o", "-", "-qq")
    feed(process, 40)
    assert process.stdout
    assert json.loads(process.stdout.readline())["success"]
    process.stdout.close()
    assert process.wait(timeout=300) == 1
    assert process.stderr
    assert process.stderr.read() == b""


def test_reading_pauses_when_the_pool_is_full(tmp_path: Path) -> None:
    """100 000 jobs wait in the pipe; only as many are taken as are in flight."""
    process = start(tmp_path, "-o", "-")
    assert process.stdin
    assert process.stdout
    os.set_blocking(process.stdin.fileno(), False)
    line = json.dumps({"witness": str(WITNESS)}).encode() + b"\n"
    written = 0
    end = time.monotonic() + 3
    while time.monotonic() < end:
        try:
            written += os.write(process.stdin.fileno(), line)
        except BlockingIOError:
            time.sleep(0.01)
    # 64 KB in the pipe, 64 KB in one read, some in flight, some proved meanwhile.
    assert written < 1_000_000
    main = psutil.Process(process.pid)
    assert main.memory_info().rss < 200 << 20
    process.kill()
    process.wait()
