"""Nobody can stop the service without a token: floods of connections, slow bodies, pages of other sites."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import browser, needs_native, wait_for
from serving import QUARTIC, Service, asks, serving
from starlette.requests import Request

from prover_cli.faults import SetupFault
from prover_cli.serve import door
from prover_cli.serve.answers import Refusal
from prover_cli.serve.door import Door, most_connections
from prover_cli.serve.visitors import Visitors
from prover_cli.supervision import LinesOf

pytestmark = needs_native

HEAD = b"POST /api/prove HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@contextlib.contextmanager
def connections(service: Service, count: int, sends: bytes = b"") -> Iterator[list[socket.socket]]:
    """Many at once, which send something and then nothing more."""
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            one = socket.create_connection(("127.0.0.1", service.port), timeout=600)
            opened.append(one)
            with contextlib.suppress(OSError):
                one.sendall(sends)
        yield opened
    finally:
        for one in opened:
            one.close()


def is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0.05)
    try:
        return connection.recv(1 << 16) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


@pytest.mark.parametrize("sends", [b"", b"GET /api/status HTTP/1.1\r\nHost: loc", HEAD])
def test_connections_that_only_hold_the_door_keep_nobody_out(tmp_path: Path, sends: bytes) -> None:
    """250 of them, where there are 128 file handles."""
    with serving("--workers", 1, cwd=tmp_path, limits="ulimit -n 128") as service:
        assert service.prove(asks(QUARTIC)).status_code == 200
        with connections(service, 250, sends) as held:
            for _ in range(3):
                with httpx.Client(base_url=service.url, timeout=300) as client:
                    assert client.get("/readyz").status_code == 200
                    assert client.post("/api/prove", json=asks(QUARTIC)).status_code == 200
            assert service.process.poll() is None
            if sends == HEAD:  # those that are left have a time too
                wait_for(lambda: all(map(is_closed, held)))
        assert len(service.log) < 60, service.log[:60]
        assert service.end() == 0


def test_a_body_that_is_too_slow_loses_its_place(tmp_path: Path) -> None:
    with serving("--workers", 1, "--max-queue", 1, cwd=tmp_path) as service:
        head = HEAD + b"Content-Length: 1000\r\n\r\n{"
        with connections(service, 2, head) as slow:
            wait_for(lambda: service.status()["queue"]["taken"] == 2)
            ready = service.client.get("/readyz")
            assert int(ready.headers["retry-after"]) >= 1
            assert (ready.status_code, ready.json()["why"]) == (503, "the queue is full")
            assert service.prove(asks(QUARTIC)).json()["code"] == "QUEUE_FULL"
            dripping = threading.Event()

            def drip() -> None:
                with contextlib.suppress(OSError):
                    while not dripping.wait(0.2):
                        slow[0].sendall(b" ")

            thread = threading.Thread(target=drip)
            thread.start()
            wait_for(lambda: service.client.get("/readyz").status_code == 200)
            assert service.prove(asks(QUARTIC)).status_code == 200
            dripping.set()
            thread.join()
            for one in slow:
                one.settimeout(300)
                answer = one.recv(1 << 16)
                assert answer.startswith(b"HTTP/1.1 408 ")
        assert [event["code"] for event in service.events("request") if event["status"] == 408] == [
            "BODY_TOO_SLOW"
        ] * 2


def test_requests_that_are_not_http_do_not_fill_the_log(tmp_path: Path) -> None:
    with serving("--workers", 1, cwd=tmp_path) as service:
        began = time.monotonic()
        for _ in range(600):
            with connections(service, 1, b"NONSENSE\r\n\r\n") as (one,):
                assert one.recv(100).startswith(b"HTTP/1.1 400 ")
        took = time.monotonic() - began
        assert len(service.events("trouble")) <= took + 2
        assert service.prove(asks(QUARTIC)).status_code == 200
        told = [event["message"] for event in service.events("trouble")]
        assert any("more like it before" in message for message in told) or took < 1


def test_what_repeats_is_told_once_a_second_with_how_often_it_came() -> None:
    import logging

    told: list[str] = []
    now = [0.0]
    handler = LinesOf(told.append, clock=lambda: now[0])

    def log(words: str, name: str = "asyncio") -> None:
        handler.handle(logging.LogRecord(name, logging.ERROR, "", 0, words, (), None))

    for _ in range(1000):
        log("socket.accept() out of system resource\nsocket: <...>")
        log("another")
    assert told == ["asyncio: socket.accept() out of system resource", "asyncio: another"]
    now[0] = 1.5
    log("socket.accept() out of system resource\nsocket: <...>")
    assert told[2] == "asyncio: socket.accept() out of system resource; 999 more like it before"
    for number in range(1000):
        log(f"{number} of them")
    assert len(handler._told) <= 100


class Connection:
    """As the door sees one."""

    def __init__(self, *, busy: bool = False) -> None:
        self.busy, self.ended = busy, False

    def end(self) -> None:
        self.ended = True

    def stalled(self, now: float) -> bool:
        return False


def test_the_one_that_waited_longest_makes_room() -> None:
    asyncio.run(_makes_room())


async def _makes_room() -> None:
    there = Door(3)
    first, busy, third, fourth, fifth = Connection(), Connection(busy=True), *(Connection() for _ in range(3))
    for one in (first, busy, third):
        assert there.came(one)  # type: ignore[arg-type]  # (here and below: a part of one)
    there.answered(first)  # type: ignore[arg-type]
    assert there.came(fourth)  # type: ignore[arg-type]
    assert (first.ended, busy.ended, third.ended) == (False, False, True)
    first.busy = fourth.busy = True
    assert not there.came(fifth)  # type: ignore[arg-type]
    there.went(busy)  # type: ignore[arg-type]
    assert there.came(fifth)  # type: ignore[arg-type]


def test_a_client_that_takes_nothing_of_its_answer_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    from prover_cli.serve.door import _Connection

    class Transport:
        left = 0

        def get_write_buffer_size(self) -> int:
            return self.left

    one = _Connection.__new__(_Connection)
    one._unread, one.transport = (0, 0.0), Transport()  # type: ignore[assignment]
    for now, left, stalled in [
        (0, 0, False), (1, 5000, False), (20, 5000, False), (32, 4000, False), (50, 4000, False),
        (63, 4000, True), (64, 0, False), (200, 0, False),
    ]:  # fmt: skip
        one.transport.left = left  # type: ignore[attr-defined]
        assert one.stalled(float(now)) == stalled, now


def test_connections_follow_the_limit_of_file_handles(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
    monkeypatch.setattr(door, "_open_handles", lambda: 40)
    unlimited = resource.RLIM_INFINITY
    cases = [(128, 128, 32), (100, 100, 8), (1 << 20, 256, 1000), (unlimited, 64, 1000)]
    for hard, soft, most in cases:
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft, hard=hard: (soft, hard))
        raised.clear()
        assert most_connections(1) == most
        assert bool(raised) == (hard == unlimited or soft < min(hard, 1096))


# ---- whose requests are taken


def asked(method: str = "POST", **headers: str) -> Request:
    told = {"host": "127.0.0.1:8080", "content-type": "application/json"} | headers
    raw = [
        (name.replace("_", "-").encode(), value.encode()) for name, value in told.items() if value is not None
    ]
    return Request({"type": "http", "method": method, "path": "/", "query_string": b"", "headers": raw})


def verdict(visitors: Visitors, request: Request) -> str:
    try:
        visitors.check_host(request)
        visitors.check_origin(request)
    except Refusal as refusal:
        return refusal.code
    return "served"


@pytest.mark.parametrize(
    ("here", "headers", "expected"),
    [
        ({}, {}, "served"),
        ({}, {"host": "localhost:8080"}, "served"),
        ({}, {"host": "LOCALHOST."}, "served"),
        ({}, {"host": "app.localhost"}, "served"),
        ({}, {"host": "[::1]:8080"}, "served"),
        ({}, {"host": "192.0.2.7"}, "served"),
        ({}, {"host": "evil.example:8080"}, "HOST_REFUSED"),
        ({}, {"host": "localhost.evil.example"}, "HOST_REFUSED"),
        ({}, {"host": "127.0.0.1.evil.example"}, "HOST_REFUSED"),
        ({}, {"host": "a:b:c"}, "HOST_REFUSED"),
        ({"hosts": ["prover.example"]}, {"host": "prover.example"}, "served"),
        ({"hosts": ["prover.example"]}, {"host": "PROVER.example.:443"}, "served"),
        ({"hosts": ["prover.example"]}, {"host": "other.example"}, "HOST_REFUSED"),
        ({"loopback": False}, {"host": "any.example"}, "served"),
        ({"loopback": False, "hosts": ["prover.example"]}, {"host": "any.example"}, "HOST_REFUSED"),
        ({}, {"origin": "http://127.0.0.1:8080"}, "served"),
        ({}, {"origin": "http://127.0.0.1:9999"}, "ORIGIN_REFUSED"),
        ({}, {"origin": "http://localhost:8080"}, "ORIGIN_REFUSED"),
        ({}, {"origin": "https://evil.example"}, "ORIGIN_REFUSED"),
        ({}, {"origin": "null"}, "ORIGIN_REFUSED"),
        ({}, {"origin": ""}, "ORIGIN_REFUSED"),
        ({}, {"origin": "http://[::"}, "ORIGIN_REFUSED"),
        ({"hosts": ["p.example"]}, {"host": "p.example", "origin": "https://p.example"}, "served"),
        ({"origins": ["https://app.example"]}, {"origin": "https://app.example"}, "served"),
        ({"origins": ["https://app.example"]}, {"origin": "http://app.example"}, "ORIGIN_REFUSED"),
        ({"origins": ["https://app.example/"]}, {"origin": "https://APP.example"}, "served"),
        (
            {"origins": ["https://a.example, http://b.example:81"]},
            {"origin": "http://b.example:81"},
            "served",
        ),
        (
            {"origins": ["https://a.example, http://b.example:81"]},
            {"origin": "http://b.example"},
            "ORIGIN_REFUSED",
        ),
        ({"origins": ["https://app.example"]}, {"host": "evil.example"}, "HOST_REFUSED"),
        (
            {"origins": ["https://app.example"]},
            {"origin": "https://app.example", "content-type": "text/plain"},
            "TYPE_REFUSED",
        ),
        ({}, {"content-type": "text/plain"}, "TYPE_REFUSED"),
        ({}, {"content-type": "Text/Plain; charset=utf-8"}, "TYPE_REFUSED"),
        ({}, {"content-type": "application/x-www-form-urlencoded"}, "TYPE_REFUSED"),
        ({}, {"content-type": "multipart/form-data; boundary=x"}, "TYPE_REFUSED"),
        ({}, {"content-type": ""}, "TYPE_REFUSED"),
        ({}, {"content-type": "application/json; charset=utf-8"}, "served"),
        ({}, {"content-type": "application/octet-stream"}, "served"),
    ],
)
def test_who_may_ask_without_a_token(here: dict[str, Any], headers: dict[str, str], expected: str) -> None:
    assert verdict(Visitors(**{"loopback": True} | here), asked(**headers)) == expected


@pytest.mark.parametrize("wrong", ["", "a/b", "a:80", "http://a"])
def test_a_name_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(SetupFault, match="is not a host name; write one like"):
        Visitors(loopback=True, hosts=[wrong])


@pytest.mark.parametrize(
    "wrong", ["", "null", "https://a,b", "app.example", "https://", "https://a/b", "ftp://a"]
)
def test_an_origin_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(SetupFault, match="is not an origin; write one like"):
        Visitors(loopback=True, origins=[wrong])


def test_every_page_may_call_only_where_a_token_is_required() -> None:
    with pytest.raises(SetupFault, match="needs --token-file"):
        Visitors(loopback=True, origins=["*"])
    assert Visitors(loopback=True, origins=["*"], token_required=True).origins == ["*"]


def test_browsers_are_told_which_pages_may_call(tmp_path: Path) -> None:
    ours, other = "https://app.example", "https://evil.example"
    preflight = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }

    def options(service: Service, origin: str) -> httpx.Response:
        return service.client.options("/api/prove", headers=preflight | {"origin": origin})

    with serving("--workers", 1, "--cors-origin", f"{ours},https://b.example", cwd=tmp_path) as service:
        asked_first = options(service, ours)
        assert asked_first.status_code == 200
        assert asked_first.headers["access-control-allow-origin"] == ours
        assert "POST" in asked_first.headers["access-control-allow-methods"]
        allowed = asked_first.headers["access-control-allow-headers"].lower()
        assert {"authorization", "content-type"} <= set(allowed.replace(" ", "").split(","))
        assert "Origin" in asked_first.headers["vary"]
        assert "access-control-allow-credentials" not in asked_first.headers
        refused = options(service, other)
        assert refused.status_code == 400
        assert "access-control-allow-origin" not in refused.headers
        for headers in ({"origin": ours}, {"origin": other}, {}):
            answer = service.client.post("/api/prove", json=asks(QUARTIC), headers=headers)
            assert answer.status_code == (403 if headers.get("origin") == other else 200)
            assert answer.headers["vary"] == "Origin", "a cache must not mix up answers"
            told = answer.headers.get("access-control-allow-origin")
            assert told == (ours if headers.get("origin") == ours else None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROVE_BATCH_CORS_ORIGIN", f"https://b.example,{ours}")
        with serving("--workers", 1, cwd=tmp_path) as service:
            assert options(service, ours).headers["access-control-allow-origin"] == ours
    with serving("--workers", 1, cwd=tmp_path) as service:
        assert options(service, ours).status_code == 405
        answer = service.client.get("/api/status", headers={"origin": ours})
        assert not [name for name in answer.headers if name.startswith("access-control")]
    (tmp_path / "tokens").write_text("a" * 32)
    with serving("--workers", 1, "--token-file", "tokens", "--cors-origin", "*", cwd=tmp_path) as service:
        assert options(service, other).headers["access-control-allow-origin"] == "*"
        refused = service.client.post("/api/prove", json=asks(QUARTIC), headers={"origin": other})
        assert refused.status_code == 401
        bearer = {"origin": other, "authorization": "Bearer " + "a" * 32}
        assert service.client.post("/api/prove", json=asks(QUARTIC), headers=bearer).status_code == 200


def test_probes_and_scrapers_are_never_refused_by_host_and_a_token_is_enough(tmp_path: Path) -> None:
    foreign = {"host": "prover.internal.example", "origin": "https://elsewhere.example"}
    with serving("--workers", 1, cwd=tmp_path) as service:
        for path in ("/healthz", "/readyz", "/metrics"):
            assert service.client.get(path, headers=foreign).status_code == 200
        for path in ("/", "/api/status", "/api/circuits", "/openapi.json"):
            answer = service.client.get(path, headers={"host": foreign["host"]})
            assert (answer.status_code, answer.json()["code"]) == (403, "HOST_REFUSED")
        answer = service.client.post("/api/prove", json=asks(QUARTIC), headers={"origin": foreign["origin"]})
        assert (answer.status_code, answer.json()["code"]) == (403, "ORIGIN_REFUSED")
        text = {"content-type": "text/plain"}
        typed = service.client.post("/api/prove", content=json.dumps(asks(QUARTIC)), headers=text)
        assert (typed.status_code, typed.json()["code"]) == (415, "TYPE_REFUSED")
    tokens = tmp_path / "tokens"
    tokens.write_text("a" * 32)
    with serving("--workers", 1, "--token-file", tokens, cwd=tmp_path) as service:
        bearer = foreign | {"authorization": "Bearer " + "a" * 32}
        assert service.client.post("/api/prove", json=asks(QUARTIC), headers=bearer).status_code == 200
    with serving("--workers", 1, "--host", "0.0.0.0", cwd=tmp_path) as service:
        url = f"http://127.0.0.1:{service.port}"
        assert httpx.get(url + "/api/status", headers={"host": foreign["host"]}).status_code == 200


# ---- a real browser


PAGE = """<!doctype html><pre id="told"></pre><script>
const body = __BODY__, told = document.getElementById("told");
async function attempt(name, options) {
  let what;
  try {
    const answer = await fetch("__URL__/api/prove", {method: "POST", body, ...options});
    what = answer.type === "opaque" ? "opaque" : answer.status;
  } catch (error) { what = "refused"; }
  told.textContent += name + "=" + what + ";";
}
(async () => {
  await attempt("simple", {mode: "no-cors", headers: {"content-type": "text/plain"}});
  await attempt("untyped", {mode: "no-cors", body: new Blob([body])});
  await attempt("form", {mode: "no-cors", body: new URLSearchParams({body})});
  await attempt("json", {headers: {"content-type": "application/json"}});
  told.textContent += "done";
})();
</script>"""


@contextlib.contextmanager
def site(folder: Path, page: str) -> Iterator[int]:
    """A page of another origin; its port."""
    folder.mkdir()
    (folder / "index.html").write_text(page)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def attack(tmp_path: Path, url: str, *, host: str = "127.0.0.1", rules: str = "") -> str:
    page = PAGE.replace("__BODY__", json.dumps(json.dumps(asks(QUARTIC)))).replace("__URL__", url)
    with site(tmp_path / "site", page) as port:
        more = [f"--host-resolver-rules={rules}"] if rules else []
        return browser(tmp_path, "--dump-dom", *more, f"http://{host}:{port}/")


def test_a_page_of_another_site_has_no_proof_made(tmp_path: Path) -> None:
    with serving("--workers", 1, cwd=tmp_path) as service:
        told = attack(tmp_path, service.url)
        assert "json=refused;done" in told
        assert service.status()["counts"] == {"proved": 0, "failed": 0}
        codes = [event.get("code") for event in service.events("request") if event["route"] == "/api/prove"]
        assert codes
        assert set(codes) == {"ORIGIN_REFUSED"}


def test_a_page_whose_origin_is_listed_may_ask(tmp_path: Path) -> None:
    with site(tmp_path / "none", "") as port:
        pass  # a port of its own, to be listed before the page is there
    with serving("--workers", 1, "--cors-origin", f"http://127.0.0.1:{port}", cwd=tmp_path) as service:
        page = PAGE.replace("__BODY__", json.dumps(json.dumps(asks(QUARTIC)))).replace("__URL__", service.url)
        folder = tmp_path / "listed"
        folder.mkdir()
        (folder / "index.html").write_text(page)
        server = ThreadingHTTPServer(
            ("127.0.0.1", port), partial(SimpleHTTPRequestHandler, directory=str(folder))
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            told = browser(tmp_path, "--dump-dom", f"http://127.0.0.1:{port}/")
        finally:
            server.shutdown()
            server.server_close()
        assert "json=200;done" in told
        assert service.status()["counts"]["proved"] == 1, "only with a type that is asked for first"


def test_a_name_that_is_made_to_point_here_is_not_answered(tmp_path: Path) -> None:
    """DNS rebinding: the browser takes the page and the service for one site."""
    rules = "MAP rebound.example 127.0.0.1"
    with serving("--workers", 1, cwd=tmp_path) as service:
        told = browser(tmp_path, "--dump-dom", f"--host-resolver-rules={rules}",
                       f"http://rebound.example:{service.port}/")  # fmt: skip
        assert "HOST_REFUSED" in told
        told = attack(tmp_path, f"http://rebound.example:{service.port}", host="rebound.example", rules=rules)
        assert "json=refused;done" in told
        assert service.status()["counts"] == {"proved": 0, "failed": 0}
