"""The eleven secrets that make a proof zero-knowledge: multiples of Z_H are added to the wires' polynomials
(b_1 to b_6) and to the permutation's (b_7 to b_9), and the parts of the quotient are tied to each other by
b_10 and b_11 (PLONK, section 8.3).
"""

from prover_cli.systems.plonkish import blinding

COUNT = 11


class Blinding(blinding.Blinding):
    """b_1 to b_11."""

    count = COUNT
