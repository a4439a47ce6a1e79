"""Proving keys (`.zkey` of Groth16): parses and checks the structure, and leaves the bulk in the file.

This module reads only headers and lengths, which takes microseconds whatever the key's size. Checks of every
point are in `validation`.
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
from prover_cli.systems.groth16.verification_key import VerificationKey


@dataclass(frozen=True)
class ZkeyLayout:
    """A key's sizes, and where its sections are in the file."""

    curve: Curve
    n_vars: int
    """Signals, including the constant 1."""
    n_public: int
    """Outputs and public inputs."""
    domain_size: int
    """Points of the domain, a power of two; at least constraints + n_public + 1."""
    n_coefficients: int
    header: Section
    """The six points of section 2: alpha1, beta1, beta2, gamma2, delta1, delta2."""
    ic: Section
    coefficients: Section
    """The entries of section 4, without the count."""
    a: Section
    b1: Section
    b2: Section
    c: Section
    h: Section
    contributions: Section | None
    """The record of the ceremony, which no proof needs."""

    @property
    def most_constraints(self) -> int:
        """Of a circuit that the domain has room for: one point is for each public signal and the constant."""
        return self.domain_size - self.n_public - 1

    @property
    def coefficient_size(self) -> int:
        """Bytes of one entry: matrix, constraint, signal, value."""
        return 12 + self.curve.n8r


def parse_zkey(data: Buffer, name: str) -> ZkeyLayout:
    """The layout of the key in `data`; `name` is what messages call it.

    Raises SetupFault: KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE.
    """

    complain = complaints(name)
    reader = Reader(data, complain)
    sections = read_sections(reader, MAGIC, 1)
    require_protocol(reader, sections, 1)
    header = require(reader, sections, 2, "header")
    curve, at = curve_of_header(reader, header)
    n_vars = reader.uint(at, 4, "section 2, the number of signals")
    n_public = reader.uint(at + 4, 4, "section 2, the number of public signals")
    domain_size = reader.uint(at + 8, 4, "section 2, the domain size")
    points = Section(2, at + 12, 3 * curve.g1_size + 3 * curve.g2_size)
    if points.end != header.end:
        raise complain("CORRUPT", f"section 2 has {header.length} bytes, not {points.end - header.offset}")
    if n_public + 1 > n_vars:
        raise complain("CORRUPT", f"section 2 claims {n_public} public signals out of {n_vars}")
    require_domain(reader, domain_size, curve.two_adicity)

    def sized(section_id: int, title: str, count: int, size: int) -> Section:
        return sized_section(reader, sections, section_id, title, (count, size, "points"))

    entries = require(reader, sections, 4, "coefficients")
    n_coefficients = reader.uint(entries.offset, 4, "section 4, the count")
    coefficients = Section(4, entries.offset + 4, n_coefficients * (12 + curve.n8r))
    if coefficients.end != entries.end:
        raise complain(
            "CORRUPT",
            f"section 4 (coefficients) at byte {entries.offset} has {entries.length} bytes, but claims "
            f"{n_coefficients} entries of {12 + curve.n8r}",
        )
    g1, g2 = curve.g1_size, curve.g2_size
    return ZkeyLayout(
        curve=curve,
        n_vars=n_vars,
        n_public=n_public,
        domain_size=domain_size,
        n_coefficients=n_coefficients,
        header=points,
        ic=sized(3, "IC", n_public + 1, g1),
        coefficients=coefficients,
        a=sized(5, "A", n_vars, g1),
        b1=sized(6, "B1", n_vars, g1),
        b2=sized(7, "B2", n_vars, g2),
        c=sized(8, "C", n_vars - n_public - 1, g1),
        h=sized(9, "H", domain_size, g1),
        contributions=sections.get(10),
    )


def verification_key(data: Buffer, layout: ZkeyLayout) -> VerificationKey:
    """The verification key contained in a proving key. Its points are not checked here."""
    curve, at = layout.curve, layout.header.offset
    g1, g2 = curve.g1_size, curve.g2_size
    return VerificationKey(
        curve=curve,
        alpha1=read_g1(data, at, curve),
        beta2=read_g2(data, at + 2 * g1, curve),
        gamma2=read_g2(data, at + 2 * g1 + g2, curve),
        delta2=read_g2(data, at + 3 * g1 + 2 * g2, curve),
        ic=tuple(read_g1(data, layout.ic.offset + i * g1, curve) for i in range(layout.n_public + 1)),
    )


def beta1_delta1(data: Buffer, layout: ZkeyLayout) -> tuple[tuple[int, int], tuple[int, int]]:
    """β and δ in G1, which provers and gnark's verification key need. Not checked here."""
    curve, at = layout.curve, layout.header.offset
    return read_g1(data, at + curve.g1_size, curve), read_g1(
        data, at + 2 * curve.g1_size + 2 * curve.g2_size, curve
    )
