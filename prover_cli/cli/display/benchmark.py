"""What `prove-batch bench` found, as a table or in JSON."""

import statistics
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from prover_cli.benchmark.rounds import Measured
from prover_cli.counting import counted


@dataclass(frozen=True)
class Row:
    """One circuit's results; ours come first."""

    circuit: str
    ours: list[Measured]
    peers: list[Measured]
    stages: dict[str, dict[str, float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        kind = "cpu" if self.ours[0].cpu else "wall"
        found: dict[str, object] = {
            "circuit": self.circuit,
            "provers": [measured.to_json() for measured in [*self.ours, *self.peers]],
            f"{kind}_ratios": [
                {"of": own.name, "to": peer.name, "ratio": round(own.ratio_to(peer), 4)}
                for own in self.ours
                for peer in self.peers
            ],
        }
        if self.peers:
            found[f"{kind}_ratio"] = round(self.ours[0].ratio_to(self.peers[0]), 4)
        if self.stages:
            found["stages"] = {
                name: {stage: round(seconds, 9) for stage, seconds in steps.items()}
                for name, steps in self.stages.items()
            }
        return found


def show(rows: list[Row], rounds: int) -> None:
    """A line for each prover and circuit, and below it the steps where they were asked for."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    kind = "CPU" if rows[0].ours[0].cpu else "wall"
    for heading in ("circuit", "prover", f"{kind} min", f"{kind} median", *["wall median"] * (kind == "CPU")):
        left = heading in ("circuit", "prover")
        table.add_column(heading, justify="left" if left else "right", no_wrap=left)
    peers = [peer.name for peer in rows[0].peers]
    for peer in peers:
        table.add_column(f"to {peer}", justify="right")
    for row in rows:
        for index, one in enumerate([*row.ours, *row.peers]):
            figures = [min(one.compared), statistics.median(one.compared)]
            figures += [statistics.median(one.wall)] * (kind == "CPU")
            ratios = [f"{one.ratio_to(peer):.3f}" if one in row.ours else "" for peer in row.peers]
            table.add_row(
                row.circuit if index == 0 else "",
                one.name,
                *map(_seconds, figures),
                *ratios,
            )
    console = Console(highlight=False)
    console.print(table)
    if any(row.stages for row in rows):
        console.print(_stage_table(rows))
    told = f"; each ratio is the median over rounds of our {kind} time divided by theirs" if peers else ""
    console.print(f"{counted(rounds, 'round')}{told}.")


def _seconds(value: float) -> str:
    return f"{_figure(value)} s"


def _figure(seconds: float) -> str:
    """Witnesses take microseconds, proofs seconds."""
    return f"{seconds:.4f}" if seconds >= 0.01 else f"{seconds:.6f}"


def _stage_table(rows: list[Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title="\nseconds of each step")
    table.add_column("circuit")
    table.add_column("step")
    provers = list(dict.fromkeys(prover for row in rows for prover in row.stages))
    for prover in provers:
        table.add_column(prover, justify="right")
    for row in rows:
        steps = list(dict.fromkeys(step for seconds in row.stages.values() for step in seconds))
        for index, step in enumerate(steps):
            shown = [row.stages[prover].get(step) if prover in row.stages else None for prover in provers]
            cells = ["" if seconds is None else _figure(seconds) for seconds in shown]
            table.add_row(row.circuit if index == 0 else "", step, *cells)
    return table
