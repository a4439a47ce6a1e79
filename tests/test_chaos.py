"""Workers killed at random moments of a real run: nothing is lost, and nothing is written twice."""

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import SAMPLES, command, needs_native, wait_until_ended

from prover_cli.formats.snarkjs import parse_public
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.groth16.verification_key import VerificationKey
from prover_cli.systems.registry import verifier_for

pytestmark = needs_native

MEMBERSHIP = SAMPLES / "membership"
JOBS = int(os.environ.get("PROVE_BATCH_TEST_CHAOS_JOBS", "90"))
"""500 are the bar; a sixth of them is enough for every day."""


@pytest.fixture
def witnesses(tmp_path: Path) -> Path:
    folder = tmp_path / "witnesses"
    folder.mkdir()
    for number in range(JOBS):
        (folder / f"{number:04}.wtns").symlink_to(MEMBERSHIP / "witnesses" / f"{number % 8:04}.wtns")
    return folder


class LoggedRun:
    """A run with --log-format json, its events as they come."""

    def __init__(self, witnesses: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [command("prove-batch"), str(witnesses), "--key", str(MEMBERSHIP / "circuit.zkey"),
             "--workers", "2", "--log-format", "json", *arguments],
            stderr=subprocess.PIPE, cwd=witnesses.parent,
        )  # fmt: skip
        self.events: list[dict[str, Any]] = []
        self.pids: dict[int, int] = {}
        """Of each worker's process now."""
        self.started = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            if not line.endswith(b"\n"):
                return  # killed while it wrote
            event = json.loads(line)
            self.events.append(event)
            if event["event"] == "worker_started":
                self.pids[event["worker"]] = event["pid"]
                self.started.set()

    def of(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == name]

    def wait(self, seconds: float) -> int:
        code = self.process.wait(seconds)
        self._reader.join(300)
        return code


def kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def proved_ids(folder: Path) -> Counter[str]:
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    return Counter(line["id"] for line in lines if line["outcome"] == "proved")


def assert_all_hold(folder: Path, count: int) -> None:
    key = VerificationKey.from_json(json.loads((MEMBERSHIP / "verification_key.json").read_text()))
    claims = []
    for path in sorted(folder.glob("*.proof.json")):
        proof = Proof.from_json(json.loads(path.read_text()))
        public = json.loads(path.with_name(path.name.replace("proof", "public")).read_text())
        claims.append((proof, parse_public(public, proof.curve)))
    assert len(claims) == count
    assert all(verifier_for(key).verify_all(claims, 2))


def test_a_worker_killed_once_in_five_jobs_loses_none(witnesses: Path) -> None:
    run = LoggedRun(witnesses, "--retries", "1000", "--summary", "summary.json")
    chance = random.Random(2016)
    kills = 0
    while run.process.poll() is None:
        time.sleep(0.002)
        if run.pids and len(run.of("job_proved")) > 5 * kills:
            time.sleep(chance.uniform(0, 0.03))  # at any moment of a job, not only after an answer
            kills += kill(chance.choice(list(run.pids.values())))
    assert run.wait(300) == 0
    folder = witnesses.parent / "proofs"
    assert proved_ids(folder) == Counter(f"{number:04}" for number in range(JOBS))
    assert_all_hold(folder, JOBS)
    assert kills >= JOBS * 4 // 25
    summary = json.loads((witnesses.parent / "summary.json").read_text())
    assert summary["jobs"] == {"total": JOBS, "proved": JOBS, "failed": 0, "skipped": 0, "left": 0}
    # Two kills may meet one death; a worker that died as the last job ended is not replaced.
    restarts = sum(worker["restarts"] for worker in summary["workers"])
    assert kills - 5 <= restarts <= kills
    assert restarts == len(run.of("worker_ended"))
    print(f"{JOBS} jobs, {kills} kills, {restarts} restarts, {summary['seconds']} s")


def test_workers_that_die_faster_than_they_start_end_the_run_and_resume_finishes_it(witnesses: Path) -> None:
    run = LoggedRun(witnesses, "--retries", "1000")
    end = time.monotonic() + 300
    while len(run.of("job_proved")) < 10:
        assert time.monotonic() < end
        time.sleep(0.01)
    began = time.monotonic()
    while run.process.poll() is None and time.monotonic() < began + 300:
        for pid in list(run.pids.values()):
            kill(pid)
        run.started.wait(0.05)
        run.started.clear()
    assert run.wait(300) == 3
    (last,) = run.of("error")
    assert last["code"] == "NO_WORKER"
    assert "failed to start 4 times in a row (the worker was killed by SIGKILL)" in last["message"]
    folder = witnesses.parent / "proofs"
    before = proved_ids(folder)
    assert 10 <= len(before) < JOBS
    again = LoggedRun(witnesses, "--resume")
    assert again.wait(300) == 0
    assert len(again.of("job_skipped")) == len(before)
    assert proved_ids(folder) == Counter(f"{number:04}" for number in range(JOBS))
    assert_all_hold(folder, JOBS)


def test_the_main_process_killed_again_and_again_loses_nothing(witnesses: Path) -> None:
    """Each time at another moment; each --resume continues where the manifest ends."""
    chance = random.Random(2010)
    folder = witnesses.parent / "proofs"
    done: set[str] = set()
    for _ in range(8):
        run = LoggedRun(witnesses, "--resume", "--prepare", "never")
        run.started.wait(300)
        family = psutil.Process(run.process.pid).children(recursive=True)
        enough = chance.randrange(JOBS // 12)
        while len(run.of("job_proved")) < enough and run.process.poll() is None:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.03))
        run.process.kill()
        run.wait(300)
        wait_until_ended(family)
        proved = set(proved_ids(folder)) if (folder / "manifest.jsonl").exists() else set()
        assert done <= proved, "what was proved stays so"
        done = proved
    assert 0 < len(done) < JOBS
    last = LoggedRun(witnesses, "--resume", "--prepare", "never")
    assert last.wait(300) == 0
    assert len(last.of("job_skipped")) == len(done)
    assert len(last.of("job_proved")) == JOBS - len(done)
    # At least once: a proof that was made but not yet in the manifest when the run was killed is made again.
    assert set(proved_ids(folder)) == {f"{number:04}" for number in range(JOBS)}
    assert_all_hold(folder, JOBS)
    assert not list(folder.glob(".*.part"))
