"""Validation of a key, once per SHA-256: every number and point in range, on its curve and in its group, and
what depends on the rest against the rest. `native/src/plonkish/check.rs` says how.

In: a mapped key opened by an engine. Out: nothing, or SetupFault KEY_CORRUPT at the first bad entry. A
marker in the cache folder records that it was done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prover_cli.faults import Code, SetupFault
from prover_cli.systems.plonkish.layout import SELECTORS, Format, Layout
from prover_cli.systems.plonkish.mapped import MappedKey
from prover_cli.systems.protocols import Progress
from prover_cli.systems.validated import note_validated, was_validated


@dataclass(frozen=True)
class Checks:
    """How the keys of one system are checked."""

    version: int
    """Increased when the checks change, so that old markers no longer count."""
    steps: tuple[int, ...]
    """The sections in the order in which they are checked. 4 also stands for 3, 5 and 6, and for the
    gates."""
    titles: Mapping[int, str]
    """What messages call the sections."""
    in_header: Callable[[Layout, int], tuple[str, int]]
    """What an entry of section 2 is called, and its byte in the file."""

    def is_known_valid(self, mapped: MappedKey) -> bool:
        """Whether an earlier run checked this exact key."""
        return was_validated(mapped.sha256, self.version)

    def corrupt_entry(self, mapped: MappedKey, section: int, index: int, reason: str) -> SetupFault:
        """The fault for a bad entry, with its byte in the file."""
        if section == 2:
            called, at = self.in_header(mapped.layout, index)
        else:
            called, at = f"entry {index}", mapped.layout.place(section, index)
        return SetupFault(
            Code.KEY_CORRUPT,
            f"key {mapped.path}: section {section} ({self.titles[section]}), {called} at byte {at}: "
            f"{reason}; it is damaged: copy it again",
        )

    def ensure_valid(
        self,
        mapped: MappedKey,
        check: Callable[[int, int], None],
        *,
        threads: int = 1,
        progress: Progress | None = None,
    ) -> None:
        """Validates the key unless this was done before. `check` is called with a section and threads. Raises
        SetupFault KEY_CORRUPT."""
        if self.is_known_valid(mapped):
            return
        for done, section in enumerate(self.steps, 1):
            check(section, threads)
            if progress:
                progress(done, len(self.steps))
        note_validated(mapped.sha256, self.version)


def titles(form: Format) -> dict[int, str]:
    """What messages call the sections that all systems have."""
    return {
        2: "header",
        3: "additions",
        4: "A map",
        5: "B map",
        6: "C map",
        **dict(zip(form.selectors, SELECTORS, strict=True)),
        **dict.fromkeys(form.sigma, "permutation"),
        form.powers: "powers of tau",
    }
