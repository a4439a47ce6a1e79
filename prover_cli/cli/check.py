"""`prove-batch check`: a witness against the circuit's constraints."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from prover_cli.cli.json_output import print_json
from prover_cli.counting import counted
from prover_cli.faults import Code, JobFault, SetupFault

EPILOG = """Example: prove-batch check a.wtns --r1cs circuit.r1cs --sym circuit.sym

No value of the witness is shown. Exit codes: 0 satisfied, 1 not, 2 the command or a file is wrong."""

MOST_SIGNALS = 12
"""Signals of a constraint that are listed."""


def command(
    witness: Annotated[Path, typer.Argument(help="A .wtns.", metavar="FILE.wtns")],
    r1cs: Annotated[
        Path | None,
        typer.Option(
            "--r1cs", help="The circuit's .r1cs or .r1cs.gz, or its folder. Default: the one beside it."
        ),
    ] = None,
    sym: Annotated[
        Path | None,
        typer.Option("--sym", help="Its .sym, for names. Default: the one beside the .r1cs.", metavar="FILE"),
    ] = None,
    most: Annotated[int, typer.Option(help="How many broken constraints to show.", min=1)] = 5,
    max_r1cs: Annotated[
        str,
        typer.Option(
            "--max-r1cs",
            help="Limit for an unpacked .r1cs.gz; auto: from the key beside it, or 2GB.",
            metavar="SIZE|auto",
        ),
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check whether a witness satisfies its circuit, and show the constraints that it breaks."""
    from prover_cli.formats.companions import companion
    from prover_cli.formats.wtns import check_witness, parse_witness
    from prover_cli.names import printable
    from prover_cli.options.sizes import parse_size_or_auto
    from prover_cli.pool.limits import machine_limits
    from prover_cli.regular_file import read_regular
    from prover_cli.systems.constraints import Constraints

    path = _constraints(r1cs, witness)
    constraints = Constraints(path, parse_size_or_auto(max_r1cs) or _most(path))
    try:
        parsed = parse_witness(read_regular(witness), str(witness))
        check_witness(parsed, constraints.layout.curve, constraints.layout.n_wires, str(witness))
        parsed.reduced(str(witness))
    except OSError as error:
        raise SetupFault(
            Code.WITNESS_UNREADABLE, f"witness {witness} cannot be read: {error.strerror or error}"
        ) from None
    except JobFault as fault:
        raise SetupFault(fault.kind, fault.message.replace("the key is for", "the circuit has")) from None
    broken = constraints.broken(parsed, most, machine_limits().cpus)
    gates = constraints.layout.n_custom_gates
    symbols = sym or companion(path, ".sym")
    signals = {index: constraints.signals(index, symbols) for index in broken}
    if as_json:
        told = [{"constraint": index, "signals": found} for index, found in signals.items()]
        facts = {
            "satisfied": not broken,
            "constraints": constraints.layout.n_constraints,
            "custom_gates_not_checked": gates,
            "broken": told,
        }
        print_json(facts)
    elif not broken:
        print(f"{witness} satisfies {_all(constraints.layout.n_constraints)} of {path}")
        if gates:
            print(
                f"not checked: {counted(gates, 'use')} of custom gates, which no proof system here constrains"
            )
    else:
        many = f"at least {most}" if len(broken) == most else str(len(broken))
        print(
            f"{witness} breaks {many} of {counted(constraints.layout.n_constraints, 'constraint')} of {path}:"
        )
        for index, found in signals.items():
            shown = map(printable, found[:MOST_SIGNALS])
            more = f" and {len(found) - MOST_SIGNALS} more" if len(found) > MOST_SIGNALS else ""
            print(f"  constraint {index}: {', '.join(shown)}{more}")
        if not symbols:
            print("To see the signals' names, put the circuit's .sym (circom --sym) beside the .r1cs.")
    raise typer.Exit(1 if broken else 0)


def _most(path: Path) -> int:
    """Bytes that the constraints may have unpacked: from the only key beside them, where there is one."""
    from prover_cli.formats.companions import circuit_stem, keys_in
    from prover_cli.systems.constraints import MOST_UNPACKED, most_unpacked
    from prover_cli.systems.registry import map_key

    keys = keys_in(path.parent)
    key = keys.get(circuit_stem(path)) or (next(iter(keys.values())) if len(keys) == 1 else None)
    with suppress(SetupFault):
        if key is not None:
            return most_unpacked(map_key(key).layout)
    return MOST_UNPACKED


def _constraints(given: Path | None, witness: Path) -> Path:
    """Raises SetupFault NO_R1CS."""
    if given is not None and given.exists() and not given.is_dir():
        return given
    folder = witness.resolve().parent
    folders = [given] if given is not None else [folder, folder.parent, Path.cwd()]
    for place in folders:
        found = [*place.glob("*.r1cs"), *place.glob("*.r1cs.gz")]
        if len(found) == 1:
            return found[0]
    looked = ", ".join(map(str, folders))
    raise SetupFault(
        Code.NO_R1CS, f"no .r1cs, or more than one, in {looked}; give the circuit's with --r1cs FILE"
    )


def _all(constraints: int) -> str:
    return "the only constraint" if constraints == 1 else f"all {counted(constraints, 'constraint')}"
