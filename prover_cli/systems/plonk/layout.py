"""Proving keys (`.zkey` of PLONK): parses and checks the structure, and leaves the bulk in the file.

This module reads only headers and lengths, which takes microseconds whatever the key's size. Checks of every
entry are in `validation`. The format is snarkjs', src/plonk_setup.js.
"""

from dataclasses import dataclass

from prover_cli.formats.container import Buffer, Reader, Section, read_sections, require
from prover_cli.formats.curves import Curve
from prover_cli.formats.zkey import (
    MAGIC,
    complaints,
    curve_of_header,
    read_g1,
    read_g2,
    require_domain,
    require_protocol,
    sized_section,
)
from prover_cli.systems.plonk.verification_key import COMMITMENTS, VerificationKey

BLOWUP = 4
"""A polynomial's values are stored on a domain of four times the size, after its coefficients."""

MORE_POWERS = 6
"""Powers of τ past the size of the domain, for the blinded parts of the quotient."""

SELECTORS = ("Qm", "Ql", "Qr", "Qo", "Qc")
"""Sections 7 to 11."""


@dataclass(frozen=True)
class PlonkLayout:
    """A key's sizes, and where its sections are in the file."""

    curve: Curve
    n_signals: int
    """Signals, including the sums of the additions."""
    n_public: int
    """Outputs and public inputs."""
    domain_size: int
    """Points of the domain, a power of two, at least 8; at least as many as gates."""
    n_additions: int
    n_gates: int
    header: Section
    """k1, k2, the commitments, and X_2, of section 2."""
    additions: Section
    maps: tuple[Section, Section, Section]
    selectors: tuple[Section, ...]
    sigma: Section
    powers: Section

    @property
    def n_vars(self) -> int:
        """Values in a witness: signals without the sums, which follow from the others."""
        return self.n_signals - self.n_additions

    @property
    def most_constraints(self) -> int:
        """Of a circuit that the gates can be made from: each takes one at least, and each public signal."""
        return self.n_gates - self.n_public

    @property
    def n_coefficients(self) -> int:
        """At most: a gate has three wires."""
        return 3 * self.n_gates

    @property
    def polynomial_size(self) -> int:
        """Bytes of a stored polynomial."""
        return (1 + BLOWUP) * self.domain_size * self.curve.n8r

    @property
    def addition_size(self) -> int:
        """Bytes of an addition: two signals and two factors."""
        return 8 + 2 * self.curve.n8r


def parse_zkey(data: Buffer, name: str) -> PlonkLayout:
    """The layout of the key in `data`; `name` is what messages call it.

    Raises SetupFault: KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE.
    """
    complain = complaints(name)
    reader = Reader(data, complain)
    sections = read_sections(reader, MAGIC, 1)
    require_protocol(reader, sections, 2)
    head = require(reader, sections, 2, "header")
    curve, at = curve_of_header(reader, head)
    names = ("signals", "public signals", "points of the domain", "additions", "gates")
    n_signals, n_public, domain_size, n_additions, n_gates = (
        reader.uint(at + 4 * index, 4, f"section 2, the number of {what}") for index, what in enumerate(names)
    )
    start = at + 4 * len(names)
    header = Section(2, start, 2 * curve.n8r + len(COMMITMENTS) * curve.g1_size + curve.g2_size)
    if header.end != head.end:
        raise complain("CORRUPT", f"section 2 has {head.length} bytes, not {header.end - head.offset}")
    # Two bits fewer than the field has: values are stored on a domain of four times the size.
    require_domain(reader, domain_size, curve.two_adicity - 1)
    if domain_size < 8:
        raise complain("CORRUPT", f"section 2 claims a domain of {domain_size} points, fewer than 8")
    if n_additions >= n_signals or n_public >= n_signals - n_additions:
        raise complain(
            "CORRUPT",
            f"section 2 claims {n_public} public signals and {n_additions} additions out of {n_signals} "
            "signals",
        )
    if not n_public <= n_gates <= domain_size:
        raise complain(
            "CORRUPT",
            f"section 2 claims {n_gates} gates for {n_public} public signals and {domain_size} points",
        )

    def sized(section_id: int, title: str, count: int, size: int, called: str) -> Section:
        return sized_section(reader, sections, section_id, title, (count, size, called))

    numbers = (1 + BLOWUP) * domain_size
    return PlonkLayout(
        curve=curve,
        n_signals=n_signals,
        n_public=n_public,
        domain_size=domain_size,
        n_additions=n_additions,
        n_gates=n_gates,
        header=header,
        additions=sized(3, "additions", n_additions, 8 + 2 * curve.n8r, "additions"),
        maps=(
            sized(4, "A map", n_gates, 4, "signals"),
            sized(5, "B map", n_gates, 4, "signals"),
            sized(6, "C map", n_gates, 4, "signals"),
        ),
        selectors=tuple(
            sized(number, title, numbers, curve.n8r, "numbers") for number, title in enumerate(SELECTORS, 7)
        ),
        sigma=sized(12, "permutation", 3 * numbers, curve.n8r, "numbers"),
        powers=sized(14, "powers of tau", domain_size + MORE_POWERS, curve.g1_size, "points"),
    )


def verification_key(data: Buffer, layout: PlonkLayout) -> VerificationKey:
    """The verification key contained in a proving key. Its points are not checked here."""
    curve, at = layout.curve, layout.header.offset
    inverse = pow(1 << (8 * curve.n8r), -1, curve.r)
    k1, k2 = (
        int.from_bytes(data[at + i * curve.n8r : at + (i + 1) * curve.n8r], "little") * inverse % curve.r
        for i in range(2)
    )
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
