"""How FFLONK keys are checked: see `plonkish.validation`."""

from prover_cli.systems.fflonk.layout import FORMAT, SCALARS
from prover_cli.systems.plonkish.layout import Layout
from prover_cli.systems.plonkish.validation import Checks, titles

NOT_CHECKED: tuple[str, ...] = ("Lagrange polynomials (section 15)", "the ceremony of the powers of tau")
"""Parts of a key that are not checked."""

STEPS = (2, 7, 8, 9, 10, 11, 4, 12, 13, 14, 16, 17)

_IN_HEADER = (*SCALARS, "X_2", "C0")


def _in_header(layout: Layout, index: int) -> tuple[str, int]:
    curve = layout.curve
    at = layout.header.offset + min(index, len(SCALARS)) * curve.n8r
    return _IN_HEADER[index], at + max(0, index - len(SCALARS)) * curve.g2_size


CHECKS = Checks(version=1, steps=STEPS, titles={**titles(FORMAT), 17: "C0"}, in_header=_in_header)
