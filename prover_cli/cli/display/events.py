"""What happens to workers, as it comes: the first that are lost one by one, the rest counted."""

from prover_cli.cli.display.words import event_line
from prover_cli.pool.pool_events import PoolEvent

SHOWN = 5
"""How many lost workers are shown one by one. If every job kills its worker, there are as many as jobs."""


class Events:
    """What is said of them."""

    def __init__(self, *, verbose: bool) -> None:
        """`verbose` tells all of them."""
        self._verbose = verbose
        self._lost = 0

    def line(self, event: PoolEvent) -> str | None:
        """What to say of an event; None where nothing is said."""
        words = event_line(event, verbose=self._verbose)
        if self._verbose or not event.lost:
            return words
        self._lost += 1
        if self._lost <= SHOWN:
            return words
        if self._lost == SHOWN + 1:
            return "… further replaced workers are only counted, in the table at the end (-v shows each)"
        return None
