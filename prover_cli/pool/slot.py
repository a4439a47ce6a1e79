"""One slot of the pool: a worker, and how to start, feed, kill and replace it.

In the process strategy a slot owns a single-worker ProcessPoolExecutor. A dead worker then breaks only its
own slot, and it is known which job it had. The executor's process is recorded when it is created, so that the
pool can watch it directly.
"""

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection, Pipe
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, cast

from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool import worker
from prover_cli.pool.forkserver import OUR_PROCESSES, start_early, start_method
from prover_cli.pool.job import ProveJob, WorkerSetup
from prover_cli.pool.limits import check_address_space
from prover_cli.pool.own_main import leave_out_main

Tell = Callable[[int, Outcome | BaseException], None]
"""Called with a job's place in its lot and its result, from a thread of the slot."""


class Slot(Protocol):
    """A place for one lot at a time."""

    @property
    def started(self) -> bool: ...
    @property
    def ready(self) -> bool:
        """Whether the worker has started. If it dies before that, no job is to blame."""
        ...

    @property
    def pid(self) -> int | None: ...
    @property
    def process(self) -> BaseProcess | None:
        """The worker's process, if it has its own."""
        ...

    @property
    def unserved(self) -> bool:
        """Whether a thread of this process that transfers jobs and answers has ended, so that no answer can
        arrive."""
        ...

    @property
    def events(self) -> Connection | None:
        """The worker's messages besides its answers. None if it does not have its own process."""
        ...

    def start(self) -> None:
        """Starts the worker. Raises OSError if the machine refuses."""
        ...

    def submit(self, jobs: Sequence[ProveJob], turn: int, tell: Tell) -> "Future[Outcome]":
        """Runs a lot in order. The future is that of the last job. The results of the others are reported as
        soon as each is done: through `events` if the slot has them, else by calling `tell`."""
        ...

    def stop(self, *, kill: bool) -> None:
        """Ends the worker, at once or when its job is done. It can be started again."""
        ...

    def join(self, deadline: float) -> None:
        """Waits until everything stopped has ended, or until `deadline` on the monotonic clock."""
        ...


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Children inherit the mask, so Ctrl-C cannot hit a worker before it has set itself to ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def worker_context() -> BaseContext:
    """The pool's multiprocessing context. The worker's imports are done before the fork."""
    start_early()
    leave_out_main()
    return multiprocessing.get_context(start_method())


class _Recorder:
    """A context that remembers the process that it created, which the executor does not expose."""

    def __init__(self, context: BaseContext) -> None:
        self._context = context
        self.process: BaseProcess | None = None

    def Process(self, *args: Any, **kwargs: Any) -> BaseProcess:  # noqa: N802  (the context's name)
        kwargs["name"] = OUR_PROCESSES
        self.process = self._kind()(*args, **kwargs)
        return self.process

    def _kind(self) -> type[BaseProcess]:
        if self._context.get_start_method() == "forkserver":
            from prover_cli.pool.collected import CollectedProcess

            return CollectedProcess
        kind: type[BaseProcess] = self._context.Process  # type: ignore[attr-defined]  # (typeshed declares it on the concrete contexts only)
        return kind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


