"""What all tests share: the samples, the installed commands, snarkjs where it is there."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import py_ecc  # noqa: F401  (it lets the process recurse 100 000 deep, which is taken back below)
import pytest
from hypothesis import settings
from npm_tools import tool
from prometheus_client.parser import text_string_to_metric_families

from prover_cli.systems.choice import native_error
from prover_cli.systems.groth16.mapped import MappedKey

try:
    import fcntl
except ImportError:  # not on Windows, where no test has the kernel kill
    fcntl = None  # type: ignore[assignment]  # (looked at where it is used)

sys.setrecursionlimit(1000)

# No test goes by the clock: machines are shared and slow at times.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Under nohup, or in the background of a script, signals are ignored. Processes inherit what is ignored, but
# not what is handled: those that tests start are to heed theirs.
for ignored in (signal.SIGHUP, signal.SIGINT):
    if signal.getsignal(ignored) == signal.SIG_IGN:
        signal.signal(ignored, lambda *_: None)

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
GROTH16 = ("quartic", "quartic-bls12381", "membership")
NAMES = (*GROTH16, "quartic-plonk", "quartic-fflonk")

needs_native = pytest.mark.skipif(native_error() is not None, reason="needs the native engine (Rust)")


SLOW = {
    *("test_bench", "test_beside_snarkjs", "test_chaos", "test_commands", "test_door", "test_engines"),
    *("test_environment", "test_faults", "test_fixtures", "test_fuzz", "test_keys", "test_memory"),
    *(
        "test_names",
        "test_notebook",
        "test_openapi",
        "test_operations",
        "test_page",
        "test_queue",
        "test_redis",
    ),
    *("test_report", "test_run", "test_serve", "test_signals", "test_snarkjs", "test_streams"),
    *("test_targets", "test_calldata", "test_deployment", "test_docs"),
}
"""Files that start servers, browsers and compilers, or take more than some seconds on two cores."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks them: `pytest -m "not slow"` is the one-minute loop."""
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test sees or changes the user's cache folder, or his environment's options."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        for name in list(os.environ):
            if name.startswith("PROVE_BATCH_"):
                patch.delenv(name)
        yield folder


@pytest.fixture(autouse=True)
def apart_from_kills_for_memory(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """A test that has the kernel kill for want of memory runs beside no other. The kernel counts such kills
    for the whole machine, so a worker that another test kills meanwhile would be taken for one of them, and
    its job excused."""
    if fcntl is None:
        yield
        return
    alone = "small_group" in request.fixturenames
    folder = tmp_path_factory.getbasetemp().parent  # of all processes that run tests
    with (folder / "gate.lock").open("w") as gate, (folder / "tests.lock").open("w") as tests:
        # Whoever waits keeps the gate shut: a test that is to run alone would wait for ever otherwise.
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(tests, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield


@pytest.fixture(autouse=True)
def closed_pipes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pipes of the programs that a test starts are closed with the test, once they have ended. Warnings
    are for what prove-batch itself leaves open."""
    started: list[subprocess.Popen[Any]] = []
    begin = subprocess.Popen.__init__

    def noted(self: "subprocess.Popen[Any]", *arguments: Any, **more: Any) -> None:
        begin(self, *arguments, **more)
        started.append(self)

    monkeypatch.setattr(subprocess.Popen, "__init__", noted)
    yield
    for process in started:
        if process.poll() is not None:
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    with suppress(OSError):  # nobody reads what is left in it
                        pipe.close()


@pytest.fixture(params=GROTH16)
def groth16_sample(request: pytest.FixtureRequest) -> Path:
    """Each sample with a Groth16 key in turn."""
    return SAMPLES / str(request.param)


@pytest.fixture(params=NAMES)
def any_sample(request: pytest.FixtureRequest) -> Path:
    """Each sample in turn."""
    return SAMPLES / str(request.param)


@pytest.fixture(params=GROTH16[:2])
def small_sample(request: pytest.FixtureRequest) -> Path:
    """A sample of each curve with a Groth16 key that the reference engine proves in a second."""
    return SAMPLES / str(request.param)


@pytest.fixture
def quartic() -> Path:
    return SAMPLES / "quartic"


@pytest.fixture
def membership() -> Path:
    return SAMPLES / "membership"


def mapped(sample: Path) -> MappedKey:
    return MappedKey(sample / "circuit.zkey")


Snarkjs = Callable[..., subprocess.CompletedProcess[str]]
"""Runs it with these words; how it ended."""


@dataclass(frozen=True)
class Ran:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def wait_for(condition: Callable[[], bool], seconds: float = 300) -> None:
    """Fails where it does not come true in a time that no machine needs, however busy it is."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether the process does anything any more; who reaps it, and when, is not ours to say."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_ended(processes: Iterable[psutil.Process]) -> None:
    wait_for(lambda: not any(alive(process.pid) for process in processes))


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def browser(folder: Path, *arguments: str) -> str:
    """What headless Chromium prints."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("needs Chromium")
    ran = subprocess.run(
        [found, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
         "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--window-size=1200,900", "--virtual-time-budget=5000", *arguments],
        capture_output=True, text=True, timeout=600, check=True,
    )  # fmt: skip
    return ran.stdout


def metric_values(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Samples by name and label values, read by Prometheus' own parser."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read_metrics(port: int) -> dict[tuple[str, tuple[str, ...]], float]:
    """What is served at a port of this machine."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=300) as answer:
        return metric_values(answer.read().decode())


def command(name: str) -> str:
    """Path of an installed command of ours, beside the interpreter that runs the tests."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else name


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Ran]:
    """Runs a command as a user does, in an empty folder."""

    def run(name: str, *arguments: object, stdin: bytes | None = None, **environment: str) -> Ran:
        done = subprocess.run(
            [command(name), *map(str, arguments)],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            cwd=tmp_path,
            env=os.environ | environment,
            timeout=300,
            check=False,
        )
        ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in ran.err, ran.err
        return ran

    return run


@pytest.fixture(scope="session")
def ptau(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Powers of tau of our own, for 16 constraints."""
    folder: Path = tmp_path_factory.mktemp("ptau")
    tool(folder, "snarkjs", "powersoftau", "new", "bn128", "4", "pot_0000.ptau")
    tool(folder, "snarkjs", "powersoftau", "contribute", "pot_0000.ptau", "pot_0001.ptau", "-n=x", "-e=some")
    tool(folder, "snarkjs", "powersoftau", "prepare", "phase2", "pot_0001.ptau", "pot_final.ptau")
    return folder / "pot_final.ptau"


@pytest.fixture(scope="session")
def snarkjs() -> Snarkjs:
    """snarkjs of npm, the authority on every format here."""
    local = ROOT / "tests" / "node_modules" / ".bin" / "snarkjs"
    found = str(local) if local.exists() else shutil.which("snarkjs")
    if found is None or shutil.which("node") is None:
        pytest.skip("needs Node and snarkjs: npm install --prefix tests")

    def call(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [found, *map(str, arguments)], capture_output=True, text=True, timeout=600, cwd=cwd, check=False
        )

    return call
