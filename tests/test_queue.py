"""The queue: Node's BullMQ and ours understand each other, and nothing is lost when machines or Redis are."""

import asyncio
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

import pytest
from bullmq import Queue
from conftest import Ran, command, needs_native, wait_for
from hypothesis import given
from hypothesis import strategies as st
from queueing import MEMBERSHIP, QUARTIC, Machine, Redis, hosts, machines, node

from prover_cli.faults import Code, JobFault
from prover_cli.queue.connection import masked
from prover_cli.queue.messages import failure_text, parse_failure
from prover_cli.queue.naming import job_name

pytestmark = needs_native
Runner = Callable[..., Ran]

CHAOS_JOBS = int(os.environ.get("PROVE_BATCH_TEST_QUEUE_JOBS", "80"))
"""300 are the bar."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Redis]:
    folder = tmp_path / "redis"
    folder.mkdir()
    started = Redis(folder)
    yield started
    started.stop()


def many(folder: Path, sample: Path, count: int) -> Path:
    """That many witnesses of a sample."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:04}.wtns").symlink_to(sample / "witnesses" / f"{number % 8:04}.wtns")
    return folder


def producing(server: Redis, sample: Path, *more: object) -> list[object]:
    return ["--strategy", "queue", "--redis", server.url, "--circuit", f"{sample.name}={sample}", *more]


def proved(*all_machines: Machine) -> int:
    return sum(len(machine.events("job_proved")) for machine in all_machines)


# ---- Node on either side


def test_a_node_program_adds_jobs_and_verifies_our_workers_results(server: Redis, tmp_path: Path) -> None:
    machine = Machine(server.url, cwd=tmp_path, workers=2)
    with machines(machine), node("produce.mjs", server.port, MEMBERSHIP, 8) as program:
        out, err = program.communicate(timeout=600)
        assert program.returncode == 0, err
        told = json.loads(out)
        assert told["verified"] == 8
        assert told["ids"] == ["n0", "2", "n2", "4", "n4", "6", "n6", "8"]
        assert "[WITNESS_TRUNCATED]" in told["reason"]
        assert told["attempts"] == 1, "what cannot be mended is not tried again"
        assert told["stacktrace"] == []
        assert "witness" not in told["data"], "a witness that has served does not stay in Redis"
        assert machine.end() == 0
    assert proved(machine) == 8


def test_our_producer_reads_the_results_of_a_node_worker(server: Redis, tmp_path: Path, run: Runner) -> None:
    with node("work.mjs", server.port, QUARTIC) as worker:
        assert worker.stdout
        assert worker.stdout.readline() == "ready\n"
        ran = run("prove-batch", QUARTIC / "witnesses", *producing(server, QUARTIC), "--summary", "s.json")
        assert (ran.code, "8 proved" in ran.err) == (0, True), ran.err
    summary = json.loads((tmp_path / "s.json").read_text())
    assert [worker["machine"] for worker in summary["workers"]] == ["node/0"]
    assert run("prove-batch", "verify", "proofs", "--vkey", QUARTIC / "verification_key.json").code == 0


def test_a_result_that_is_no_proof_is_not_taken(server: Redis, run: Runner, tmp_path: Path) -> None:
    with node("work.mjs", server.port, QUARTIC, "rubbish") as worker:
        assert worker.stdout
        worker.stdout.readline()
        ran = run("prove-batch", QUARTIC / "witnesses" / "0000.wtns", *producing(server, QUARTIC))
    assert ran.code == 1
    assert "[RESULT_WRONG]" in ran.err
    assert not (tmp_path / "proofs" / "0000.proof.json").exists()


# ---- a producer and a fleet


