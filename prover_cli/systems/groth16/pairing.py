"""Pairing values that are exported but not used in proving or verifying: by py_ecc, half a second each.

snarkjs writes e(α, β) to `verification_key.json`. Its library wasmcurves does not compute the plain reduced
pairing f^((q¹² − 1)/r), as py_ecc does, but a fixed power of it. The reason is its shortcut for the hard part
of the final exponentiation, (q⁴ − q² + 1)/r, which computes a multiple of that exponent.

- bn128: 2x(6x² + 3x + 1) times it, where x is the curve's parameter (Fuentes-Castañeda, Knapp and
  Rodríguez-Henríquez, "Faster Hashing to G2", SAC 2011, the part on BN curves; wasmcurves has it from libff).
- bls12381: 3 times it (Ghammam and Fouotsa, eprint 2016/130, table 1). Because the curve's parameter is
  negative, wasmcurves inverts the value of the Miller loop. py_ecc does not, so the power is −3.
"""

from typing import NamedTuple

from prover_cli.formats.curves import Curve
from prover_cli.formats.points import G1, G2
from prover_cli.systems.plain_groups import Group

Gt = list[list[list[str]]]
"""Two elements of Fq6, each three of Fq2, each two decimal strings."""

_BN_X = 4965661367192848881


class _Target(NamedTuple):
    power: int
    """snarkjs' pairing is py_ecc's raised to this power."""
    xi: int
    """The tower is u² = −1, v³ = xi + u, w² = v."""


_TARGETS = {
    "bn128": _Target(2 * _BN_X * (6 * _BN_X**2 + 3 * _BN_X + 1), 9),
    "bls12381": _Target(-3, 1),
}


def alphabeta(curve: Curve, alpha1: G1, beta2: G2) -> Gt:
    """snarkjs' `vk_alphabeta_12`. The points must already be known to be in their groups."""
    group, target = Group(curve), _TARGETS[curve.name]
    module = group.module
    # e(α, β)^k = e(kα, β), and a multiple in G1 costs less than a power in Fq12.
    multiple = group.multiply(group.g1(alpha1), target.power % curve.r)
    loop = module.pairing(group.g2(beta2), multiple, final_exponentiate=False)
    # py_ecc's basis of Fq12 over Fq is 1, w, …, w¹¹ with w⁶ = xi + u, so that wⁱ has the coefficient
    # cᵢ + cᵢ₊₆·(xi + u) in Fq2; and w^(2j + k) is vʲ·wᵏ, the place [k][j] of the tower.
    c = [int(coefficient) for coefficient in module.final_exponentiate(loop).coeffs]
    w = [[str((c[i] + target.xi * c[i + 6]) % curve.q), str(c[i + 6])] for i in range(6)]
    return [[w[2 * j + k] for j in range(3)] for k in range(2)]
