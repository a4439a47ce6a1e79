"""How PLONK keys are checked: see `plonkish.validation`."""

from prover_cli.systems.plonk.layout import FORMAT
from prover_cli.systems.plonk.verification_key import COMMITMENTS
from prover_cli.systems.plonkish.layout import Layout
from prover_cli.systems.plonkish.validation import Checks, titles

NOT_CHECKED: tuple[str, ...] = ("Lagrange polynomials (section 13)", "the ceremony of the powers of tau")
"""Parts of a key that are not checked."""

STEPS = (2, 7, 8, 9, 10, 11, 4, 12, 14)

_IN_HEADER = ("k1", "k2", *COMMITMENTS, "X_2")


def _in_header(layout: Layout, index: int) -> tuple[str, int]:
    curve = layout.curve
    at = layout.header.offset + min(index, 2) * curve.n8r + max(0, index - 2) * curve.g1_size
    return _IN_HEADER[index], at


CHECKS = Checks(version=2, steps=STEPS, titles=titles(FORMAT), in_header=_in_header)
