"""The other end of the queue: jobs in, results out. A job is in the queue at most once, no matter who adds it
again."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bullmq import Job, Queue, QueueEvents
from redis.exceptions import RedisError

from prover_cli.faults import Code, Fault, JobFault, MachineFault, unexpected
from prover_cli.queue.connection import client, fault_of, is_refused
from prover_cli.queue.messages import JOB_NAME, parse_failure, without_private
from prover_cli.queue.options import KEEP_COUNT, KEEP_SECONDS, ProduceOptions
from prover_cli.supervision import logged, logger

LOG = logger(__name__)

LOOK_SECONDS = 3.0
"""Between two checks of a job without events. A connection may be lost, and old events are trimmed."""

MOST_TIMES = 3
"""How often a job is enqueued again if the queue loses it."""

FIRST_BACKOFF_MS = 1000
"""Before the second try of a job. The pause doubles before each further one."""

SETTLE_SECONDS = 5.0
"""How long to wait, when leaving the queue, until finished jobs are removed from it."""

Progress = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Answer:
    """A job's return value, and whether it is new. An earlier run may have had the job proved."""

    value: Mapping[str, Any]
    new: bool


@dataclass(eq=False)
class _End:
    """What events have reported about a job."""

    happened: asyncio.Event = field(default_factory=asyncio.Event)
    result: Mapping[str, Any] | None = None
    failure: str | None = None
    found: bool = False
    """Whether it was already in the queue when it was added."""
    waiting: int = 0
    """How many are waiting for it. Two jobs of a run may be the same."""


