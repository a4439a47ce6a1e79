"""Validation of a key, once per SHA-256: every point must be on its curve and in its group, the header's
points must match, and every coefficient must be in range. Whether a coefficient is the right one can only be
checked against the circuit's `.r1cs`.

In: a mapped key opened by an engine. Out: nothing, or SetupFault KEY_CORRUPT at the first bad entry. A
marker in the cache folder records that it was done.
"""

from collections.abc import Callable, Iterator

from prover_cli.faults import Code, SetupFault
from prover_cli.formats.curves import Curve
from prover_cli.formats.points import G1, G2
from prover_cli.systems.groth16.entries import entries_of
from prover_cli.systems.groth16.layout import beta1_delta1
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.protocols import Progress
from prover_cli.systems.registry import verifier_for
from prover_cli.systems.validated import note_validated, was_validated

SameScalar = Callable[[Curve, G1, G2], bool]
"""Whether two points are the same multiple of their groups' generators."""

VERSION = 3
"""Increased when the checks change, so that old markers no longer count."""

NOT_CHECKED = ("contributions of the ceremony",)
"""Parts of a key that are not checked. `snarkjs zkey verify` checks them."""

SLICE = 1 << 17
"""Entries checked between two progress reports: the more points are tested together, the less each costs."""


def is_known_valid(mapped: MappedKey) -> bool:
    """Whether an earlier run checked this exact key."""
    return was_validated(mapped.sha256, VERSION)


def _slices(mapped: MappedKey) -> Iterator[tuple[int, int, int]]:
    for section, (_, count, _) in entries_of(mapped).items():
        for start in range(0, count, SLICE):
            yield section, start, min(SLICE, count - start)


def check_header(mapped: MappedKey, same_scalar: SameScalar) -> None:
    """β and δ are in the header in both groups: whether they are the same. beta2 and delta2 must be known to
    be in their group. Raises SetupFault KEY_CORRUPT."""
    key, (beta1, delta1) = mapped.verification_key, beta1_delta1(mapped.data, mapped.layout)
    for name, one, other in (("beta", beta1, key.beta2), ("delta", delta1, key.delta2)):
        if not same_scalar(key.curve, one, other):
            raise SetupFault(
                Code.KEY_CORRUPT,
                f"key {mapped.path}: {name}1 in section 2 does not match {name}2, its point in G2; the "
                "key is damaged: copy it again",
            )


def _check_ranges(mapped: MappedKey) -> None:
    """The coordinates of sections 2 and 3. Reading them as numbers reduces them."""
    layout, curve = mapped.layout, mapped.layout.curve
    for section in (layout.header, layout.ic):
        for at in range(section.offset, section.end, curve.n8q):
            if int.from_bytes(mapped.data[at : at + curve.n8q], "little") >= curve.q:
                raise SetupFault(
                    Code.KEY_CORRUPT,
                    f"key {mapped.path}: section {section.id}, at byte {at}: a coordinate is not below the "
                    "field's prime; the key is damaged: copy it again",
                )


def ensure_valid(
    mapped: MappedKey,
    check: Callable[[int, int, int, int], None],
    same_scalar: SameScalar,
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> None:
    """Validates the key unless this was done before. `check` is called with a section, its first entry, the
    number of entries, and threads. Raises SetupFault KEY_CORRUPT."""
    if is_known_valid(mapped):
        return
    _check_ranges(mapped)
    try:
        verifier_for(mapped.verification_key)  # checks the points of sections 2 and 3
    except SetupFault as fault:
        raise SetupFault(Code.KEY_CORRUPT, f"key {mapped.path}: {fault.message}") from None
    check_header(mapped, same_scalar)
    total = sum(count for _, count, _ in entries_of(mapped).values())
    done = 0
    for section, start, count in _slices(mapped):
        check(section, start, count, threads)
        done += count
        if progress:
            progress(done, total)
    note_validated(mapped.sha256, VERSION)
