"""`prove-batch work`, from its options to its exit code: keys, Redis, the pool, then the queue."""

import asyncio
import logging
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

from redis.exceptions import RedisError

from prover_cli.circuits import opening
from prover_cli.circuits.finding import find_circuits
from prover_cli.circuits.keys import Keys
from prover_cli.circuits.opening import LONG_LIVED, Opened, open_keys
from prover_cli.faults import Code, MachineFault, SetupFault
from prover_cli.intake.paths import ConfinedPaths, Paths, RefusedPaths
from prover_cli.metrics.endpoint import metrics_served
from prover_cli.metrics.families import RunMetrics
from prover_cli.pool import WorkerPool
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.pool.statistics import WorkerStatistics
from prover_cli.queue import worker
from prover_cli.queue.connection import check, fault_of, masked
from prover_cli.queue.options import WorkOptions
from prover_cli.queue.worker import FleetWorker
from prover_cli.stop import INTERRUPTED, Stop

LOOK_SECONDS = 0.1
"""Between two checks for signals."""

LARGEST_WITNESS = 1 << 30
"""Maximum bytes of a witness below the witness root: 32 million signals."""


class Display(opening.Display, worker.WorkerListener, Protocol):
    """What a worker shows."""

    def listening(self, place: str, opened: Opened) -> None: ...
    def pool_event(self, event: PoolEvent) -> None: ...
    def draining(self, left: int) -> None: ...
    def drained(self, proved: int, failed: int, workers: Sequence[WorkerStatistics]) -> None: ...


def run_worker(options: WorkOptions, display: Display) -> int:
    """Serves the queue until a signal, and returns the exit code. Raises SetupFault, MachineFault."""
    paths: Paths = RefusedPaths()
    if options.witness_root is not None:
        paths = ConfinedPaths(options.witness_root, LARGEST_WITNESS)
    if options.results is not None:
        try:
            options.results.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SetupFault(
                Code.OUTPUT_NOT_WRITABLE, f"--results {options.results}: {error.strerror or error}"
            ) from None
    stop = Stop()
    with stop.on_signals():
        keys = Keys.of(find_circuits(options.wanted, [], Path.cwd()))
        asyncio.run(check(options.where.redis))
        opened = open_keys(options, keys, display, stop, jobs=LONG_LIVED, inputs=keys.any_inputs)
        if opened is None:
            return INTERRUPTED
        pool = opened.pool(os.urandom(32), display.pool_event)
        try:
            metrics = RunMetrics(pool, keys.mapped)
            served: AbstractContextManager[None] = nullcontext()
            if options.metrics_port is not None:
                served = metrics_served(metrics.registry, options.metrics_port)
            with served:
                return asyncio.run(_work(options, opened, pool, paths, metrics, display, stop))
        finally:
            pool.shutdown(drain=False)


async def _work(
    options: WorkOptions,
    opened: Opened,
    pool: WorkerPool,
    paths: Paths,
    metrics: RunMetrics,
    display: Display,
    stop: Stop,
) -> int:
    logging.getLogger("asyncio").addHandler(logging.NullHandler())
    serving = FleetWorker(options, opened.keys, pool, paths, opened.sizing.workers, display, metrics.finished)
    running = asyncio.ensure_future(serving.run())
    display.listening(f"queue {options.where.queue} at {masked(options.where.redis)}", opened)
    while not (stop.draining or serving.broken or running.done()):
        await asyncio.sleep(LOOK_SECONDS)
    if running.done() and not serving.broken:
        error = None if running.cancelled() else running.exception()
        serving.broken = (
            fault_of(options.where.redis, error)
            if isinstance(error, RedisError)
            else MachineFault(Code.QUEUE_FAILED, "BullMQ stopped taking jobs; start the worker again")
        )
    display.draining(serving.running)
    closing = asyncio.ensure_future(serving.close(force=False))
    while not closing.done() and not stop.at_once:
        await asyncio.wait({closing}, timeout=LOOK_SECONDS)
    if stop.at_once:
        closing.cancel()
        await asyncio.to_thread(pool.shutdown, drain=False)
        await serving.close(force=True)
    running.cancel()
    await asyncio.gather(running, closing, return_exceptions=True)
    display.drained(serving.counts["proved"], serving.counts["failed"], pool.statistics)
    if serving.broken is not None:
        raise serving.broken
    return INTERRUPTED if stop.at_once else 0
