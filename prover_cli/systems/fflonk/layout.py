"""Proving keys (`.zkey`) of FFLONK: see `plonkish.layout`. The format is snarkjs', src/fflonk_setup.js."""

from dataclasses import dataclass

from prover_cli.formats.container import Buffer, Section
from prover_cli.formats.curves import BN254, Curve
from prover_cli.formats.zkey import read_g1, read_g2, sized_section
from prover_cli.systems.fflonk.verification_key import VerificationKey
from prover_cli.systems.plonkish.arithmetisation import Rules
from prover_cli.systems.plonkish.layout import Format, Layout, parse, stored_scalars

RULES = Rules(keeps_zeros=False, fixed_rows=2)
"""The last two rows hold the blinding of the wires."""

PROTOCOL = 10

SELECTOR_SECTIONS = (9, 7, 8, 10, 11)
"""Of qM, qL, qR, qO, qC: the file begins with qL and qR."""

INTERLEAVED = (1, 2, 3, 0, 4, 5, 6, 7)
"""The polynomials of C0 among qM, qL, qR, qO, qC, S1, S2, S3: C0(X) = qL(X⁸) + X·qR(X⁸) + X²·qO(X⁸) +
X³·qM(X⁸) + X⁴·qC(X⁸) + X⁵·S1(X⁸) + X⁶·S2(X⁸) + X⁷·S3(X⁸)."""

SCALARS = ("k1", "k2", "w3", "w4", "w8", "wr")
"""What the header has before its two points."""


def count_powers(size: int) -> int:
    """Powers of τ over a domain of this size: C2 has 9n coefficients."""
    return 9 * size + 18


def _header_size(curve: Curve) -> int:
    """The scalars, X_2, and C0."""
    return len(SCALARS) * curve.n8r + curve.g2_size + curve.g1_size


FORMAT = Format(
    system="fflonk",
    protocol=PROTOCOL,
    curves=(BN254,),
    header_size=_header_size,
    selectors=SELECTOR_SECTIONS,
    sigma=(12, 13, 14),
    lagrange=15,
    powers=16,
    count_powers=count_powers,
    spare_rows=RULES.fixed_rows,
)


@dataclass(frozen=True)
class FflonkLayout(Layout):
    """A key's sizes, and where its sections are in the file."""

    c0: Section
    """The coefficients of C0."""

    @property
    def sections(self) -> tuple[Section, ...]:
        return (*super().sections, self.c0)


def parse_zkey(data: Buffer, name: str) -> FflonkLayout:
    """The layout of the key in `data`; `name` is what messages call it.

    Raises SetupFault: KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE.
    """
    parsed = parse(data, name, FORMAT)
    shared = parsed.layout
    entries = (len(INTERLEAVED) * shared.domain_size, shared.curve.n8r, "numbers")
    return FflonkLayout(**vars(shared), c0=sized_section(parsed.reader, parsed.sections, 17, "C0", entries))


def verification_key(data: Buffer, layout: FflonkLayout) -> VerificationKey:
    """The verification key contained in a proving key. Its points are not checked here, nor its roots of
    unity, which follow from the size of the domain."""
    curve, at = layout.curve, layout.header.offset
    k1, k2 = stored_scalars(data, at, 2, curve)
    at += len(SCALARS) * curve.n8r
    return VerificationKey(
        curve=curve,
        n_public=layout.n_public,
        power=layout.domain_size.bit_length() - 1,
        k1=k1,
        k2=k2,
        x2=read_g2(data, at, curve),
        c0=read_g1(data, at + curve.g2_size, curve),
    )