def test_a_run_through_the_queue_is_like_any_other(server: Redis, tmp_path: Path, run: Runner) -> None:
    witnesses = many(tmp_path / "witnesses", MEMBERSHIP, 24)
    (witnesses / "bad.wtns").write_bytes(b"no witness")
    options = producing(server, MEMBERSHIP)
    one, two = Machine(server.url, cwd=tmp_path), Machine(server.url, cwd=tmp_path)
    with machines(one, two):
        ran = run("prove-batch", witnesses, *options, "--summary", "s.json", "-v")
        assert ran.code == 1
        assert "failed bad" in ran.err
        assert "2 workers on 2 machines" in ran.err
        summary = json.loads((tmp_path / "s.json").read_text())
        assert summary["jobs"] == {"total": 25, "proved": 24, "failed": 1, "skipped": 0, "left": 0}
        assert summary["strategy"] == "queue"
        assert sum(worker["proofs"] for worker in summary["workers"]) == 24 == proved(one, two)
        assert all(proved(machine) > 3 for machine in (one, two)), "both had work"
        assert (
            run("prove-batch", "verify", "proofs", "--vkey", MEMBERSHIP / "verification_key.json").code == 0
        )
        (witnesses / "bad.wtns").unlink()
        assert "24 skipped" in run("prove-batch", witnesses, *options, "--resume").err
        again = run("prove-batch", witnesses, *options, "-o", "-", "--ordered")
        assert [line["id"] for line in again.lines] == [f"{number:04}" for number in range(24)]
        assert proved(one, two) == 24, "what the queue has done already is taken, not proved again"
        assert (one.end(), two.end()) == (0, 0)


def test_a_job_that_failed_before_is_tried_anew(server: Redis, tmp_path: Path, run: Runner) -> None:
    witness = MEMBERSHIP / "witnesses" / "0000.wtns"
    with machines(Machine(server.url, f"--circuit=other={QUARTIC}", cwd=tmp_path)):
        ran = run("prove-batch", witness, *producing(server, MEMBERSHIP))
        assert (ran.code, "[UNKNOWN_CIRCUIT]" in ran.err) == (1, True)
    with machines(Machine(server.url, f"--circuit=membership={QUARTIC}", cwd=tmp_path)):
        ran = run("prove-batch", witness, *producing(server, MEMBERSHIP))
        assert (ran.code, "[OTHER_KEY]" in ran.err) == (1, True)
    with machines(Machine(server.url, cwd=tmp_path)):
        assert run("prove-batch", witness, *producing(server, MEMBERSHIP)).code == 0


def left_in_redis(server: Redis) -> dict[str, dict[str, str]]:
    """Jobs' hashes by their names in the queue."""
    found: dict[str, dict[str, str]] = {}
    for key in map(str, server.client.scan_iter("bull:proofs:*")):
        if server.client.type(key) == "hash" and not key.endswith((":meta", ":data")):
            fields = server.client.hgetall(key)
            found[key.removeprefix("bull:proofs:")] = {str(name): str(text) for name, text in fields.items()}
    return found


def public(fields: dict[str, str]) -> bool:
    return set(json.loads(fields["data"])) <= {"id", "circuitId", "keySha256"}


def test_what_is_private_leaves_redis_with_the_end_of_a_job(
    server: Redis, tmp_path: Path, run: Runner
) -> None:
    """Proved or failed, given inline or as inputs; the results stay for the same run again."""
    add(server, {"circuitId": "membership", "input": json.loads(
        (MEMBERSHIP / "inputs" / "0000.json").read_text())})  # fmt: skip
    witnesses = many(tmp_path / "witnesses", MEMBERSHIP, 2)
    broken = bytearray((MEMBERSHIP / "witnesses" / "0000.wtns").read_bytes())
    broken[-32:] = bytes(32)
    (witnesses / "broken.wtns").write_bytes(broken)
    with machines(Machine(server.url, cwd=tmp_path)):
        ran = run("prove-batch", witnesses, *producing(server, MEMBERSHIP))
        assert (ran.code, "[WITNESS_UNSATISFIED]" in ran.err) == (1, True), ran.err
        wait_for(lambda: server.count("completed") == 3)
        wait_for(lambda: all(public(fields) for fields in left_in_redis(server).values()))
    left = left_in_redis(server)
    assert {name[:4] for name in left} == {"1", "0000", "0001", "brok"}
    assert sum("returnvalue" in fields for fields in left.values()) == 3
    assert "[WITNESS_UNSATISFIED]" in next(v for name, v in left.items() if "brok" in name)["failedReason"]


