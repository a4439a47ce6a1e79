"""The two secrets that make a proof zero-knowledge: native/src/groth16/prover/blinding.rs says why."""

import secrets
from dataclasses import dataclass
from typing import Self

from prover_cli.formats.curves import Curve
from prover_cli.formats.wtns import Witness
from prover_cli.systems.blinding import seeded_numbers


@dataclass(frozen=True, repr=False)
class Blinding:
    """r1 uniform in 1 … r−1, r2 uniform in 0 … r−1."""

    r1: int
    r2: int

    @classmethod
    def fresh(cls, curve: Curve) -> Self:
        """From the operating system's random source. `secrets.randbelow` uses rejection sampling, so every
        value in the range is equally likely."""
        return cls(1 + secrets.randbelow(curve.r - 1), secrets.randbelow(curve.r))

    @classmethod
    def seeded(cls, seed: bytes, key_sha256: str, witness: Witness) -> Self:
        """The same for the same seed, key and witness. Only for fixtures: anyone who knows the seed can undo
        the zero-knowledge."""
        first, second = seeded_numbers(seed, key_sha256, witness, 2)
        return cls(1 + first % (witness.curve.r - 1), second % witness.curve.r)
