"""The files of one proof as commands are given them, known by what they hold."""

import os
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from prover_cli.faults import Code, Fault, SetupFault
from prover_cli.formats.json_file import read_json
from prover_cli.formats.snarkjs import parse_public
from prover_cli.names import as_text, of_file
from prover_cli.systems.protocols import Proof
from prover_cli.systems.registry import proof_from_json

WORDS = {
    "key": "proving keys",
    "vkey": "verification keys",
    "proof": "proofs",
    "public": "public signals",
}
"""What files of these kinds are called."""


@dataclass(frozen=True)
class ProofFile:
    """A proof's two files."""

    id: str
    proof: Path
    public: Path

    def read(self) -> tuple[Proof, tuple[int, ...]]:
        """The proof and its public signals. Raises Fault FILE_UNREADABLE, JSON_CORRUPT, CURVE_UNKNOWN,
        PROOF_PROTOCOL."""
        proof = proof_from_json(read_json(self.proof))
        return proof, parse_public(read_json(self.public), proof.curve)


@dataclass(frozen=True)
class ReadFile:
    """A file that was named without a word on what it is. It is read once: it may be a pipe."""

    path: Path
    value: object
    """Of its JSON; None for a proving key."""

    @property
    def kind(self) -> str | None:
        """What its content is; None where that is nothing of a proof's."""
        return "key" if self.value is None else kind_of(self.value)


def kind_of(value: object) -> str | None:
    """What JSON holds: `vkey`, `proof` or `public`; None where it is nothing of a proof's."""
    if isinstance(value, list):
        return "public"
    fields: Set[str] = value.keys() if isinstance(value, dict) else set()
    if fields & {"vk_alpha_1", "IC", "nPublic"}:
        return "vkey"
    return "proof" if fields & {"pi_a", "A", "polynomials"} else None


@dataclass(frozen=True)
class ReadProof:
    """A proof that was read already, and its public signals."""

    id: str
    proof: ReadFile
    public: ReadFile

    def read(self) -> tuple[Proof, tuple[int, ...]]:
        """See `ProofFile.read`."""
        proof = proof_from_json(self.proof.value)
        return proof, parse_public(self.public.value, proof.curve)


def read_files(paths: Sequence[Path]) -> dict[str, ReadFile]:
    """Files of one proof by what they are: `key`, `vkey`, `proof`, `public`. Where the proof's name tells
    its public signals', they need not be named.

    Raises SetupFault NO_PROOF, NO_PUBLIC, FILE_UNREADABLE, JSON_CORRUPT, BAD_OPTION."""
    found = by_kind(paths)
    if "proof" not in found:
        names = ", ".join(str(path) for path in paths)
        raise SetupFault(
            Code.NO_PROOF, f"there is no proof among {names}; give a proof.json, or a folder of them"
        )
    if "public" not in found:
        proof = found["proof"].path
        guess = proof.with_name(proof.name.replace("proof.json", "public.json"))
        if guess == proof or not guess.exists():
            raise SetupFault(Code.NO_PUBLIC, f"also give the public.json of {proof}")
        found["public"] = _read_file(guess)
    return found


def by_kind(paths: Sequence[Path]) -> dict[str, ReadFile]:
    """Files by what they hold, one of each kind. Raises SetupFault NO_PROOF, FILE_UNREADABLE, JSON_CORRUPT,
    BAD_OPTION."""
    found: dict[str, ReadFile] = {}
    for path in paths:
        one = _read_file(path)
        if one.kind is None:
            raise SetupFault(Code.BAD_OPTION, f"{path} is not a proof, a verification key or public signals")
        other = found.setdefault(one.kind, one)
        if other is not one:
            raise SetupFault(
                Code.BAD_OPTION, f"{other.path} and {path} are both {WORDS[one.kind]}; give only one"
            )
    return found


def the_proof(found: Mapping[str, ReadFile]) -> ReadProof:
    """The one that `read_files` found."""
    name = as_text(of_file(found["proof"].path.name))
    return ReadProof(name.removesuffix(".json").removesuffix(".proof"), found["proof"], found["public"])


def _read_file(path: Path) -> ReadFile:
    """Raises SetupFault NO_PROOF, FILE_UNREADABLE, JSON_CORRUPT."""
    if not os.path.lexists(path):
        raise SetupFault(
            Code.NO_PROOF, f"{path} does not exist; give a proof.json, or a folder of ID.proof.json"
        )
    if path.suffix == ".zkey":
        return ReadFile(path, None)
    try:
        return ReadFile(path, read_json(path, Path.read_bytes))
    except Fault as fault:
        raise SetupFault(fault.kind, fault.message) from None
