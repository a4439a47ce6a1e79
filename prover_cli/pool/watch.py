"""The watch over the workers: one thread that detects deaths, hangs, silence and memory use, and replaces
workers.

Deaths are detected from the process itself, independently of the executor. On CPython 3.11, a SIGKILL while a
result is being sent leaves the executor's future unresolved forever. While the pool is open, only this thread
stops workers, so each worker ends exactly once.
"""

import contextlib
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.connection import Pipe, wait
from multiprocessing.process import BaseProcess

from prover_cli.faults import unexpected
from prover_cli.outcomes.outcome import Outcome
from prover_cli.pool.admission import Admission
from prover_cli.pool.channel import OPENED, PROVING, RESULT, STUCK, UP, messages
from prover_cli.pool.health import (
    FROZEN_SECONDS,
    WorkerLimits,
    abandoned,
    over_memory,
    silence,
    time_is_up,
    time_left,
)
from prover_cli.pool.ledger import Ledger, Seat, Settled
from prover_cli.pool.memory import Room, sample
from prover_cli.pool.pool_events import EventListener, PoolEvent
from prover_cli.pool.slot import Slot
from prover_cli.pool.tickets import Ended, Ticket
from prover_cli.supervision import logger

LOG = logger(__name__)

LOOK_SECONDS = 0.5
"""Between two checks of memory and limits while proofs run."""

IDLE_SECONDS = 2.0
"""The same while no proof runs."""

SAMPLE_SHARE = 0.03
"""Minimum seconds between two memory checks, per worker. Sampling one takes 0.3 ms (at 2 GHz), so all of
them together take at most a hundredth of a core."""

UNSERVED = "the system cannot start another thread for this process; raise `ulimit -u` and `ulimit -v`"
"""Why a worker's answers cannot be received."""