def test_a_run_that_keeps_nothing_leaves_no_job_in_redis(server: Redis, tmp_path: Path, run: Runner) -> None:
    witnesses = many(tmp_path / "witnesses", MEMBERSHIP, 12)
    (witnesses / "bad.wtns").write_bytes(
        (MEMBERSHIP / "witnesses" / "0000.wtns").read_bytes()[:-32] + bytes(32)
    )
    machine = Machine(server.url, cwd=tmp_path)
    with machines(machine):
        ran = run("prove-batch", witnesses, *producing(server, MEMBERSHIP, "--keep", 0))
        assert (ran.code, "12 proved, 1 failed" in ran.err) == (1, True), ran.err
        assert left_in_redis(server) == {}
        assert [server.count(state) for state in ("completed", "failed", "wait", "active")] == [0, 0, 0, 0]
        # What another producer left is taken by it, and then gone too.
        run("prove-batch", "enqueue", witnesses / "0000.wtns", "--redis", server.url, "--circuit",
            f"membership={MEMBERSHIP}")  # fmt: skip
        wait_for(lambda: server.count("completed") == 1)
        assert (
            run("prove-batch", witnesses / "0000.wtns", *producing(server, MEMBERSHIP, "--keep", 0)).code == 0
        )
        assert left_in_redis(server) == {}
    assert proved(machine) == 13
    verify(tmp_path, 12)


def test_the_first_signal_waits_for_nothing_that_nobody_works_at(
    server: Redis, tmp_path: Path, run: Runner
) -> None:
    witnesses = many(tmp_path / "witnesses", MEMBERSHIP, 6)
    arguments = [witnesses, *producing(server, MEMBERSHIP, "--max-queue", 6)]
    process = subprocess.Popen(
        [command("prove-batch"), *map(str, arguments)], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_for(lambda: server.count("wait") == 6)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "0 proved in " in err
    assert "(interrupted, 6 left" in err
    assert server.count("wait") == 6, "they are for whoever works there"
    machine = Machine(server.url, cwd=tmp_path)
    with machines(machine):
        wait_for(lambda: server.count("completed") == 6)
        assert run("prove-batch", *arguments).code == 0, "the same run takes the results"
    assert proved(machine) == 6


def test_a_signal_amid_a_run_through_the_queue_loses_no_job(server: Redis, tmp_path: Path) -> None:
    witnesses = many(tmp_path / "witnesses", MEMBERSHIP, 6)
    arguments = [witnesses, *producing(server, MEMBERSHIP, "--max-queue", 6), "--summary", "s.json"]
    machine = Machine(server.url, cwd=tmp_path, workers=1)
    with machines(machine):
        process = subprocess.Popen([command("prove-batch"), *map(str, arguments)], cwd=tmp_path)
        try:
            wait_for(lambda: bool(list((tmp_path / "proofs").glob("*.proof.json"))))
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=300) in (0, 130)
        finally:
            process.kill()
    jobs = json.loads((tmp_path / "s.json").read_text())["jobs"]
    assert jobs["proved"] + jobs["left"] == 6
    assert jobs["proved"] == len(list((tmp_path / "proofs").glob("*.proof.json"))) >= 1


def test_enqueue_leaves_and_a_later_run_takes_the_results(server: Redis, tmp_path: Path, run: Runner) -> None:
    where = ["--redis", server.url, "--circuit", f"membership={MEMBERSHIP}"]
    lines = b"".join(
        b'{"id": "a:%d", "witness": "%s"}\n' % (i, os.fsencode(MEMBERSHIP / "witnesses" / "0000.wtns"))
        for i in range(3)
    )
    (tmp_path / "jobs.jsonl").write_bytes(lines + b"{\n")
    ran = run("prove-batch", "enqueue", "jobs.jsonl", *where)
    assert ran.code == 1
    assert [line.get("state") for line in ran.lines] == ["added", "added", "added", None]
    assert ran.lines[3]["error"]["code"] == "BAD_LINE"
    names = [line["jobId"] for line in ran.lines[:3]]
    assert all(":" not in name and not name.isdigit() for name in names)
    assert len(set(names)) == 3
    again = run("prove-batch", "enqueue", "jobs.jsonl", *where)
    assert [line.get("state") for line in again.lines[:3]] == ["waiting"] * 3
    assert server.count("wait") == 3
    machine = Machine(server.url, cwd=tmp_path)
    with machines(machine):
        wait_for(lambda: server.count("completed") == 3)
        (tmp_path / "jobs.jsonl").write_bytes(lines)
        ran = run("prove-batch", "jobs.jsonl", *producing(server, MEMBERSHIP), "-o", "-")
        assert ran.code == 0
        assert {line["id"] for line in ran.lines} == {"a:0", "a:1", "a:2"}
        assert proved(machine) == 3


