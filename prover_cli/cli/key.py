"""`prover key`: what a key is, the verification key in it, and keys prepared for proving often."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from prover_cli.cli.json_output import print_json
from prover_cli.faults import Code, SetupFault

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from prover_cli.groth16.engine import OpenKey
    from prover_cli.groth16.mapped import MappedKey

app = typer.Typer(no_args_is_help=True, help="Look into proving keys, and prepare them.")

KeyArgument = Annotated[Path, typer.Argument(metavar="FILE.zkey", help="A Groth16 proving key.")]


@app.command("info", epilog="Example: prover key info circuit.zkey")
def info(
    file: KeyArgument,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Look at every point that proofs are made of and at each coefficient's range; where the "
            "circuit's .r1cs is at hand, at the coefficients themselves.",
        ),
    ] = False,
    r1cs: Annotated[
        Path | None,
        typer.Option("--r1cs", help="The circuit's .r1cs; else the one beside the key.", metavar="FILE"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show curve, sizes and hash of a key."""
    from prover_cli.cli.sizes import format_size
    from prover_cli.groth16.choice import choose_engine
    from prover_cli.groth16.constraints import constraints_beside
    from prover_cli.groth16.mapped import MappedKey
    from prover_cli.groth16.validation import NOT_CHECKED, ensure_valid, is_known_valid
    from prover_cli.pool.limits import machine_limits

    mapped = MappedKey(file)
    layout = mapped.layout
    engine = choose_engine("auto").engine
    compared = None
    if check:
        opened = engine.open(mapped)
        ensure_valid(mapped, opened, threads=machine_limits().cpus)
        compared = _compared(mapped, opened, r1cs or constraints_beside(file))
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
        "coefficients_compared_with": compared,
        "not_checked": NOT_CHECKED,
        "memory_per_proof_mb": round(engine.memory_per_proof(layout) / (1 << 20), 1),
    }
    if as_json:
        print_json(facts)
        return
    words = {
        "constraints": f"{constraints} (those with a term in A or B, which is all that a key tells)",
        "bytes": f"{mapped.size} ({format_size(mapped.size)})",
        "checked": "every point that proofs are made of, and the range of each coefficient"
        if facts["checked"]
        else "structure only (--check)",
        "coefficients_compared_with": compared
        or ("nothing: no single .r1cs beside the key" if check else "nothing so far (--check)"),
        "not_checked": ", ".join(NOT_CHECKED),
    }
    for name, value in facts.items():
        print(f"{name.replace('_', ' '):<20} {words.get(name, value)}")


def _compared(mapped: "MappedKey", opened: "OpenKey", path: Path | None) -> str | None:
    """The constraints whose A and B are the key's. Raises SetupFault KEY_MISMATCH, R1CS_…"""
    from prover_cli.groth16.constraints import Constraints, most_unpacked
    from prover_cli.pool.limits import machine_limits

    if path is None:
        return None
    constraints = Constraints(path, most_unpacked(mapped.layout))
    difference = "its sizes are others"
    if constraints.fits(mapped.layout):
        difference = opened.difference(constraints, machine_limits().cpus) or ""
    if difference:
        raise SetupFault(
            Code.KEY_MISMATCH,
            f"key {mapped.path} is not of the circuit of {path} ({difference}): it is damaged, or made from "
            "another version; copy it again, or make it from this .r1cs",
        )
    return str(path)


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