class Watch:
    """Watches until `stop`. `settle` resolves the futures affected by a worker's end, and `answered` that of
    a job in a lot: seat, turn, place and result. `dispatch` hands out waiting jobs."""

    def __init__(
        self,
        ledger: Ledger,
        slots: Sequence[Slot],
        changed: threading.Condition,
        limits: WorkerLimits,
        admission: Admission,
        room: Room,
        *,
        settle: Callable[[Settled], None],
        answered: Callable[[Seat, int, int, Outcome | BaseException], None],
        dispatch: Callable[[], None],
        listener: EventListener,
    ) -> None:
        self._ledger = ledger
        self._slots = slots
        self._changed = changed
        self._limits = limits
        self._admission = admission
        self._room = room
        self._settle = settle
        self._answered = answered
        self._dispatch = dispatch
        self._tell = listener
        self._broken: deque[tuple[Seat, int, str | None]] = deque()
        self._heard = [time.monotonic()] * len(slots)
        self._up = [False] * len(slots)
        """Whether the worker has reported that it started. The executor also gets an answer to that, but it
        may read it only after the watch has seen the worker die."""
        self._sampled = [-1] * len(slots)
        """Turns in which an idle worker's memory was already sampled."""
        self._oom_kills = room.oom_kills()
        self._looked = 0.0
        self._stopping = False
        self._receiver, self._sender = Pipe(duplex=False)
        self._waking = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="pool-watch", daemon=True)

    def start(self) -> None:
        self._admission.begin(self._room.available())
        self._thread.start()

    def stop(self) -> None:
        """Ends the watch, after a last check of memory."""
        self._stopping = True
        self.wake()
        self._thread.join()
        self._look_at_memory(time.monotonic())

    def started(self, seat: Seat) -> None:
        """A worker was started. Its time without a heartbeat counts from now."""
        self._heard[seat.index] = time.monotonic()
        self.wake()

    def report(self, seat: Seat, turn: int, detail: str | None = None) -> None:
        """An executor found that its worker has ended. The watch deals with it later, because a broken
        executor calls back with its own lock held (since CPython 3.12) and must not be touched from there."""
        self._broken.append((seat, turn, detail))
        self.wake()

    def wake(self) -> None:
        """Makes the watch check at once."""
        with self._waking, contextlib.suppress(OSError):
            if not self._receiver.poll():
                self._sender.send_bytes(b"!")

    # ---- the loop

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._step()
            except Exception as error:
                # If the watch ended, futures would stay open forever. So it reports the error and continues.
                LOG.error("the watch over the workers: %s", unexpected(error))
                self._tell(
                    PoolEvent("defect", detail=f"{type(error).__name__} in the watch over the workers")
                )
                time.sleep(LOOK_SECONDS)

    def _step(self) -> None:
        """Waits for something to happen, and deals with it."""
        processes: dict[int, tuple[Seat, BaseProcess]] = {}
        pipes = {}
        for seat, slot in zip(self._ledger.seats, self._slots, strict=True):
            process, events = slot.process, slot.events
            if slot.started and process is not None:
                processes[process.sentinel] = (seat, process)
            if events is not None:
                pipes[events] = seat
        ready = wait([self._receiver, *processes, *pipes], timeout=self._pause())
        with self._waking:
            while self._receiver.poll():
                self._receiver.recv_bytes()
        dead = self._gone([processes[found] for found in ready if found in processes])
        for pipe, seat in pipes.items():
            if pipe in ready:
                self._listen(seat)
        while self._broken:
            seat, turn, detail = self._broken.popleft()
            self._listen(seat)  # answers sent before its end count
            detail = detail or self._how(self._slots[seat.index].process)
            self._end(seat, turn, Ended.DIED, detail)
        for seat, process in dead:
            # The turn is read before the process is compared. If the slot moves on, the turn is stale.
            turn, slot = seat.turn, self._slots[seat.index]
            if slot.started and slot.process is process:
                self._end(seat, turn, Ended.DIED, self._how(process))
            with self._changed:
                seat.leaving = False
        self._look()
        self._dispatch()

    def _gone(self, ended: Sequence[tuple[Seat, BaseProcess]]) -> list[tuple[Seat, BaseProcess]]:
        """Those whose process still belongs to their slot. They get no further job, because their last
        message could free them before their end is settled."""
        with self._changed:
            found = [(seat, process) for seat, process in ended if self._slots[seat.index].process is process]
            for seat, _ in found:
                seat.leaving = True
        return found

    def _pause(self) -> float:
        """Seconds until the next check may be due."""
        now = time.monotonic()
        with self._changed:
            busy = self._ledger.busy
            waits = [time_left(seat, self._limits, now) for seat in self._ledger.seats]
            if self._ledger.queue:
                waits += [seat.rests_until - now for seat in self._ledger.seats if seat.rests_until > now]
        pauses = [LOOK_SECONDS if busy else IDLE_SECONDS, *(left for left in waits if left is not None)]
        return max(0.001, min(pauses))

    def _listen(self, seat: Seat) -> None:
        """Reads a worker's messages."""
        slot = self._slots[seat.index]
        events, now = slot.events, time.monotonic()
        if events is None:
            return
        for message in messages(events):
            kind, number = message.kind, message.number
            silent, self._heard[seat.index] = now - self._heard[seat.index], now
            if silent > FROZEN_SECONDS:
                with self._changed:
                    self._ledger.thawed(seat, silent, now)
            if kind == UP:
                self._up[seat.index] = True
            elif kind == PROVING:
                with self._changed:
                    self._ledger.proving(seat, number, now)
            elif kind == RESULT:
                for place, result in message.results:
                    self._answered(seat, number, place, result)
            elif kind == STUCK:
                self._end(seat, number, Ended.TIMED_OUT, "calculating its witness takes too long")
            elif kind == OPENED:
                seconds = round(number / 1e6, 6)
                self._tell(
                    PoolEvent("opened", seat.index, slot.pid, circuit=message.circuit, seconds=seconds)
                )

    # ---- checks

    def _look(self) -> None:
        now = time.monotonic()
        found: list[tuple[tuple[Seat, int, Ended, str], Ticket | None]] = []
        with self._changed:
            for seat, slot in zip(self._ledger.seats, self._slots, strict=True):
                slow = time_is_up(seat, self._limits, now)
                if slow is not None:
                    found.append(((seat, seat.turn, Ended.TIMED_OUT, slow), seat.ticket))
                elif seat.due is not None:
                    found.append(((seat, seat.turn, Ended.RECYCLED, seat.due), seat.ticket))
                elif (unwanted := abandoned(seat, now)) is not None:
                    found.append(((seat, seat.turn, Ended.ABANDONED, unwanted), seat.ticket))
                elif slot.started and slot.unserved:
                    found.append(((seat, seat.turn, Ended.DIED, UNSERVED), seat.ticket))
                elif slot.started and slot.process is not None:
                    silent = silence(self._heard[seat.index], now)
                    if silent is not None:
                        found.append(((seat, seat.turn, *silent), seat.ticket))
        for end, judged in found:
            seat = end[0]
            self._listen(seat)
            if seat.ticket is judged:  # it may have moved on to the next job of its lot
                self._end(*end)
        if now - self._looked >= max(LOOK_SECONDS, SAMPLE_SHARE * len(self._slots)):
            self._looked = now
            for end in self._look_at_memory(now):
                self._listen(end[0])
                self._end(*end)

    def _look_at_memory(self, now: float) -> list[tuple[Seat, int, Ended, str]]:
        """Samples the working ones, adapts how many may work, and returns the workers that must end."""
        found: list[tuple[Seat, int, Ended, str]] = []
        for seat, slot in zip(self._ledger.seats, self._slots, strict=True):
            turn, proving, pid = seat.turn, seat.ticket is not None, slot.pid
            if not slot.started or pid is None or self._sampled[seat.index] == turn:
                continue
            # Once after each job is enough, because an idle worker does not grow.
            self._sampled[seat.index] = -1 if proving else turn
            private, pss = sample(pid)
            counted = seat.statistics
            counted.peak_private_bytes = max(counted.peak_private_bytes, private)
            counted.peak_pss_bytes = max(counted.peak_pss_bytes, pss)
            if slot.process is None or not slot.ready:
                continue  # a thread, whose memory is shared by all; or not started yet
            if proving:
                self._admission.saw(private)
            much = over_memory(private, self._limits, proving=proving)
            if much is not None:
                found.append((seat, turn, Ended.OVER_MEMORY if proving else Ended.RECYCLED, much))
        before = self._admission.most
        with self._changed:
            self._admission.observe(self._room.available(), self._ledger.running, now)
            if self._admission.short:
                found += [
                    (seat, seat.turn, Ended.RECYCLED, "memory is short and it was idle")
                    for seat, slot in zip(self._ledger.seats, self._slots, strict=True)
                    if seat.ticket is None and slot.started and slot.process is not None
                ]
        self._tell_admission(before)
        return found

    def _tell_admission(self, before: int) -> None:
        most = self._admission.most
        if most != before:
            self._tell(PoolEvent("fewer" if most < before else "more", proofs_at_a_time=most))

    # ---- ends

    @staticmethod
    def _how(process: BaseProcess | None) -> str:
        """How a process ended, in words."""
        code = process.exitcode if process is not None else None
        if code is None:
            return "the worker died"
        if code >= 0:
            return f"the worker exited with code {code}"
        try:
            return f"the worker was killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"the worker was killed by signal {-code}"

    def _end(self, seat: Seat, turn: int, why: Ended, detail: str) -> None:
        """Ends the seat's worker, or cleans up after it."""
        slot = self._slots[seat.index]
        before = self._admission.most
        with self._changed:
            if self._stopping or seat.turn != turn:
                return
            now, excused = time.monotonic(), False
            if why is Ended.DIED and self._room.oom_kills() > self._oom_kills:
                self._oom_kills += 1  # of several at once, each explains one death
                why, detail = Ended.OVER_MEMORY, "killed by the system: out of memory"
                excused = self._admission.killed(self._ledger.running, now)
            pid, took = slot.pid, now - seat.handed
            # A worker whose answers cannot be received counts as never started: no job is to blame.
            came_up = (slot.ready or self._up[seat.index]) and not slot.unserved
            self._up[seat.index] = False
            settled = self._ledger.ended(seat, turn, why, detail, came_up=came_up, now=now, excused=excused)
            slot.stop(kill=why is not Ended.RECYCLED)
            self._changed.notify_all()
        if settled is None:
            return
        job = settled.ticket.job if settled.ticket else None
        self._tell(
            PoolEvent(
                "ended",
                seat.index,
                pid,
                job=job.id if job else None,
                circuit=job.circuit if job else None,
                seconds=round(took, 6) if job else None,
                reason=why.value,
                detail=detail,
            )
        )
        self._tell_admission(before)
        self._settle(settled)
