"""What commands about keys write: to a file, or to standard output."""

import sys
from pathlib import Path
from typing import Annotated

import typer

OUT = Annotated[str, typer.Option("-o", "--out", help="File to write, or - for standard output.")]


def write(data: bytes, out: str) -> None:
    """Raises MachineFault DISK_FULL, OUTPUT_NOT_WRITABLE."""
    from prover_cli.writing import write_output

    if out != "-":
        write_output(Path(out), data)
        return
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
