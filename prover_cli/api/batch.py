"""A batch in the background of a program: the run loop of the command line in a thread of its own, and what
it hands to the program's thread.

Nothing here refers to the object that the program holds. Once that one is gone, the batch is ended.
"""

import atexit
import contextvars
import secrets
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator

from prover_cli.api.jobs import Planned
from prover_cli.api.wording import in_python
from prover_cli.batch.run import Run
from prover_cli.batch.sinks import OutputClosed
from prover_cli.circuits.opening import Opened
from prover_cli.faults import JobFault
from prover_cli.intake.jobs import Job
from prover_cli.outcomes.records import Record
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.stop import Stop

WAKE_SECONDS = 0.5
"""Between two looks of a thread that waits: on Windows a lock keeps Ctrl-C away."""

GOODBYE_SECONDS = 5.0
"""How long `close` waits for the thread; one that the program's own iterable holds up is left behind."""

JOIN_SECONDS = 0.05
"""Between two looks at whether it does."""


_running: "weakref.WeakSet[Batch]" = weakref.WeakSet()


def _end_all() -> None:
    for batch in list(_running):
        batch.close()


# A program may end while a batch runs. Before `atexit` calls anything, concurrent.futures waits until its
# processes have finished what they began. What was registered last with `threading` is called first.
getattr(threading, "_register_atexit", atexit.register)(_end_all)


class Handover:
    """Results on their way from the run loop to the program, one at a time: who does not take them pauses the
    run. A sink of `Run`."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: Record | None = None
        self._ended = False
        self._closed = False

    def write(self, record: Record) -> JobFault | None:
        """Waits until there is room. Raises OutputClosed once nobody takes any more."""
        with self._changed:
            while self._waiting is not None and not self._closed:
                self._changed.wait(WAKE_SECONDS)
            if self._closed:
                raise OutputClosed
            self._waiting = record
            self._changed.notify_all()
        return None

    def take(self) -> Record | None:
        """The next one; None once the run has ended and all were taken."""
        with self._changed:
            while self._waiting is None and not self._ended:
                self._changed.wait(WAKE_SECONDS)
            record, self._waiting = self._waiting, None
            self._changed.notify_all()
        return record

    def end(self) -> None:
        """No more will come."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def close(self) -> None:
        """No more are wanted."""
        with self._changed:
            self._closed = True
            self._waiting = None
            self._changed.notify_all()


class Batch:
    """One batch: its pool, its thread, its results."""

    def __init__(self, opened: Opened, planned: Planned, stop: Stop, *, ordered: bool) -> None:
        self.total = planned.total
        self.workers = opened.sizing.workers
        self.taken = 0
        self.failure: BaseException | None = None
        """What ended the batch early."""
        self._jobs = planned.jobs
        self._reading = False
        """Whether the thread is in the program's own iterable, which may wait for anything."""
        self._stop = stop
        self._warnings: deque[str] = deque()
        self._handover = Handover()
        self._pool = opened.pool(secrets.token_bytes(32), self._hear)
        self._run = Run(
            self._pool,
            self._handover,
            stop,
            curve_of=opened.keys.curve_of,
            ordered=ordered,
            total=planned.total,
            in_flight=opened.in_flight,
            file_ids=False,
            warn=self._warnings.append,
        )
        context = contextvars.copy_context()  # the program's iterable may go by it
        self._thread = threading.Thread(
            target=context.run, args=(self._prove,), name="prove_many", daemon=True
        )

    def start(self) -> None:
        """Begins to read and to prove."""
        _running.add(self)
        self._thread.start()

    def take(self) -> Record | None:
        """Waits for the next result; None at the end."""
        record = self._handover.take()
        self.taken += record is not None
        return record

    def warnings(self) -> Iterator[str]:
        """What the program is to be warned of, each once."""
        while self._warnings:
            yield in_python(self._warnings.popleft())

    def close(self) -> None:
        """Ends it at once, if it has not ended. Idempotent, and safe in any thread."""
        _running.discard(self)
        self._stop.interrupted = self._stop.draining = self._stop.at_once = True
        self._handover.close()
        self._pool.shutdown(drain=False)
        if self._thread is threading.current_thread():
            return
        until = time.monotonic() + GOODBYE_SECONDS
        while self._thread.is_alive() and not self._reading and time.monotonic() < until:
            self._thread.join(JOIN_SECONDS)

    def _prove(self) -> None:
        try:
            with self._pool:
                result = self._run.execute(self._read())
            self.failure = self.failure or result.machine_fault
            if result.totals.defects:
                self._warnings.append(
                    f"{result.totals.defects} proofs were right only on the slow path; this is a defect of "
                    "prove-batch: please report it"
                )
        except BaseException as error:
            self.failure = self.failure or error
        finally:
            self._handover.end()

    def _read(self) -> Iterator[Job]:
        """What the program's own iterable raises is the program's to see, once the jobs before are done."""
        jobs = iter(self._jobs)
        while not self._stop.draining:
            try:
                self._reading = True
                job = next(jobs, None)
            except Exception as error:
                self.failure = error
                return
            finally:
                self._reading = False
            if job is None:
                return
            yield job

    def _hear(self, event: PoolEvent) -> None:
        if event.trouble is not None:
            self._warnings.append(event.trouble)
