"""`prove-batch prove`: one proof, its arguments in the order of rapidsnark and snarkjs."""

from pathlib import Path
from typing import Annotated

import typer

from prover_cli.cli.one_proof import ENGINE, EXIT_CODES, PROOF, PUBLIC, QUIET, STRICT, THREADS, prove_one

EPILOG = f"""Example: prove-batch prove circuit_final.zkey witness.wtns proof.json public.json

{EXIT_CODES}"""


def command(
    key: Annotated[Path, typer.Argument(metavar="KEY", help="The circuit's .zkey.")],
    given: Annotated[
        Path,
        typer.Argument(metavar="WITNESS|INPUT", help="A .wtns, or inputs in JSON if there is a .wasm."),
    ],
    proof: PROOF = Path("proof.json"),
    public: PUBLIC = Path("public.json"),
    wasm: Annotated[
        Path | None,
        typer.Option(
            "--wasm",
            help="The circuit's .wasm, for inputs. Default: the one that belongs to the key.",
            metavar="FILE",
        ),
    ] = None,
    threads: THREADS = None,
    engine: ENGINE = "auto",
    strict_inputs: STRICT = False,
    quiet: QUIET = False,
) -> None:
    """Make one proof of a witness or of inputs, and verify it before it is written."""
    prove_one(
        key,
        given,
        proof,
        public,
        wasm=wasm,
        threads=threads,
        engine=engine,
        strict=strict_inputs,
        quiet=quiet,
    )
