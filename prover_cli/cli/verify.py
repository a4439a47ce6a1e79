"""`prove-batch verify`: one proof, or every proof of an output folder."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from prover_cli.cli.proof_files import ProofFile, ReadProof, proofs_in, read_files, read_json, the_proof
from prover_cli.faults import Code, Fault, SetupFault
from prover_cli.names import of_file, shown, to_file

if TYPE_CHECKING:
    from prover_cli.systems.protocols import Proof, VerificationKey, Verifier

EPILOG = """Example: prove-batch verify ./proofs --vkey verification_key.json

One proof, as snarkjs has it: prove-batch verify verification_key.json public.json proof.json

Exit codes: 0 all hold, 1 one does not (or cannot be read), 2 the command or the key is wrong."""

MOST_NAMED = 8
TOGETHER = 1024
"""Proofs verified at once: more save nothing, and each takes 2 KB."""


def command(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER|FILE...",
            help="A folder of ID.proof.json, or a proof, its public signals and a verification key, in any "
            "order.",
        ),
    ],
    vkey: Annotated[
        Path | None, typer.Option("--vkey", help="The verification_key.json.", metavar="FILE")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", help="Or the proving key; with --vkey, whether they fit.", metavar="FILE"),
    ] = None,
    circuits: Annotated[
        Path | None,
        typer.Option("--circuits", help="Or a folder of circuits, for results of several.", metavar="DIR"),
    ] = None,
    engine: Annotated[Literal["auto", "native", "reference"], typer.Option(help="What verifies.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the exit code.")] = False,
) -> None:
    """Verify proofs against a verification key; those of a folder all at once."""
    from prover_cli.systems.registry import verifier_for

    groups = list(_groups(files, vkey, key, circuits))
    failures: list[dict[str, str]] = []
    count = 0
    for verification_key, proofs in groups:
        verifier = verifier_for(verification_key, engine)
        for name, reason in _faults(verification_key, verifier, proofs):
            count += 1
            if reason:
                failures.append({"id": name, "reason": reason})
                if not quiet and not as_json:
                    print(f"{name}: {reason}", file=sys.stderr)
    if as_json:
        print(json.dumps({"verified": count - len(failures), "failed": len(failures), "failures": failures}))
    elif not quiet:
        print(_counted(count - len(failures), count))
    raise typer.Exit(1 if failures else 0)


def _counted(held: int, count: int) -> str:
    if held == count:
        return "the proof holds" if count == 1 else f"{count} proofs hold"
    return f"{held} of {count} proofs hold"


def _groups(
    files: list[Path], vkey: Path | None, key: Path | None, circuits: Path | None
) -> "Iterator[tuple[VerificationKey, Sequence[ProofFile | ReadProof]]]":
    """Verification keys, each with the proofs that it is for."""
    folders = [path for path in files if path.is_dir()]
    if len(folders) > 1:
        raise SetupFault(Code.BAD_OPTION, "give one folder of proofs at a time")
    if folders and circuits is not None:
        yield from _of_circuits(folders[0], circuits)
        return
    proofs: Sequence[ProofFile | ReadProof]
    others = [path for path in files if path not in folders]
    if folders:
        found, proofs, near = {}, proofs_in(folders[0]), folders[0]
        for path in others:
            if path.suffix == ".zkey":
                key = key or path
            else:
                vkey = vkey or path
    else:
        found = read_files(others)
        proofs, near = [the_proof(found)], found["proof"].path.parent
    key = key or (found["key"].path if "key" in found else None)
    if vkey is not None and "vkey" in found:
        raise SetupFault(
            Code.OPTIONS_CONFLICT,
            f"two verification keys: {found['vkey'].path} and --vkey {vkey}; give one of them",
        )
    if vkey is None and "vkey" in found:
        theirs = _verification_key(found["vkey"].path, found["vkey"].value)
    else:
        theirs = key_of(vkey or key or _nearby(near))
        key = None if vkey is None else key
    if key is not None:
        _check_setup(theirs, vkey or found["vkey"].path, key)
    yield theirs, proofs


def _of_circuits(folder: Path, circuits: Path) -> "Iterator[tuple[VerificationKey, Sequence[ProofFile]]]":
    """The results of several circuits, in sub-folders with their names; or those of the only one there is."""
    from prover_cli.circuits.finding import find_circuits
    from prover_cli.circuits.options import Wanted

    found = find_circuits(Wanted(circuits=circuits), [], Path.cwd())
    groups = [(c.key, proofs_in(folder / to_file(c.id))) for c in found if (folder / to_file(c.id)).is_dir()]
    strangers = sorted(
        place.name
        for place in {path.parent for path in folder.glob("*/*.proof.json")}
        if place.name not in {to_file(circuit.id) for circuit in found}
    )
    if strangers:
        raise SetupFault(
            Code.NO_CIRCUIT,
            f"{circuits} has no circuit for the proofs in {folder / strangers[0]}: there are "
            f"{', '.join(shown(circuit.id) for circuit in found[:MOST_NAMED])}",
        )
    if not groups and len(found) == 1:
        groups = [(found[0].key, proofs_in(folder))]
    if not groups:
        raise SetupFault(Code.NO_PROOF, f"no sub-folder of {folder} is named after a circuit of {circuits}")
    for path, proofs in groups:
        yield key_of(path), proofs


def _check_setup(theirs: "VerificationKey", vkey: Path, key: Path) -> None:
    """Whether the two are of one setup. Raises SetupFault VKEY_MISMATCH."""
    ours = key_of(key)
    different = ours.differences(theirs)
    if not different:
        return
    if "protocol" in different:
        what = f"it is of {theirs.system}, and the key of {ours.system}"
    elif "curve" in different:
        what = f"it is over {theirs.curve.name}, and the key over {ours.curve.name}"
    elif "nPublic" in different:
        what = "it is of another circuit"
    elif set(different) <= {"vk_delta_2"}:
        what = "it is of another contribution to the same key (vk_delta_2 differs)"
    else:
        what = f"it is of another setup, or of another version of the circuit ({', '.join(different)} differ)"
    raise SetupFault(
        Code.VKEY_MISMATCH,
        f"verification key {vkey} does not belong to key {key}: {what}. No proof of that key holds for it; "
        f"write the right one with prove-batch key vkey {key}",
    )


def _nearby(folder: Path) -> Path:
    """A verification key, or else the only proving key, where the proofs are, above, or here."""
    from prover_cli.formats.companions import VKEY_NAME, keys_in, verification_key_in

    looked = [folder, folder.resolve().parent, Path.cwd()]
    for place in looked:
        found = verification_key_in(place, of_file(folder.resolve().name))
        if found is not None:
            return found
        keys = keys_in(place)
        if len(keys) == 1:
            return next(iter(keys.values()))
    places = ", ".join(str(place) for place in looked)
    raise SetupFault(
        Code.NO_KEY, f"no {VKEY_NAME} and no single .zkey in {places}; give one with --vkey FILE"
    )


def key_of(path: Path) -> "VerificationKey":
    """The verification key in a file, also that of a `.zkey`. Raises SetupFault."""
    from prover_cli.systems.registry import map_key

    if path.suffix == ".zkey":
        return map_key(path).verification_key
    try:
        value = read_json(path)
    except Fault as fault:
        raise SetupFault(fault.kind, f"verification key {path}: {fault.message}") from None
    return _verification_key(path, value)


def _verification_key(path: Path, value: object) -> "VerificationKey":
    """Raises SetupFault."""
    from prover_cli.systems.registry import verification_key_from_json

    try:
        return verification_key_from_json(value)
    except Fault as fault:
        raise SetupFault(fault.kind, f"verification key {path}: {fault.message}") from None


def _faults(
    key: "VerificationKey", verifier: "Verifier", proofs: "Sequence[ProofFile | ReadProof]"
) -> "Iterator[tuple[str, str | None]]":
    """Each proof's name, and why it does not count or None where it holds; in bounded memory."""
    from prover_cli.pool.limits import machine_limits

    threads = machine_limits().cpus
    for start in range(0, len(proofs), TOGETHER):
        chunk = proofs[start : start + TOGETHER]
        read = [_read(key, file) for file in chunk]
        holds = iter(verifier.verify_all([claim for claim in read if not isinstance(claim, str)], threads))
        for file, claim in zip(chunk, read, strict=True):
            if isinstance(claim, str):
                yield file.id, claim
            else:
                yield file.id, None if next(holds) else "the proof does not hold"


def _read(key: "VerificationKey", file: ProofFile | ReadProof) -> "tuple[Proof, tuple[int, ...]] | str":
    """A proof and its public signals, or why they cannot be this key's."""
    try:
        proof, signals = file.read()
    except Fault as fault:
        return fault.message
    if proof.system != key.system:
        return f"the proof is of {proof.system}, the key of {key.system}"
    if proof.curve is not key.curve:
        return f"the proof is over {proof.curve.name}, the key over {key.curve.name}"
    if len(signals) != key.n_public:
        return f"it has {len(signals)} public signals, the key is for {key.n_public}"
    return proof, signals
