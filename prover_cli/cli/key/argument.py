"""The argument that names a proving key."""

from pathlib import Path
from typing import Annotated

import typer

KeyArgument = Annotated[
    Path, typer.Argument(metavar="FILE.zkey", help="A proving key of Groth16, PLONK or FFLONK.")
]
