"""`prover key vkey`: the verification key that a proving key holds."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from prover_cli.cli.key.argument import KeyArgument

EPILOG = "Example: prover key vkey circuit.zkey -o verification_key.json"


def command(
    file: KeyArgument,
    out: Annotated[str, typer.Option("-o", "--out", help="File to write, or - for standard output.")] = "-",
    format: Annotated[
        Literal["snarkjs", "arkworks", "gnark"],
        typer.Option(help="JSON, or the compressed binary of a library."),
    ] = "snarkjs",
) -> None:
    """Write the verification key that a proving key holds."""
    from prover_cli.systems.registry import map_key, system_named
    from prover_cli.writing import write_output

    key = map_key(file)
    data = system_named(key.system).export_verification_key(key, format)
    if out != "-":
        write_output(Path(out), data)
        return
    at_the_end = b"\n" if format == "snarkjs" and sys.stdout.isatty() else b""  # snarkjs' file has none
    sys.stdout.buffer.write(data + at_the_end)
    sys.stdout.buffer.flush()
