"""The proofs of a folder and of the folders below it, and what else lies there that may be meant as one.

Every proof is found, or what was passed over is named: a proof that nobody looked at must not count as valid.
"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from prover_cli.cli.proof_files import ProofFile, kind_of
from prover_cli.cli.result_lines import ResultLines
from prover_cli.counting import counted
from prover_cli.faults import Code, SetupFault
from prover_cli.formats.mistaken import not_json
from prover_cli.intake.lines import jsonl_stem
from prover_cli.names import as_text, of_file, printable
from prover_cli.regular_file import read_regular

PROOF, PUBLIC = "proof.json", "public.json"
"""snarkjs' names; ours have an id and a dot before them."""

LARGEST_PROOF = 1 << 16
"""Bytes. The largest proof, one of PLONK over BLS12-381, has 3 KB: anything larger is not a proof."""

MOST_NAMED = 8


@dataclass(frozen=True)
class PassedOver:
    """Something in the folder that was not verified."""

    path: Path
    why: str


@dataclass
class ProofFolder:
    """What a folder holds."""

    folder: Path
    proofs: list[ProofFile] = field(default_factory=list)
    """By the names of their folders and files; an id has the folders below `folder` before it."""
    passed_over: list[PassedOver] = field(default_factory=list)


def proofs_below(folder: Path) -> ProofFolder:
    """The proofs of a folder, at least one. Links are followed; hidden files and folders are left out, and
    what npm installs. Raises SetupFault NO_PROOF, FILE_UNREADABLE."""
    found = ProofFolder(folder)
    for place, names in _places(found):
        _look_at(place, names, found)
    if not found.proofs:
        listed = "".join(f"; {_words(one)}" for one in found.passed_over[:MOST_NAMED])
        raise SetupFault(Code.NO_PROOF, f"no ID.proof.json in {folder} or below{listed}")
    return found


def tell_passed_over(found: ProofFolder) -> None:
    """Warns of what was not looked at, on standard error."""
    for one in found.passed_over[:MOST_NAMED]:
        print(f"warning: not checked: {printable(_words(one))}", file=sys.stderr)
    more = len(found.passed_over) - MOST_NAMED
    if more > 0:
        print(f"warning: not checked: {counted(more, 'more file')}", file=sys.stderr)


def _words(one: PassedOver) -> str:
    return f"{of_file(one.path)} ({one.why})"


def _places(found: ProofFolder) -> Iterator[tuple[Path, list[str]]]:
    """The folder and those below, each with the names of its files, both sorted."""

    def unreadable(error: OSError) -> None:
        if Path(error.filename) == found.folder:
            raise SetupFault(Code.FILE_UNREADABLE, f"{found.folder} cannot be read: {error.strerror}")
        found.passed_over.append(PassedOver(Path(error.filename), f"it cannot be read: {error.strerror}"))

    seen: set[str] = set()
    for place, folders, names in os.walk(found.folder, onerror=unreadable, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:  # a link leads round in a circle, or to a folder that is looked at anyway
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        yield Path(place), sorted(name for name in names if not name.startswith("."))


def _look_at(place: Path, names: list[str], found: ProofFolder) -> None:
    """Adds the proofs of one folder, and what might be one."""
    there = set(names)
    for name in names:
        path = place / name
        if name == PROOF or name.endswith(f".{PROOF}"):
            public = path.with_name(name.removesuffix(PROOF) + PUBLIC)
            found.proofs.append(ProofFile(_id(path, found.folder), path, public))
            continue
        if name == PUBLIC or name.endswith(f".{PUBLIC}"):
            proof = name.removesuffix(PUBLIC) + PROOF
            why = None if proof in there else f"{as_text(of_file(proof))} is missing"
        else:
            why = _why_doubtful(path)
        if why is not None:
            found.passed_over.append(PassedOver(path, why))


def _id(path: Path, folder: Path) -> str:
    """The proof's id, after the folders that it lies in; snarkjs' `proof.json` has its folder's name."""
    below = as_text(of_file(path.relative_to(folder)))
    if path.name != PROOF:
        return below.removesuffix(f".{PROOF}")
    return below.removesuffix(PROOF).rstrip("/\\") or PROOF.removesuffix(".json")


def _holds_results(lines: Path) -> bool:
    try:
        ResultLines(lines)
    except SetupFault:
        return False  # as the manifest, or lines that are jobs
    return True


def _why_doubtful(path: Path) -> str | None:
    """Why a file may be a proof that is not verified; None where it is none."""
    if jsonl_stem(path) is not None:
        return "it contains result lines: verify it separately" if _holds_results(path) else None
    if path.suffix != ".json":
        return None
    data = b""
    try:
        if path.stat().st_size > LARGEST_PROOF:
            return None
        data = read_regular(path)
        kind = kind_of(json.loads(data))
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    except (ValueError, RecursionError):
        return f"it {not_json(data, path.name)}"
    return f"a proof, but its name does not end in .{PROOF}" if kind == "proof" else None
