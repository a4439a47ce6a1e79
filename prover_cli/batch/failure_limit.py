"""`--max-failures N|P%`: how many jobs may fail before a run ends early."""

import re
from dataclasses import dataclass

from prover_cli.faults import Code, SetupFault

ENOUGH = 100
"""Jobs without which a share of them says little, where nobody knows how many will come."""


@dataclass(frozen=True)
class FailureLimit:
    """A number of jobs, or a share of them."""

    written: str
    """As it was asked for."""
    count: int | None = None
    share: float | None = None

    def is_reached(self, failed: int, done: int, total: int | None) -> bool:
        """Whether so many failures, of so many jobs that ended, are too many. `total` is how many jobs there
        are, None where nobody knows: a share is then of those that ended, from the hundredth on."""
        if self.share is None:
            return failed >= (self.count or 1)
        if total is None and done < ENOUGH:
            return False
        return failed > 0 and failed >= self.share * (done if total is None else total)


def parse_failure_limit(text: str | None) -> FailureLimit | None:
    """`10` or `5%`. Raises SetupFault BAD_NUMBER."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,18})|(\d{1,3}(?:\.\d+)?)%", text.strip())
    if found is not None and found[1] and int(found[1]):
        return FailureLimit(f"--max-failures {text}", count=int(found[1]))
    if found is not None and found[2] and 0 < float(found[2]) <= 100:
        return FailureLimit(f"--max-failures {text}", share=float(found[2]) / 100)
    raise SetupFault(
        Code.BAD_NUMBER, f'--max-failures takes a number from 1 or a percentage like 5%, not "{text}"'
    )
