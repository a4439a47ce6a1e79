"""A real Redis, workers of ours, and programs of Node around them."""

import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from conftest import SAMPLES, command, free_port, wait_for

QUARTIC, MEMBERSHIP = SAMPLES / "quartic", SAMPLES / "membership"
NODE = Path(__file__).parent / "node"


class Redis:
    """A server of its own, with its log of changes in `folder`, so that it can be started again."""

    def __init__(self, folder: Path, *options: str, scheme: str = "redis", password: str = "") -> None:
        if shutil.which("redis-server") is None:
            pytest.skip("needs redis-server")
        self.port = free_port()
        self._folder, self._options = folder, options
        self._password = password
        at = f":{password}@" if password else ""
        self.url = f"{scheme}://{at}127.0.0.1:{self.port}"
        self.client = redis.Redis(port=self.port, password=password or None, decode_responses=True)
        self.start()

    def start(self) -> None:
        ports = () if "--tls-port" in self._options else ("--port", str(self.port))
        secret = ("--requirepass", self._password) if self._password else ()
        options = [option.replace("PORT", str(self.port)) for option in self._options]
        self._process = subprocess.Popen(
            ["redis-server", *ports, *secret, "--dir", str(self._folder), "--appendonly", "yes",
             "--appendfsync", "always", "--save", "", "--bind", "127.0.0.1", *options],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(self._listens)

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(300)

    def count(self, state: str) -> int:
        """Jobs in a state."""
        key = f"bull:proofs:{state}"
        return int(self.client.llen(key) if state in ("wait", "active") else self.client.zcard(key))

    def field(self, key: str, name: str) -> str:
        """A field of a job's hash, "" where it is not there."""
        return str(self.client.hget(key, name) or "")

    def active(self) -> str:
        """The hash of the one job that a machine has."""
        (name,) = map(str, self.client.lrange("bull:proofs:active", 0, -1))
        return f"bull:proofs:{name}"

    def order(self, *words: str) -> None:
        """A command of the server's own."""
        self.client.execute_command(*words)  # type: ignore[no-untyped-call]  # (redis-py leaves execute_command untyped)


class Host:
    """A network namespace with one cable to here: another machine, as far as the network knows."""

    def __init__(self, number: int) -> None:
        self.name = f"pb{os.getpid()}-{number}"
        self._cable = f"pb{os.getpid()}v{number}"
        self.gateway, self.address = f"10.213.{number}.1", f"10.213.{number}.2"
        """This side, and that side."""

    def start(self) -> None:
        ip("netns", "add", self.name)
        ip("link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        ip("address", "add", f"{self.gateway}/30", "dev", self._cable)
        ip("-n", self.name, "address", "add", f"{self.address}/30", "dev", "eth0")
        ip("-n", self.name, "link", "set", "eth0", "up")
        self.plug()

    def plug(self) -> None:
        ip("link", "set", self._cable, "up")

    def pull(self) -> None:
        ip("link", "set", self._cable, "down")

    def stop(self) -> None:
        for words in (("link", "del", self._cable), ("netns", "del", self.name)):
            with suppress(subprocess.CalledProcessError):
                ip(*words)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def hosts(count: int) -> Iterator[list[Host]]:
    """Machines in networks of their own."""
    made = [Host(number) for number in range(count)]
    try:
        for host in made:
            try:
                host.start()
            except (OSError, subprocess.CalledProcessError):
                pytest.skip("needs the right to make network namespaces (iproute2, root)")
        yield made
    finally:
        for host in made:
            host.stop()


class Machine:
    """`prove-batch work`, its log as it comes; on this host or on another."""

    def __init__(
        self, server_url: str, *arguments: object, cwd: Path, workers: int = 1, host: Host | None = None
    ) -> None:
        circuits = () if any(str(a).startswith("--circuit") for a in arguments) else (
            f"--circuit=quartic={QUARTIC}", f"--circuit=membership={MEMBERSHIP}",
        )  # fmt: skip
        elsewhere = ("ip", "netns", "exec", host.name) if host is not None else ()
        self.process = subprocess.Popen(
            [*elsewhere, command("prove-batch"), "work", "--redis", server_url, *circuits,
             "--workers", str(workers), "--prepare", "never", "--log-format", "json", *map(str, arguments)],
            stderr=subprocess.PIPE, cwd=cwd,
        )  # fmt: skip
        self.log: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.log.append(json.loads(line))

    def events(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.log if event["event"] == name]

    @property
    def ready(self) -> bool:
        return bool(self.events("listening")) and bool(self.events("worker_started"))

    def end(self) -> int:
        """Drains; the exit code."""
        self.process.terminate()
        code = self.process.wait(300)
        self._reader.join(300)
        return code

    def kill(self) -> None:
        """Ends it with its workers, also those that a test stopped and did not come to waking. Itself first:
        it would miss its processes, and say so."""
        left: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            left = psutil.Process(self.process.pid).children(recursive=True)
        if self.process.poll() is None:
            self.process.kill()
        for child in left:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        self.process.wait()


def up(machine: Machine) -> bool:
    return machine.ready or machine.process.poll() is not None


@contextmanager
def machines(*started: Machine) -> Iterator[tuple[Machine, ...]]:
    """They are up, and gone afterwards."""
    try:
        for machine in started:
            wait_for(partial(up, machine))
            assert machine.process.poll() is None, machine.log
        yield started
    finally:
        for machine in started:
            machine.kill()


@contextmanager
def node(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A program of tests/node."""
    if shutil.which("node") is None or not (NODE.parent / "node_modules" / "bullmq").exists():
        pytest.skip("needs Node and bullmq: npm install --prefix tests")
    process = subprocess.Popen(
        ["node", str(NODE / script), *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
