"""Sums of multiples in plain Python, beside py_ecc's own multiples."""

import pytest

from prover_cli.formats.curves import CURVES, Curve
from prover_cli.systems.plain_groups import TERMS, Group


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_a_combination_is_the_sum_of_its_multiples(curve: Curve) -> None:
    group = Group(curve)
    module, r = group.module, group.curve.r
    for zero, generator in ((module.Z1, module.G1), (module.Z2, module.G2)):
        opposite = module.neg(generator)
        for terms in (
            [],
            [(0, generator)],
            [(r - 1, generator), (0, zero), (1, generator), (5, zero)],
            [(r - 2, generator), (2, opposite), (r // 3, opposite), (2, generator), (r - 1, opposite)],
            [(number * number, generator if number % 3 else opposite) for number in range(TERMS + 2)],
        ):
            wanted = sum(-factor if point is opposite else factor for factor, point in terms if point != zero)
            found = group.combination(iter(terms), zero)
            assert module.eq(found, module.multiply(generator, wanted % r)), terms[:5]
