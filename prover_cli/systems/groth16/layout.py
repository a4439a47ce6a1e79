"""Proving keys (`.zkey` of Groth16): parses and checks the structure, and leaves the bulk in the file.

This module reads only headers and lengths, which takes microseconds whatever the key's size. Checks of every
point are in `validation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from prover_cli.faults import Code, SetupFault
from prover_cli.formats.container import (
    CUT_OFF,
    Advice,
    Buffer,
    Complaints,
    Kind,
    Reader,
    Section,
    read_sections,
    require,
)
from prover_cli.formats.curves import Curve, by_base_prime
from prover_cli.formats.zkey import MAGIC, PROTOCOLS
from prover_cli.systems.groth16.verification_key import VerificationKey

CODES: Mapping[Kind, Code] = {
    "TRUNCATED": Code.KEY_TRUNCATED,
    "CORRUPT": Code.KEY_CORRUPT,
    "CURVE": Code.KEY_CURVE,
    "PROTOCOL": Code.KEY_PROTOCOL,
}

ADVICE: Advice = {
    "TRUNCATED": f"{CUT_OFF}: copy it again",
    "PROTOCOL": "make a Groth16 key with snarkjs groth16 setup",
    "CURVE": "only keys over bn128 and bls12381 are supported",
    "": "it is damaged or not a key: copy it again",
}


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
    def coefficient_size(self) -> int:
        """Bytes of one entry: matrix, constraint, signal, value."""
        return 12 + self.curve.n8r


def parse_zkey(data: Buffer, name: str) -> ZkeyLayout:
    """The layout of the key in `data`; `name` is what messages call it.

    Raises SetupFault: KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE.
    """

    complain = Complaints(CODES, f"key {name}", SetupFault, ADVICE)
    reader = Reader(data, complain)
    sections = read_sections(reader, MAGIC, 1)
    kind = require(reader, sections, 1, "protocol")
    protocol = reader.uint(kind.offset, 4, "section 1, the protocol")
    if protocol != 1:
        called = PROTOCOLS.get(protocol, f"protocol {protocol}")
        raise complain("PROTOCOL", f"it is a key for {called}, not for groth16")

    header = require(reader, sections, 2, "header")
    n8q = reader.uint(header.offset, 4, "section 2, the size of a base field element")
    if not 8 <= n8q <= 128:
        raise complain("CORRUPT", f"section 2 at byte {header.offset} claims elements of {n8q} bytes")
    curve = by_base_prime(reader.uint(header.offset + 4, n8q, "section 2, the base field's prime"))
    if curve is None or curve.n8q != n8q:
        raise complain("CURVE", "the base field's prime in section 2 belongs to no known curve")
    at = header.offset + 4 + n8q
    n8r = reader.uint(at, 4, "section 2, the size of a scalar")
    if n8r != curve.n8r or reader.uint(at + 4, n8r, "section 2, the scalar prime") != curve.r:
        raise complain("CURVE", f"the scalar prime in section 2 is not that of {curve.name}")
    at += 4 + n8r
    n_vars = reader.uint(at, 4, "section 2, the number of signals")
    n_public = reader.uint(at + 4, 4, "section 2, the number of public signals")
    domain_size = reader.uint(at + 8, 4, "section 2, the domain size")
    points = Section(2, at + 12, 3 * curve.g1_size + 3 * curve.g2_size)
    if points.end != header.end:
        raise complain("CORRUPT", f"section 2 has {header.length} bytes, not {points.end - header.offset}")
    if n_public + 1 > n_vars:
        raise complain("CORRUPT", f"section 2 claims {n_public} public signals out of {n_vars}")
    if domain_size == 0 or domain_size & (domain_size - 1):
        raise complain("CORRUPT", f"section 2 claims a domain of {domain_size} points, not a power of two")
    if domain_size >= 1 << curve.two_adicity:
        raise complain("CORRUPT", f"section 2 claims a domain of {domain_size} points, too many")

    def sized(section_id: int, title: str, count: int, size: int) -> Section:
        section = require(reader, sections, section_id, title)
        if section.length != count * size:
            raise complain(
                "CORRUPT",
                f"section {section_id} ({title}) at byte {section.offset} has {section.length} bytes, "
                f"but should have {count} points of {size} bytes",
            )
        return section

    entries = require(reader, sections, 4, "coefficients")
    n_coefficients = reader.uint(entries.offset, 4, "section 4, the count")
    coefficients = Section(4, entries.offset + 4, n_coefficients * (12 + n8r))
    if coefficients.end != entries.end:
        raise complain(
            "CORRUPT",
            f"section 4 (coefficients) at byte {entries.offset} has {entries.length} bytes, but claims "
            f"{n_coefficients} entries of {12 + n8r}",
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


def read_g1(data: Buffer, offset: int, curve: Curve) -> tuple[int, int]:
    """The affine point stored at `offset`, as plain integers; (0, 0) for infinity."""
    n = curve.n8q
    return (
        curve.from_montgomery(data[offset : offset + n]),
        curve.from_montgomery(data[offset + n : offset + 2 * n]),
    )


def read_g2(data: Buffer, offset: int, curve: Curve) -> tuple[tuple[int, int], tuple[int, int]]:
    """The same in G2. A coordinate is (c0, c1)."""
    return (
        read_g1(data, offset, curve),
        read_g1(data, offset + 2 * curve.n8q, curve),
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
