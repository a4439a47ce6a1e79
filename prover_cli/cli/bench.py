"""`prover bench`: us and peers on the same files, taking turns."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from prover_cli.cli.extras import extra
from prover_cli.cli.json_output import print_json
from prover_cli.faults import Code, SetupFault
from prover_cli.names import as_text, of_file

if TYPE_CHECKING:
    from prover_cli.cli.display.benchmark import Row
    from prover_cli.prepared.tables import MappedTables

EPILOG = """Example: pip install groth16py && prover bench samples/membership --against groth16py

Witnesses from inputs: prover bench samples/membership --witness --against snarkjs

A command as a peer: prover bench --generate 14 --against-command 'prover {zkey} {wtns} {proof} {public}'"""

PREPARED = "… prepared"

LARGEST = 22
"""Largest power of two to generate: 4 million constraints take 7 GB to make."""


class Peer(StrEnum):
    """Peers that need no command to be written; typer takes lists of an enumeration, not of a Literal."""

    groth16py = "groth16py"
    snarkjs = "snarkjs"
    reference = "reference"


@dataclass(frozen=True)
class _Circuit:
    """What is measured on."""

    name: str
    key: Path
    witnesses: list[Path]
    generated: bool = False
    """Whether it is gone after the measurement, and its tables with it."""


def command(
    circuits: Annotated[
        list[Path] | None,
        typer.Argument(help="Circuit folders: one .zkey, and .wtns files in witnesses/.", show_default=False),
    ] = None,
    against: Annotated[
        list[Peer] | None,
        typer.Option(help="A peer; repeatable. None: only ourselves.", show_default=False),
    ] = None,
    against_command: Annotated[
        list[str] | None,
        typer.Option(
            help="A prover's command with {zkey} {wtns} {proof} {public} in it, started for each proof; "
            "repeatable.",
            metavar="COMMAND",
            show_default=False,
        ),
    ] = None,
    generate: Annotated[
        list[int] | None,
        typer.Option(
            help="Measure on an insecure key of 2^N constraints, made on the spot; repeatable.",
            metavar="N",
            min=4,
            max=LARGEST,
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        Literal["dense", "bits"], typer.Option(help="Witness of generated circuits: full values, or bits.")
    ] = "dense",
    prepare: Annotated[
        Literal["always", "never"], typer.Option(help="Whether to measure with a prepared key as well.")
    ] = "always",
    table_memory: Annotated[
        str, typer.Option(help="Most that a prepared key's tables may take.", metavar="SIZE|auto")
    ] = "auto",
    witness: Annotated[
        bool,
        typer.Option("--witness", help="Time calculating witnesses of the inputs/*.json, not proofs."),
    ] = False,
    stages: Annotated[bool, typer.Option("--stages", help="Also the time in each step of ours.")] = False,
    rounds: Annotated[int, typer.Option(help="Counted proofs of each.", min=1)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Time proofs, one thread each, in alternating order; show the ratios.

    Keys are loaded before, but by a command, which starts anew for each proof.
    """
    from prover_cli.circuits.preparation import table_budget
    from prover_cli.cli.display.benchmark import show
    from prover_cli.options.sizes import parse_size_or_auto
    from prover_cli.systems.choice import choose_engine

    if witness:
        _witnesses(circuits or [], against or [], rounds, as_json=as_json)
        return
    choose_engine("native")  # says what is missing where it is not there
    from prover_cli.systems.arithmetic import chosen_cpu

    if not circuits and not generate:
        raise SetupFault(
            Code.NO_SOURCE, "give circuit folders, or --generate 14 for a circuit made on the spot"
        )
    budget = table_budget(parse_size_or_auto(table_memory))
    rows: list[Row] = []
    for circuit in _circuits(circuits or [], generate or [], kind):
        rows.append(
            _measure(
                circuit,
                [peer.value for peer in against or []],
                list(against_command or []),
                budget if prepare == "always" else None,
                rounds,
                stages=stages,
            )
        )
    if as_json:
        listed = [row.to_json() for row in rows]
        print_json({"rounds": rounds, "cpu": chosen_cpu(), "circuits": listed})
    else:
        show(rows, rounds)


