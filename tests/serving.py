"""A service of ours, started as an operator does, and asked over HTTP."""

import base64
import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
from conftest import SAMPLES, command, wait_for

from prover_cli.serve.openapi import document

QUARTIC, MEMBERSHIP = SAMPLES / "quartic", SAMPLES / "membership"


def inline(path: Path) -> str:
    """A witness as base64."""
    return base64.b64encode(path.read_bytes()).decode()


def asks(sample: Path, number: int = 0) -> dict[str, object]:
    """A request for a proof of a sample's witness."""
    return {"circuitId": sample.name, "witness": inline(sample / "witnesses" / f"{number:04}.wtns")}


DESCRIBED = document()


def is_described(answer: httpx.Response) -> None:
    """Fails if the service's description does not have the answer: each test is one of it too."""
    answer.read()
    path = re.sub("^/api/jobs/[^/]+$", "/api/jobs/{id}", answer.request.url.path)
    operation = DESCRIBED["paths"].get(path, {}).get(answer.request.method.lower())
    if operation is None:
        return
    told = operation["responses"].get(str(answer.status_code))
    assert told is not None, (path, answer.status_code, answer.text)
    if not answer.is_success and "code" in answer.json():
        examples = told["content"]["application/json"]["examples"]
        assert answer.json()["code"] in examples, (path, answer.text)


class Service:
    """The process, its log, and a client."""

    def __init__(self, *arguments: object, cwd: Path, limits: str = "true") -> None:
        """`limits` are set by the shell before."""
        circuits = [f"--circuit={sample.name}={sample}" for sample in (QUARTIC, MEMBERSHIP)]
        self.process = subprocess.Popen(
            ["bash", "-c", f'{limits}; exec "$@"', "bash", command("prove-batch"), "serve", *circuits,
             "--port", "0", "--log-format", "json", "--verbose", "--prepare", "never", *map(str, arguments)],
            stderr=subprocess.PIPE, cwd=cwd,
        )  # fmt: skip
        self.log: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        wait_for(lambda: bool(self.events("listening")) or self.process.poll() is not None)
        assert self.process.poll() is None, self.log
        self.url = str(self.events("listening")[0]["place"])
        headers = {"content-type": "application/json"}
        self.client = httpx.Client(
            base_url=self.url, timeout=600, headers=headers, event_hooks={"response": [is_described]}
        )

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.log.append(json.loads(line))

    def events(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.log if event["event"] == name]

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    @property
    def workers(self) -> list[int]:
        """Pids of the workers that there are now."""
        return [worker["pid"] for worker in self.status()["workers"]]

    def status(self) -> dict[str, Any]:
        return dict(self.client.get("/api/status").json())

    def prove(self, body: object) -> httpx.Response:
        return self.client.post("/api/prove", json=body)

    @contextmanager
    def stopped_workers(self) -> Iterator[None]:
        """Workers that do nothing for a while."""
        wait_for(lambda: all(self.workers))
        pids = self.workers
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                if psutil.pid_exists(pid):
                    os.kill(pid, signal.SIGCONT)

    def close(self) -> None:
        """Once it has been told to end."""
        self.process.wait(300)
        self._reader.join(300)
        if self.process.stderr is not None:
            self.process.stderr.close()

    def end(self, seconds: float = 300) -> int:
        """Drains; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        self._reader.join(300)
        return code


@contextmanager
def serving(*arguments: object, cwd: Path, limits: str = "true") -> Iterator[Service]:
    """A service for the length of the block."""
    service = Service(*arguments, cwd=cwd, limits=limits)
    try:
        yield service
    finally:
        service.client.close()
        if service.process.poll() is None:
            service.process.kill()
        service.close()
