"""Where the entries of a key's sections are, and how a bad one is reported."""

from prover_cli.faults import Code, SetupFault
from prover_cli.systems.groth16.mapped import MappedKey

_NAMES = {4: "coefficients", 5: "A", 6: "B1", 7: "B2", 8: "C", 9: "H"}


def entries_of(mapped: MappedKey) -> dict[int, tuple[int, int, int]]:
    """For each section id: offset, count and size of its entries."""
    layout = mapped.layout
    g1, g2 = layout.curve.g1_size, layout.curve.g2_size
    return {
        4: (layout.coefficients.offset, layout.n_coefficients, layout.coefficient_size),
        5: (layout.a.offset, layout.n_vars, g1),
        6: (layout.b1.offset, layout.n_vars, g1),
        7: (layout.b2.offset, layout.n_vars, g2),
        8: (layout.c.offset, layout.n_vars - layout.n_public - 1, g1),
        9: (layout.h.offset, layout.domain_size, g1),
    }


def corrupt_entry(mapped: MappedKey, section: int, index: int, reason: str) -> SetupFault:
    """The fault for a bad entry, with its byte in the file."""
    offset, _, size = entries_of(mapped)[section]
    return SetupFault(
        Code.KEY_CORRUPT,
        f"key {mapped.path}: section {section} ({_NAMES[section]}), entry {index} at byte "
        f"{offset + index * size}: {reason}; it is damaged: copy it again",
    )
