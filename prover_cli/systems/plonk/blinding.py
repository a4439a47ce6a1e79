"""The eleven secrets that make a proof zero-knowledge: multiples of Z_H are added to the wires' polynomials
(b_1 to b_6) and to the permutation's (b_7 to b_9), and the parts of the quotient are tied to each other by
b_10 and b_11 (PLONK, section 8.3).
"""

import secrets
from dataclasses import dataclass

from prover_cli.formats.curves import Curve
from prover_cli.formats.wtns import Witness
from prover_cli.systems.blinding import seeded_numbers

COUNT = 11


@dataclass(frozen=True, repr=False)
class Blinding:
    """b_1 to b_11, each uniform in 0 … r−1."""

    factors: tuple[int, ...]

    @staticmethod
    def fresh(curve: Curve) -> "Blinding":
        """From the operating system's random source. `secrets.randbelow` uses rejection sampling, so every
        value in the range is equally likely."""
        return Blinding(tuple(secrets.randbelow(curve.r) for _ in range(COUNT)))

    @staticmethod
    def seeded(seed: bytes, key_sha256: str, witness: Witness) -> "Blinding":
        """The same for the same seed, key and witness. Only for fixtures: anyone who knows the seed can undo
        the zero-knowledge."""
        drawn = seeded_numbers(seed, key_sha256, witness, COUNT)
        return Blinding(tuple(number % witness.curve.r for number in drawn))
