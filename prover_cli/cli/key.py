"""`prover key`: what a key is, and the verification key in it."""

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Look into proving keys.")

KeyArgument = Annotated[Path, typer.Argument(metavar="FILE.zkey", help="A Groth16 proving key.")]


@app.command("info", epilog="Example: prover key info circuit.zkey")
def info(
    file: KeyArgument,
    check: Annotated[bool, typer.Option("--check", help="Look at every point and coefficient.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show curve, sizes and hash of a key."""
    from prover_cli.cli.sizes import format_size
    from prover_cli.groth16.choice import choose_engine
    from prover_cli.groth16.mapped import MappedKey
    from prover_cli.groth16.validation import ensure_valid, is_known_valid
    from prover_cli.pool.limits import machine_limits

    mapped = MappedKey(file)
    layout = mapped.layout
    engine = choose_engine("auto").engine
    if check:
        ensure_valid(mapped, engine.open(mapped), threads=machine_limits().cpus)
    constraints = _constraints(mapped)
    facts = {
        "file": str(file),
        "protocol": "groth16",
        "curve": layout.curve.name,
        "constraints": constraints,
        "domain": layout.domain_size,
        "signals": layout.n_vars,
        "public_signals": layout.n_public,
        "coefficients": layout.n_coefficients,
        "bytes": mapped.size,
        "sha256": mapped.sha256,
        "checked": is_known_valid(mapped),
        "memory_per_proof_mb": round(engine.memory_per_proof(layout) / (1 << 20), 1),
    }
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    words = {
        "constraints": f"{constraints} (those with a term in A or B, which is all that a key tells)",
        "bytes": f"{mapped.size} ({format_size(mapped.size)})",
        "checked": "yes, every point and coefficient" if facts["checked"] else "structure only (--check)",
    }
    for name, value in facts.items():
        print(f"{name.replace('_', ' '):<20} {words.get(name, value)}")


def _constraints(mapped: object) -> int:
    """The highest row of the matrices, less the rows that bind the public signals."""
    from prover_cli.groth16.mapped import MappedKey

    assert isinstance(mapped, MappedKey)
    layout = mapped.layout
    size, start = layout.coefficient_size, layout.coefficients.offset
    highest = max(
        (
            int.from_bytes(mapped.data[at + 4 : at + 8], "little")
            for at in range(start, layout.coefficients.end, size)
        ),
        default=-1,
    )
    return max(0, highest - layout.n_public)


@app.command("vkey", epilog="Example: prover key vkey circuit.zkey -o verification_key.json")
def vkey(
    file: KeyArgument,
    out: Annotated[str, typer.Option("-o", "--out", help="File to write, or - for standard output.")] = "-",
) -> None:
    """Write the verification key that a proving key holds, as snarkjs does."""
    from prover_cli.batch.sinks import write_failed
    from prover_cli.cache_folder import write_atomically
    from prover_cli.formats.proof import snarkjs_text
    from prover_cli.groth16.mapped import MappedKey
    from prover_cli.groth16.verification import verifier_for

    key = MappedKey(file).verification_key
    verifier_for(key)  # refuses points that are not on their curves
    text = snarkjs_text(key.to_json())
    if out == "-":
        print(text.decode())
        return
    try:
        write_atomically(Path(out), text)
    except OSError as error:
        raise write_failed(Path(out), error) from None