def _witnesses(folders: list[Path], against: list[Peer], rounds: int, *, as_json: bool) -> None:
    """Ours takes the whole way from JSON to the values; so does theirs."""
    from prover_cli.benchmark.players import contestant, snarkjs_calculator
    from prover_cli.benchmark.rounds import compare
    from prover_cli.cli.display.benchmark import Row, show
    from prover_cli.formats.companions import companion
    from prover_cli.intake.sources import input_files

    if set(against) - {Peer.snarkjs} or not folders:
        raise SetupFault(Code.OPTIONS_CONFLICT, "--witness takes circuit folders, and no peer but snarkjs")
    with extra("wasm", "--witness"):
        import_module("wasmtime")
    rows = []
    for folder in folders:
        wasm = companion(folder / "circuit", ".wasm")
        inputs = input_files(folder / "inputs" if (folder / "inputs").is_dir() else folder)
        if wasm is None or not inputs:
            raise SetupFault(
                Code.NO_SOURCE, f"{folder}: --witness needs the circuit's .wasm, and .json in inputs/"
            )
        with ExitStack() as stack:
            players = [contestant("calculator", "prove-batch", wasm)]
            if against:
                players.append(snarkjs_calculator(wasm))
            for player in players:
                stack.callback(player.close)
            measured = compare(players, inputs, rounds)
        rows.append(Row(folder.resolve().name, measured[:1], measured[1:]))
    if as_json:
        print_json({"rounds": rounds, "circuits": [row.to_json() for row in rows]})
    else:
        show(rows, rounds)


def _circuits(folders: list[Path], sizes: list[int], kind: Literal["dense", "bits"]) -> Iterator[_Circuit]:
    from prover_cli.circuits.finding import find_circuits
    from prover_cli.circuits.options import Wanted

    for folder in folders:
        wanted = Wanted(circuit=[f"{as_text(of_file(folder.resolve().name))}={folder}"])
        circuit = find_circuits(wanted, [], Path.cwd())[0]
        witnesses = sorted((folder / "witnesses").glob("*.wtns")) or sorted(folder.glob("*.wtns"))
        if not witnesses:
            raise SetupFault(Code.NO_SOURCE, f"no .wtns in {folder}/witnesses or {folder}")
        yield _Circuit(circuit.id, circuit.key, witnesses)
    for log in sizes:
        if kind == "bits" and log < 7:
            raise SetupFault(Code.NO_SOURCE, "circuits of bits are generated from 2^7 constraints on")
        with _generated(log, kind) as circuit_folder:
            yield _Circuit(
                f"{kind} 2^{log}",
                circuit_folder / "circuit.zkey",
                sorted((circuit_folder / "witnesses").glob("*.wtns")),
                generated=True,
            )


@contextmanager
def _generated(log: int, kind: Literal["dense", "bits"]) -> Iterator[Path]:
    from rich.console import Console

    from prover_cli.benchmark.generated import generate
    from prover_cli.pool.limits import machine_limits

    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="prove-batch-bench-") as folder:
        with console.status(f"generating 2^{log} constraints") as status:
            generate(
                log,
                kind,
                Path(folder),
                threads=machine_limits().cpus,
                progress=lambda step: status.update(f"generating 2^{log} constraints: {step}"),
            )
        yield Path(folder)


def _measure(
    circuit: _Circuit,
    against: list[str],
    commands: list[str],
    budget: int | None,
    rounds: int,
    *,
    stages: bool,
) -> "Row":
    from prover_cli.benchmark.players import Player, contestant, peers
    from prover_cli.benchmark.rounds import compare
    from prover_cli.benchmark.stages import stage_seconds
    from prover_cli.cli.display.benchmark import Row
    from prover_cli.prepared.store import remove

    tables = _tables(circuit, budget)
    with ExitStack() as stack:
        if tables is not None and circuit.generated:
            stack.callback(remove, tables.path)
        ours: list[Player] = [contestant("prove-batch", "prove-batch", circuit.key)]
        stack.callback(ours[0].close)
        if tables is not None:
            ours.append(contestant("prove-batch", PREPARED, circuit.key, tables.path))
            stack.callback(ours[1].close)
        others = peers(against, commands, circuit.key)
        for player in others:
            stack.callback(player.close)
        measured = compare([*ours, *others], circuit.witnesses, rounds)
    seconds: dict[str, dict[str, float]] = {}
    if stages:
        witness = circuit.witnesses[0]
        seconds["prove-batch"] = dict(stage_seconds(circuit.key, witness, rounds))
        if tables is not None:
            seconds[PREPARED] = dict(stage_seconds(circuit.key, witness, rounds, tables))
    return Row(circuit.name, measured[: len(ours)], measured[len(ours) :], seconds)


def _tables(circuit: _Circuit, budget: int | None) -> "MappedTables | None":
    """The tables of the key, made where they are not there; None where the budget has no room."""
    if budget is None:
        return None
    from rich.console import Console

    from prover_cli.pool.limits import machine_limits
    from prover_cli.prepared.making import make
    from prover_cli.systems.registry import engine_for, map_key
    from prover_cli.systems.tables import Preparable

    mapped = map_key(circuit.key)
    opened = engine_for(mapped.system, "native").open(mapped)
    if not isinstance(opened, Preparable):
        return None
    plan = opened.plan_tables(budget)
    if plan is None or plan.saved <= 0:
        return None
    with Console(stderr=True).status(f"preparing the key of {circuit.name}"):
        return make(mapped, opened, plan, budget=budget, threads=machine_limits().cpus)
