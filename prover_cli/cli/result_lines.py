"""The proofs in a file of results: one JSON line per job, as `-o results.jsonl` writes them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prover_cli.faults import Code, Fault, SetupFault
from prover_cli.formats.snarkjs import parse_public
from prover_cli.intake.lines import BadLine, read_lines
from prover_cli.names import as_text
from prover_cli.systems.protocols import Proof
from prover_cli.systems.registry import proof_from_json

CHUNK = 1 << 16


@dataclass(frozen=True)
class LineProof:
    """A line: a proof with its public signals, or what is wrong with it."""

    id: str
    circuit: str | None
    """The circuit that it names."""
    proof: object = None
    public: object = None
    fault: Fault | None = None

    def read(self) -> tuple[Proof, tuple[int, ...]]:
        """The proof and its public signals. Raises Fault JSON_CORRUPT, CURVE_UNKNOWN, PROOF_PROTOCOL."""
        if self.fault is not None:
            raise self.fault
        proof = proof_from_json(self.proof)
        return proof, parse_public(self.public, proof.curve)


class ResultLines:
    """The proofs of a file, read as they are taken."""

    def __init__(self, path: Path) -> None:
        """Raises SetupFault FILE_UNREADABLE; NO_PROOF for lines that are no results."""
        self.path = path
        self.without_proof = 0
        """Lines of jobs that failed, counted as they are read."""
        first = next(self._objects(), None)
        if first is None:
            raise SetupFault(Code.NO_PROOF, f"{path} is empty: there is no proof in it")
        _, value = first
        if isinstance(value, dict) and not value.keys() & {"proof", "success"}:
            raise SetupFault(
                Code.NO_PROOF,
                f"{path} does not hold results: its first line has no proof; give a file that "
                "prove-batch wrote with -o FILE.jsonl, or a folder of ID.proof.json",
            )

    def __iter__(self) -> Iterator[LineProof]:
        for number, value in self._objects():
            where = f"line {number}"
            if isinstance(value, Fault):
                yield LineProof(where, None, fault=value)
            elif not isinstance(value, dict):
                yield LineProof(where, None, fault=_corrupt("it is not a JSON object"))
            elif value.get("success") is False:
                self.without_proof += 1
            else:
                yield _of_object(value, where)

    def _objects(self) -> Iterator[tuple[int, object]]:
        """Number and value of each line that is not blank; a Fault for one that is not JSON."""
        for number, line in enumerate(read_lines(self._chunks()), start=1):
            if isinstance(line, BadLine):
                yield number, line.at(number)
            elif line.strip():
                try:
                    yield number, json.loads(line)
                except (ValueError, RecursionError):
                    yield number, _corrupt("it is not JSON")

    def _chunks(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except OSError as error:
            raise SetupFault(
                Code.FILE_UNREADABLE, f"{self.path} cannot be read: {error.strerror or error}"
            ) from None


def _of_object(value: dict[str, object], where: str) -> LineProof:
    identifier, circuit = value.get("id"), value.get("circuitId")
    name = as_text(identifier) if isinstance(identifier, str) and identifier else where
    of = circuit if isinstance(circuit, str) else None
    missing = [field for field in ("proof", "publicSignals") if field not in value]
    if missing:
        return LineProof(name, of, fault=_corrupt(f'{where} has no "{missing[0]}"'))
    return LineProof(name, of, value["proof"], value["publicSignals"])


def _corrupt(words: str) -> Fault:
    return Fault(Code.JSON_CORRUPT, words)
