"""Validation of a key, once per SHA-256: every number and point in range, on its curve and in its group, and
what depends on the rest against the rest. `native/src/plonk/key/check.rs` says how.

In: a mapped key opened by an engine. Out: nothing, or SetupFault KEY_CORRUPT at the first bad entry. A
marker in the cache folder records that it was done.
"""

from collections.abc import Callable, Mapping

from prover_cli.faults import Code, SetupFault
from prover_cli.formats.container import Section
from prover_cli.systems.plonk.layout import SELECTORS, PlonkLayout
from prover_cli.systems.plonk.mapped import MappedKey
from prover_cli.systems.plonk.verification_key import COMMITMENTS
from prover_cli.systems.protocols import Progress
from prover_cli.systems.validated import note_validated, was_validated

VERSION = 1
"""Increased when the checks change, so that old markers no longer count."""

NOT_CHECKED = ("Lagrange polynomials (section 13)", "the ceremony of the powers of tau")
"""Parts of a key that are not checked."""

STEPS = (2, 7, 8, 9, 10, 11, 4, 12, 14)
"""The sections in the order in which they are checked. 4 also stands for 3, 5 and 6, and for the gates."""

_NAMES: Mapping[int, str] = {
    2: "header",
    3: "additions",
    4: "A map",
    5: "B map",
    6: "C map",
    **dict(enumerate(SELECTORS, 7)),
    12: "permutation",
    14: "powers of tau",
}

_IN_HEADER = ("k1", "k2", *COMMITMENTS, "X_2")


def is_known_valid(mapped: MappedKey) -> bool:
    """Whether an earlier run checked this exact key."""
    return was_validated(mapped.sha256, VERSION)


def _place(layout: PlonkLayout, section: int, index: int) -> tuple[str, int]:
    """What an entry is called, and its byte in the file."""
    curve = layout.curve
    if section == 2:
        at = layout.header.offset + min(index, 2) * curve.n8r + max(0, index - 2) * curve.g1_size
        return _IN_HEADER[index], at
    places: Mapping[int, tuple[Section, int]] = {
        3: (layout.additions, layout.addition_size),
        **{number: (place, 4) for number, place in enumerate(layout.maps, 4)},
        **{number: (place, curve.n8r) for number, place in enumerate(layout.selectors, 7)},
        12: (layout.sigma, curve.n8r),
        14: (layout.powers, curve.g1_size),
    }
    place, size = places[section]
    return f"entry {index}", place.offset + index * size


def corrupt_entry(mapped: MappedKey, section: int, index: int, reason: str) -> SetupFault:
    """The fault for a bad entry, with its byte in the file."""
    called, at = _place(mapped.layout, section, index)
    return SetupFault(
        Code.KEY_CORRUPT,
        f"key {mapped.path}: section {section} ({_NAMES[section]}), {called} at byte {at}: {reason}; it is "
        "damaged: copy it again",
    )


def ensure_valid(
    mapped: MappedKey,
    check: Callable[[int, int], None],
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> None:
    """Validates the key unless this was done before. `check` is called with a section and threads. Raises
    SetupFault KEY_CORRUPT."""
    if is_known_valid(mapped):
        return
    for done, section in enumerate(STEPS, 1):
        check(section, threads)
        if progress:
            progress(done, len(STEPS))
    note_validated(mapped.sha256, VERSION)
