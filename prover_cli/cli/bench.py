"""`prover bench`: us and a peer on the same files, taking turns."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from prover_cli.errors import SetupFault

EPILOG = "Example: pip install groth16py && prover bench samples/membership --against groth16py"


def command(
    circuits: Annotated[
        list[Path], typer.Argument(help="Circuit folders: one .zkey, and .wtns files in witnesses/.")
    ],
    against: Annotated[
        Literal["groth16py", "reference"] | None, typer.Option(help="The peer; none: only ourselves.")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Counted proofs of each.", min=1)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Time proofs with the key loaded, one thread a proof, in alternating order; show the ratio."""
    from prover_cli.batch.circuits import Wanted, find_circuits
    from prover_cli.benchmark.rounds import Measured, compare

    names = ["prove-batch", *([against] if against else [])]
    results: list[tuple[str, list[Measured]]] = []
    for folder in circuits:
        wanted = Wanted(circuit=[f"{folder.resolve().name}={folder}"])
        circuit = find_circuits(wanted, [], Path.cwd())[0]
        witnesses = sorted((folder / "witnesses").glob("*.wtns")) or sorted(folder.glob("*.wtns"))
        if not witnesses:
            raise SetupFault("NO_SOURCE", f"no .wtns in {folder}/witnesses or {folder}")
        results.append((circuit.id, compare(circuit.key, witnesses, names, rounds)))

    def ratio(measured: list[Measured]) -> float | None:
        import statistics

        if len(measured) < 2:
            return None
        pairs = zip(measured[0].cpu, measured[1].cpu, strict=True)
        return round(statistics.median(ours / theirs for ours, theirs in pairs), 4)

    if as_json:
        listed = [
            {"circuit": name, "provers": [m.to_json() for m in measured], "cpu_ratio": ratio(measured)}
            for name, measured in results
        ]
        print(json.dumps({"rounds": rounds, "circuits": listed}, indent=2))
        return

    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("circuit", "prover", "CPU min", "CPU median", "wall median", "ratio"):
        table.add_column(heading, justify="left" if heading in ("circuit", "prover") else "right")
    for name, measured in results:
        for index, one in enumerate(measured):
            figures = one.to_json()
            shown = ratio(measured)
            table.add_row(
                name if index == 0 else "",
                one.name,
                f"{figures['cpu_min']:.4f} s",
                f"{figures['cpu_median']:.4f} s",
                f"{figures['wall_median']:.4f} s",
                f"{shown:.3f}" if shown is not None and index == 0 else "",
            )
    console = Console(highlight=False)
    console.print(table)
    console.print(
        f"{rounds} rounds; the ratio is the median of ours by theirs, round by round, in CPU-seconds."
    )
