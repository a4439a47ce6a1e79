"""`prove-batch verify`: one proof, every proof of a folder, or every line of a file of results."""

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from prover_cli.counting import counted
from prover_cli.faults import Fault
from prover_cli.names import printable, shown

if TYPE_CHECKING:
    from prover_cli.cli.claims import Claim, Claims
    from prover_cli.systems.protocols import Proof, VerificationKey, Verifier

EPILOG = """Example: prove-batch verify ./proofs --vkey verification_key.json

One proof, as snarkjs has it: prove-batch verify verification_key.json public.json proof.json

Exit codes: 0 all are valid, 1 one is not (or cannot be read), 2 the command or the key is wrong."""

TOGETHER = 1024
"""Proofs verified at once: more save nothing, and each takes 2 KB."""


def command(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER|FILE...",
            help="A folder of ID.proof.json, a .jsonl file of results, or a proof, its public signals and a "
            "verification key, in any order.",
        ),
    ],
    vkey: Annotated[
        Path | None, typer.Option("--vkey", help="A verification_key.json.", metavar="FILE")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", help="Or the proving key; with --vkey, check that the two match.", metavar="FILE"
        ),
    ] = None,
    circuits: Annotated[
        Path | None,
        typer.Option(
            "--circuits", help="Or a folder of circuits, for results of several circuits.", metavar="DIR"
        ),
    ] = None,
    engine: Annotated[
        Literal["auto", "native", "reference"], typer.Option(help="The engine that verifies.")
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing; only set the exit code.")
    ] = False,
) -> None:
    """Verify proofs. Those in a folder, and in its sub-folders, are verified together."""
    from prover_cli.cli.claims import Given, claims_of
    from prover_cli.cli.proof_folder import tell_passed_over
    from prover_cli.cli.verification_keys import tell_if_uncontributed

    def read(path: Path, key: "VerificationKey") -> None:
        if not quiet:
            tell_if_uncontributed(path, key)

    found = claims_of(files, Given(vkey, key, circuits, read))
    if found.folder is not None and not quiet:
        tell_passed_over(found.folder)
    failures: list[dict[str, str]] = []
    count = 0
    for name, reason in _faults(found.claims, engine):
        count += 1
        if reason:
            failures.append({"id": name, "reason": reason})
            if not quiet and not as_json:
                print(f"{shown(name, 200)}: {printable(reason)}", file=sys.stderr)
    if as_json:
        print(json.dumps(_facts(found, count, failures)))
    elif not quiet:
        print(_summed_up(found, count - len(failures), count))
    raise typer.Exit(1 if failures else 0)


def _facts(found: "Claims", count: int, failures: list[dict[str, str]]) -> dict[str, object]:
    facts: dict[str, object] = {
        "verified": count - len(failures),
        "failed": len(failures),
        "failures": failures,
    }
    if found.folder is not None:
        facts["not_checked"] = [printable(str(one.path)) for one in found.folder.passed_over]
    if found.lines is not None:
        facts["without_proof"] = found.lines.without_proof
    return facts


def _summed_up(found: "Claims", valid: int, count: int) -> str:
    if count == 0:
        words = "no proof to verify"
    elif count == 1:
        words = "the proof is valid" if valid else "the proof is not valid"
    else:
        words = f"{count} proofs are valid" if valid == count else f"{valid} of {count} proofs are valid"
    without = found.lines.without_proof if found.lines is not None else 0
    return (
        f"{words}; {counted(without, 'line has', 'lines have')} no proof, from failed jobs"
        if without
        else words
    )


def _faults(claims: "Iterable[Claim]", engine: str) -> "Iterator[tuple[str, str | None]]":
    """Each proof's name, and why it does not count or None where it is valid; in bounded memory."""
    from prover_cli.pool.limits import machine_limits
    from prover_cli.systems.registry import verifier_for

    threads = machine_limits().cpus
    verifiers: dict[int, Verifier] = {}
    left = iter(claims)
    while chunk := list(islice(left, TOGETHER)):
        keys = {id(claim.key): claim.key for claim in chunk if claim.key is not None}
        read = [_read(claim) for claim in chunk]
        valid: dict[int, Iterator[bool]] = {}
        for number, key in keys.items():
            if number not in verifiers:
                verifiers[number] = verifier_for(key, engine)
            theirs = [
                one for claim, one in zip(chunk, read, strict=True)
                if claim.key is key and not isinstance(one, str)
            ]  # fmt: skip
            valid[number] = iter(verifiers[number].verify_all(theirs, threads))
        for claim, one in zip(chunk, read, strict=True):
            if isinstance(one, str):
                yield claim.proof.id, one
            else:
                yield claim.proof.id, None if next(valid[id(claim.key)]) else "the proof is not valid"


def _read(claim: "Claim") -> "tuple[Proof, tuple[int, ...]] | str":
    """A proof and its public signals, or why they cannot be its key's."""
    try:
        proof, signals = claim.proof.read()
    except Fault as fault:
        return fault.message
    if claim.key is None:
        return "there is no key for its circuit"
    return _misfit(claim.key, proof, signals) or (proof, signals)


def _misfit(key: "VerificationKey", proof: "Proof", signals: tuple[int, ...]) -> str | None:
    if proof.system != key.system:
        return f"the proof is for {proof.system}, but the key is for {key.system}"
    if proof.curve is not key.curve:
        return f"the proof is over {proof.curve.name}, but the key is over {key.curve.name}"
    if len(signals) != key.n_public:
        has = counted(len(signals), "public signal")
        return f"it has {has}, but the key is for {key.n_public}"
    return None
