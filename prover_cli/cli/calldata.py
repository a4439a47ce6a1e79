"""`prove-batch calldata`: proofs as arguments of a Solidity verifier."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prover_cli.faults import Code, Fault, SetupFault
from prover_cli.regular_file import is_folder

if TYPE_CHECKING:
    from prover_cli.cli.proof_files import ProofFile, ReadProof

EPILOG = """Example: prove-batch calldata proofs/0001.proof.json

Exit codes: 0 printed, 1 a proof of a folder cannot be read, 2 the command or a file is wrong."""


def command(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER|FILE...",
            help="A folder of ID.proof.json files, or a proof and its public signals, in any order.",
        ),
    ],
    abi: Annotated[
        bool, typer.Option("--abi", help="ABI-encoded in hex, without the function's selector.")
    ] = False,
) -> None:
    """Print the arguments of snarkjs' verifyProof: text for one proof, JSON lines for a folder."""
    from prover_cli.cli.proof_files import read_files, the_proof
    from prover_cli.cli.proof_folder import proofs_below, tell_passed_over

    folders = [path for path in files if is_folder(path)]
    if not folders:
        print(_calldata(the_proof(read_files(files)), abi))
        return
    if len(files) > 1:
        raise SetupFault(Code.BAD_OPTION, "give a single folder of proofs, and nothing else")
    failed = False
    found = proofs_below(folders[0])
    tell_passed_over(found)
    for file in found.proofs:
        try:
            print(json.dumps({"id": file.id, "calldata": _calldata(file, abi)}))
        except Fault as fault:
            failed = True
            print(f"{file.id}: {fault.message} [{fault.code}]", file=sys.stderr)
    raise typer.Exit(1 if failed else 0)


def _calldata(file: "ProofFile | ReadProof", abi: bool) -> str:
    from prover_cli.systems.registry import system_named

    proof, signals = file.read()
    return system_named(proof.system).calldata(proof, signals, abi=abi)
