"""`prove-batch plan --fleet`: machines, queue, Redis and network for so many proofs per hour."""

import time
from dataclasses import asdict
from pathlib import Path

from prover_cli.cli.json_output import print_json
from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.formats.wtns import parse_witness
from prover_cli.options.sizes import format_size
from prover_cli.pool.sizing import Sizing
from prover_cli.queue.planning import Demand, FleetPlan, plan_fleet
from prover_cli.systems.choice import choose_engine
from prover_cli.systems.protocols import ProvingKey
from prover_cli.systems.registry import engine_for, map_key

MEASURED_PROOFS = 3


LIMITS = {"memory": "limited by memory", "cpus": "limited by cores"}


def show_fleet(
    *,
    key: Path,
    witness: Path | None,
    seconds_per_proof: float | None,
    proofs_per_hour: float,
    sizing: Sizing,
    utilization: float,
    price: float | None,
    inline: bool,
    as_json: bool,
) -> None:
    """Prints the plan. Raises SetupFault."""
    mapped = map_key(key)
    layout = mapped.layout
    if seconds_per_proof is None:
        if witness is None:
            raise SetupFault(
                Code.NO_SECONDS,
                "the plan needs the time per proof: give --seconds-per-proof, or --witness to measure it",
            )
        seconds_per_proof = _measured(mapped, witness)
    demand = Demand(
        proofs_per_hour=proofs_per_hour,
        seconds_per_proof=seconds_per_proof,
        witness_bytes=layout.n_vars * layout.curve.n8r,
        public_signals=layout.n_public,
        inline=inline,
    )
    try:
        plan = plan_fleet(demand, sizing.workers, most_utilization=utilization, price=price)
    except ValueError as error:
        raise SetupFault(Code.BAD_NUMBER, str(error)) from None
    if as_json:
        facts = {"seconds_per_proof": seconds_per_proof, "slots_per_machine": sizing.workers} | asdict(plan)
        if plan.machines == 1:
            facts["utilization_with_one_down"] = None  # nothing is left: JSON has no infinity
        print_json(facts)
        return
    _show(plan, demand, sizing)


def _measured(mapped: ProvingKey, path: Path) -> float:
    """Median seconds of a proof here, on one thread, verification included."""
    engine = engine_for(mapped.system, choose_engine("auto").engine)
    try:
        witness = parse_witness(path.read_bytes(), str(path))
    except (OSError, JobFault) as error:
        raise SetupFault(Code.WITNESS_UNREADABLE, f"--witness {path}: {error}") from None
    prover = engine.prover(mapped)
    times = []
    for _ in range(MEASURED_PROOFS):
        began = time.perf_counter()
        try:
            prover.prove(witness, str(path))
        except JobFault as fault:
            raise SetupFault(fault.kind, f"--witness {path}: {fault.message}") from None
        times.append(time.perf_counter() - began)
    return sorted(times)[MEASURED_PROOFS // 2]


def _show(plan: FleetPlan, demand: Demand, sizing: Sizing) -> None:
    from rich.console import Console
    from rich.table import Table

    down = plan.utilization_with_one_down
    one_down = "the only one" if plan.machines == 1 else f"{down:.0%} with one machine down"
    if plan.machines > 1 and down >= 1:
        one_down += ": the queue grows meanwhile"
    rows = [
        ("proofs per hour", f"{demand.proofs_per_hour:g}", f"{demand.proofs_per_hour / 3600:.3g} per second"),
        ("a proof", f"{demand.seconds_per_proof:.3g} s", "one thread"),
        ("slots per machine", str(sizing.workers), LIMITS.get(sizing.binding, "at least one")),
        ("[bold]machines[/]", f"[bold]{plan.machines}[/]", f"{plan.slots} slots"),
        ("utilization", f"{plan.utilization:.0%}", one_down),
        ("jobs that wait", f"{plan.chance_to_wait:.0%}", f"{plan.mean_wait_seconds:.3g} s on average"),
        ("queue depth", str(plan.queue_depth), "exceeded 1% of the time"),
        ("Redis", format_size(plan.redis_bytes), "give Redis twice as much, and no eviction"),
        ("network", f"{format_size(plan.network_bytes_per_second)}/s", "through Redis, in and out"),
    ]  # fmt: skip
    if plan.price_per_hour is not None and plan.price_per_thousand is not None:
        rows.append(
            (
                "price",
                f"{plan.price_per_hour:.2f}",
                f"per hour; {plan.price_per_thousand:.3g} per thousand proofs",
            )
        )
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)
