"""The HTTP service: its contract, its limits, and that nobody's request harms another's."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from conftest import Ran, command, free_port, metric_values, needs_native, wait_for
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate as validate_openapi
from serving import MEMBERSHIP, QUARTIC, Service, asks, inline, serving

from prover_cli.formats.snarkjs import parse_public
from prover_cli.formats.wtns import parse_witness
from prover_cli.serve.openapi import document
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.groth16.verification_key import VerificationKey
from prover_cli.systems.registry import verifier_for

pytestmark = needs_native
Runner = Callable[..., Ran]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving("--workers", 2, cwd=tmp_path_factory.mktemp("serve")) as started:
        yield started


def holds(sample: Path, answer: dict[str, Any]) -> bool:
    key = VerificationKey.from_json(json.loads((sample / "verification_key.json").read_text()))
    proof = Proof.from_json(answer["proof"])
    return verifier_for(key).verify(proof, parse_public(answer["publicSignals"], proof.curve))


def decimals(path: Path) -> list[str]:
    witness = parse_witness(path.read_bytes(), "w")
    size = witness.curve.n8r
    return [
        str(int.from_bytes(witness.values[i : i + size], "little"))
        for i in range(0, len(witness.values), size)
    ]


def spoiled(path: Path) -> list[str]:
    """A witness whose last value is another."""
    numbers = decimals(path)
    return [*numbers[:-1], str(int(numbers[-1]) + 1)]


# ---- the contract


def test_a_proof_is_the_answer_in_both_inline_forms(service: Service) -> None:
    path = QUARTIC / "witnesses" / "0001.wtns"
    for witness in (inline(path), decimals(path)):
        answer = service.prove({"circuitId": "quartic", "witness": witness})
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        told = answer.json()
        assert told["success"] is True
        assert set(told) >= {"proof", "publicSignals"}
        assert holds(QUARTIC, told)


def test_inputs_are_taken_where_the_circuit_has_its_calculator(service: Service) -> None:
    answer = service.prove({"circuitId": "membership", "input": MEMBERSHIP_INPUT})
    assert answer.status_code == 200
    assert holds(MEMBERSHIP, answer.json())
    (membership,) = [c for c in service.status()["circuits"] if c["id"] == "membership"]
    assert membership["takes"] == ["witness", "input"]
    assert membership["whyNoInput"] is None
    assert membership["inputs"] == {"root": [], "topic": [], "secret": [], "siblings": [8], "path": [8]}


def test_a_wtns_may_be_the_body_as_it_is(service: Service) -> None:
    body = (QUARTIC / "witnesses" / "0001.wtns").read_bytes()
    binary = {"content-type": "application/octet-stream"}

    def sent(path: str, content: bytes = body) -> httpx.Response:
        return service.client.post(path, content=content, headers=binary)

    answer = sent("/api/prove?circuitId=quartic")
    assert answer.status_code == 200
    assert holds(QUARTIC, answer.json())
    begun = sent("/api/jobs?circuitId=quartic")
    assert begun.status_code == 202
    wait_for(lambda: service.client.get(begun.headers["location"]).json()["state"] == "proved")
    for wrong, status, code in (
        (sent("/api/prove"), 400, "BAD_REQUEST"),  # there are two circuits
        (sent("/api/prove?circuitId=none"), 404, "UNKNOWN_CIRCUIT"),
        (sent("/api/prove?circuitId=membership"), 400, "WITNESS_COUNT"),
        (sent("/api/prove?circuitId=quartic", body[:-1]), 400, "WITNESS_TRUNCATED"),
        (sent("/api/prove?circuitId=quartic", b'{"witness": "AA=="}'), 400, "WITNESS_CORRUPT"),
        (sent("/api/prove?circuitId=quartic", bytes(2 << 20)), 413, "BODY_TOO_LARGE"),
    ):
        assert (wrong.status_code, wrong.json()["code"]) == (status, code)


def test_a_circuit_without_wasm_says_so_at_the_start_and_to_clients(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    shutil.copy(QUARTIC / "circuit.zkey", tmp_path / "plain")
    with serving("--circuit=plain=plain", "--workers", 1, cwd=tmp_path) as service:
        notes = [event["message"] for event in service.events("note")]
        (note,) = [text for text in notes if text.startswith("plain takes witnesses only: ")]
        assert "inputs need the circuit's .wasm" in note
        (plain,) = [c for c in service.client.get("/api/circuits").json()["circuits"] if c["id"] == "plain"]
        assert plain["takes"] == ["witness"]
        assert plain["whyNoInput"] == "the service has no .wasm for it"
        assert plain["inputs"] is None
        told = service.prove({"circuitId": "plain", "input": {"k": "1", "x": "1"}}).json()
        assert told["code"] == "INPUT_UNSUPPORTED"
        assert told["error"] == "circuit plain takes witnesses only: the service has no .wasm for it"
        assert str(tmp_path) not in str(told), "paths of the server are the operator's"
        assert service.prove({"circuitId": "plain", "witness": WITNESS}).status_code == 200


def test_recent_jobs_have_ids_that_nobody_can_fetch_them_with(service: Service) -> None:
    service.prove(asks(QUARTIC))
    begun = service.client.post("/api/jobs", json=asks(QUARTIC))
    whole = begun.json()["id"]
    wait_for(lambda: service.client.get(begun.headers["location"]).json()["state"] == "proved")
    recent = service.status()["recent"]
    assert recent[0]["id"] == f"{whole[:8]}…"
    assert recent[1]["id"].startswith("request-")
    assert service.client.get(f"/api/jobs/{recent[0]['id']}").status_code == 404


def test_the_services_proof_is_good_for_snarkjs(
    service: Service, snarkjs: Callable[..., object], tmp_path: Path
) -> None:
    told = service.prove(asks(MEMBERSHIP)).json()
    (tmp_path / "proof.json").write_text(json.dumps(told["proof"]))
    (tmp_path / "public.json").write_text(json.dumps(told["publicSignals"]))
    ran = snarkjs("groth16", "verify", MEMBERSHIP / "verification_key.json", "public.json", "proof.json",
                  cwd=tmp_path)  # fmt: skip
    assert "OK!" in ran.stdout  # type: ignore[attr-defined]


MEMBERSHIP_INPUT = json.loads((MEMBERSHIP / "inputs" / "0000.json").read_text())
WITNESS = inline(QUARTIC / "witnesses" / "0000.wtns")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "BAD_REQUEST"),
        (b"[]", 400, "BAD_REQUEST"),
        (b"{", 400, "BAD_REQUEST"),
        (b"[" * 100_000, 400, "BAD_REQUEST"),
        (b"\xff\xfe", 400, "BAD_REQUEST"),
        ({"witness": WITNESS}, 400, "BAD_REQUEST"),
        ({"circuitId": 7, "witness": WITNESS}, 400, "BAD_REQUEST"),
        ({"circuitId": "quartic"}, 400, "BAD_REQUEST"),
        ({"circuitId": "quartic", "witness": WITNESS, "input": {"k": "1", "x": "1"}}, 400, "BAD_REQUEST"),
        ({"circuitId": "no\ud800ne", "witness": WITNESS}, 400, "BAD_ID"),
        ({"circuitId": "quartic", "input": {"none": 1}}, 400, "INPUT_UNKNOWN"),
        ({"circuitId": "quartic", "input": {}}, 400, "INPUT_MISSING"),
        ({"circuitId": "quartic", "input": [1]}, 400, "INPUT_CORRUPT"),
        ({"circuitId": "membership", "input": MEMBERSHIP_INPUT | {"secret": "1"}}, 422, "ASSERT_FAILED"),
        ({"circuitId": "quartic", "witness": "!"}, 400, "BAD_WITNESS"),
        ({"circuitId": "quartic", "witness": 5}, 400, "BAD_WITNESS"),
        ({"circuitId": "quartic", "witness": WITNESS[:-8]}, 400, "WITNESS_TRUNCATED"),
        ({"circuitId": "quartic", "witness": ["1"]}, 400, "WITNESS_COUNT"),
        ({"circuitId": "quartic", "witness": ["1", "x"]}, 400, "WITNESS_CORRUPT"),
        ({"circuitId": "quartic", "witness": ["9" * 78]}, 400, "WITNESS_NOT_REDUCED"),
        ({"circuitId": "membership", "witness": WITNESS}, 400, "WITNESS_COUNT"),
        ({"circuitId": "quartic", "witness": "/etc/shadow.wtns"}, 400, "PATH_REFUSED"),
        ({"circuitId": "quartic", "witness": spoiled(QUARTIC / "witnesses" / "0000.wtns")}, 422,
         "WITNESS_UNSATISFIED"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_costs_nobody_else(
    service: Service, body: object, status: int, code: str
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = service.client.post("/api/prove", content=content)
    told = answer.json()
    assert (answer.status_code, told["code"], told["success"]) == (status, code, False)
    assert told["error"]
    assert "Traceback" not in told["error"]
    described = document()["paths"]["/api/prove"]["post"]["responses"][str(status)]
    assert code in described["content"]["application/json"]["examples"], "the description has each error"
    assert service.prove(asks(QUARTIC)).status_code == 200


def test_jobs_are_asked_for_by_id(service: Service) -> None:
    begun = service.client.post("/api/jobs", json=asks(MEMBERSHIP))
    assert begun.status_code == 202
    place = begun.headers["location"]
    assert place == f"/api/jobs/{begun.json()['id']}"
    wait_for(lambda: service.client.get(place).json()["state"] == "proved")
    assert holds(MEMBERSHIP, service.client.get(place).json())
    failing = service.client.post("/api/jobs", json={"circuitId": "quartic", "witness": ["1"]})
    place = failing.headers["location"]
    wait_for(lambda: service.client.get(place).json()["state"] == "failed")
    assert service.client.get(place).json()["code"] == "WITNESS_COUNT"
    assert service.client.delete(place).status_code == 200
    assert service.client.get(place).json()["code"] == "UNKNOWN_JOB"
    assert service.client.get("/api/jobs/none").status_code == 404
    assert service.client.post("/api/jobs", content=b"{").status_code == 400


def test_proofs_are_verified(service: Service) -> None:
    told = service.prove(asks(QUARTIC)).json()
    claim = {"circuitId": "quartic", "proof": told["proof"], "publicSignals": told["publicSignals"]}
    assert service.client.post("/api/verify", json=claim).json()["valid"] is True
    other = claim | {"publicSignals": ["1", *told["publicSignals"][1:]]}
    assert service.client.post("/api/verify", json=other).json()["valid"] is False
    for wrong in (
        claim | {"proof": {"pi_a": 1}},
        claim | {"publicSignals": ["1"]},
        {"circuitId": "quartic"},
        claim | {"proof": told["proof"] | {"curve": "bls12381"}},
    ):
        assert service.client.post("/api/verify", json=wrong).status_code == 400
    assert service.client.post("/api/verify", json=claim | {"circuitId": "x"}).status_code == 404


def test_the_service_describes_itself_and_keeps_to_it(service: Service) -> None:
    described = service.client.get("/openapi.json").json()
    assert described == document()
    validate_openapi(described)

    def fits(answer: httpx.Response, path: str, method: str) -> None:
        told = described["paths"][path][method]["responses"][str(answer.status_code)]
        schema = told["content"]["application/json"]["schema"] | {"components": described["components"]}
        Draft202012Validator(schema).validate(answer.json())

    proved = service.prove(asks(QUARTIC))
    fits(proved, "/api/prove", "post")
    fits(service.prove({}), "/api/prove", "post")
    begun = service.client.post("/api/jobs", json=asks(QUARTIC))
    fits(begun, "/api/jobs", "post")
    fits(service.client.get(begun.headers["location"]), "/api/jobs/{id}", "get")
    fits(service.client.get("/api/jobs/x"), "/api/jobs/{id}", "get")
    fits(service.client.post("/api/verify", json=proved.json()), "/api/verify", "post")
    for path in ("/api/circuits", "/api/status", "/healthz", "/readyz"):
        fits(service.client.get(path), path, "get")
    circuits = {circuit["id"] for circuit in service.client.get("/api/circuits").json()["circuits"]}
    assert circuits == {"quartic", "membership"}
    for path, operations in described["paths"].items():
        for method in operations.keys() & {"get", "post", "delete"}:
            answer = service.client.request(method, path.replace("{id}", "x"))
            assert answer.status_code != 405, (method, path)
            assert answer.headers["content-type"] in {
                kind + suffix
                for told in operations[method]["responses"].values()
                for kind in told["content"]
                for suffix in ("", "; charset=utf-8", "; version=1.0.0; charset=utf-8")
            }
    assert service.client.get("/nothing").json()["code"] == "NOT_FOUND"
    refused = service.client.put("/api/prove").json()
    assert (refused["code"], refused["error"]) == ("METHOD_NOT_ALLOWED", "method not allowed; use POST")
    assert service.client.post("/api/jobs/x").json()["error"] == "method not allowed; use DELETE or GET"


def test_metrics_count_what_was_answered(service: Service) -> None:
    def read() -> dict[tuple[str, tuple[str, ...]], float]:
        return metric_values(service.client.get("/metrics").text)

    before = read()
    service.prove(asks(MEMBERSHIP))
    service.prove({"circuitId": "quartic", "witness": ["1"]})
    after = read()

    def more(name: str, *labels: str) -> float:
        return after.get((name, labels), 0) - before.get((name, labels), 0)

    assert more("prover_proofs_total", "membership", "proved") == 1
    assert more("prover_proofs_total", "quartic", "failed") == 1
    assert more("prover_proof_seconds_count", "membership") == 1
    assert after["prover_queued_tasks", ()] == 0
    assert {name for name, _ in after} >= {
        "prover_active_workers", "prover_worker_restarts_total", "prover_worker_busy_seconds_total",
        "prover_worker_private_bytes",
    }  # fmt: skip


# ---- limits


def test_two_hundred_clients_at_once_are_answered_and_memory_stays_flat(tmp_path: Path) -> None:
    with serving("--workers", 2, "--max-queue", 32, cwd=tmp_path) as service:
        main = psutil.Process(service.process.pid)

        async def crowd() -> Counter[int]:
            limits = httpx.Limits(max_connections=200)
            async with httpx.AsyncClient(base_url=service.url, timeout=600, limits=limits) as client:
                asked = (client.post("/api/prove", json=asks(MEMBERSHIP, i % 8)) for i in range(200))
                answers = await asyncio.gather(*asked)
            assert all(int(a.headers["retry-after"]) >= 1 for a in answers if a.status_code == 503)
            assert {a.json()["code"] for a in answers if a.status_code == 503} == {"QUEUE_FULL"}
            for full in (a for a in answers if a.status_code == 503):
                rest = full.headers["retry-after"]
                assert full.json()["error"] == f"queue full (34 of 34); retry in {rest} s"
            return Counter(answer.status_code for answer in answers)

        asyncio.run(crowd())
        settled = main.memory_info().rss
        for _ in range(3):
            codes = asyncio.run(crowd())
            assert set(codes) == {200, 503}
            assert codes[200] >= 34
            assert codes.total() == 200
        assert main.memory_info().rss < settled + (16 << 20)
        assert service.status()["queue"] == {"waiting": 0, "taken": 0, "places": 34}
        assert service.end() == 0


def test_a_body_too_large_is_refused_and_memory_does_not_take_it(tmp_path: Path) -> None:
    with serving("--workers", 1, "--max-body", "100KB", cwd=tmp_path) as service:
        before = psutil.Process(service.process.pid).memory_info().rss
        told = service.client.post("/api/prove", content=b" " * (2 << 20))
        assert (told.status_code, told.json()["code"]) == (413, "BODY_TOO_LARGE")

        def endless() -> Iterator[bytes]:
            for _ in range(512):
                yield b" " * (1 << 16)

        with contextlib.suppress(httpx.WriteError):  # the door was shut while the client still wrote
            assert service.client.post("/api/prove", content=endless()).status_code == 413
        assert psutil.Process(service.process.pid).memory_info().rss < before + (16 << 20)
        assert service.prove(asks(QUARTIC)).status_code == 200
        zipped = service.client.post("/api/prove", content=b"x", headers={"content-encoding": "gzip"})
        assert zipped.status_code == 400


def test_too_slow_is_504_and_the_worker_serves_others(tmp_path: Path) -> None:
    with serving("--workers", 1, "--timeout", 1, cwd=tmp_path) as service:
        with service.stopped_workers():
            first = service.prove(asks(QUARTIC))
            assert (first.status_code, first.json()["code"]) == (504, "TIMEOUT")
            # The worker is stuck: it is replaced, and nobody has to wait for it.
            wait_for(lambda: service.prove(asks(QUARTIC)).status_code == 200)
        slow = socket.create_connection(("127.0.0.1", int(service.url.rsplit(":", 1)[1])))
        slow.sendall(
            b"POST /api/prove HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 50\r\n\r\n{"
        )
        slow.settimeout(300)
        assert slow.recv(100).startswith(b"HTTP/1.1 504 ")
        slow.close()
        assert service.status()["queue"]["taken"] == 0


def test_a_client_that_goes_away_gives_its_place_back(tmp_path: Path) -> None:
    with serving("--workers", 1, "--max-queue", 1, cwd=tmp_path) as service:
        with service.stopped_workers():
            body = json.dumps(asks(QUARTIC)).encode()
            head = (
                "POST /api/prove HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )

            def taken(count: int) -> bool:
                return bool(service.status()["queue"]["taken"] == count)

            with contextlib.ExitStack() as clients:  # one is being proved, the other waits
                for number in (1, 2):
                    client = clients.enter_context(socket.create_connection(("127.0.0.1", service.port)))
                    client.sendall(head.encode() + body)
                    wait_for(partial(taken, number))
            wait_for(lambda: [event["status"] for event in service.events("request")].count(499) == 2)
            wait_for(partial(taken, 0))
            assert service.prove(asks(QUARTIC)).status_code == 200, "the stuck worker was replaced"
        assert any(event["reason"] == "abandoned" for event in service.events("worker_ended"))


def test_a_job_can_be_dropped_while_it_runs(tmp_path: Path) -> None:
    with serving("--workers", 1, "--keep-jobs", 2, cwd=tmp_path) as service:
        with service.stopped_workers():
            place = service.client.post("/api/jobs", json=asks(QUARTIC)).headers["location"]
            wait_for(lambda: service.client.get(place).json()["state"] == "proving")
            assert service.client.delete(place).json()["state"] == "dropped"
            wait_for(lambda: service.status()["queue"]["taken"] == 0)
            assert service.client.get(place).status_code == 404
        kept = []
        for _ in range(4):
            kept.append(service.client.post("/api/jobs", json=asks(QUARTIC)).headers["location"])
            wait_for(lambda: service.client.get(kept[-1]).json()["state"] == "proved")
        assert [service.client.get(place).status_code for place in kept] == [404, 404, 200, 200]


def test_sigterm_finishes_what_was_accepted_and_says_so_first(tmp_path: Path) -> None:
    with serving("--workers", 1, cwd=tmp_path) as service:
        assert service.client.get("/readyz").status_code == 200
        answers: list[httpx.Response] = []
        with service.stopped_workers():
            asking = threading.Thread(target=lambda: answers.append(service.prove(asks(MEMBERSHIP))))
            asking.start()
            later = service.client.post("/api/jobs", json=asks(QUARTIC)).headers["location"]
            wait_for(lambda: service.status()["queue"]["taken"] == 2)
            service.process.terminate()
            wait_for(lambda: service.client.get("/readyz").status_code == 503)
            assert service.client.get("/healthz").status_code == 200
            refused = service.prove(asks(QUARTIC))
            assert (refused.status_code, refused.json()["code"]) == (503, "DRAINING")
            assert refused.headers["retry-after"]
        asking.join(300)
        assert answers[0].status_code == 200
        assert holds(MEMBERSHIP, answers[0].json())
        wait_for(lambda: service.client.get(later).json()["state"] == "proved")
        assert service.process.wait(300) == 0


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    with serving("--workers", 1, cwd=tmp_path) as service, service.stopped_workers():
        answers: list[httpx.Response] = []
        asking = threading.Thread(target=lambda: answers.append(service.prove(asks(MEMBERSHIP))))
        asking.start()
        wait_for(lambda: service.status()["queue"]["taken"] == 1)
        service.process.terminate()
        wait_for(lambda: service.client.get("/readyz").status_code == 503)
        service.process.terminate()
        assert service.process.wait(300) == 130
        asking.join(300)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_log_that_nobody_reads_any_more_costs_no_answer(tmp_path: Path, log_format: str) -> None:
    with serving("--workers", 1, cwd=tmp_path) as service:
        port = free_port()
        other = subprocess.Popen(
            [command("prove-batch"), "serve", "--key", str(QUARTIC / "circuit.zkey"), "--port", str(port),
             "--workers", "1", "--verbose", "--log-format", log_format, "--prepare", "never"],
            stderr=subprocess.PIPE, cwd=tmp_path,
        )  # fmt: skip
        try:
            assert other.stderr
            other.stderr.readline()
            other.stderr.close()
            url = f"http://127.0.0.1:{port}/api/prove"
            wait_for(lambda: accepts(port))
            for _ in range(3):
                answer = service.client.post(url, json={"witness": WITNESS})
                assert answer.status_code == 200
        finally:
            other.terminate()
            assert other.wait(300) == 0


def accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def test_workers_that_die_faster_than_they_start_end_the_service(tmp_path: Path) -> None:
    with serving("--workers", 1, "--retries", 50, cwd=tmp_path) as service:
        answers: list[httpx.Response] = []
        asking = threading.Thread(target=lambda: answers.append(service.prove(asks(MEMBERSHIP))))
        with service.stopped_workers():
            asking.start()
            wait_for(lambda: service.status()["queue"]["taken"] == 1)
            end = time.monotonic() + 300
            while service.process.poll() is None:
                assert time.monotonic() < end
                for event in service.events("worker_started")[-1:]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(event["pid"], signal.SIGKILL)
                time.sleep(0.002)
        asking.join(300)
        assert service.process.returncode == 3
        assert (answers[0].status_code, answers[0].json()["code"]) == (500, "NO_WORKER")
        assert service.events("error")[0]["code"] == "NO_WORKER"


# ---- who may do what


def test_a_token_is_asked_for_where_there_is_one(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text("# of the back end\n" + "a" * 32 + "\n" + "b" * 32 + "\n")
    with serving("--workers", 1, "--token-file", file, cwd=tmp_path) as service:
        guarded = ["/api/circuits", "/api/status", "/metrics", "/api/jobs/x"]
        for header in (None, "Bearer", "Bearer " + "c" * 32, "Basic " + "a" * 32, "Bearer \xe9"):
            headers = {b"authorization": header.encode("latin-1")} if header else {}
            for path in guarded:
                assert service.client.get(path, headers=headers).status_code == 401
            answer = service.client.post("/api/prove", json=asks(QUARTIC), headers=headers)
            assert answer.json()["code"] == "UNAUTHORIZED"
            assert answer.headers["www-authenticate"] == "Bearer"
        for token in ("a" * 32, "b" * 32):
            headers = {b"authorization": f"Bearer {token}".encode()}
            assert service.client.post("/api/prove", json=asks(QUARTIC), headers=headers).status_code == 200
        for path in ("/healthz", "/readyz", "/", "/openapi.json"):
            assert service.client.get(path).status_code == 200


def test_paths_are_confined_to_the_witness_root(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "sub").mkdir(parents=True)
    outside.mkdir()
    good = (QUARTIC / "witnesses" / "0000.wtns").read_bytes()
    (root / "sub" / "a.wtns").write_bytes(good)
    (outside / "b.wtns").write_bytes(good)
    (root / "link.wtns").symlink_to(outside / "b.wtns")
    (root / "inner.wtns").symlink_to(root / "sub" / "a.wtns")
    (root / "folder").symlink_to(outside)
    (root / "loop.wtns").symlink_to(root / "loop.wtns")
    (root / "large.wtns").write_bytes(bytes(1 << 20))
    os.mkfifo(root / "pipe.wtns")
    with serving("--workers", 1, "--witness-root", root, cwd=tmp_path) as service:
        expected = {
            "sub/a.wtns": 200, str(root / "sub" / "a.wtns"): 200, "inner.wtns": 200,
            "link.wtns": "PATH_REFUSED", "folder/b.wtns": "PATH_REFUSED", "../outside/b.wtns": "PATH_REFUSED",
            "../nothing.wtns": "PATH_REFUSED", str(outside / "b.wtns"): "PATH_REFUSED",
            "/etc/nothing.wtns": "PATH_REFUSED", "none.wtns": "WITNESS_UNREADABLE",
            "pipe.wtns": "WITNESS_UNREADABLE", "loop.wtns": 400,
            "sub\x00.wtns": 400, "a" * 5000 + ".wtns": 400,
            "large.wtns": "WITNESS_TOO_LARGE",
        }  # fmt: skip
        for path, what in expected.items():
            answer = service.prove({"circuitId": "quartic", "witness": path})
            assert what in (answer.status_code, answer.json().get("code")), path


def test_no_value_of_a_witness_is_in_the_log(tmp_path: Path) -> None:
    secret = "314159265358979323846264338327950288419716939937510"
    with serving("--workers", 1, cwd=tmp_path) as service:
        numbers = decimals(QUARTIC / "witnesses" / "0000.wtns")
        for witness in (
            [*numbers[:-1], secret], [secret], [secret + "x"], secret, {"a": secret}, [[secret]],
            secret + ".wtns",
        ):  # fmt: skip
            assert service.prove({"circuitId": "quartic", "witness": witness}).status_code in (400, 422)
        assert service.client.post("/api/prove", content=f'{{"witness": {secret}').status_code == 400
        assert service.end() == 0
    assert len(service.events("request")) >= 8
    assert secret[:12] not in json.dumps(service.log)


def test_what_cannot_be_served_is_told_before_anything_starts(run: Runner, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = run("prove-batch", "serve", "--key", QUARTIC / "circuit.zkey", "--port", taken.getsockname()[1])
        assert (ran.code, "[PORT_IN_USE]" in ran.err) == (2, True)
    assert "[NO_KEY]" in run("prove-batch", "serve", "--port", 0).err
    empty = tmp_path / "empty"
    empty.write_text("# none\n")
    short = tmp_path / "short"
    short.write_text("abc\n")
    for file in (empty, short, tmp_path / "none"):
        ran = run(
            "prove-batch", "serve", "--key", QUARTIC / "circuit.zkey", "--port", 0, "--token-file", file
        )
        assert (ran.code, "[BAD_TOKEN_FILE]" in ran.err) == (2, True)
    ran = run("prove-batch", "serve", "--key", QUARTIC / "circuit.zkey", "--port", 0, "--witness-root", empty)
    assert "[NO_WITNESS_ROOT]" in ran.err
    assert "[BAD_ADDRESS]" in run("prove-batch", "serve", "--host", "no such host", "--port", 0).err


# ---- whatever comes


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(["circuitId", "witness", "input", "proof", "publicSignals", "id"])
BODIES = st.one_of(
    st.binary(max_size=200),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(FIELDS, JSON | st.just("quartic") | st.just(WITNESS), max_size=5).map(
        lambda value: json.dumps(value | {"circuitId": value.get("circuitId", "quartic")}).encode()
    ),
)
PATHS = st.sampled_from(
    ["/api/prove", "/api/jobs", "/api/verify", "/api/jobs/x", "/api/status", "/"]
) | st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20).map(lambda text: "/" + text)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "BREW"])


@given(method=METHODS, path=PATHS, body=BODIES, length=st.sampled_from([None, -1, 0, 1, 10**18, "x"]))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_request_whatever_makes_a_500(
    service: Service, method: str, path: str, body: bytes, length: object
) -> None:
    """Over a bare socket: clients' libraries would not send most of these."""
    stated = len(body) if length is None else length
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {stated}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", int(service.url.rsplit(":", 1)[1])), timeout=300) as door:
        door.sendall(head.encode() + body)
        door.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while chunk := door.recv(1 << 16):
                answer += chunk
        except ConnectionResetError:
            pass  # it hung up on what it had not read
    # Nothing at all is right for a body that never ends: its client is gone.
    if answer:
        assert answer.startswith(b"HTTP/1.1 ")
        status = int(answer.split()[1])
        assert 200 <= status < 500 or status in (503, 504), answer
        assert b"Traceback" not in answer
