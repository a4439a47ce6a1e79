"""Validation of a key, once per SHA-256: every point that is used in proofs must be on its curve and in its
group, and every coefficient in range. Whether a coefficient is the right one can only be checked against the
circuit's `.r1cs`.

In: a mapped key opened by an engine. Out: nothing, or SetupFault KEY_CORRUPT at the first bad entry. A
marker in the cache folder records that it was done.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

from prover_cli.cache_folder import cache_folder
from prover_cli.faults import Code, SetupFault
from prover_cli.systems.groth16.entries import entries_of
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.protocols import Progress
from prover_cli.systems.registry import verifier_for
from prover_cli.writing import write_atomically

VERSION = 2
"""Increased when the checks change, so that old markers no longer count."""

NOT_CHECKED = ("B in G1", "beta1 and delta1", "contributions of the ceremony")
"""Parts of a key that are not checked, because no proof made here uses them."""

SLICE = 1 << 17
"""Entries checked between two progress reports: the more points are tested together, the less each costs."""


def _marker(mapped: MappedKey) -> str:
    return f"{mapped.sha256}.v{VERSION}"


def is_known_valid(mapped: MappedKey) -> bool:
    """Whether an earlier run checked this exact key."""
    with suppress(PermissionError):
        return (cache_folder() / "validated" / _marker(mapped)).exists()
    return False


def _slices(mapped: MappedKey) -> Iterator[tuple[int, int, int]]:
    for section, (_, count, _) in entries_of(mapped).items():
        for start in range(0, count, SLICE):
            yield section, start, min(SLICE, count - start)


def ensure_valid(
    mapped: MappedKey,
    check: Callable[[int, int, int, int], None],
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> None:
    """Validates the key unless this was done before. `check` is called with a section, its first entry, the
    number of entries, and threads. Raises SetupFault: KEY_CORRUPT, VKEY_CORRUPT."""
    if is_known_valid(mapped):
        return
    try:
        verifier_for(mapped.verification_key)  # checks the points of sections 2 and 3
    except SetupFault as fault:
        raise SetupFault(Code.KEY_CORRUPT, f"key {mapped.path}: {fault.message}") from None
    total = sum(count for _, count, _ in entries_of(mapped).values())
    done = 0
    for section, start, count in _slices(mapped):
        check(section, start, count, threads)
        done += count
        if progress:
            progress(done, total)
    with suppress(OSError):  # a cache that cannot be written costs time, not correctness
        write_atomically(cache_folder() / "validated" / _marker(mapped), b"")
