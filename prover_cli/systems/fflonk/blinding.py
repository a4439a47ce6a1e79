"""The nine secrets that make a proof zero-knowledge: values of the wires on the last two points of the domain
(b_1 to b_6), and a multiple of Z_H that is added to the permutation's polynomial (b_7 to b_9).
"""

from prover_cli.systems.plonkish import blinding

COUNT = 9


class Blinding(blinding.Blinding):
    """b_1 to b_9."""

    count = COUNT
