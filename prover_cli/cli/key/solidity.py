"""`prove-batch key solidity`: a contract that verifies a key's proofs."""

from pathlib import Path
from typing import Annotated

import typer

from prover_cli.cli.key.written import OUT, write

EPILOG = """Example: prove-batch key solidity circuit.zkey -o Verifier.sol

Its verifyProof takes what prove-batch calldata prints, as that of snarkjs does."""


def command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A proving key (.zkey) or a verification_key.json.")
    ],
    out: OUT = "-",
    name: Annotated[str, typer.Option(help="The contract's name.")] = "Groth16Verifier",
) -> None:
    """Write the verifier contract of a Groth16 key, for Solidity 0.8."""
    from prover_cli.cli.verification_keys import key_of, tell_if_uncontributed
    from prover_cli.systems.registry import system_named

    found = key_of(file)
    tell_if_uncontributed(file, found)
    write(system_named(found.system).solidity(found, name).encode(), out)
