"""Proofs as commands are given them: one `proof.json`, or a folder of `ID.proof.json`."""

import json
from dataclasses import dataclass
from pathlib import Path

from prover_cli.errors import Fault, SetupFault
from prover_cli.formats.mistaken import not_json
from prover_cli.names import as_text, of_file


@dataclass(frozen=True)
class ProofFile:
    """A proof's two files."""

    id: str
    proof: Path
    public: Path


def proofs_in(folder: Path) -> list[ProofFile]:
    """Those of a folder, at least one. Raises SetupFault NO_PROOF."""
    found = [
        ProofFile(
            as_text(of_file(path.name)).removesuffix(".proof.json"),
            path,
            path.with_name(path.name[: -len("proof.json")] + "public.json"),
        )
        for path in sorted(folder.glob("*.proof.json"))
    ]
    if not found:
        raise SetupFault("NO_PROOF", f"no ID.proof.json in {folder}")
    return found


def single_proof(target: Path, public: Path | None) -> ProofFile:
    """One, its public signals where they are given or where our names say. Raises SetupFault NO_PUBLIC."""
    guess = target.with_name(target.name.replace("proof.json", "public.json"))
    if public is None and guess == target:
        raise SetupFault("NO_PUBLIC", f"give the public.json that belongs to {target} as well")
    name = as_text(of_file(target.name))
    return ProofFile(name.removesuffix(".json").removesuffix(".proof"), target, public or guess)


def read_json(path: Path) -> object:
    """Raises Fault FILE_UNREADABLE, JSON_CORRUPT."""
    data = b""
    try:
        data = path.read_bytes()
        return json.loads(data)
    except OSError as error:
        raise Fault("FILE_UNREADABLE", f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise Fault("JSON_CORRUPT", f"{path} {not_json(data, path.name)}") from None
