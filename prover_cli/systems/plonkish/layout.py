"""Proving keys (`.zkey`) of gates: parses and checks the structure, and leaves the bulk in the file.

This module reads only headers and lengths, which takes microseconds whatever the key's size. Checks of every
entry are in `validation`. The formats are snarkjs', src/plonk_setup.js and src/fflonk_setup.js.
"""

from collections.abc import Callable
from dataclasses import dataclass

from prover_cli.formats.container import Buffer, Reader, Section, read_sections, require
from prover_cli.formats.curves import Curve
from prover_cli.formats.zkey import (
    MAGIC,
    complaints,
    curve_of_header,
    require_domain,
    require_protocol,
    sized_section,
)

BLOWUP = 4
"""A polynomial's values are stored on a domain of four times the size, after its coefficients."""

SELECTORS = ("Qm", "Ql", "Qr", "Qo", "Qc")
"""In the order in which layouts have them."""

SMALLEST_DOMAIN = 8
"""Points of the domain, at least."""

Triple = tuple[Section, Section, Section]


@dataclass(frozen=True)
class Format:
    """Where the keys of one system have what all of them have."""

    system: str
    protocol: int
    curves: tuple[Curve, ...]
    header_size: Callable[[Curve], int]
    """Bytes of section 2 after the sizes: k1 and k2 and what follows."""
    selectors: tuple[int, ...]
    """Their sections, in the order of SELECTORS."""
    sigma: tuple[int, ...]
    """The sections of the permutation's polynomials: one for each, or one for all three."""
    lagrange: int
    """The section of the Lagrange polynomials of the public signals, which no proof needs."""
    powers: int
    """The section of the powers of tau."""
    count_powers: Callable[[int], int]
    """How many there are over a domain of a size."""
    spare_rows: int
    """Points of the domain that gates cannot take."""


@dataclass(frozen=True)
class Layout:
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
    """k1, k2, and what follows, of section 2."""
    additions: Section
    maps: Triple
    selectors: tuple[Section, ...]
    """As SELECTORS names them."""
    sigma: Triple
    """The permutation's polynomials, each a section or a part of one."""
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

    @property
    def sections(self) -> tuple[Section, ...]:
        """What the extension reads, in its order."""
        return (self.header, self.additions, *self.maps, *self.selectors, *self.sigma, self.powers)

    def place(self, section: int, index: int) -> int:
        """The byte of an entry of a section other than the header."""
        size = {
            self.additions.id: self.addition_size,
            self.powers.id: self.curve.g1_size,
            **{place.id: 4 for place in self.maps},
        }
        start = next(place.offset for place in self.sections if place.id == section)
        return start + index * size.get(section, self.curve.n8r)


@dataclass(frozen=True)
class Parsed:
    """A key's layout, and what a system needs to read further sections."""

    layout: Layout
    reader: Reader
    sections: dict[int, Section]


def parse(data: Buffer, name: str, form: Format) -> Parsed:
    """The layout of the key in `data`; `name` is what messages call it.

    Raises SetupFault: KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE.
    """
    complain = complaints(name)
    reader = Reader(data, complain)
    sections = read_sections(reader, MAGIC, 1)
    require_protocol(reader, sections, form.protocol)
    head = require(reader, sections, 2, "header")
    curve, at = curve_of_header(reader, head)
    if curve not in form.curves:
        called = " and ".join(curve.name for curve in form.curves)
        raise complain(
            "CURVE",
            f"it is over {curve.name}, and {form.system.upper()} works over {called} only",
            f"compile the circuit with circom --prime {form.curves[0].name} (the default), and make the key "
            "from powers of tau of that curve",
        )
    names = ("signals", "public signals", "points of the domain", "additions", "gates")
    n_signals, n_public, domain_size, n_additions, n_gates = (
        reader.uint(at + 4 * index, 4, f"section 2, the number of {what}") for index, what in enumerate(names)
    )
    header = Section(2, at + 4 * len(names), form.header_size(curve))
    if header.end != head.end:
        raise complain("CORRUPT", f"section 2 has {head.length} bytes, not {header.end - head.offset}")
    # Two bits fewer than the field has: values are stored on a domain of four times the size.
    require_domain(reader, domain_size, curve.two_adicity - 1)
    if domain_size < SMALLEST_DOMAIN:
        raise complain(
            "CORRUPT", f"section 2 claims a domain of {domain_size} points, fewer than {SMALLEST_DOMAIN}"
        )
    if n_additions >= n_signals or n_public >= n_signals - n_additions:
        raise complain(
            "CORRUPT",
            f"section 2 claims {n_public} public signals and {n_additions} additions out of {n_signals} "
            "signals",
        )
    if not n_public <= n_gates <= domain_size - form.spare_rows:
        raise complain(
            "CORRUPT",
            f"section 2 claims {n_gates} gates for {n_public} public signals and {domain_size} points",
        )

    def sized(section_id: int, title: str, count: int, size: int, called: str) -> Section:
        return sized_section(reader, sections, section_id, title, (count, size, called))

    numbers = (1 + BLOWUP) * domain_size
    additions = sized(3, "additions", n_additions, 8 + 2 * curve.n8r, "additions")
    a, b, c = (sized(number, f"{'ABC'[number - 4]} map", n_gates, 4, "signals") for number in (4, 5, 6))
    selectors = {
        number: sized(number, title, numbers, curve.n8r, "numbers")
        for number, title in sorted(zip(form.selectors, SELECTORS, strict=True))
    }
    parts = 3 // len(form.sigma)
    s1, s2, s3 = (
        Section(number, whole.offset + part * whole.length // parts, whole.length // parts)
        for number in form.sigma
        for whole in [sized(number, "permutation", parts * numbers, curve.n8r, "numbers")]
        for part in range(parts)
    )
    sized(form.lagrange, "Lagrange polynomials", max(1, n_public) * numbers, curve.n8r, "numbers")
    powers = sized(form.powers, "powers of tau", form.count_powers(domain_size), curve.g1_size, "points")
    layout = Layout(
        curve=curve,
        n_signals=n_signals,
        n_public=n_public,
        domain_size=domain_size,
        n_additions=n_additions,
        n_gates=n_gates,
        header=header,
        additions=additions,
        maps=(a, b, c),
        selectors=tuple(selectors[number] for number in form.selectors),
        sigma=(s1, s2, s3),
        powers=powers,
    )
    return Parsed(layout, reader, sections)


def stored_scalars(data: Buffer, start: int, count: int, curve: Curve) -> list[int]:
    """The scalars stored from a byte on, as plain integers."""
    inverse = pow(1 << (8 * curve.n8r), -1, curve.r)
    places = range(start, start + count * curve.n8r, curve.n8r)
    return [int.from_bytes(data[at : at + curve.n8r], "little") * inverse % curve.r for at in places]