class ProcessSlot:
    """A slot with a worker process of its own."""

    def __init__(self, setup: WorkerSetup, context: BaseContext) -> None:
        self._setup = setup
        self._context = context
        self._recorder = _Recorder(context)
        self._executor: ProcessPoolExecutor | None = None
        self._greeting: Future[int] | None = None
        self._events: Connection | None = None
        self._closing: list[threading.Thread] = []

    @property
    def events(self) -> Connection | None:
        return self._events

    @property
    def started(self) -> bool:
        return self._executor is not None

    @property
    def unserved(self) -> bool:
        # The executor does not watch its own manager thread. That thread ends if the system cannot start
        # another one for writing (`ulimit -u`, `ulimit -v`), and futures would then stay open forever. If
        # the worker has ended first, the thread is expected to end too.
        thread, process = getattr(self._executor, "_executor_manager_thread", None), self.process
        return thread is not None and not thread.is_alive() and process is not None and process.is_alive()

    @property
    def ready(self) -> bool:
        greeting = self._greeting
        return greeting is not None and greeting.done() and greeting.exception() is None

    @property
    def process(self) -> BaseProcess | None:
        return self._recorder.process

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def start(self) -> None:
        self._recorder = _Recorder(self._context)
        self._events, theirs = Pipe(duplex=False)
        executor = ProcessPoolExecutor(
            max_workers=1,
            mp_context=cast(BaseContext, self._recorder),  # a context by delegation
            initializer=worker.start_process,
            initargs=(self._setup, theirs),
        )
        try:
            with _interrupts_blocked():
                self._greeting = executor.submit(worker.hello)
        finally:
            theirs.close()  # the worker has its own copy; the pipe ends when that is closed
        self._executor = executor

    def submit(self, jobs: Sequence[ProveJob], turn: int, tell: Tell) -> "Future[Outcome]":
        executor = self._executor
        if executor is None:
            raise RuntimeError("the slot was stopped meanwhile")
        return executor.submit(worker.prove_in_process, tuple(jobs), turn)

    def stop(self, *, kill: bool) -> None:
        executor, self._executor = self._executor, None
        events, self._events = self._events, None
        self._greeting = None
        if events is not None:
            events.close()
        process = self.process
        if kill and process is not None and process.is_alive():
            process.kill()
        if executor is not None:
            # If the program exits meanwhile, it wakes the executor's thread through a pipe that this thread
            # may just have closed, and prints a traceback (CPython 3.11, futures/process.py: "not protected
            # by _shutdown_lock"). So the pool joins these threads at the end, and `stop` need not wait.
            closing = threading.Thread(
                target=executor.shutdown, kwargs={"wait": True, "cancel_futures": True}, daemon=True
            )
            closing.start()
            self._closing = [*(thread for thread in self._closing if thread.is_alive()), closing]

    def join(self, deadline: float) -> None:
        for closing in self._closing:
            closing.join(max(0.0, deadline - time.monotonic()))


class ThreadSlot:
    """A slot that is a thread. All share one worker and so one copy of every key. It cannot be killed: `stop`
    asks its job to end, and the engine checks for that between the steps of a proof. Each job gets its own
    daemon thread, because one may hang in a read forever and the program must still be able to exit."""

    def __init__(self, shared: worker.Worker) -> None:
        self._worker = shared
        self._started = False
        self._cancel = bytearray(1)

    @property
    def events(self) -> Connection | None:
        return None

    @property
    def started(self) -> bool:
        return self._started

    @property
    def ready(self) -> bool:
        return self._started

    @property
    def unserved(self) -> bool:
        return False

    @property
    def process(self) -> BaseProcess | None:
        return None

    @property
    def pid(self) -> int | None:
        return multiprocessing.current_process().pid

    def start(self) -> None:
        self._cancel = bytearray(1)
        self._started = True

    def submit(self, jobs: Sequence[ProveJob], turn: int, tell: Tell) -> "Future[Outcome]":
        answer: Future[Outcome] = Future()
        cancel = self._cancel
        *earlier, last = jobs

        def prove() -> None:
            for place, job in enumerate(earlier):
                if cancel[0]:
                    break  # nobody is waiting for them
                try:
                    tell(place, self._worker.prove(job, cancel=cancel))
                except BaseException as error:
                    tell(place, error)
            try:
                outcome = self._worker.prove(last, cancel=cancel)
            except BaseException as error:
                answer.set_exception(error)
            else:
                answer.set_result(outcome)

        threading.Thread(target=prove, name="slot", daemon=True).start()
        return answer

    def stop(self, *, kill: bool) -> None:
        self._started = False
        if kill:
            self._cancel[0] = 1

    def join(self, deadline: float) -> None:
        pass  # a thread could be stuck in a read, so it is not waited for


def slot_maker(strategy: str, setup: WorkerSetup, workers: int) -> "SlotMaker":
    """`processes` or `threads`. Raises MachineFault OUT_OF_MEMORY if so many workers do not fit."""
    if strategy == "threads":
        return SlotMaker(None, setup)
    check_address_space(workers)
    return SlotMaker(worker_context(), setup)


class SlotMaker:
    """Makes the slots of one pool."""

    def __init__(self, context: BaseContext | None, setup: WorkerSetup) -> None:
        self._context = context
        self._setup = setup
        self._shared: worker.Worker | None = None
        self._lock = threading.Lock()

    def make(self) -> Slot:
        if self._context is not None:
            return ProcessSlot(self._setup, self._context)
        with self._lock:
            self._shared = self._shared or worker.Worker(self._setup)
        return ThreadSlot(self._shared)
