"""`prove-batch plan`: the sizing formula for this machine or another, each term shown."""

from pathlib import Path
from typing import Annotated

import typer

EPILOG = """Example: prove-batch plan --memory 16GB --cpus 8 --memory-per-proof 2GB --json

A fleet: prove-batch plan --fleet --proofs-per-hour 100000 --key c.zkey --witness a.wtns --cpus 8 --price 0.34
"""

_FLEET = "A fleet"

COMMON_MACHINES = ((8, 4, 2), (16, 8, 2), (32, 16, 4), (64, 32, 4))
"""Memory in GB, cores, memory per proof in GB: the machines of the common guide's table."""


def command(
    memory: Annotated[str | None, typer.Option(help="Memory to plan for; default: this machine's.")] = None,
    cpus: Annotated[
        int | None, typer.Option(help="Cores to plan for; default: this machine's.", min=1)
    ] = None,
    memory_per_proof: Annotated[
        str | None, typer.Option(help="Memory per proof. Default: 2GB; with --fleet, from the key.")
    ] = None,
    overhead: Annotated[str, typer.Option(help="Memory added per worker.")] = "512MB",
    reserve_memory: Annotated[str, typer.Option(help="Memory left to the system; 0: use all of it.")] = "2GB",
    reserve_cores: Annotated[int, typer.Option(help="Left to the system.", min=0)] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    fleet: Annotated[
        bool, typer.Option("--fleet", help="Plan machines behind a queue.", rich_help_panel=_FLEET)
    ] = False,
    proofs_per_hour: Annotated[
        float | None, typer.Option(help="Proofs that they have to make per hour.", rich_help_panel=_FLEET)
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="The circuit's .zkey.", metavar="FILE", rich_help_panel=_FLEET)
    ] = None,
    witness: Annotated[
        Path | None,
        typer.Option(help="Measure a proof of this witness here.", metavar="FILE", rich_help_panel=_FLEET),
    ] = None,
    seconds_per_proof: Annotated[
        float | None, typer.Option(help="Or give the time per proof.", rich_help_panel=_FLEET)
    ] = None,
    utilization: Annotated[
        float, typer.Option(help="Highest utilization of a machine.", rich_help_panel=_FLEET)
    ] = 0.8,
    price: Annotated[
        float | None, typer.Option(help="Price of a machine per hour.", rich_help_panel=_FLEET)
    ] = None,
    by_path: Annotated[
        bool,
        typer.Option("--by-path", help="Witnesses are on shared storage.", rich_help_panel=_FLEET),
    ] = False,
) -> None:
    """Show how many workers a machine should have and why, or how many machines a fleet needs."""
    from prover_cli.cli.json_output import print_json
    from prover_cli.faults import Code, SetupFault
    from prover_cli.options.sizes import parse_size
    from prover_cli.pool.limits import machine_limits
    from prover_cli.pool.sizing import Sizing, plan_workers
    from prover_cli.systems.choice import choose_engine
    from prover_cli.systems.registry import engine_for, map_key

    mb = 1 << 20

    def plan(memory_mb: float, cores: int, per_proof_mb: float, reserve_mb: float) -> Sizing:
        try:
            return plan_workers(
                memory_mb,
                cores,
                memory_per_proof_mb=per_proof_mb,
                overhead_mb=parse_size(overhead) / mb,
                reserve_memory_mb=reserve_mb,
                reserve_cores=reserve_cores,
            )
        except ValueError as error:
            raise SetupFault(Code.BAD_SIZE, str(error)) from None

    limits = machine_limits()
    memory_mb = limits.memory_mb if memory is None else parse_size(memory) / mb
    reserve_mb = parse_size(reserve_memory) / mb
    per_proof_mb = parse_size(memory_per_proof or "2GB") / mb
    if fleet:
        if key is None or proofs_per_hour is None:
            raise SetupFault(Code.OPTIONS_CONFLICT, "--fleet needs --key FILE.zkey and --proofs-per-hour N")
        if memory_per_proof is None:
            mapped = map_key(key)
            engine = engine_for(mapped.system, choose_engine("auto").engine)
            per_proof_mb = engine.needs(mapped.layout).memory / mb
        from prover_cli.cli.fleet_plan import show_fleet

        show_fleet(
            key=key,
            witness=witness,
            seconds_per_proof=seconds_per_proof,
            proofs_per_hour=proofs_per_hour,
            sizing=plan(memory_mb, cpus or limits.cpus, per_proof_mb, reserve_mb),
            utilization=utilization,
            price=price,
            inline=not by_path,
            as_json=as_json,
        )
        return
    sizing = plan(memory_mb, cpus or limits.cpus, per_proof_mb, reserve_mb)
    if as_json:
        print_json(sizing.to_json())
        return

    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    memory_from = limits.memory_source if memory is None else "given"
    cpus_from = limits.cpu_source if cpus is None else "given"
    terms = Table(box=None, pad_edge=False, show_header=False)
    terms.add_column(no_wrap=True)
    terms.add_column(justify="right", no_wrap=True)
    terms.add_column(style="dim")
    terms.add_row("memory", f"{sizing.memory_mb:.0f} MB", memory_from)
    terms.add_row("kept for the system", f"{sizing.reserve_memory_mb:.0f} MB", "--reserve-memory")
    terms.add_row("memory per proof", f"{sizing.memory_per_proof_mb:.0f} MB", "--memory-per-proof")
    terms.add_row("overhead per worker", f"{sizing.overhead_mb:.0f} MB", "--overhead")
    terms.add_row(
        "workers by memory", str(sizing.memory_limit), "floor((memory - kept) / (proof + overhead))"
    )
    terms.add_row("cores", str(sizing.cpus), cpus_from)
    terms.add_row("kept for the system", str(sizing.reserve_cores), "--reserve-cores")
    terms.add_row("workers by cores", str(sizing.cpu_limit), "cores - kept")
    why = {"memory": "limited by memory", "cpus": "limited by cores", "minimum": "at least one"}
    terms.add_row("[bold]workers[/]", f"[bold]{sizing.workers}[/]", why[sizing.binding])
    console.print(terms)

    table = Table(
        title="Common machines", title_justify="left", box=None, pad_edge=False, header_style="bold"
    )
    for name in ("memory", "cores", "per proof", "by memory", "without the reserve", "workers"):
        table.add_column(name, justify="right")
    for gb, cores, proof_gb in COMMON_MACHINES:
        with_reserve = plan(gb * 1024, cores, proof_gb * 1024, reserve_mb)
        without = plan(gb * 1024, cores, proof_gb * 1024, 0)
        table.add_row(
            f"{gb} GB",
            str(cores),
            f"{proof_gb} GB",
            str(with_reserve.memory_limit),
            str(without.memory_limit),
            str(with_reserve.workers),
        )
    console.print()
    console.print(table)
