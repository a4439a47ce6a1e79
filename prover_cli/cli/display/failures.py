"""Failures as they come: the first of each kind one by one, the rest counted."""

from collections import Counter

from prover_cli.cli.display.words import job_line
from prover_cli.faults import Code
from prover_cli.outcomes.records import Record

SHOWN = 5
"""How many failures with the same code are listed one by one."""


class Failures:
    """What is said of them."""

    def __init__(self, *, each: bool = False) -> None:
        """`each` tells all of them one by one."""
        self._each = each
        self._counts: Counter[Code] = Counter()

    @property
    def count(self) -> int:
        """How many there were."""
        return self._counts.total()

    def line(self, record: Record) -> str | None:
        """What to say of a job that failed; None where it is only counted."""
        if record.fault is None:
            return None
        code = record.fault.kind
        self._counts[code] += 1
        if self._each or self._counts[code] <= SHOWN:
            return job_line(record)
        if self._counts[code] == SHOWN + 1:
            return f"… further failures with {code} are only counted (-v shows each, --summary lists them)"
        return None

    def tally(self) -> list[str]:
        """At the end, of each kind that was not told one by one."""
        return [
            f"{count} failed with {code}: {code.means}"
            for code, count in self._counts.most_common()
            if count > SHOWN and not self._each
        ]