@app.command("prepare", epilog="Example: prover key prepare circuit.zkey --table-memory 1GB")
def prepare(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.zkey...", help="Groth16 proving keys.")],
    table_memory: Annotated[
        str,
        typer.Option(help="Most that a key's tables may take; auto: an eighth of the memory, 1GB at most."),
    ] = "auto",
    r1cs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.r1cs",
            help="Fold the circuit's matrix C into the tables too: proofs then take four transforms instead "
            "of six. Making them takes 2 ms a constraint and core more. For one key.",
        ),
    ] = None,
    threads: Annotated[int | None, typer.Option(help="Threads; default every core.", min=1)] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show nothing but errors.")] = False,
) -> None:
    """Make tables of a key ahead of time; runs then find them and prove faster.

    They lie in the cache folder, shared by all workers through the page cache.
    """
    from prover_cli.circuits.preparation import table_budget
    from prover_cli.cli.sizes import format_size, parse_size_or_auto
    from prover_cli.groth16.choice import choose_engine
    from prover_cli.groth16.constraints import Constraints, most_unpacked
    from prover_cli.groth16.mapped import MappedKey
    from prover_cli.groth16.validation import ensure_valid
    from prover_cli.pool.limits import machine_limits

    budget = table_budget(parse_size_or_auto(table_memory))
    choose_engine("native")  # the reference engine has no use for tables
    from prover_cli.groth16.native import NativeKey
    from prover_cli.prepared.making import make

    if r1cs is not None and len(files) > 1:
        raise SetupFault(Code.OPTIONS_CONFLICT, "--r1cs is for one key: prepare the others on their own")
    cpus = threads or machine_limits().cpus
    for file in files:
        mapped = MappedKey(file)
        opened = NativeKey(mapped)
        plan = opened.plan_tables(budget)
        if plan is None or plan.saved <= 0:
            raise _no_room(file, budget)
        with _bar(quiet) as progress:
            checking, preparing = progress.add_task("checking"), progress.add_task("preparing")

            def shown(task: "TaskID", bars: "Progress" = progress) -> Callable[[int, int], None]:
                return lambda done, total: bars.update(task, completed=done, total=total)

            ensure_valid(mapped, opened, threads=cpus, progress=shown(checking))
            progress.update(checking, visible=False)
            if r1cs is not None:
                constraints = Constraints(r1cs, most_unpacked(mapped.layout))
                folding = progress.add_task("folding (takes a while)", total=None)
                with _ended_by_interrupt():
                    folded = opened.fold(constraints, cpus)
                progress.update(folding, visible=False)
                plan = opened.plan_tables(budget, folded)
                if plan is None:
                    raise _no_room(file, budget)
            made = make(mapped, opened, plan, budget=budget, threads=cpus, progress=shown(preparing))
        if not quiet:
            work = plan.prepared / plan.unprepared
            folding_words = ", with C folded in" if made.description.folded else ""
            print(
                f"{file}: {format_size(made.description.size)} of tables{folding_words}; multi-scalar "
                f"products take about {work:.2f} of the additions, which pays from about "
                f"{plan.pays_from()} proofs on"
            )


@contextmanager
def _ended_by_interrupt() -> Iterator[None]:
    """Ctrl-C ends the process where it stands: one long call without a look at signals, nothing begun."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _no_room(file: Path, budget: int) -> SetupFault:
    from prover_cli.cli.sizes import format_size

    return SetupFault(
        Code.TABLES_TOO_LARGE,
        f"key {file}: {format_size(budget)} leaves no room for tables that save work; "
        "give more with --table-memory",
    )


def _bar(quiet: bool) -> "Progress":
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        *Progress.get_default_columns()[1:3],
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=quiet,
        transient=True,
    )


@app.command("list", epilog="Example: prover key list")
def list_prepared(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """List the prepared keys in the cache folder, the most recently used first."""
    from datetime import UTC, datetime

    from prover_cli.cli.sizes import format_size
    from prover_cli.names import shown
    from prover_cli.prepared.store import SIZE_LIMIT, folder, stored

    found = stored()
    rows = [
        {
            "key": one.description.key_name if one.description else None,
            "sha256": one.path.name[:64],
            "curve": one.description.curve if one.description else None,
            "rows": one.description.rows if one.description else None,
            "bytes": one.size,
            "last_used": datetime.fromtimestamp(one.last_used, UTC).isoformat(timespec="seconds"),
            "usable": one.description is not None,
        }
        for one in found
    ]
    total = sum(one.size for one in found)
    if as_json:
        print_json({"folder": str(folder()), "bytes": total, "limit": SIZE_LIMIT, "keys": rows})
        return
    for row in rows:
        name = shown(str(row["key"])) if row["usable"] else "(damaged, or of another version)"
        size = format_size(float(str(row["bytes"])))
        print(f"{str(row['sha256'])[:12]}  {size:>8}  {row['last_used']}  {row['rows'] or '-':<7} {name}")
    print(f"{len(rows)} prepared, {format_size(total)} of at most {format_size(SIZE_LIMIT)}, in {folder()}")


@app.command("clean", epilog="Example: prover key clean, or prover key clean 3f2a99")
def clean(
    keys: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SHA256...]", help="Beginnings of hashes; none: all.", show_default=False),
    ] = None,
) -> None:
    """Remove prepared keys from the cache folder. Runs that use one keep it until they end."""
    from prover_cli.cli.sizes import format_size
    from prover_cli.prepared.store import remove, remove_leftovers, stored

    found = stored()
    chosen = [one for one in found if not keys or any(one.path.name.startswith(key.lower()) for key in keys)]
    if keys and not chosen:
        raise SetupFault(
            Code.NO_SUCH_KEY, f"no prepared key begins with {', '.join(keys)}; see prover key list"
        )
    for one in chosen:
        remove(one.path)
    if not keys:
        remove_leftovers()
    print(f"removed {len(chosen)} prepared keys, {format_size(sum(one.size for one in chosen))}")
