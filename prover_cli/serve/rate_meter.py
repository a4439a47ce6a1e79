"""How fast proofs are made now, and when a client that found the queue full should retry."""

import math
from collections import deque

WINDOW_SECONDS = 60
"""What "now" means: the last minute."""

LONGEST_REST = 600
"""Most seconds that a client is told to wait."""


class RateMeter:
    """Counts per second. All times come from one monotonic clock."""

    def __init__(self, workers: int, now: float) -> None:
        self._workers = workers
        self._began = now
        self._counts: deque[tuple[int, int]] = deque()
        """Second and proofs in it, none older than the window."""
        self._mean: float | None = None

    def made(self, seconds: float, now: float) -> None:
        """Counts a proof that took a worker so many seconds."""
        self._mean = seconds if self._mean is None else self._mean + (seconds - self._mean) / 8
        second = int(now)
        if self._counts and self._counts[-1][0] == second:
            self._counts[-1] = (second, self._counts[-1][1] + 1)
        else:
            self._counts.append((second, 1))
        self._forget(now)

    def rate(self, now: float) -> float:
        """Proofs per second over the window, or since the start if that is shorter."""
        self._forget(now)
        return sum(count for _, count in self._counts) / max(1.0, min(WINDOW_SECONDS, now - self._began))

    def rest(self, waiting: int) -> int:
        """Whole seconds until the jobs that wait now will be done."""
        if self._mean is None:
            return 1
        return max(1, min(LONGEST_REST, math.ceil((waiting + 1) * self._mean / self._workers)))

    def _forget(self, now: float) -> None:
        while self._counts and self._counts[0][0] <= now - WINDOW_SECONDS:
            self._counts.popleft()
