"""Proving keys (`.zkey`) of PLONK: see `plonkish.layout`. The format is snarkjs', src/plonk_setup.js."""

from prover_cli.formats.container import Buffer
from prover_cli.formats.curves import CURVES, Curve
from prover_cli.formats.zkey import read_g1, read_g2
from prover_cli.systems.plonk.verification_key import COMMITMENTS, VerificationKey
from prover_cli.systems.plonkish.arithmetisation import Rules
from prover_cli.systems.plonkish.layout import Format, Layout, parse, stored_scalars

RULES = Rules(keeps_zeros=True, fixed_rows=0)

MORE_POWERS = 6
"""Powers of τ past the size of the domain, for the blinded parts of the quotient."""

SELECTOR_SECTIONS = (7, 8, 9, 10, 11)


def _header_size(curve: Curve) -> int:
    """k1, k2, the commitments, and X_2."""
    return 2 * curve.n8r + len(COMMITMENTS) * curve.g1_size + curve.g2_size


FORMAT = Format(
    system="plonk",
    protocol=2,
    curves=CURVES,
    header_size=_header_size,
    selectors=SELECTOR_SECTIONS,
    sigma=(12,),
    lagrange=13,
    powers=14,
    count_powers=lambda size: size + MORE_POWERS,
    spare_rows=RULES.fixed_rows,
)


def parse_zkey(data: Buffer, name: str) -> Layout:
    """The layout of the key in `data`; `name` is what messages call it.

    Raises SetupFault: KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE.
    """
    return parse(data, name, FORMAT).layout


def verification_key(data: Buffer, layout: Layout) -> VerificationKey:
    """The verification key contained in a proving key. Its points are not checked here."""
    curve, at = layout.curve, layout.header.offset
    k1, k2 = stored_scalars(data, at, 2, curve)
    at += 2 * curve.n8r
    return VerificationKey(
        curve=curve,
        n_public=layout.n_public,
        power=layout.domain_size.bit_length() - 1,
        k1=k1,
        k2=k2,
        commitments=tuple(read_g1(data, at + i * curve.g1_size, curve) for i in range(len(COMMITMENTS))),
        x2=read_g2(data, at + len(COMMITMENTS) * curve.g1_size, curve),
    )
