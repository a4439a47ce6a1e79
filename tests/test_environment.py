"""What the system around a run may be short of, or do otherwise than most: it works, or one sentence says
why."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from calculators import endless
from conftest import SAMPLES, Ran, command, needs_native, wait_for

from prover_cli.cache_folder import cache_folder
from prover_cli.faults import MachineFault
from prover_cli.temporary_folder import temporary_folder

pytestmark = needs_native

QUARTIC = SAMPLES / "quartic"
KEY = QUARTIC / "circuit.zkey"
PROVE = [QUARTIC / "inputs", "--key", KEY, "-qq", "--workers", 2, "--strategy", "processes"]


@pytest.mark.parametrize("length", [75, 90, 200])
def test_a_long_name_of_the_temporary_folder(run: Callable[..., Ran], tmp_path: Path, length: int) -> None:
    """Names of sockets have 108 bytes at most (unix(7))."""
    folder = tmp_path / ("t" * max(1, length - len(str(tmp_path)) - 1))
    folder.mkdir()
    ran = run("prove-batch", *PROVE, TMPDIR=str(folder))
    assert (ran.code, ran.err) == (0, "")
    assert len(list((tmp_path / "proofs").glob("*.proof.json"))) == 8
    assert list(folder.iterdir()) == []


def as_somebody() -> list[str]:
    """What a command is put behind to run as a user without a name, and without root's right to read
    everything."""
    unshare = ["unshare", "--map-user=4321"]
    if shutil.which("unshare") is None or subprocess.run([*unshare, "true"], check=False).returncode != 0:
        pytest.skip("needs the right to make a user namespace")
    return unshare


def test_a_user_whom_the_system_does_not_know(tmp_path: Path) -> None:
    """As containers have them: no name, no home."""
    unshare = as_somebody()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment.pop("HOME", None)
    for _ in range(2):  # the second finds the folder of the first
        done = subprocess.run(
            [*unshare, command("prove-batch"), *map(str, PROVE)],
            cwd=tmp_path, env=environment | {"TMPDIR": str(tmp_path)}, capture_output=True, text=True,
            timeout=600, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
    assert list((tmp_path / "prove-batch-4321").rglob("*.cwasm")), "what was compiled is kept"


def test_folders_that_may_not_be_entered_are_told_and_no_defect(tmp_path: Path) -> None:
    unshare = as_somebody()
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)
    witness = shutil.copy(QUARTIC / "witnesses" / "0000.wtns", tmp_path / "a.wtns")

    def says(*words: object, **environment: str) -> Ran:
        line = " ".join(map(str, words))
        done = subprocess.run(
            [*unshare, "bash", "-c", f"exec {line}"], cwd=tmp_path, capture_output=True,
            text=True, timeout=600, check=False, env=os.environ | environment,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    prove = command("prove-batch")
    for source in (locked, locked / "a.wtns"):
        ran = says(prove, source, "--key", KEY, "-qq", "-o", "-")
        assert (ran.code, ran.err.count("locked"), ran.err.count("defect")) == (2, 1, 0), ran.err
        assert "Permission denied [SOURCE_UNREADABLE]" in ran.err
    ran = says(prove, witness, "--key", locked / "k.zkey", "-qq", "-o", "-")
    assert (ran.code, "Permission denied" in ran.err, "defect" in ran.err) == (2, True, False), ran.err
    ran = says(prove, witness, "--key", KEY, "-qq", "-o", "-", XDG_CACHE_HOME=str(locked))
    assert (ran.code, ran.err) == (0, "")
    ran = says(command("prove-batch"), "doctor", locked)
    assert "defect" not in ran.err
    locked.chmod(0o700)


def test_a_defect_ends_with_three_also_where_its_stack_is_asked_for() -> None:
    surprise = "import prover_cli.cli.main as main; main._called = lambda _: 1 / 0; main.run()"
    for asked in ({}, {"PROVE_BATCH_TRACEBACK": "1"}):
        done = subprocess.run(
            [sys.executable, "-c", surprise],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | asked,
        )
        assert (done.returncode, "ZeroDivisionError" in done.stderr) == (3, True)


def test_a_folder_in_the_place_of_a_home_is_used_only_where_it_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies there is run as code, and the folder of temporary files is everyone's."""

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mine = tmp_path / f"prove-batch-{os.getuid()}"
    assert cache_folder() == mine
    assert stat.S_IMODE(mine.stat().st_mode) == 0o700
    mine.chmod(0o777)
    assert cache_folder().parent == Path(os.devnull)
    mine.rmdir()
    mine.symlink_to(tmp_path)
    assert cache_folder().parent == Path(os.devnull)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of the address space that is kept")
