"""A fleet behind a queue, used like a pool: `execute` gives a future, and the statistics are its workers'.

Nothing that comes out of Redis is trusted: each proof is verified here, with the public signals of the
witness that was sent.
"""

import asyncio
import threading
from array import array
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Self

from prover_cli.circuits.keys import Keys
from prover_cli.faults import Code, Fault, JobFault, MachineFault, unexpected
from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool.executor import Running
from prover_cli.pool.job import ProveJob
from prover_cli.pool.pool_events import EventListener, PoolEvent
from prover_cli.pool.statistics import WorkerStatistics
from prover_cli.queue.messages import missing
from prover_cli.queue.options import ProduceOptions
from prover_cli.queue.packing import Packed, Packer
from prover_cli.queue.producer import Answer, Producer
from prover_cli.supervision import logger, supervised
from prover_cli.systems.protocols import Verifier
from prover_cli.systems.registry import proof_from_json, verifier_for

LOG = logger(__name__)

TRIES = 2
"""How often a job is put in whose result was no proof: the first may have lain there for long."""


class Fleet:
    """What touches Redis happens in one thread with an event loop; `execute` may be called in any."""

    def __init__(
        self,
        options: ProduceOptions,
        keys: Keys,
        *,
        engine: str,
        verify: bool,
        digest_secret: bytes,
        listener: EventListener,
    ) -> None:
        self._tell = listener
        self._keys = keys
        self._verify = verify
        self._packer = Packer(keys, digest_secret, options.witness_root, strict_inputs=options.strict_inputs)
        self._told_reduced = False
        self._verifiers: dict[str, Verifier] = {
            circuit: verifier_for(mapped.verification_key, engine) for circuit, mapped in keys.mapped.items()
        }
        self._changed = threading.Condition()
        self._open: dict[Future[Outcome], str] = {}
        """Jobs whose end is not known, with their names in the queue."""
        self._workers: dict[tuple[str, int], WorkerStatistics] = {}
        self._proving: dict[str, tuple[str, float]] = {}
        """Jobs that a machine told of, by their names in the queue: id and seconds."""
        self._ids: dict[str, str] = {}
        """Of our jobs, by their names in the queue."""
        self._proofs: set[asyncio.Task[Any]] = set()
        """One a job; the event loop's."""
        self._loop = asyncio.new_event_loop()
        self._thread = supervised(self._run, "fleet", LOG, self._lost)
        self._thread.start()
        self._producer: Producer = self._call(self._begin(options))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.shutdown(drain=kind is None)

    # ---- what a run uses

    def execute(self, job: ProveJob, *, block: bool = True) -> "Future[Outcome]":
        """Puts a job into the queue.

        The future ends with an Outcome, a JobFault, a MachineFault (REDIS_UNREACHABLE), or cancelled by
        `shutdown`. Raises JobFault where the witness is not even worth sending."""
        packed = self._packer.pack(job)
        if packed.reduced is not None and not self._told_reduced:
            self._told_reduced = True
            self._tell(PoolEvent("reduced", job=job.id, circuit=job.circuit, detail=packed.reduced))
        future: Future[Outcome] = asyncio.run_coroutine_threadsafe(self._prove(job, packed), self._loop)
        with self._changed:
            self._open[future] = packed.name
        future.add_done_callback(self._over)
        return future

    def finish(self) -> None:
        """A fleet does not plan for an end."""

    @property
    def statistics(self) -> list[WorkerStatistics]:
        """Of each worker that sent a result."""
        return self._copies(lambda counted: counted.durations[:])

    @property
    def counters(self) -> list[WorkerStatistics]:
        """The same without durations."""
        return self._copies(lambda _: array("d"))

    def running(self) -> list[Running]:
        """Jobs that are being proved, as far as workers told; pids are of other machines and left out."""
        with self._changed:
            proving = list(self._proving.values())
        return [Running(i, None, job_id, seconds) for i, (job_id, seconds) in enumerate(proving)]

    @property
    def queued(self) -> int:
        """Of our own jobs, those that nobody proves yet."""
        return max(0, len(self._open) - len(self._proving))

    def give_back(self) -> None:
        """Cancels the jobs that no worker has told of: nobody may ever work there, and the run is to end.

        They stay in the queue, as with `shutdown`, and the same run later takes their results."""
        with self._changed:
            left = [future for future, name in self._open.items() if name not in self._proving]
        for future in left:
            future.cancel()

    def shutdown(self, *, drain: bool = True) -> None:
        """Leaves the queue. With `drain` what was put in is waited for; without, it stays there, and the same
        job added again later takes its result. Idempotent."""
        if self._loop.is_closed():
            return
        with self._changed:
            while drain and self._open:
                self._changed.wait()
            left = list(self._open)
        for future in left:
            future.cancel()
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # ---- one job

    async def _prove(self, job: ProveJob, packed: Packed) -> Outcome:
        name = packed.name
        task = asyncio.current_task()
        if task is not None:
            self._proofs.add(task)
            task.add_done_callback(self._proofs.discard)
        self._ids[name] = job.id
        reason: JobFault | None = None
        try:
            for _ in range(TRIES):
                answer = await self._producer.ask(name, packed.data)
                try:
                    outcome = await asyncio.to_thread(self._outcome, job, packed, answer)
                except JobFault as fault:
                    reason = fault
                    await self._producer.remove(name)
                else:
                    self._producer.settle(name, packed.data, failed=False)
                    return outcome
            raise reason or JobFault(Code.QUEUE_FAILED, "the queue gave no result")
        except JobFault:
            self._producer.settle(name, packed.data, failed=True)
            raise
        finally:
            self._ids.pop(name, None)
            with self._changed:
                self._proving.pop(name, None)

    def _outcome(self, job: ProveJob, packed: Packed, answer: Answer) -> Outcome:
        """Raises JobFault RESULT_WRONG."""
        circuit, witness, value = job.circuit, packed.witness, answer.value
        curve, n_public = witness.curve, self._keys.mapped[circuit].layout.n_public
        lacks = missing(value, ("proof",))
        if lacks is not None:
            raise JobFault(Code.RESULT_WRONG, f"the queue's result has no {lacks}")
        signals = witness.public_signals(n_public)
        try:
            proof = proof_from_json(value["proof"])
        except Fault as fault:
            raise JobFault(Code.RESULT_WRONG, f"the queue's result is no proof: {fault.message}") from None
        told = value.get("publicSignals")
        same = told is None or told == [str(signal) for signal in signals]
        holds = same and proof.curve is curve and proof.system == self._keys.mapped[circuit].system
        if not holds or (self._verify and not self._verifiers[circuit].verify(proof, signals)):
            raise JobFault(Code.RESULT_WRONG, "the queue's result is no proof of this witness")
        seconds = _number(value.get("seconds"))
        worker = self._count(
            str(value.get("machine", "?")), value.get("worker"), seconds if answer.new else None
        )
        if answer.new:
            told_of = PoolEvent(
                "answered", worker, job=job.id, circuit=circuit, seconds=seconds, reason="proved"
            )
            self._tell(told_of)
        size = curve.n8r
        return Outcome(
            system=proof.system,
            proof=proof.to_bytes(),
            public=witness.values[size : size * (n_public + 1)],
            verified=self._verify,
            seconds=seconds,
            cpu_seconds=0.0,
            witness_digest=packed.digest,
            worker=worker,
        )

    def _count(self, machine: str, worker: object, seconds: float | None) -> int:
        """`seconds` is None for a proof that an earlier run had made."""
        number = worker if isinstance(worker, int) else 0
        with self._changed:
            key = (machine[:80], number)
            if key not in self._workers:
                self._workers[key] = WorkerStatistics(len(self._workers), machine=f"{key[0]}/{number}")
            counted = self._workers[key]
            if seconds is None:
                counted.proofs += 1
            else:
                counted.proved(seconds, 0.0)
                counted.busy_seconds += seconds
            return counted.worker

    def _heard(self, name: str, told: Mapping[str, Any]) -> None:
        if name in self._ids and told.get("stage") == "proving":
            with self._changed:
                self._proving[name] = (self._ids[name], _number(told.get("seconds")))

    def _over(self, future: "Future[Outcome]") -> None:
        with self._changed:
            self._open.pop(future, None)
            self._changed.notify_all()

    def _copies(self, durations: "Callable[[WorkerStatistics], array[float]]") -> list[WorkerStatistics]:
        with self._changed:
            return [
                replace(worker, durations=durations(worker), restart_reasons={})
                for worker in self._workers.values()
            ]

    # ---- the thread

    def _lost(self, error: Exception) -> None:
        """The thread has ended: no job of ours will."""
        fault = MachineFault(Code.INTERNAL, f"the connection to the queue failed: {unexpected(error)}")
        with self._changed:
            left = list(self._open)
        for future in left:
            if not future.done():
                future.set_exception(fault)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _begin(self, options: ProduceOptions) -> Producer:
        producer = Producer(options, self._heard)
        await producer.listen()
        return producer

    async def _end(self) -> None:
        """Gives up what is still waited for, and leaves the queue."""
        left = list(self._proofs)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._producer.close()

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
