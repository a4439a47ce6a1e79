"""Files in a folder of jobs that are not jobs. A circuit's other files and results are expected there; the
rest are reported."""

import re
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

from prover_cli.counting import counted
from prover_cli.formats.companions import UNPACK, folders_below
from prover_cli.formats.targets import ENDINGS
from prover_cli.names import of_file, shown
from prover_cli.regular_file import open_regular

OF_CIRCUITS = (".zkey", ".wasm", ".r1cs", ".sym", ".circom", ".ptau")
OF_CALCULATORS = (".js", ".cjs", ".mjs", ".wat", ".cpp", ".hpp", ".asm", ".dat", ".o")
"""What circom writes into `X_js` and `X_cpp`."""
OF_RESULTS = (".proof.json", ".public.json", *(ending for endings in ENDINGS.values() for ending in endings))
EXPECTED = (*OF_CIRCUITS, *OF_CALCULATORS, *OF_RESULTS, ".md")
NAMES = {
    "manifest.jsonl",
    "prove-batch.toml",
    "Makefile",
    "LICENSE",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "circomkit.json",
}
"""Ours, and those of Node projects."""
NO_INPUT = re.compile(
    rb'\s*(?:\{\s*"(?:protocol"\s*:\s*"(?:groth16|plonk|fflonk)"|pi_a"\s*:|version"\s*:\s*"[^"]*",\s*"command"\s*:)'
    rb'|\[\s*(?:"[0-9]+"|\]))'
)
"""How a verification key, a proof, a run's summary and public signals begin."""
RESULT_LINE = re.compile(rb'\{"id":"[^"]*","circuitId":"[^"]*","success":')
"""How each of our lines of results begins."""
BEGINNING = 256
MOST_NAMED = 3
MOST_FOLDERS = 2000
"""That are looked through: a home folder may have a million."""


def is_no_input(path: Path) -> bool:
    """Whether a `.json` is something else than a circuit's inputs: known by its first bytes, or by its name
    where it is a project's."""
    if path.name in NAMES or path.name.endswith(OF_RESULTS):
        return True
    try:
        # Opening a pipe or a device would block. The worker refuses what is not a regular file.
        with open_regular(path) as file:
            return NO_INPUT.match(file.read(BEGINNING)) is not None
    except OSError:
        return False


def holds_jobs(lines: Path) -> bool:
    """Whether a `.jsonl` is none of ours: the manifest, or results."""
    if lines.name in NAMES:
        return False
    try:
        with open_regular(lines) as file:
            return RESULT_LINE.match(file.read(BEGINNING)) is None
    except OSError:
        return True  # whoever reads it says why it cannot be read


@dataclass
class Ignored:
    """What lies in the sources' folders and is left out."""

    files: list[Path] = field(default_factory=list)
    """Neither jobs nor what is expected beside them."""
    unseen: list[Path] = field(default_factory=list)
    """Folders of which only the first `MOST_FOLDERS` below were looked through."""

    def look_into(self, folder: Path, jobs: Set[Path]) -> None:
        """Adds what a folder and those below it hold besides `jobs`. Hidden files are left out, and what npm
        installs."""
        for number, (place, names) in enumerate(folders_below(folder)):
            if number == MOST_FOLDERS:
                self.unseen.append(folder)
                return
            paths = (place / name for name in sorted(names))
            self.files += [
                path
                for path in paths
                if path not in jobs and not _is_expected(path) and not _has_witness(path, jobs)
            ]


def ignored_warnings(ignored: Ignored) -> Iterator[str]:
    """What is said of files that are no jobs."""
    paths = ignored.files
    if paths:
        kinds = Counter(of_file(path.suffix) or "no ending" for path in paths)
        counts = ", ".join(f"{count} {shown(kind)}" for kind, count in kinds.most_common(MOST_NAMED))
        named = ", ".join(shown(of_file(path), 200) for path in paths[:MOST_NAMED])
        more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
        yield f"ignored {counted(len(paths), 'file')} ({counts}): {named}{more}"
    for folder in ignored.unseen:
        yield (
            f"{folder} has more than {MOST_FOLDERS} folders below it: only the first of them were searched "
            "for files that are ignored; give the folder of the jobs"
        )


def _has_witness(path: Path, jobs: Set[Path]) -> bool:
    """Whether a file is the inputs of a witness that is proved, beside it or in a circuit's `witnesses/`."""
    witness = path.with_suffix(".wtns")
    places = (witness, path.parent.parent / "witnesses" / witness.name)
    return path.suffix == ".json" and any(place in jobs for place in places)


def _is_expected(path: Path) -> bool:
    name = path.name
    for ending in UNPACK:
        name = name.removesuffix(ending)
    if name.startswith(".") or name in NAMES or name.endswith(EXPECTED):
        return True
    return name.endswith(".json") and is_no_input(path)
