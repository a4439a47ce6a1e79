"""The two secrets that make a proof zero-knowledge; see native/src/prover/blinding.rs for the argument."""

import secrets
from dataclasses import dataclass

from prover_cli.formats.curves import Curve


@dataclass(frozen=True, repr=False)
class Blinding:
    """r1 uniform in 1 … r−1, r2 uniform in 0 … r−1."""

    r1: int
    r2: int

    @staticmethod
    def fresh(curve: Curve) -> "Blinding":
        """From the operating system's random source: `secrets.randbelow` draws by rejection, so that
        every value of the range is equally likely."""
        return Blinding(1 + secrets.randbelow(curve.r - 1), secrets.randbelow(curve.r))