def test_enqueue_waits_while_the_queue_is_full(server: Redis, tmp_path: Path) -> None:
    adding = subprocess.Popen(
        [command("prove-batch"), "enqueue", str(QUARTIC / "witnesses"), "--redis", server.url,
         "--max-queue", "3",
         "--key", str(QUARTIC / "circuit.zkey")], stdout=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(lambda: server.count("wait") == 3)
    time.sleep(1)
    assert server.count("wait") == 3
    with machines(Machine(server.url, f"--circuit=quartic={QUARTIC}", cwd=tmp_path)):
        assert adding.wait(300) == 0
        wait_for(lambda: server.count("completed") == 8)


def test_witnesses_go_by_path_where_both_have_the_folder(server: Redis, tmp_path: Path, run: Runner) -> None:
    root = tmp_path / "root"
    root.mkdir()
    many(root / "batch", MEMBERSHIP, 4)
    for path in (root / "batch").iterdir():
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)
    run("prove-batch", "enqueue", root / "batch", "--redis", server.url, "--circuit",
        f"membership={MEMBERSHIP}", "--witness-root", root)  # fmt: skip
    sent = [json.loads(server.field(str(key), "data")) for key in server.client.scan_iter("bull:proofs:0*")]
    assert sorted(data["witness"] for data in sent) == [f"batch/000{i}.wtns" for i in range(4)]
    with machines(Machine(server.url, cwd=tmp_path)):
        wait_for(lambda: server.count("failed") == 4)
        assert "[PATH_REFUSED]" in server.field(
            str(next(server.client.scan_iter("bull:proofs:0*"))), "failedReason"
        )
    with machines(Machine(server.url, "--witness-root", root, cwd=tmp_path)):
        ran = run("prove-batch", root / "batch", *producing(server, MEMBERSHIP, "--witness-root", root))
        assert ran.code == 0, ran.err


def test_large_results_go_without_public_signals(server: Redis, tmp_path: Path, run: Runner) -> None:
    results = tmp_path / "results"
    with machines(Machine(server.url, "--max-result", "1B", "--results", results, cwd=tmp_path)):
        ran = run("prove-batch", MEMBERSHIP / "witnesses", *producing(server, MEMBERSHIP))
        assert ran.code == 0, ran.err
    assert run("prove-batch", "verify", "proofs", "--vkey", MEMBERSHIP / "verification_key.json").code == 0
    value = json.loads(server.field(str(next(server.client.scan_iter("bull:proofs:0000-*"))), "returnvalue"))
    assert "publicSignals" not in value
    assert value["publicSignalsOmitted"] is True
    written = json.loads((results / value["publicSignalsFile"]).read_text())
    assert written == json.loads((tmp_path / "proofs" / "0000.public.json").read_text())


def test_inputs_go_through_the_queue_from_either_client(server: Redis, tmp_path: Path, run: Runner) -> None:
    machine = Machine(server.url, cwd=tmp_path)
    with machines(machine):
        ran = run("prove-batch", MEMBERSHIP / "inputs", *producing(server, MEMBERSHIP))
        assert (ran.code, "8 proved" in ran.err) == (0, True), ran.err
        add(server, {"circuitId": "membership", "input": json.loads(
            (MEMBERSHIP / "inputs" / "0000.json").read_text())})  # fmt: skip
        add(server, {"circuitId": "membership", "input": {"topic": 1}})
        wait_for(lambda: server.count("completed") == 9 and server.count("failed") == 1)
    assert run("prove-batch", "verify", "proofs", "--vkey", MEMBERSHIP / "verification_key.json").code == 0


def add(server: Redis, *jobs: object, name: str = "prove") -> None:
    """Adds jobs as any program with a BullMQ client does."""

    async def adding() -> None:
        queue = Queue("proofs", {"connection": server.url})
        for job in jobs:
            await queue.add(name, job, {"attempts": 2})
        await queue.close()

    asyncio.run(adding())


# ---- when things go wrong


