"""`prover key vkey`: the verification key that a proving key holds."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from prover_cli.cli.key.argument import KeyArgument
from prover_cli.faults import Code, SetupFault

if TYPE_CHECKING:
    from prover_cli.groth16.mapped import MappedKey

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
    from prover_cli.groth16.mapped import MappedKey
    from prover_cli.writing import write_output

    data = _verification_key(MappedKey(file), format)
    if out != "-":
        write_output(Path(out), data)
        return
    at_the_end = b"\n" if format == "snarkjs" and sys.stdout.isatty() else b""  # snarkjs' file has none
    sys.stdout.buffer.write(data + at_the_end)
    sys.stdout.buffer.flush()


def _verification_key(mapped: "MappedKey", format: str) -> bytes:
    from prover_cli.formats import arkworks, gnark
    from prover_cli.formats.proof import snarkjs_text
    from prover_cli.formats.zkey import beta1_delta1
    from prover_cli.groth16.pairing import alphabeta, same_scalar
    from prover_cli.groth16.verification import verifier_for

    key = mapped.verification_key
    verifier_for(key)  # refuses points that are not of their groups
    if format == "arkworks":
        return arkworks.verification_key_bytes(key)
    if format == "gnark":
        beta1, delta1 = beta1_delta1(mapped.data, mapped.layout)
        for name, one, other in (("beta1", beta1, key.beta2), ("delta1", delta1, key.delta2)):
            if not same_scalar(key.curve, one, other):
                raise SetupFault(
                    Code.KEY_CORRUPT,
                    f"key {mapped.path}: {name} in section 2 is not that of G2; it is damaged: copy it again",
                )
        return gnark.verification_key_bytes(key, beta1, delta1)
    return snarkjs_text(key.to_json(alphabeta(key.curve, key.alpha1, key.beta2)))
