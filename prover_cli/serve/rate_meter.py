"""How fast proofs are made now, and when a caller who found the queue full should come again."""

import math
from collections import deque

WINDOW_SECONDS = 60
"""What "now" is: proofs of the last minute."""

LONGEST_REST = 600
"""Seconds that a caller is asked to wait, at most."""


class RateMeter:
    """Counts by second; times are those of one monotonic clock."""

    def __init__(self, workers: int, now: float) -> None:
        self._workers = workers
        self._began = now
        self._counts: deque[tuple[int, int]] = deque()
        """Second and proofs in it, none older than the window."""
        self._mean: float | None = None

    def made(self, seconds: float, now: float) -> None:
        """A proof was made, in so many seconds of a worker."""
        self._mean = seconds if self._mean is None else self._mean + (seconds - self._mean) / 8
        second = int(now)
        if self._counts and self._counts[-1][0] == second:
            self._counts[-1] = (second, self._counts[-1][1] + 1)
        else:
            self._counts.append((second, 1))
        self._forget(now)

    def rate(self, now: float) -> float:
        """Proofs a second over the window, or since the start where that is less."""
        self._forget(now)
        return sum(count for _, count in self._counts) / max(1.0, min(WINDOW_SECONDS, now - self._began))

    def rest(self, waiting: int) -> int:
        """Whole seconds until the jobs that wait now are worked off."""
        if self._mean is None:
            return 1
        return max(1, min(LONGEST_REST, math.ceil((waiting + 1) * self._mean / self._workers)))

    def _forget(self, now: float) -> None:
        while self._counts and self._counts[0][0] <= now - WINDOW_SECONDS:
            self._counts.popleft()
