"""`prove-batch bench`: us and peers on the same files, taking turns."""

from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from prover_cli.cli.extras import extra
from prover_cli.cli.json_output import print_json
from prover_cli.faults import Code, SetupFault

if TYPE_CHECKING:
    from rich.status import Status

    from prover_cli.benchmark.players import Peers
    from prover_cli.benchmark.subjects import Subject
    from prover_cli.cli.display.benchmark import Row
    from prover_cli.prepared.tables import MappedTables

EPILOG = """Example: prove-batch bench samples/membership --against snarkjs

Witnesses from inputs: prove-batch bench samples/membership --witness --against snarkjs

rapidsnark's binary: prove-batch bench --generate 14 --against rapidsnark=./prover

The first proof on a new machine: prove-batch bench samples/membership --cold"""

PREPARED = "… prepared"

LARGEST = 22
"""Largest power of two to generate: 4 million constraints take 7 GB to make."""


def command(
    circuits: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Circuit folders: a .zkey, and .wtns in witnesses/ or .json in inputs/.", show_default=False
        ),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            help="Compare with rapidsnark=PATH of its binary, snarkjs[=PATH], groth16py or reference; with "
            "--witness, with snarkjs[=PATH] or wasm. Repeatable.",
            metavar="NAME[=PATH]",
            show_default=False,
        ),
    ] = None,
    against_command: Annotated[
        list[str] | None,
        typer.Option(
            help="Compare with a command that contains {zkey} {wtns} {proof} {public}, started for each "
            "proof. Repeatable.",
            metavar="COMMAND",
            show_default=False,
        ),
    ] = None,
    generate: Annotated[
        list[int] | None,
        typer.Option(
            help="Generate an insecure key over a domain of 2^N points to measure with. Repeatable.",
            metavar="N",
            min=4,
            max=LARGEST,
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        Literal["dense", "bits"], typer.Option(help="Values in generated witnesses: full size, or bits.")
    ] = "dense",
    system: Annotated[
        Literal["groth16", "plonk", "fflonk"], typer.Option(help="The proof system of generated keys.")
    ] = "groth16",
    prepare: Annotated[
        Literal["always", "never"], typer.Option(help="Also measure with a prepared key.")
    ] = "always",
    table_memory: Annotated[
        str, typer.Option(help="Memory limit of a prepared key's tables.", metavar="SIZE|auto")
    ] = "auto",
    witness: Annotated[
        bool,
        typer.Option(
            "--witness",
            help="Time the calculation of witnesses from inputs/*.json instead of proofs: batches of 16.",
        ),
    ] = False,
    cold: Annotated[
        bool,
        typer.Option(
            "--cold",
            help="Time one proof from the command to its exit, on all cores: with an empty cache, and again.",
        ),
    ] = False,
    stages: Annotated[
        bool, typer.Option("--stages", help="Also show the time of each step of a proof or witness.")
    ] = False,
    rounds: Annotated[int, typer.Option(help="Measured rounds.", min=1)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Time proofs, one thread each, in alternating order; show the ratios.

    Keys are loaded beforehand, except by a command, which starts again for each proof, and with --cold.
    """
    from prover_cli.benchmark.players import Peers
    from prover_cli.circuits.preparation import table_budget
    from prover_cli.cli.display.benchmark import show
    from prover_cli.options.sizes import parse_size_or_auto
    from prover_cli.systems.choice import choose_engine

    if cold and (witness or stages):
        other = "--witness" if witness else "--stages"
        raise SetupFault(Code.OPTIONS_CONFLICT, f"--cold times whole runs; leave out {other}")
    if witness:
        _witnesses(circuits or [], against or [], rounds, stages=stages, as_json=as_json)
        return
    choose_engine("native")  # says what is missing where it is not there
    from prover_cli.systems.arithmetic import chosen_cpu

    if not circuits and not generate:
        raise SetupFault(Code.NO_SOURCE, "give circuit folders, or --generate 14 to generate a circuit")
    budget = None if cold or prepare == "never" else table_budget(parse_size_or_auto(table_memory))
    peers = Peers(against or [], list(against_command or []))
    rows: list[Row] = []
    for subject in _subjects(circuits or [], generate or [], kind, system):
        if cold:
            rows.append(_measure_starts(subject, peers, rounds))
        else:
            rows.append(_measure(subject, peers, budget, rounds, stages=stages))
    if as_json:
        listed = [row.to_json() for row in rows]
        print_json({"rounds": rounds, "cpu": chosen_cpu(), "circuits": listed})
    else:
        show(rows, rounds)


def _witnesses(folders: list[Path], against: list[str], rounds: int, *, stages: bool, as_json: bool) -> None:
    """Ours takes the whole way from JSON to the values; so does theirs."""
    from prover_cli.benchmark.stages import witness_stage_seconds
    from prover_cli.benchmark.subjects import inputs_of
    from prover_cli.benchmark.witnesses import batch_of, compare_calculators, peers
    from prover_cli.cli.display.benchmark import Row, show
    from prover_cli.formats.companions import companion
    from prover_cli.systems.choice import choose_engine

    peers(against)  # says which of them calculates no witnesses, before anything is measured
    if not folders:
        raise SetupFault(Code.OPTIONS_CONFLICT, "--witness takes circuit folders")
    choose_engine("native")  # says what is missing where it is not there
    with extra("wasm", "--witness"):
        import_module("wasmtime")
    rows = []
    for folder in folders:
        wasm = companion(folder / "circuit", ".wasm")
        inputs = inputs_of(folder)
        if wasm is None or not inputs:
            raise SetupFault(
                Code.NO_SOURCE, f"{folder}: --witness needs the circuit's .wasm, and .json in inputs/"
            )
        ours, others = compare_calculators(wasm, inputs, against, rounds)
        steps = dict(witness_stage_seconds(wasm, batch_of(inputs), rounds)) if stages else {}
        rows.append(Row(folder.resolve().name, ours, others, {"prove-batch": steps} if steps else {}))
    if as_json:
        print_json({"rounds": rounds, "circuits": [row.to_json() for row in rows]})
    else:
        show(rows, rounds)


def _subjects(
    folders: list[Path], sizes: list[int], kind: Literal["dense", "bits"], system: str
) -> "Iterator[Subject]":
    from rich.console import Console

    from prover_cli.benchmark.subjects import generated, of_folder

    for folder in folders:
        with of_folder(folder) as subject:
            yield subject
    for log in sizes:
        with ExitStack() as stack:
            with Console(stderr=True).status(f"generating 2^{log} points") as status:

                def progress(step: str, log: int = log, status: "Status" = status) -> None:
                    status.update(f"generating 2^{log} points: {step}")

                subject = stack.enter_context(generated(log, kind, system, progress))
            yield subject


def _measure_starts(subject: "Subject", peers: "Peers", rounds: int) -> "Row":
    from prover_cli.benchmark.cold import compare_starts
    from prover_cli.benchmark.subjects import refuse_unsatisfied
    from prover_cli.cli.display.benchmark import Row

    refuse_unsatisfied(subject.key, subject.witnesses[:rounds])
    return Row(subject.name, *compare_starts(subject.key, subject.witnesses, peers, rounds))


def _measure(subject: "Subject", peers: "Peers", budget: int | None, rounds: int, *, stages: bool) -> "Row":
    from prover_cli.benchmark.players import Player, contestant
    from prover_cli.benchmark.rounds import compare
    from prover_cli.benchmark.stages import stage_seconds
    from prover_cli.benchmark.subjects import refuse_unsatisfied
    from prover_cli.cli.display.benchmark import Row
    from prover_cli.prepared.store import remove

    refuse_unsatisfied(subject.key, subject.witnesses[:rounds])
    tables = _tables(subject, budget)
    with ExitStack() as stack:
        if tables is not None and subject.generated:
            stack.callback(remove, tables.path)
        ours: list[Player] = [contestant("prove-batch", "prove-batch", subject.key)]
        stack.callback(ours[0].close)
        if tables is not None:
            ours.append(contestant("prove-batch", PREPARED, subject.key, tables.path))
            stack.callback(ours[1].close)
        others = peers.opened(subject.key)
        for player in others:
            stack.callback(player.close)
        measured = compare([*ours, *others], subject.witnesses, rounds)
    seconds: dict[str, dict[str, float]] = {}
    if stages:
        witness = subject.witnesses[0]
        seconds["prove-batch"] = dict(stage_seconds(subject.key, witness, rounds))
        if tables is not None:
            seconds[PREPARED] = dict(stage_seconds(subject.key, witness, rounds, tables))
    return Row(subject.name, measured[: len(ours)], measured[len(ours) :], seconds)


def _tables(subject: "Subject", budget: int | None) -> "MappedTables | None":
    """The tables of the key, made where they are not there; None where the budget has no room."""
    if budget is None:
        return None
    from rich.console import Console

    from prover_cli.formats.wtns import parse_witness
    from prover_cli.pool.limits import machine_limits
    from prover_cli.prepared.making import make
    from prover_cli.systems.registry import engine_for, map_key
    from prover_cli.systems.tables import Preparable

    mapped = map_key(subject.key)
    opened = engine_for(mapped.system, "native").open(mapped)
    if not isinstance(opened, Preparable):
        return None
    first = subject.witnesses[0]
    plan = opened.plan_tables(budget, sample=parse_witness(first.read_bytes(), str(first)))
    if plan is None or plan.saved <= 0:
        return None
    with Console(stderr=True).status(f"preparing the key of {subject.name}"):
        return make(mapped, opened, plan, budget=budget, threads=machine_limits().cpus)
