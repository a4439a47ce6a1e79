"""How many proofs may run at a time, by measured memory.

The plan gives each worker what a proof is estimated to take. Where it was wrong, or somebody else takes the
memory, fewer run: none is added without room for it, one less where the machine runs short or the kernel has
killed a worker, down to one; and one more again whenever there is room.
"""

from dataclasses import dataclass

FLOOR = 64 << 20
"""Free bytes below which the machine is short; at least, and a fiftieth of the memory."""

PAUSE_SECONDS = 1.0
"""Between two steps, down or up; up it is doubled each time that memory ran short, up to a minute."""

MOST_PAUSE_SECONDS = 60.0


@dataclass
class Admission:
    """`most` proofs may run at a time."""

    workers: int
    memory: int
    """Bytes of the machine or the cgroup."""
    a_proof: int
    """Private bytes of a worker that proves: estimated, then measured."""
    most: int = 1
    short: bool = False
    """Whether memory was short at the last two looks: one alone may have met a moment's peak."""
    measured: int = 0
    _low: bool = False
    _pause: float = PAUSE_SECONDS
    _next_up: float = 0.0
    _next_down: float = 0.0

    @property
    def floor(self) -> int:
        return max(FLOOR, self.memory // 50)

    def begin(self, available: int) -> None:
        """Before the first job: as many as there is room for."""
        room = max(0, available - self.floor)
        self.most = max(1, min(self.workers, room // max(1, self.a_proof)))

    def saw(self, private: int) -> None:
        """A worker was seen with so many private bytes."""
        self.measured = max(self.measured, private)
        self.a_proof = self.measured

    def observe(self, available: int, running: int, now: float) -> None:
        """A look at the memory."""
        low = available < self.floor
        self.short, self._low = low and self._low, low
        if self.short:
            if now >= self._next_down:
                self._step_down(running, now)
        elif (
            not low
            and self.most < self.workers
            and now >= self._next_up
            and available > self.floor + self.a_proof
        ):
            self.most += 1
            self._next_up = now + self._pause

    def killed(self, running: int, now: float) -> bool:
        """The kernel killed a worker for want of memory. Whether its job is excused: it was not alone."""
        alone = running <= 1
        self._step_down(running, now)
        return not alone

    def _step_down(self, running: int, now: float) -> None:
        self.most = max(1, min(self.most, running) - 1)
        self._pause = min(2 * self._pause, MOST_PAUSE_SECONDS)
        self._next_up = now + self._pause
        self._next_down = now + PAUSE_SECONDS
