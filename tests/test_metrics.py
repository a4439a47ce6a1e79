"""Metrics of a run, read over HTTP and by Prometheus' own parser."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import SAMPLES, Ran, command, free_port, needs_native, read_metrics, wait_for

pytestmark = needs_native
Runner = Callable[..., Ran]

MEMBERSHIP = SAMPLES / "membership"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A run that waits for jobs, and its port."""
    port = free_port()
    process = subprocess.Popen(
        [command("prove-batch"), "-", "-o", "-", "--key", str(MEMBERSHIP / "circuit.zkey"), "-q",
         "--workers", "2", "--max-proofs-per-worker", "4", "--metrics-port", str(port)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    yield port, process
    process.kill()
    process.wait()


def answers(port: int) -> bool:
    try:
        return bool(read_metrics(port))
    except OSError:
        return False


def proofs_counted(seen: dict[tuple[str, tuple[str, ...]], float]) -> float:
    return sum(value for (name, _), value in seen.items() if name == "prover_proofs_total")


def test_a_run_tells_what_it_does_and_counters_survive_restarts(
    served: tuple[int, subprocess.Popen[bytes]],
) -> None:
    port, process = served
    assert process.stdin
    assert process.stdout
    wait_for(lambda: answers(port))
    assert read_metrics(port)["prover_active_workers", ()] == 0
    witness = str(MEMBERSHIP / "witnesses" / "0000.wtns")
    lines = [f'{{"witness": "{witness}"}}'] * 16 + ['{"circuitId": "\\u0001x", "witness": "w.wtns"}', "{"]
    process.stdin.write("\n".join(lines).encode() + b"\n")
    process.stdin.flush()
    for _ in lines:
        process.stdout.readline()
    wait_for(lambda: read_metrics(port)["prover_worker_restarts_total", ("recycled",)] >= 2)
    # A line leaves before it is counted, so the last one may be read here before the metrics hear of it.
    wait_for(lambda: proofs_counted(read_metrics(port)) == len(lines))
    seen = read_metrics(port)
    assert seen["prover_proofs_total", ("membership", "proved")] == 16
    assert proofs_counted(seen) == 18
    assert seen["prover_proof_seconds_count", ("membership",)] == 16
    assert seen["prover_proof_seconds_bucket", ("membership", "+Inf")] == 16
    assert seen["prover_worker_restarts_total", ("recycled",)] >= 2
    assert seen["prover_worker_restarts_total", ("died",)] == 0
    assert seen["prover_queued_tasks", ()] == 0
    busy = [v for (n, _), v in seen.items() if n == "prover_worker_busy_seconds_total"]
    assert len(busy) == 2
    assert sum(busy) >= seen["prover_proof_seconds_sum", ("membership",)]
    assert {labels for name, labels in seen if name == "prover_worker_private_bytes"} == {("0",), ("1",)}
    process.stdin.close()
    assert process.wait(300) == 1
    assert not answers(port)


def test_a_port_that_is_taken_and_one_that_is_none_are_told(run: Runner) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = run("prove-batch", SAMPLES / "quartic" / "witnesses", "--metrics-port", port)
    assert ran.code == 2
    assert "[PORT_IN_USE]" in ran.err
    for wrong in ("0", "70000", "http", ":80", "localhost:"):
        assert "[BAD_NUMBER]" in run("prove-batch", SAMPLES / "quartic", "--metrics-port", wrong).err
