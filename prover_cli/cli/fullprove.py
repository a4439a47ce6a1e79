"""`prove-batch fullprove`: inputs to one proof, its arguments in the order of snarkjs."""

from pathlib import Path
from typing import Annotated

import typer

from prover_cli.cli.one_proof import ENGINE, EXIT_CODES, PROOF, PUBLIC, QUIET, STRICT, THREADS, prove_one

EPILOG = f"""Example: prove-batch fullprove input.json circuit_js/circuit.wasm circuit_final.zkey

{EXIT_CODES}"""


def command(
    given: Annotated[Path, typer.Argument(metavar="INPUT", help="Inputs in JSON.")],
    wasm: Annotated[Path, typer.Argument(metavar="WASM", help="The circuit's .wasm.")],
    key: Annotated[Path, typer.Argument(metavar="KEY", help="Its .zkey.")],
    proof: PROOF = Path("proof.json"),
    public: PUBLIC = Path("public.json"),
    threads: THREADS = None,
    engine: ENGINE = "auto",
    strict_inputs: STRICT = False,
    quiet: QUIET = False,
) -> None:
    """Calculate the witness of inputs, and make one proof of it, verified before it is written."""
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