def test_a_killed_and_a_frozen_machine_lose_nothing(server: Redis, tmp_path: Path) -> None:
    witnesses = many(tmp_path / "witnesses", MEMBERSHIP, 24)
    first, second, third = (Machine(server.url, "--lock", 1, cwd=tmp_path) for _ in range(3))
    with machines(first, second, third):
        held = [machine.events("worker_started")[0]["pid"] for machine in (first, second)]
        for pid in held:  # so that each has a job when it goes
            os.kill(pid, signal.SIGSTOP)
        run = subprocess.Popen(
            [command("prove-batch"), str(witnesses), *map(str, producing(server, MEMBERSHIP)), "-q"],
            cwd=tmp_path,
        )
        wait_for(lambda: (server.count("wait"), server.count("active")) == (0, 2))
        first.process.kill()
        second.process.send_signal(signal.SIGSTOP)
        for pid in held:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        assert run.wait(300) == 0
        assert server.count("failed") == 0
        second.process.send_signal(signal.SIGCONT)
        assert second.end() == 0, "a machine that comes back finds its job taken, and goes on"
        assert third.end() == 0
        assert third.events("trouble"), "it told that jobs lost their machine"
    verify(tmp_path, 24)


def test_hosts_of_a_network_one_cut_off_and_one_killed_lose_nothing(tmp_path: Path) -> None:
    """The machine behind the pulled cable lives, has jobs, and cannot say so; it is there again later."""
    witnesses = many(tmp_path / "witnesses", MEMBERSHIP, 120)
    folder = tmp_path / "redis"
    folder.mkdir()
    with hosts(2) as (near, far):
        server = Redis(folder, "--bind", "0.0.0.0", password="for-the-hosts")
        urls = [server.url.replace("127.0.0.1", host.gateway) for host in (near, far)]
        first, second = (
            Machine(url, "--lock", 1, "--max-stalled", 100, cwd=tmp_path, host=host)
            for url, host in zip(urls, (near, far), strict=True)
        )
        try:
            with machines(first, second):
                words = [command("prove-batch"), str(witnesses), "-q"]
                run = subprocess.Popen([*words, *map(str, producing(server, MEMBERSHIP))], cwd=tmp_path)
                wait_for(lambda: proved(first) > 1 and proved(second) > 1)
                held = first.events("worker_started")[0]["pid"]
                os.kill(held, signal.SIGSTOP)  # so that it has a job when the cable goes
                wait_for(lambda: (server.count("wait"), server.count("active")) == (0, 1))
                near.pull()
                assert run.wait(300) == 0
                assert server.count("failed") == 0
                verify(tmp_path, 120)
                taken = proved(first)
                assert second.events("trouble"), "it told that a job lost its machine"
                os.kill(held, signal.SIGCONT)
                second.process.kill()
                near.plug()
                words = [command("prove-batch"), str(QUARTIC / "witnesses"), "-q", "-o", "more"]
                more = subprocess.run(
                    [*words, *map(str, producing(server, QUARTIC))], cwd=tmp_path, timeout=600, check=False
                )
                assert more.returncode == 0
                assert proved(first) >= taken + 8
                assert first.end() == 0
        finally:
            server.stop()


