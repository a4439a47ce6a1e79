"""`prove-batch key vkey`: the verification key that a proving key holds."""

import sys
from typing import Annotated, Literal

import typer

from prover_cli.cli.key.argument import KeyArgument
from prover_cli.cli.key.written import OUT, write

EPILOG = "Example: prove-batch key vkey circuit.zkey -o verification_key.json"


def command(
    file: KeyArgument,
    out: OUT = "-",
    format: Annotated[
        Literal["snarkjs", "arkworks", "gnark"],
        typer.Option(help="JSON, or the compressed binary of a library (Groth16 only)."),
    ] = "snarkjs",
) -> None:
    """Write the verification key that a proving key holds."""
    from prover_cli.cli.verification_keys import tell_if_uncontributed
    from prover_cli.systems.registry import map_key, system_named

    key = map_key(file)
    tell_if_uncontributed(file, key.verification_key)
    data = system_named(key.system).export_verification_key(key, format)
    at_a_terminal = out == "-" and sys.stdout.isatty()
    write(data + (b"\n" if format == "snarkjs" and at_a_terminal else b""), out)  # snarkjs' file has no end