@pytest.mark.parametrize("kilobytes", [400_000, 1_000_000, 8_000_000])
def test_a_limited_address_space_is_enough_for_inputs(tmp_path: Path, kilobytes: int) -> None:
    """A calculator's memory is not reserved in full then."""
    ran = limited(f"ulimit -v {kilobytes}", tmp_path)
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of the address space that is kept")
@pytest.mark.parametrize("kilobytes", [90_000, 180_000])
def test_too_little_address_space_is_told_before_anything_starts(tmp_path: Path, kilobytes: int) -> None:
    ran = limited(f"ulimit -v {kilobytes}", tmp_path)
    assert ran.code == 3
    assert f"limited to {kilobytes >> 10} MB (ulimit -v), but a run with 2 workers needs" in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("kilobytes", [1, 2])
def test_files_that_may_not_become_larger_end_the_run_in_words(tmp_path: Path, kilobytes: int) -> None:
    """Of the manifest a line is lost, and nothing of it is tried again when the file is closed."""
    ran = limited(f"ulimit -f {kilobytes}", tmp_path)
    assert (ran.code, ran.err.count("[DISK_FULL]"), ran.err.count("INTERNAL")) == (3, 1, 0), ran.err
    assert "has reached the maximum file size (ulimit -f, or the file system)" in ran.err


def test_temporary_files_lie_where_they_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(tempfile, "gettempdir", lambda: "/" + 200 * "x")
    assert len(temporary_folder(70)) < 70
    assert len(temporary_folder()) == 201
    monkeypatch.setattr(tempfile, "gettempdir", none)
    assert os.access(temporary_folder(), os.W_OK)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(MachineFault, match="set TMPDIR to one") as caught:
        temporary_folder()
    assert caught.value.code == "NO_TEMPORARY_FOLDER"


def test_a_system_without_the_usual_temporary_folders_is_no_defect(tmp_path: Path) -> None:
    unshare = ["unshare", "--mount"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to make a mount namespace")
    readonly = "; ".join(
        f"mount --bind {f} {f} && mount -o remount,ro,bind {f}" for f in ("/tmp", "/var/tmp")
    )
    line = " ".join(map(str, [command("prove-batch"), *PROVE, "-o", "-"]))
    done = subprocess.run(
        [*unshare, "bash", "-c", f"{readonly}; cd /; XDG_CACHE_HOME=/nowhere {line}"],
        cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count('"success":true') == len(done.stdout.splitlines()) > 0


def limited(limits: str, cwd: Path) -> Ran:
    """What the command does under limits that bash sets."""
    line = " ".join(map(str, [command("prove-batch"), *PROVE]))
    done = subprocess.run(
        ["bash", "-c", f"{limits}; exec {line}"],
        cwd=cwd, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


# ---- core dumps

UNTOUCHED = """
import resource, sys
from prover_cli.pool import WorkerPool
from prover_cli.pool.job import CircuitFile, ProveJob
from prover_cli.witness.source import WitnessSource
import psutil
resource.setrlimit(resource.RLIMIT_CORE, (4096, 4096))
with WorkerPool([CircuitFile.of("quartic", sys.argv[1])], 1, strategy=sys.argv[3]) as pool:
    job = ProveJob("one", "quartic", WitnessSource(path=sys.argv[2]))
    assert pool.execute(job).result(300).verified
    pids = [each.pid for each in pool.running()]
    print(*(psutil.Process(pid).rlimit(psutil.RLIMIT_CORE) for pid in pids))
print(resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs to read another process' limits")
@pytest.mark.parametrize(("strategy", "of_worker"), [("processes", (1, 1)), ("threads", (4096, 4096))])
def test_core_dumps_are_off_in_workers_and_untouched_in_a_caller(
    tmp_path: Path, strategy: str, of_worker: tuple[int, int]
) -> None:
    witness = QUARTIC / "witnesses" / "0000.wtns"
    told = subprocess.run(
        [sys.executable, "-c", UNTOUCHED, str(KEY), str(witness), strategy],
        capture_output=True, text=True, timeout=600, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert told.stdout.splitlines() == [str(of_worker), "(4096, 4096)"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs to read another process' limits")
def test_core_dumps_are_off_in_the_command_and_its_workers(tmp_path: Path) -> None:
    key = endless(tmp_path)
    (tmp_path / "in.json").write_text('{"a": 1}')
    line = f"ulimit -c unlimited; exec {command('prove-batch')} in.json --key {key} -qq --strategy processes"
    running = subprocess.Popen(["bash", "-c", line], cwd=tmp_path)
    try:
        main = psutil.Process(running.pid)
        wait_for(lambda: len(main.children(recursive=True)) >= 3)  # server, tracker, a worker
        wait_for(lambda: all(limits(one) == (1, 1) for one in [main, *main.children(recursive=True)]))
    finally:
        running.kill()
        running.wait()


def limits(process: psutil.Process) -> tuple[int, int]:
    return process.rlimit(psutil.RLIMIT_CORE)
