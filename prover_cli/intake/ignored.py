"""Files in a folder of jobs that are not jobs. A circuit's other files and results are expected there; the
rest are reported."""

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

from prover_cli.counting import counted
from prover_cli.formats.companions import UNPACK, folders_below
from prover_cli.intake.contents import RESULT_ENDINGS, Content, content_of, holds_jobs
from prover_cli.names import of_file, shown

OF_CIRCUITS = (".zkey", ".wasm", ".r1cs", ".sym", ".circom", ".ptau")
OF_CALCULATORS = (".js", ".cjs", ".mjs", ".wat", ".cpp", ".hpp", ".asm", ".dat", ".o")
"""What circom writes into `X_js` and `X_cpp`."""
OF_RESULTS = tuple(ending for ending in RESULT_ENDINGS if not ending.endswith(".json"))
EXPECTED = (*OF_CIRCUITS, *OF_CALCULATORS, *OF_RESULTS, ".md")
"""Endings that are expected whatever the content is."""
NAMES = {"prove-batch.toml", "Makefile", "LICENSE"}
"""Ours, and those of projects."""
OF_JOBS = (".json", ".wtns", ".jsonl")
MOST_NAMED = 3
MOST_FOLDERS = 2000
"""That are looked through: a home folder may have a million."""


@dataclass
class Ignored:
    """What lies in the sources' folders and is left out."""

    files: list[Path] = field(default_factory=list)
    """Neither jobs nor what is expected beside them."""
    unseen: list[Path] = field(default_factory=list)
    """Folders of which only the first `MOST_FOLDERS` below were looked through."""
    misnamed: list[tuple[Path, str]] = field(default_factory=list)
    """Folders that are not searched for the case of their name, each with the name that would be."""

    outdated: list[tuple[Path, Path]] = field(default_factory=list)
    """Inputs that are newer than the witness which is proved in their place, each with that witness."""
    unowned: bool = False
    """Whether nothing says which circuit some of the inputs are for."""
    nested: Path | None = None
    """A folder with possible jobs that is not searched, if there is one."""

    def look_into(self, folder: Path, jobs: Set[Path]) -> None:
        """Adds what a folder and those below it hold besides `jobs`, to which files may belong that are known
        to be expected. Hidden files are left out, and what npm installs."""
        searched = {path.parent for path in jobs}
        for number, (place, names) in enumerate(folders_below(folder)):
            if number == MOST_FOLDERS:
                self.unseen.append(folder)
                return
            paths = (place / name for name in sorted(names))
            left_out = [
                path
                for path in paths
                if path not in jobs and not _is_expected(path) and not _has_witness(path, jobs)
            ]
            self.files += left_out
            if number and place not in searched and any(path.suffix in OF_JOBS for path in left_out):
                self.nested = self.nested or place


def ignored_warnings(ignored: Ignored) -> Iterator[str]:
    """What is said of files that are no jobs."""
    paths = ignored.files
    if paths:
        kinds = Counter(of_file(path.suffix) or "no ending" for path in paths)
        counts = ", ".join(f"{count} {shown(kind)}" for kind, count in kinds.most_common(MOST_NAMED))
        named = ", ".join(shown(of_file(path), 200) for path in paths[:MOST_NAMED])
        more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
        why = ""
        if ignored.nested is not None:
            why = f"; {ignored.nested}/ is not searched: give it as a source, or name it after a circuit"
        elif ignored.unowned:
            why = "; nothing says which circuit they are for: name a file, or its folder, after its circuit"
        yield f"ignored {counted(len(paths), 'file')} ({counts}): {named}{more}{why}"
    if ignored.outdated:
        inputs, witness = ignored.outdated[0]
        others = len(ignored.outdated) - 1
        more = f" (and {counted(others, 'more file')})" if others else ""
        yield f"{witness} is proved, although {inputs} is newer{more}: delete the witness to prove the input"
    for folder, right in ignored.misnamed:
        yield f"{folder}/ is not searched, since case matters: rename it to {shown(right)}"
    for folder in ignored.unseen:
        yield (
            f"{folder} has more than {MOST_FOLDERS} folders below it: only the first of them were searched "
            "for files that are ignored; give the folder of the jobs"
        )


def _has_witness(path: Path, jobs: Set[Path]) -> bool:
    """Whether a file is the inputs of a witness that is proved, beside it or in a circuit's `witnesses/`."""
    if path.suffix != ".json":
        return False
    witness = path.with_suffix(".wtns")
    places = [witness]
    if path.parent.name == "inputs":
        places.append(path.parent.parent / "witnesses" / witness.name)
    return any(place in jobs for place in places) and content_of(path) is Content.INPUT


def _is_expected(path: Path) -> bool:
    name = path.name
    for ending in UNPACK:
        name = name.removesuffix(ending)
    if name.startswith(".") or name in NAMES or name.endswith(EXPECTED):
        return True
    if name.endswith(".jsonl"):
        return not holds_jobs(path)
    return name.endswith(".json") and content_of(path) is Content.OTHER
