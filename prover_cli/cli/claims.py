"""What `prove-batch verify` is to verify, and against which key.

A file that was named is known by what it holds, so the order does not matter. Nothing that was named is left
unused: what does not fit beside the rest is refused.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prover_cli.circuits.circuit import Circuit
from prover_cli.cli.proof_files import WORDS, ProofFile, ReadFile, ReadProof, by_kind, read_files, the_proof
from prover_cli.cli.proof_folder import ProofFolder, proofs_below
from prover_cli.cli.result_lines import LineProof, ResultLines
from prover_cli.cli.verification_keys import check_setup, key_from_json, key_of, nearby
from prover_cli.faults import Code, SetupFault
from prover_cli.intake.lines import jsonl_stem
from prover_cli.names import of_file, shown, to_file
from prover_cli.regular_file import is_folder
from prover_cli.systems.protocols import VerificationKey

MOST_NAMED = 8

Proofs = ProofFile | ReadProof | LineProof


@dataclass(frozen=True)
class Claim:
    """A proof, and the key that it is to be verified against."""

    proof: Proofs
    key: VerificationKey | None
    """None for a line that names a circuit which has no key."""


@dataclass
class Claims:
    """All that is to be verified."""

    claims: Iterable[Claim]
    folder: ProofFolder | None = None
    """Where they are those of a folder."""
    lines: ResultLines | None = None
    """Where they are those of a file of results."""


@dataclass(frozen=True)
class Given:
    """The options for keys."""

    vkey: Path | None
    key: Path | None
    circuits: Path | None
    when_read: Callable[[Path, VerificationKey], None]
    """Called with each key that proofs are verified against, when it was read."""


@dataclass
class _Keys:
    """The keys of circuits, each read when it is first needed."""

    circuits: Mapping[str, Circuit]
    when_read: Callable[[Path, VerificationKey], None]
    _read: dict[str, VerificationKey] = field(default_factory=dict)

    def of(self, circuit: str) -> VerificationKey:
        """That of a circuit which there is. Raises SetupFault KEY_…"""
        if circuit not in self._read:
            path = self.circuits[circuit].key
            self._read[circuit] = key_of(path)
            self.when_read(path, self._read[circuit])
        return self._read[circuit]

    @property
    def only(self) -> str | None:
        """The circuit, where there is a single one."""
        return next(iter(self.circuits)) if len(self.circuits) == 1 else None

    @property
    def names(self) -> str:
        """The circuits, as messages list them."""
        more = ", …" if len(self.circuits) > MOST_NAMED else ""
        return ", ".join(shown(name) for name in list(self.circuits)[:MOST_NAMED]) + more


def claims_of(paths: Sequence[Path], given: Given) -> Claims:
    """Raises SetupFault: what was named does not fit together, is missing, or cannot be read."""
    bundles = [path for path in paths if is_folder(path) or jsonl_stem(path) is not None]
    if len(bundles) > 1:
        raise SetupFault(
            Code.BAD_OPTION,
            f"give one folder or one .jsonl file of proofs at a time, not {bundles[0]} and {bundles[1]}",
        )
    others = [path for path in paths if path not in bundles]
    if not bundles:
        found = read_files(others)
        proof = the_proof(found)
        return Claims([Claim(proof, _key_of_one(found, given))])
    found = by_kind(others)
    for kind in ("proof", "public"):
        if kind in found:
            raise SetupFault(
                Code.BAD_OPTION,
                f"{found[kind].path} is a single proof; with {bundles[0]} give only a key, and verify that "
                "proof separately",
            )
    bundle = bundles[0]
    if jsonl_stem(bundle) is None or is_folder(bundle):
        below = proofs_below(bundle)
        return Claims(_of_folder(below, found, given), folder=below)
    lines = ResultLines(bundle)
    return Claims(_of_lines(lines, found, given), lines=lines)


def _key_of_one(found: Mapping[str, ReadFile], given: Given) -> VerificationKey:
    folder = found["proof"].path.parent
    keys = _circuits(found, given)
    if keys is None:
        return _single_key(found, given, folder)
    named = of_file(folder.resolve().name)
    circuit = keys.only or (named if named in keys.circuits else None)
    if circuit is None:
        raise SetupFault(
            Code.NO_CIRCUIT,
            f"{given.circuits} has several circuits ({keys.names}), and nothing says which one the proof "
            "belongs to; give its key with --key FILE.zkey or --vkey FILE",
        )
    return keys.of(circuit)


def _of_folder(below: ProofFolder, found: Mapping[str, ReadFile], given: Given) -> list[Claim]:
    keys = _circuits(found, given)
    if keys is None:
        key = _single_key(found, given, below.folder)
        return [Claim(proof, key) for proof in below.proofs]
    circuits = [(proof, _circuit_of(proof, below.folder, keys)) for proof in below.proofs]
    strange = next((proof for proof, circuit in circuits if circuit is None), None)
    if strange is not None:
        raise SetupFault(
            Code.NO_CIRCUIT,
            f"{given.circuits} has no circuit for the proofs in {strange.proof.parent}; it has {keys.names}",
        )
    return [Claim(proof, keys.of(circuit)) for proof, circuit in circuits if circuit is not None]


def _circuit_of(proof: ProofFile, folder: Path, keys: _Keys) -> str | None:
    """The circuit in whose sub-folder a proof lies, or the only one there is for a proof above them."""
    place = proof.proof.parent
    for circuit in keys.circuits:
        if place.is_relative_to(folder / to_file(circuit)):
            return circuit
    return keys.only if place == folder else None


def _of_lines(lines: ResultLines, found: Mapping[str, ReadFile], given: Given) -> Iterator[Claim]:
    """Read as they are taken; the keys are looked for at once."""
    keys = _circuits(found, given)
    if keys is None:
        key = _single_key(found, given, lines.path.parent)
        return (Claim(line, key) for line in lines)
    return (Claim(line, _named_key(line, keys)) for line in lines)


def _named_key(line: LineProof, keys: _Keys) -> VerificationKey | None:
    circuit = keys.only if line.circuit is None else line.circuit
    return keys.of(circuit) if circuit is not None and circuit in keys.circuits else None


def _circuits(found: Mapping[str, ReadFile], given: Given) -> _Keys | None:
    """Those of --circuits; None where it is not given. Raises SetupFault OPTIONS_CONFLICT, NO_CIRCUIT."""
    if given.circuits is None:
        return None
    others = [given.vkey, given.key, *(found[kind].path for kind in ("vkey", "key") if kind in found)]
    other = next((path for path in others if path is not None), None)
    if other is not None:
        raise SetupFault(
            Code.OPTIONS_CONFLICT, f"--circuits {given.circuits} has the keys already; leave out {other}"
        )
    from prover_cli.circuits.finding import find_circuits
    from prover_cli.circuits.options import Wanted

    listed = find_circuits(Wanted(circuits=given.circuits), [], Path.cwd())
    return _Keys({circuit.id: circuit for circuit in listed}, given.when_read)


def _single_key(found: Mapping[str, ReadFile], given: Given, near: Path) -> VerificationKey:
    """The key of all proofs; where a proving key comes with it, both are of one setup. Raises SetupFault."""
    for kind, option, path in (("vkey", "--vkey", given.vkey), ("key", "--key", given.key)):
        if path is not None and kind in found:
            raise SetupFault(
                Code.OPTIONS_CONFLICT,
                f"two {WORDS[kind]}: {found[kind].path} and {option} {path}; give one of them",
            )
    key = given.key or (found["key"].path if "key" in found else None)
    vkey = given.vkey or (found["vkey"].path if "vkey" in found else None)
    if vkey is None:
        path = key or nearby(near)
        own = key_of(path)
        given.when_read(path, own)
        return own
    theirs = key_from_json(vkey, found["vkey"].value) if "vkey" in found else key_of(vkey)
    if key is not None:
        check_setup(theirs, vkey, key)
    given.when_read(vkey, theirs)
    return theirs
