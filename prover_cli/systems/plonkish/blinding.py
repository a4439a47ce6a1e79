"""The secrets that make a proof zero-knowledge. How many there are, and what they blind, is each system's."""

import secrets
from dataclasses import dataclass
from typing import ClassVar, Self

from prover_cli.formats.curves import Curve
from prover_cli.formats.wtns import Witness
from prover_cli.systems.blinding import seeded_numbers


@dataclass(frozen=True, repr=False)
class Blinding:
    """b_1, b_2, …, each uniform in 0 … r−1."""

    count: ClassVar[int]
    factors: tuple[int, ...]

    @classmethod
    def fresh(cls, curve: Curve) -> Self:
        """From the operating system's random source. `secrets.randbelow` uses rejection sampling, so every
        value in the range is equally likely."""
        return cls(tuple(secrets.randbelow(curve.r) for _ in range(cls.count)))

    @classmethod
    def seeded(cls, seed: bytes, key_sha256: str, witness: Witness) -> Self:
        """The same for the same seed, key and witness. Only for fixtures: anyone who knows the seed can undo
        the zero-knowledge."""
        drawn = seeded_numbers(seed, key_sha256, witness, cls.count)
        return cls(tuple(number % witness.curve.r for number in drawn))
