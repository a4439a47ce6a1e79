"""How many proofs may run at a time, based on measured memory.

The plan assumes an estimated amount of memory per proof. If the estimate was wrong, or another program uses
the memory, fewer proofs run. No proof is started without room for it. When memory runs short, or the kernel
has killed a worker, the number goes down by one, to a minimum of one. When there is room, it goes up by one.
"""

from dataclasses import dataclass

FLOOR = 64 << 20
"""Memory is short if fewer bytes are free than this, or than a fiftieth of the memory."""

PAUSE_SECONDS = 1.0
"""Between two steps. Before a step up it doubles each time memory runs short, up to a minute."""

MOST_PAUSE_SECONDS = 60.0


@dataclass
class Admission:
    """`most` proofs may run at a time."""

    workers: int
    memory: int
    """Bytes of the machine or the cgroup."""
    a_proof: int
    """Private bytes of a worker during a proof: estimated at first, then measured."""
    most: int = 1
    short: bool = False
    """Whether memory was short at the last two checks. A single check may have hit a brief peak."""
    measured: int = 0
    _low: bool = False
    _pause: float = PAUSE_SECONDS
    _next_up: float = 0.0
    _next_down: float = 0.0

    @property
    def floor(self) -> int:
        return max(FLOOR, self.memory // 50)

    def begin(self, available: int) -> None:
        """Sets the initial number, before the first job: as many as there is room for."""
        room = max(0, available - self.floor)
        self.most = max(1, min(self.workers, room // max(1, self.a_proof)))

    def saw(self, private: int) -> None:
        """Records a worker's private bytes."""
        self.measured = max(self.measured, private)
        self.a_proof = self.measured

    def observe(self, available: int, running: int, now: float) -> None:
        """Adapts the number to the available memory."""
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
        """The kernel killed a worker because memory ran out. Returns whether its job is excused, because
        other proofs were running."""
        alone = running <= 1
        self._step_down(running, now)
        return not alone

    def _step_down(self, running: int, now: float) -> None:
        self.most = max(1, min(self.most, running) - 1)
        self._pause = min(2 * self._pause, MOST_PAUSE_SECONDS)
        self._next_up = now + self._pause
        self._next_down = now + PAUSE_SECONDS
