"""Proofs as commands are given them: one `proof.json`, or a folder of `ID.proof.json`."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from prover_cli.faults import Code, Fault, SetupFault
from prover_cli.formats.mistaken import not_json
from prover_cli.formats.snarkjs import parse_public
from prover_cli.names import as_text, of_file
from prover_cli.regular_file import read_regular
from prover_cli.systems.protocols import Proof
from prover_cli.systems.registry import proof_from_json


@dataclass(frozen=True)
class ProofFile:
    """A proof's two files."""

    id: str
    proof: Path
    public: Path
    named: bool = False
    """Whether the user named it: then it may be a pipe, which is waited for."""

    def read(self) -> tuple[Proof, tuple[int, ...]]:
        """The proof and its public signals. Raises Fault FILE_UNREADABLE, JSON_CORRUPT, CURVE_UNKNOWN,
        PROOF_PROTOCOL."""
        read = read_json if self.named else _read_regular_json
        proof = proof_from_json(read(self.proof))
        return proof, parse_public(read(self.public), proof.curve)


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
        raise SetupFault(Code.NO_PROOF, f"no ID.proof.json in {folder}")
    return found


def single_proof(target: Path, public: Path | None) -> ProofFile:
    """One, its public signals where they are given or where our names say. Raises SetupFault NO_PROOF,
    NO_PUBLIC."""
    if not os.path.lexists(target):
        raise SetupFault(
            Code.NO_PROOF, f"{target} does not exist; give a proof.json, or a folder of ID.proof.json"
        )
    guess = target.with_name(target.name.replace("proof.json", "public.json"))
    if public is None and guess == target:
        raise SetupFault(Code.NO_PUBLIC, f"give the public.json that belongs to {target} as well")
    name = as_text(of_file(target.name))
    return ProofFile(name.removesuffix(".json").removesuffix(".proof"), target, public or guess, named=True)


def read_json(path: Path) -> object:
    """A file that the user named. Raises Fault FILE_UNREADABLE, JSON_CORRUPT."""
    return _json(path, path.read_bytes)


def _read_regular_json(path: Path) -> object:
    return _json(path, partial(read_regular, path))


def _json(path: Path, read: Callable[[], bytes]) -> object:
    data = b""
    try:
        data = read()
        return json.loads(data)
    except OSError as error:
        raise Fault(Code.FILE_UNREADABLE, f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise Fault(Code.JSON_CORRUPT, f"{path} {not_json(data, path.name)}") from None