def verify(folder: Path, count: int) -> None:
    ran = subprocess.run(
        [command("prove-batch"), "verify", folder / "proofs", "--vkey", MEMBERSHIP / "verification_key.json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.stdout == f"{count} proofs are valid\n", ran.stderr


def test_machines_killed_again_and_again_and_a_redis_that_restarts_lose_nothing(
    server: Redis, tmp_path: Path
) -> None:
    chance = random.Random(1969)
    witnesses = many(tmp_path / "witnesses", MEMBERSHIP, CHAOS_JOBS)
    fleet = [Machine(server.url, "--lock", 1, "--max-stalled", 100, cwd=tmp_path) for _ in range(2)]
    kills, restarted = 0, False
    with machines(*fleet):
        run = subprocess.Popen(
            [command("prove-batch"), str(witnesses), *map(str, producing(server, MEMBERSHIP)), "-q",
             "--retries", "100"], cwd=tmp_path,
        )  # fmt: skip
        try:
            while run.poll() is None:
                done, patience = server.count("completed") + CHAOS_JOBS // 8, time.monotonic() + 2.5
                while run.poll() is None and server.count("completed") < done and time.monotonic() < patience:
                    time.sleep(0.01)
                victim = chance.randrange(2)
                fleet[victim].process.kill()
                kills += 1
                fleet[victim] = Machine(server.url, "--lock", 1, "--max-stalled", 100, cwd=tmp_path)
                if not restarted and server.count("completed") > CHAOS_JOBS // 4:
                    server.stop()
                    time.sleep(0.5)
                    server.start()
                    restarted = True
            assert run.returncode == 0
        finally:
            run.kill()
            for machine in fleet:
                machine.process.kill()
                machine.process.wait()
    assert restarted
    assert kills >= 2
    verify(tmp_path, CHAOS_JOBS)
    print(f"{CHAOS_JOBS} jobs, {kills} kills")


def test_sigterm_finishes_the_jobs_that_run_and_leaves_the_others(server: Redis, tmp_path: Path) -> None:
    machine = Machine(server.url, cwd=tmp_path)
    with machines(machine):
        pid = machine.events("worker_started")[0]["pid"]
        os.kill(pid, signal.SIGSTOP)
        subprocess.run(
            [command("prove-batch"), "enqueue", str(MEMBERSHIP / "witnesses"), "--redis", server.url,
             "--circuit", f"membership={MEMBERSHIP}"], check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(lambda: server.count("active") == 1)
        key = server.active()
        wait_for(lambda: server.client.hexists(key, "progress"))
        progress = json.loads(server.field(key, "progress"))
        assert progress["stage"] == "proving"
        assert progress["machine"].endswith(f"-{machine.process.pid}")
        machine.process.terminate()
        wait_for(lambda: bool(machine.events("draining")))
        os.kill(pid, signal.SIGCONT)
        assert machine.process.wait(300) == 0
    assert (server.count("completed"), server.count("wait"), server.count("active")) == (1, 7, 0)
    assert "Traceback" not in json.dumps(machine.log)


def test_what_trying_again_may_mend_is_tried_as_often_as_the_producer_asked(
    server: Redis, tmp_path: Path
) -> None:
    machine = Machine(server.url, "--retries", 0, cwd=tmp_path)
    with machines(machine):
        wait_for(lambda: len(machine.events("circuit_opened")) == 2)  # a death before is no job's fault
        pid = machine.events("worker_started")[0]["pid"]
        os.kill(pid, signal.SIGSTOP)
        subprocess.run(
            [command("prove-batch"), "enqueue", str(MEMBERSHIP / "witnesses" / "0000.wtns"), "--redis",
             server.url, "--circuit", f"membership={MEMBERSHIP}", "--retries", "2"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(lambda: server.count("active") == 1)
        key = server.active()
        wait_for(lambda: server.client.hexists(key, "progress"))  # the worker has it now
        killed = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: server.count("delayed") == 1)
        assert "[WORKER_CRASHED]" in server.field(key, "failedReason")
        assert server.field(key, "stacktrace") == "[]"
        wait_for(lambda: server.count("completed") == 1)
        assert time.monotonic() - killed > 1, "the backoff was waited for"
        assert server.field(key, "atm") == "2"
        assert machine.end() == 0
    assert (len(machine.events("job_failed")), proved(machine)) == (1, 1)


def test_a_redis_that_does_not_answer_is_told(run: Runner) -> None:
    nowhere = ["--redis", "redis://user:topsecret@127.0.0.1:1", "--key", QUARTIC / "circuit.zkey"]
    for words in (["work"], ["enqueue", QUARTIC / "witnesses"]):
        ran = run("prove-batch", *words, *nowhere)
        assert (ran.code, "[REDIS_UNREACHABLE]" in ran.err) == (3, True)
        assert "topsecret" not in ran.err
    ran = run("prove-batch", QUARTIC / "witnesses", "--strategy", "queue", *nowhere)
    assert ran.code == 3
    assert "[NO_REDIS]" in run("prove-batch", "work", "--key", QUARTIC / "circuit.zkey").err
    assert "[NO_REDIS]" in run("prove-batch", QUARTIC / "witnesses", "--strategy", "queue").err
    assert (
        "[BAD_REDIS_URL]"
        in run("prove-batch", "work", "--redis", "http://x", "--key", QUARTIC / "circuit.zkey").err
    )


def test_passwords_and_tls_work_and_show_nowhere(tmp_path: Path, run: Runner) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    server = Redis(
        folder, "--port", "0", "--tls-port", "PORT", "--tls-cert-file", str(certificate), "--tls-key-file",
        str(key), "--tls-ca-cert-file", str(certificate), "--tls-auth-clients", "no",
        scheme="rediss", password="topsecret",
    )  # fmt: skip
    try:
        url = f"{server.url}?ssl_ca_certs={certificate}"
        machine = Machine(url, cwd=tmp_path)
        with machines(machine):
            options = ["--strategy", "queue", "--circuit", f"quartic={QUARTIC}", "--verbose"]
            ran = run("prove-batch", QUARTIC / "witnesses", *options, PROVE_BATCH_REDIS=url)
            assert ran.code == 0, ran.err
            assert machine.end() == 0
        wrong = run("prove-batch", "work", "--redis", url.replace("topsecret", "notsecret"), "--key",
                    QUARTIC / "circuit.zkey")  # fmt: skip
        assert (wrong.code, "[REDIS_REFUSED]" in wrong.err) == (2, True)
        unknown = run("prove-batch", "work", "--redis", server.url, "--key", QUARTIC / "circuit.zkey")
        assert unknown.code == 3, "a certificate that nobody vouches for is not taken"
        assert "secret" not in json.dumps(machine.log) + ran.err + ran.out + wrong.err + unknown.err
    finally:
        server.stop()


def test_no_value_of_a_witness_is_in_a_workers_log(server: Redis, tmp_path: Path) -> None:
    secret = "271828182845904523536028747135266249775724709369995"
    machine = Machine(server.url, cwd=tmp_path)
    with machines(machine), node("produce.mjs", server.port, QUARTIC, 0) as program:
        program.communicate(timeout=600)
        witnesses = ([secret], [secret + "x"], secret, {"a": secret}, "../" + secret + ".wtns")
        add(server, *({"witness": witness} for witness in witnesses), name="quartic")
        add(server, secret, [secret], None, name=secret)
        wait_for(lambda: server.count("failed") == 9)
        assert machine.end() == 0
    log = json.dumps([event for event in machine.log if event["event"] != "job_failed"])
    reasons = " ".join(
        server.field(str(key), "failedReason") for key in server.client.scan_iter("bull:proofs:[0-9]*")
    )
    told = " ".join(event["message"] for event in machine.events("job_failed"))
    assert secret[:12] not in log + reasons + told


# ---- small parts


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=10))
def test_names_of_jobs_are_ones_that_node_takes(identifier: str, circuit: str, digest: str) -> None:
    name = job_name(b"s", identifier, circuit, "00", digest)
    assert ":" not in name
    assert not name.isdigit()
    assert name == job_name(b"s", identifier, circuit, "00", digest)
    for other in ((identifier + "x", circuit, digest), (identifier, circuit + "x", digest),
                  (identifier, circuit, digest + "x")):  # fmt: skip
        assert job_name(b"s", other[0], other[1], "00", other[2]) != name
    assert job_name(b"t", identifier, circuit, "00", digest) != name


@given(st.text(), st.sampled_from(Code))
def test_failures_come_back_as_they_went(message: str, code: Code) -> None:
    fault = parse_failure(failure_text(JobFault(code, message)))
    assert (fault.kind, fault.message) == (code, message)
    other = parse_failure(f"{message} [NO_CODE_OF_OURS]")
    assert other.kind in (Code.QUEUE_FAILED, Code.STALLED)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("redis://:pw@h:1", "redis://***@h:1"),
        ("rediss://me:pw@h:1/2?ssl_password=pw", "rediss://me:***@h:1/2"),
        ("redis://h:pw", "redis://…"),
    ],
)
def test_urls_are_shown_without_secrets(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_bullmq_prints_no_traceback_of_what_it_tells_us(capsys: pytest.CaptureFixture[str]) -> None:
    from bullmq.utils import extract_result

    import prover_cli.queue.worker  # noqa: F401  (for what importing it does to BullMQ)

    failed: Future[None] = Future()
    failed.set_exception(ConnectionError("gone"))
    told: list[tuple[str, Exception]] = []
    extract_result(failed, lambda kind, error: told.append((kind, error)))
    assert [kind for kind, _ in told] == ["error"]
    assert capsys.readouterr().err == ""
