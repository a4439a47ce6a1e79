"""`prover calldata`: proofs as arguments of a Solidity verifier."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prover_cli.faults import Fault

if TYPE_CHECKING:
    from prover_cli.cli.proof_files import ProofFile

EPILOG = """Example: prover calldata proofs/0001.proof.json

Exit codes: 0 printed, 1 a proof of a folder cannot be read, 2 the command or a file is wrong."""


def command(
    target: Annotated[Path, typer.Argument(help="A proof.json, or a folder of ID.proof.json files.")],
    public: Annotated[
        Path | None, typer.Argument(help="The public.json of a single proof.", show_default=False)
    ] = None,
    abi: Annotated[
        bool, typer.Option("--abi", help="ABI-encoded in hex, without the function's selector.")
    ] = False,
) -> None:
    """Print the arguments of snarkjs' verifyProof: for one proof the text, for a folder a JSON line each."""
    from prover_cli.cli.proof_files import proofs_in, single_proof

    if not target.is_dir():
        file = single_proof(target, public)
        print(_calldata(file, abi))
        return
    failed = False
    for file in proofs_in(target):
        try:
            print(json.dumps({"id": file.id, "calldata": _calldata(file, abi)}))
        except Fault as fault:
            failed = True
            print(f"{file.id}: {fault.message} [{fault.code}]", file=sys.stderr)
    raise typer.Exit(1 if failed else 0)


def _calldata(file: "ProofFile", abi: bool) -> str:
    from prover_cli.systems.registry import system_named

    proof, signals = file.read()
    return system_named(proof.system).calldata(proof, signals, abi=abi)
