"""Constraints (`.r1cs`, version 1): A·w ∘ B·w = C·w, row by row, for the wires w.

Section 1 has the field and the counts. Section 2 has, for each constraint, the linear combinations A, B and
C: a u32 count of terms, then for each term a u32 wire and a plain coefficient of n8 bytes. The wires are the
witness' values, in order. Section 5, which circom writes if a circuit has custom gates, begins with the
number of their uses.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prover_cli.faults import Code, Fault, SetupFault
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
from prover_cli.formats.curves import COMPILE_FOR_OURS, Curve, by_scalar_prime

MAGIC = b"r1cs"

CODES: Mapping[Kind, Code] = {
    "TRUNCATED": Code.R1CS_TRUNCATED,
    "CORRUPT": Code.R1CS_CORRUPT,
    "CURVE": Code.R1CS_CURVE,
}

ADVICE: Advice = {
    "TRUNCATED": f"{CUT_OFF}: copy it again",
    "CURVE": COMPILE_FOR_OURS,
    "": "it is damaged or not an .r1cs file: compile the circuit again",
}

Combination = list[tuple[int, int]]
"""Wire and coefficient of each term."""


@dataclass(frozen=True)
class R1csLayout:
    """A circuit's sizes, and where in the file its constraints are."""

    curve: Curve
    n_wires: int
    """Including the constant 1."""
    n_public: int
    """Outputs and public inputs."""
    n_constraints: int
    constraints: Section
    n_custom_gates: int = 0
    """Uses of custom gates (section 5). These are a different kind of constraint and not among the rows."""


def parse_r1cs(data: Buffer, name: str) -> R1csLayout:
    """The layout of the constraints in `data`; `name` is what messages call it.

    Raises SetupFault: R1CS_TRUNCATED, R1CS_CORRUPT, R1CS_CURVE.
    """
    reader = Reader(data, _complaints(name))
    sections = read_sections(reader, MAGIC, 1)
    header = require(reader, sections, 1, "header")
    n8 = reader.uint(header.offset, 4, "section 1, the size of a coefficient")
    if not 8 <= n8 <= 128 or header.length != 32 + n8:
        raise reader.complain(
            "CORRUPT",
            f"section 1 at byte {header.offset} has {header.length} bytes for coefficients of {n8} bytes",
        )
    prime = reader.uint(header.offset + 4, n8, "section 1, the prime")
    curve = by_scalar_prime(prime)
    if curve is None:
        raise reader.complain.field("section 1", prime)
    if curve.n8r != n8:
        raise reader.complain("CORRUPT", f"section 1 at byte {header.offset} has coefficients of {n8} bytes")
    at = header.offset + 4 + n8
    wires, outputs, public = (reader.uint(at + 4 * i, 4, "section 1, a count") for i in range(3))
    if not outputs + public < wires:
        raise reader.complain("CORRUPT", f"section 1 has {outputs + public} public signals but {wires} wires")
    count = reader.uint(at + 24, 4, "section 1, the number of constraints")
    constraints = require(reader, sections, 2, "constraints")
    if constraints.length < 12 * count:
        raise reader.complain(
            "CORRUPT",
            f"section 2 at byte {constraints.offset} has {constraints.length} bytes for {count} constraints",
        )
    gates = (
        reader.uint(sections[5].offset, 4, "section 5, the number of custom gates") if 5 in sections else 0
    )
    return R1csLayout(curve, wires, outputs + public, count, constraints, gates)


def rows(
    data: Buffer, layout: R1csLayout, name: str
) -> Iterator[tuple[Combination, Combination, Combination]]:
    """A, B and C of each constraint. Raises SetupFault: R1CS_TRUNCATED, R1CS_CORRUPT."""
    reader = Reader(data, _complaints(name))
    at = layout.constraints.offset
    size = layout.curve.n8r

    def combination(index: int) -> Combination:
        nonlocal at
        terms = reader.uint(at, 4, f"constraint {index}")
        if at + 4 + terms * (4 + size) > layout.constraints.end:
            raise reader.complain("CORRUPT", f"constraint {index} at byte {at} runs past its section")
        found = []
        for term in range(at + 4, at + 4 + terms * (4 + size), 4 + size):
            wire = reader.uint(term, 4, "a wire")
            coefficient = reader.uint(term + 4, size, "a coefficient")
            if wire >= layout.n_wires or coefficient >= layout.curve.r:
                raise reader.complain(
                    "CORRUPT", f"constraint {index}: the term at byte {term} is out of range"
                )
            found.append((wire, coefficient))
        at += 4 + terms * (4 + size)
        return found

    for index in range(layout.n_constraints):
        yield combination(index), combination(index), combination(index)
    if at != layout.constraints.end:
        raise reader.complain("CORRUPT", f"extra bytes after the last constraint, at byte {at}")


def corrupt_row(name: str, index: int, reason: str) -> Fault:
    """The fault for a constraint that cannot be read."""
    return _complaints(name)("CORRUPT", f"constraint {index}: {reason}")


def _complaints(name: str) -> Complaints:
    return Complaints(CODES, f"constraints {name}", SetupFault, ADVICE)