class Producer:
    """Adds jobs to a queue and waits for their ends. For use in one event loop."""

    def __init__(self, options: ProduceOptions, progress: Progress | None = None) -> None:
        self._options = options
        self._progress = progress
        where = options.where
        self._queue = Queue(where.queue, {"connection": client(where.redis), "prefix": where.prefix})
        self._ends: dict[str, _End] = {}
        """Of jobs that somebody is waiting for."""
        self._listening: asyncio.Task[None] | None = None
        self._heard = "$"
        """The last event received."""
        self._closed = False
        self._refused: MachineFault | None = None
        """Why events can no longer be received: Redis refuses to let us read them."""
        self._settling: set[asyncio.Task[None]] = set()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Converts exceptions of Redis and BullMQ to faults: MachineFault REDIS_…, JobFault QUEUE_FAILED."""
        try:
            yield
        except (RedisError, OSError) as error:
            raise fault_of(self._options.where.redis, error) from None
        except (Fault, asyncio.CancelledError):
            raise
        except Exception as error:
            raise JobFault(Code.QUEUE_FAILED, f"BullMQ did not accept the job: {unexpected(error)}") from None

    async def add(self, name: str, data: Mapping[str, object]) -> str | None:
        """Makes sure that the job is in the queue, and returns the state it was already in, or None if new.

        A job that had failed is added again. Raises MachineFault REDIS_…, JobFault QUEUE_FAILED."""
        with self._told():
            state = await self._state(name)
            if state == "failed":
                await self._queue.remove(name)
            if state in (None, "failed"):
                await self._queue.add(JOB_NAME, data, self._job_options(name))
            return state

    async def ask(self, name: str, data: Mapping[str, object]) -> Answer:
        """Makes sure that the job is in the queue, and waits for its end.

        A new job takes one command. Events report whether it was already there, and how it ends. Call
        `listen` first. Raises the worker's JobFault, QUEUE_FAILED, MachineFault REDIS_…."""
        told = self._ends.setdefault(name, _End())
        told.waiting += 1
        try:
            with self._told():
                await self._queue.add(JOB_NAME, data, self._job_options(name))
                return await self._end(name, data, told)
        finally:
            told.waiting -= 1
            if not told.waiting:
                self._ends.pop(name, None)

    async def _end(self, name: str, data: Mapping[str, object], told: _End) -> Answer:
        again = 0
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await told.happened.wait()
            if self._refused is not None:
                raise self._refused
            if told.result is not None:
                return Answer(told.result, new=not told.found)
            if told.failure is not None:
                raise parse_failure(told.failure)
            # No event, or the job was already there: look up its state.
            found, told.found = told.found, False
            told.happened.clear()
            state = await self._state(name)
            if state == "completed":
                job = await Job.fromId(self._queue, name)
                if job is not None:
                    return Answer(_mapping(job.returnvalue), new=not found)
            elif state == "failed" and not found:
                job = await Job.fromId(self._queue, name)
                raise parse_failure(str(job.failedReason if job is not None else ""))
            if state in (None, "failed", "completed"):
                # An earlier run's failure, or Redis has lost the job.
                again += 1
                if again > MOST_TIMES:
                    raise JobFault(Code.QUEUE_FAILED, f"the queue lost the job {MOST_TIMES} times")
                await self._queue.remove(name)
                await self._queue.add(JOB_NAME, data, self._job_options(name))

    async def remove(self, name: str) -> None:
        """Removes a job from the queue unless it is in progress. Finished ones are removed with their
        results."""
        with self._told():
            await self._queue.remove(name)

    def settle(self, name: str, data: Mapping[str, object], *, failed: bool) -> None:
        """Cleans up a job that has ended, in the background: what is no longer needed is removed from Redis.

        The worker removes the witness from a job that it proved, but not from one that failed, because
        another program's producer might retry the job as it is. Ours adds it again."""
        task = asyncio.create_task(self._settle(name, data, failed))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _settle(self, name: str, data: Mapping[str, object], failed: bool) -> None:
        # Redis or the job may be gone. At the latest, the job is removed when it reaches its maximum age.
        with logged(LOG, "removing a job from Redis", logging.INFO):
            if not self._options.keep_seconds:
                await self._queue.remove(name)
            elif failed:
                await Job(self._queue, JOB_NAME, {}, {}, name).updateData(without_private(data))

    async def outstanding(self) -> int:
        """Number of unfinished jobs in the queue, whoever added them. Raises MachineFault REDIS_…."""
        with self._told():
            counts = await self._queue.getJobCounts("waiting", "active", "delayed", "prioritized")
        return sum(counts.values())

    async def close(self) -> None:
        """Leaves the queue. Jobs stay in it."""
        self._closed = True
        if self._settling:
            await asyncio.wait(self._settling, timeout=SETTLE_SECONDS)
        for task in self._settling:
            task.cancel()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        with logged(LOG, "leaving the queue", logging.DEBUG):
            await self._queue.close()

    async def _state(self, name: str) -> str | None:
        state = await self._queue.getJobState(name)
        return None if state in ("unknown", "missing") else str(state)

    def _job_options(self, name: str) -> dict[str, object]:
        # Even if it is to be removed at once: a result must be kept until somebody has received it.
        kept = {"age": max(1, round(self._options.keep_seconds or KEEP_SECONDS)), "count": KEEP_COUNT}
        return {
            "jobId": name,
            "attempts": self._options.attempts,
            "backoff": {"type": "exponential", "delay": FIRST_BACKOFF_MS},
            "removeOnComplete": kept,
            "removeOnFail": kept,
        }

    # ---- events

    async def listen(self) -> None:
        """Starts listening to the queue's events, so that results are known at once without polling.

        Raises MachineFault REDIS_…."""
        with self._told():
            # Starts after the latest event, so that events during the connection setup are not missed.
            newest = await self._queue.client.xrevrange(self._queue.toKey("events"), count=1)
        self._heard = newest[0][0] if newest else "0-0"
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        """Listens until closed. bullmq's listener ends with its connection, and is then replaced."""
        where = self._options.where
        while not self._closed:
            lost: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
            events = QueueEvents(
                where.queue,
                {
                    "connection": client(where.redis),
                    "prefix": where.prefix,
                    "blockingTimeout": 5000,
                    "lastEventId": self._heard,
                },
            )
            events.on("completed", self._completed)
            events.on("failed", self._failed)
            events.on("duplicated", self._duplicated)
            events.on("progress", self._progressed)
            events.on("error", partial(_set, lost))
            try:
                error = await lost
                if is_refused(error):
                    self._refused = fault_of(where.redis, error)
                    for end in self._ends.values():
                        end.happened.set()
                    return
                await asyncio.sleep(1)
            finally:
                with logged(LOG, "leaving the queue's events", logging.DEBUG):
                    await events.close()

    def _completed(self, told: Mapping[str, Any], event: str) -> None:
        self._heard = event
        end, value = self._ends.get(str(told.get("jobId"))), told.get("returnvalue")
        if end is not None:
            end.result = value if isinstance(value, Mapping) else None
            end.happened.set()

    def _failed(self, told: Mapping[str, Any], event: str) -> None:
        self._heard = event
        end = self._ends.get(str(told.get("jobId")))
        if end is not None:
            end.failure = str(told.get("failedReason"))
            end.happened.set()

    def _duplicated(self, told: Mapping[str, Any], event: str) -> None:
        self._heard = event
        end = self._ends.get(str(told.get("jobId")))
        if end is not None:
            end.found = True
            end.happened.set()

    def _progressed(self, told: Mapping[str, Any], event: str) -> None:
        self._heard = event
        data = told.get("data")
        if self._progress is not None and told.get("jobId") in self._ends and isinstance(data, Mapping):
            self._progress(str(told["jobId"]), data)


def _set(future: "asyncio.Future[Exception]", error: Exception) -> None:
    if not future.done():
        future.set_result(error)


def _mapping(value: object) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise JobFault(
        Code.RESULT_WRONG, "the job's result is not an object: it is from a different kind of worker"
    )
