"""The service from its options to its exit code: first the keys, then the pool, then the listener."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

import uvicorn

from prover_cli.circuits import opening
from prover_cli.circuits.finding import find_circuits
from prover_cli.circuits.keys import Keys
from prover_cli.circuits.opening import LONG_LIVED, Opened, open_keys
from prover_cli.faults import Code, SetupFault
from prover_cli.intake.paths import ConfinedPaths, Paths, RefusedPaths
from prover_cli.names import shown
from prover_cli.outcomes.records import Record
from prover_cli.pool import WorkerPool
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.pool.statistics import WorkerStatistics
from prover_cli.serve import app
from prover_cli.serve.app import Service
from prover_cli.serve.door import Door, most_connections
from prover_cli.serve.options import ServiceOptions
from prover_cli.serve.registry import Registry
from prover_cli.serve.request_gate import RequestGate
from prover_cli.serve.token import Tokens
from prover_cli.serve.visitors import Visitors
from prover_cli.stop import INTERRUPTED, Stop
from prover_cli.supervision import LinesOf

LOOK_SECONDS = 0.1
"""Between two looks at signals."""

READERS_SECONDS = 5.0
"""How long a drained service waits for clients to fetch the jobs that they hold an id of."""

LONGEST_NUMBER = 82
"""Bytes of a value in a JSON array: 77 digits, quotes, a comma, spaces."""


class Display(opening.Display, app.Log, Protocol):
    """What the service shows."""

    def listening(self, url: str, opened: Opened) -> None: ...
    def job(self, record: Record) -> None: ...
    def pool_event(self, event: PoolEvent) -> None: ...
    def trouble(self, text: str) -> None: ...
    def draining(self, left: int) -> None: ...
    def drained(self, proved: int, failed: int, workers: Sequence[WorkerStatistics]) -> None: ...


def run_service(options: ServiceOptions, display: Display) -> int:
    """Serves until a signal and returns the exit code. Raises SetupFault, MachineFault."""
    stop = Stop()
    tokens = Tokens(options.token_file) if options.token_file is not None else None
    with stop.on_signals(), closing(_bound(options.host, options.port)) as listener:
        visitors = Visitors(
            loopback=_is_loopback(listener),
            hosts=options.allowed_hosts,
            origins=options.cors_origins,
            token_required=tokens is not None,
        )
        if tokens is None and not _is_loopback(listener):
            display.warn(
                f"anyone who can reach {listener.getsockname()[0]} can have proofs made; add --token-file, "
                "or put the service behind a proxy that checks access"
            )
        keys = Keys.of(find_circuits(options.wanted, [], Path.cwd()))
        max_body = options.max_body or _largest_body(keys)
        paths: Paths = RefusedPaths()
        if options.witness_root is not None:
            paths = ConfinedPaths(options.witness_root, max_body)
        opened = open_keys(options, keys, display, stop, jobs=LONG_LIVED, inputs=keys.any_inputs)
        if opened is None:
            return INTERRUPTED
        for circuit in keys.mapped:
            fault = keys.no_input(circuit)
            if fault is not None and fault.kind is Code.INPUT_UNSUPPORTED:
                display.note(f"{shown(circuit)} takes witnesses only: {fault.message}")
        pool = opened.pool(os.urandom(32), display.pool_event)
        try:
            return asyncio.run(
                _serve(options, opened, pool, listener, paths, tokens, visitors, max_body, display, stop)
            )
        finally:
            pool.shutdown(drain=False)


def _bound(host: str, port: int) -> socket.socket:
    """Bound before the keys are checked, which can take minutes. It listens once there is a pool."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # Named TCP: asyncio turns Nagle's delay off only where it reads so, and it costs 40 ms an answer.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise SetupFault(Code.BAD_ADDRESS, f"--host {host}: {error.strerror or error}") from None
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise SetupFault(
            Code.PORT_IN_USE,
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another --port",
        ) from None
    return listener


def _is_loopback(listener: socket.socket) -> bool:
    return ip_address(listener.getsockname()[0]).is_loopback


def _largest_body(keys: Keys) -> int:
    """Bytes of a request with a witness of the largest circuit as decimal strings."""
    signals = max(mapped.layout.n_vars for mapped in keys.mapped.values())
    return max(1 << 16, signals * LONGEST_NUMBER + (1 << 12))


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """Leaves signals to us. The first one drains, and the service keeps answering meanwhile."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(
    options: ServiceOptions,
    opened: Opened,
    pool: WorkerPool,
    listener: socket.socket,
    paths: Paths,
    tokens: Tokens | None,
    visitors: Visitors,
    max_body: int,
    display: Display,
    stop: Stop,
) -> int:
    for name in ("uvicorn", "asyncio"):
        logging.getLogger(name).addHandler(LinesOf(display.trouble))
        logging.getLogger(name).propagate = False
    door = Door(options.max_connections or most_connections(opened.sizing.workers))
    gate = RequestGate(opened, pool)
    gate.listen(gate.metrics.finished, "metrics", display.trouble)
    gate.listen(display.job, "log", display.trouble)
    service = Service(
        gate,
        paths=paths,
        registry=Registry(options.keep_jobs, options.keep_seconds),
        tokens=tokens,
        max_body=max_body,
        timeout=options.request_timeout,
        log=display,
        visitors=visitors,
    )
    server = _Server(
        uvicorn.Config(
            service.app,
            http=door.protocol(),  # type: ignore[arg-type]  # (it only calls it)
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
        )
    )
    serving = asyncio.ensure_future(server.serve([listener]))
    watching = asyncio.ensure_future(door.watch())
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if not serving.done():
        display.listening(_url(listener), opened)
    while not (stop.draining or gate.broken or serving.done()):
        await asyncio.sleep(LOOK_SECONDS)
    await _drain(service, gate, display, stop)
    if stop.at_once or gate.broken:
        await asyncio.to_thread(pool.shutdown, drain=False)
    server.should_exit = True
    server.force_exit = stop.at_once
    await serving
    watching.cancel()
    display.drained(gate.counts["proved"], gate.counts["failed"], pool.statistics)
    if gate.broken is not None:
        raise gate.broken
    return INTERRUPTED if stop.at_once else 0


async def _drain(service: Service, gate: RequestGate, display: Display, stop: Stop) -> None:
    """Takes no new work, finishes what was accepted, and lets clients fetch the results of their jobs."""
    gate.draining = True
    display.draining(gate.taken)
    loop = asyncio.get_running_loop()
    while gate.taken and not stop.at_once and not gate.broken:
        await asyncio.sleep(LOOK_SECONDS)
    leaves = loop.time() + READERS_SECONDS
    while service.unread and loop.time() < leaves and not stop.at_once:
        await asyncio.sleep(LOOK_SECONDS)
