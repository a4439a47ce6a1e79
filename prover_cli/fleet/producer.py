"""The other end of the queue: jobs in, results out, each at most once in the queue whoever adds it again."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from bullmq import Job, Queue, QueueEvents
from redis.exceptions import BusyLoadingError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from prover_cli.errors import JobFault
from prover_cli.fleet.connection import client, unreachable
from prover_cli.fleet.messages import JOB_NAME, parse_failure
from prover_cli.fleet.options import KEEP_COUNT, ProduceOptions

LOOK_SECONDS = 3.0
"""Between two looks at a job that no event told of: a connection may be lost, and events are trimmed."""

FIRST_BACKOFF_MS = 1000
"""Before the second try of a job; twice as long before each further one."""

OUT_OF_REACH = (RedisConnectionError, RedisTimeoutError, BusyLoadingError, OSError)

Progress = Callable[[str, Mapping[str, Any]], None]


class Producer:
    """Adds jobs to a queue and waits for their ends. Of one event loop."""

    def __init__(self, options: ProduceOptions, progress: Progress | None = None) -> None:
        self._options = options
        self._progress = progress
        where = options.where
        self._queue = Queue(where.queue, {"connection": client(where.redis), "prefix": where.prefix})
        self._ends: dict[str, asyncio.Future[None]] = {}
        """Of jobs that are waited for: done when an event says that they may have ended."""
        self._listening: asyncio.Task[None] | None = None
        self._heard = "$"
        """The last event."""
        self._closed = False

    async def add(self, name: str, data: Mapping[str, object]) -> str | None:
        """Has the queue hold the job, and tells what state it was found in: None where it is new.

        One that had failed is put in anew. Raises MachineFault REDIS_UNREACHABLE."""
        try:
            state = await self._state(name)
            if state == "failed":
                await self._queue.remove(name)
            if state in (None, "failed"):
                await self._queue.add(JOB_NAME, dict(data), self._job_options(name))
            return state
        except OUT_OF_REACH as error:
            raise unreachable(self._options.where.redis, error) from None

    async def result(self, name: str) -> Mapping[str, Any] | None:
        """Waits for the end of a job: its return value, or None where the queue knows it no more.

        Raises JobFault as the worker told it, MachineFault REDIS_UNREACHABLE."""
        try:
            while True:
                told = self._ends.setdefault(name, asyncio.get_running_loop().create_future())
                state = await self._state(name)
                if state == "completed":
                    job = await Job.fromId(self._queue, name)
                    return None if job is None else _mapping(job.returnvalue)
                if state == "failed":
                    job = await Job.fromId(self._queue, name)
                    raise parse_failure(str(job.failedReason if job is not None else ""))
                if state is None:
                    return None
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(told), LOOK_SECONDS)
                if told.done():
                    del self._ends[name]
        except OUT_OF_REACH as error:
            raise unreachable(self._options.where.redis, error) from None
        finally:
            self._ends.pop(name, None)

    async def remove(self, name: str) -> None:
        """Takes a job that nobody is at out of the queue, and a finished one with its result."""
        try:
            await self._queue.remove(name)
        except OUT_OF_REACH as error:
            raise unreachable(self._options.where.redis, error) from None

    async def outstanding(self) -> int:
        """Jobs of anybody that are not done. Raises MachineFault REDIS_UNREACHABLE."""
        try:
            counts = await self._queue.getJobCounts("waiting", "active", "delayed", "prioritized")
        except OUT_OF_REACH as error:
            raise unreachable(self._options.where.redis, error) from None
        return sum(counts.values())

    async def close(self) -> None:
        """Leaves the queue; jobs stay."""
        self._closed = True
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        with suppress(Exception):
            await self._queue.close()

    async def _state(self, name: str) -> str | None:
        state = await self._queue.getJobState(name)
        return None if state in ("unknown", "missing") else str(state)

    def _job_options(self, name: str) -> dict[str, object]:
        kept = {"age": round(self._options.keep_seconds), "count": KEEP_COUNT}
        return {
            "jobId": name,
            "attempts": self._options.attempts,
            "backoff": {"type": "exponential", "delay": FIRST_BACKOFF_MS},
            "removeOnComplete": kept,
            "removeOnFail": kept,
        }

    # ---- events

    async def listen(self) -> None:
        """Begins to hear the queue's events: `result` is told at once then, instead of looking now and then.

        Raises MachineFault REDIS_UNREACHABLE."""
        try:
            # From the last one that there is: what comes while the listener connects is heard too.
            newest = await self._queue.client.xrevrange(self._queue.toKey("events"), count=1)
        except OUT_OF_REACH as error:
            raise unreachable(self._options.where.redis, error) from None
        self._heard = newest[0][0] if newest else "0-0"
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        """bullmq's listener ends with its connection, and is made anew then."""
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
            events.on("completed", self._tell)
            events.on("failed", self._tell)
            events.on("progress", self._tell_progress)
            events.on("error", partial(_set, lost))
            try:
                await lost
                await asyncio.sleep(1)
            finally:
                with suppress(Exception):
                    await events.close()

    def _tell(self, told: Mapping[str, Any], event: str) -> None:
        self._heard = event
        end = self._ends.get(str(told.get("jobId")))
        if end is not None and not end.done():
            end.set_result(None)

    def _tell_progress(self, told: Mapping[str, Any], event: str) -> None:
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
    raise JobFault("RESULT_WRONG", "the job's result is no object: a worker of another make has it")
