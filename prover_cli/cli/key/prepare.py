"""`prove-batch key prepare`: tables of a key, made ahead of time."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prover_cli.cli.interrupt import ended_by_interrupt
from prover_cli.counting import counted
from prover_cli.faults import Code, SetupFault

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

EPILOG = "Example: prove-batch key prepare circuit.zkey --table-memory 1GB"


def command(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE.zkey...", help="Proving keys of Groth16, PLONK or FFLONK.")
    ],
    table_memory: Annotated[
        str,
        typer.Option(help="Memory limit of a key's tables; auto: an eighth of memory, at most 1GB."),
    ] = "auto",
    r1cs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.r1cs",
            help="Fold the circuit's matrix C into the tables too: proofs then take four transforms instead "
            "of six. Building them takes an extra 2 ms per constraint and core. For one key.",
        ),
    ] = None,
    threads: Annotated[int | None, typer.Option(help="Threads. Default: all cores.", min=1)] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show nothing but errors.")] = False,
) -> None:
    """Make tables of a key ahead of time; runs then find them and prove faster.

    They lie in the cache folder, shared by all workers through the page cache.
    """
    from prover_cli.circuits.preparation import table_budget
    from prover_cli.options.sizes import format_size, parse_size_or_auto
    from prover_cli.pool.limits import machine_limits
    from prover_cli.prepared.making import make
    from prover_cli.systems.choice import choose_engine
    from prover_cli.systems.constraints import Constraints, most_unpacked
    from prover_cli.systems.registry import engine_for, map_key
    from prover_cli.systems.tables import Preparable

    budget = table_budget(parse_size_or_auto(table_memory))
    engine = choose_engine("native").engine  # the reference engine has no use for tables

    if r1cs is not None and len(files) > 1:
        raise SetupFault(Code.OPTIONS_CONFLICT, "--r1cs is for a single key: prepare the others separately")
    cpus = threads or machine_limits().cpus
    for file in files:
        mapped = map_key(file)
        opened = engine_for(mapped.system, engine).open(mapped)
        if not isinstance(opened, Preparable):
            raise _no_room(file, budget)
        plan = opened.plan_tables(budget)
        if plan is None or plan.saved <= 0:
            raise _no_room(file, budget)
        with _bar(quiet) as progress:
            checking, preparing = progress.add_task("checking"), progress.add_task("preparing")

            def shown(task: "TaskID", bars: "Progress" = progress) -> Callable[[int, int], None]:
                return lambda done, total: bars.update(task, completed=done, total=total)

            opened.ensure_valid(threads=cpus, progress=shown(checking))
            progress.update(checking, visible=False)
            if r1cs is not None:
                constraints = Constraints(r1cs, most_unpacked(mapped.layout))
                folding = progress.add_task("folding (takes a while)", total=None)
                with ended_by_interrupt():
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
                f"{counted(plan.pays_from(), 'proof')} on"
            )


def _no_room(file: Path, budget: int) -> SetupFault:
    from prover_cli.options.sizes import format_size

    return SetupFault(
        Code.TABLES_TOO_LARGE,
        f"key {file}: {format_size(budget)} is too little for tables that would save time; "
        "raise --table-memory",
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
