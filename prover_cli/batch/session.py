"""A run from its options to its exit code: keys first, then the pool, then the loop.

All that can be wrong with the command, the keys and the configuration is found before any worker is
started (exit 2).
"""

import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import orjson

from prover_cli.batch.claim import claimed
from prover_cli.batch.manifest import Manifest
from prover_cli.batch.options import RunOptions
from prover_cli.batch.resume import Resume, remove_leftovers
from prover_cli.batch.run import Run
from prover_cli.batch.sinks import FileSink, FixtureSink, LineSink, Sink, lines_file
from prover_cli.batch.suspicion import WrongFiles
from prover_cli.cache_folder import manifest_secret
from prover_cli.circuits import opening
from prover_cli.circuits.finding import find_circuits
from prover_cli.circuits.keys import Keys, open_solvers
from prover_cli.circuits.opening import open_keys
from prover_cli.faults import Code, MachineFault, SetupFault, unexpected
from prover_cli.formats.curves import BN254
from prover_cli.formats.targets import Target
from prover_cli.intake.ignored import ignored_warning
from prover_cli.intake.sources import STDIN, Sources, refuse_missing, source_folders
from prover_cli.names import shown
from prover_cli.outcomes.listeners import Listener, guarded
from prover_cli.outcomes.records import Record
from prover_cli.pool.executor import ProofExecutor
from prover_cli.pool.pool_events import EventListener, PoolEvent
from prover_cli.pool.sizing import Sizing
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts, summarise
from prover_cli.stop import Stop
from prover_cli.writing import write_output


class Display(opening.Display, Protocol):
    """What a run shows; see cli/display."""

    def started(self, pool: ProofExecutor, total: int | None) -> None: ...
    def finished(self, record: Record) -> None: ...
    def pool_event(self, event: PoolEvent) -> None: ...
    def ended(self, result: Result, facts: RunFacts) -> None: ...
    def close(self) -> None: ...


class Team(Protocol):
    """What is going to prove: this machine's pool, or a fleet."""

    @property
    def engine(self) -> str: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def sizing(self) -> Sizing | None:
        """None where others size."""
        ...

    @property
    def in_flight(self) -> int: ...
    @property
    def preparation(self) -> Mapping[str, str]: ...
    @property
    def threads_per_proof(self) -> int: ...
    def pool(self, digest_secret: bytes, listener: EventListener) -> ProofExecutor: ...


def run_session(options: RunOptions, display: Display, command: str) -> int:
    """Runs to the end; the exit code. Raises SetupFault, MachineFault where nothing was started."""
    _check_options(options)
    stop = Stop()
    with stop.on_signals():
        if options.seed is not None:
            display.warn(
                "proofs from a --seed are fixtures: whoever knows the seed can check guesses of a witness. "
                "Never publish one that is to keep a secret"
            )
        circuits = find_circuits(options.wanted, source_folders(options.sources), Path.cwd())
        keys = Keys.of(circuits)
        _check_format(options.format, keys)
        sources = Sources(options.sources, circuits, keys, stop)
        if sources.ignored:
            display.warn(ignored_warning(sources.ignored))
        keys = keys.limited_to(sources.circuits)
        if options.strategy == "queue":
            open_solvers(keys, sources.inputs, display, interruptible=True)
            team: Team = _fleet(options, keys)
        else:
            opened = open_keys(options, keys, display, stop, jobs=sources.total, inputs=sources.inputs)
            if opened is None:
                return 130
            team = opened
        return _run(_Plan(options, display, command, stop, team, sources, [c.id for c in circuits]))


def _fleet(options: RunOptions, keys: Keys) -> Team:
    from prover_cli.queue.options import ProduceOptions
    from prover_cli.queue.team import gather

    assert options.where is not None, "the strategy queue comes with a queue"
    produce = ProduceOptions(
        options.where,
        witness_root=options.witness_root,
        attempts=options.retries + 1,
        outstanding=None if options.max_queue is None else max(1, options.max_queue),
        keep_seconds=options.keep,
        strict_inputs=options.strict_inputs,
    )
    return gather(produce, keys, engine=options.engine, verify=options.verify)


def _check_options(options: RunOptions) -> None:
    if options.resume and not options.to_folder:
        raise SetupFault(Code.OPTIONS_CONFLICT, "--resume needs files to go by; give -o DIR instead of lines")
    if options.to_stdout and options.summary == "-":
        raise SetupFault(
            Code.OPTIONS_CONFLICT, "--summary - and -o - both write to standard output; give --summary FILE"
        )
    if options.check_fixtures is not None and (
        options.seed is None or options.resume or not options.to_folder
    ):
        raise SetupFault(
            Code.OPTIONS_CONFLICT,
            "--check-fixtures goes with the --seed of the fixtures, without -o - and --resume",
        )
    if not options.out:
        raise SetupFault(Code.BAD_OPTION, "-o is empty: give a folder, or - for lines on standard output")
    if options.seed == "":
        raise SetupFault(
            Code.BAD_SEED, "--seed is empty (PROVE_BATCH_SEED?): every proof would be foreseeable"
        )
    if options.seed is not None and options.strategy == "queue":
        raise SetupFault(
            Code.OPTIONS_CONFLICT,
            "--seed is for this machine's workers: a fleet would have to be told the secret",
        )
    if not options.sources:
        raise SetupFault(
            Code.NO_SOURCE, "nothing to prove: give a folder of witnesses, files, or - for JSONL"
        )
    if list(options.sources).count(STDIN) > 1:
        raise SetupFault(Code.OPTIONS_CONFLICT, "standard input can be read only once: give - once")
    refuse_missing(options.sources)
    if options.report is not None and options.report.is_dir():
        raise SetupFault(
            Code.OUTPUT_NOT_WRITABLE, f"--report {options.report} is a folder; give a file's name"
        )
    if options.metrics_port is not None:
        from prover_cli.metrics.endpoint import parse_address

        parse_address(options.metrics_port)


def _check_format(target: Target, keys: Keys) -> None:
    for circuit, mapped in keys.mapped.items():
        if target == "calldata" and mapped.layout.curve is not BN254:
            raise SetupFault(
                Code.CALLDATA_CURVE,
                f"--format calldata: the key of {circuit} is of {mapped.layout.curve.name}, and snarkjs' "
                "verifier contract is for bn128",
            )


@dataclass(frozen=True)
class _Plan:
    """All that a run goes by, checked."""

    options: RunOptions
    display: Display
    command: str
    stop: Stop
    team: Team
    sources: Sources
    circuits: list[str]
    """All circuits of the run, also those without jobs: where results go depends on how many there are."""


def _run(plan: _Plan) -> int:
    circuits, target = plan.circuits, plan.options.format
    if plan.options.check_fixtures is not None:
        return _prove(plan, FixtureSink(plan.options.check_fixtures, circuits, target), None)
    if plan.options.to_stdout:
        return _prove(plan, LineSink(sys.stdout.fileno(), target), None)
    if plan.options.lines_file is not None:
        with lines_file(plan.options.lines_file) as out:
            return _prove(plan, LineSink(out, target, plan.options.lines_file), None)
    folder = plan.options.folder
    files = FileSink(folder, circuits, target)
    with claimed(folder):
        remove_leftovers(folder)
        return _prove(plan, files, files)


def _prove(plan: _Plan, sink: Sink, files: FileSink | None) -> int:
    options, display, team = plan.options, plan.display, plan.team
    keys = team.keys
    secret = manifest_secret()
    resume = None
    if options.resume and files is not None:
        resume = Resume(files, keys.mapped, secret, engine=team.engine, verify=options.verify)
    recording = None
    if options.report is not None:
        from prover_cli.report.recording import Recording

        recording = Recording()
    listener: EventListener = guarded(display.pool_event, "display", display.warn)
    listeners: dict[str, Listener] = {"display": display, "advice": WrongFiles(display.warn)}
    if recording is not None:
        listener = _both(listener, guarded(recording.pool_event, "report", display.warn))
        listeners["report"] = recording
    pool = team.pool(secret, listener)
    serving: AbstractContextManager[None] = nullcontext()
    if options.metrics_port is not None:
        from prover_cli.metrics.endpoint import metrics_served
        from prover_cli.metrics.families import RunMetrics

        metrics = RunMetrics(pool, keys.mapped)
        listeners["metrics"] = metrics
        serving = metrics_served(metrics.registry, options.metrics_port)
    started = time.perf_counter()
    manifest = None if files is None else Manifest(options.folder, keys.digests())
    with (
        pool,
        closing(manifest) if manifest else nullcontext(),
        serving,
    ):
        display.started(pool, plan.sources.total)
        run = Run(
            pool,
            sink,
            plan.stop,
            curve_of=keys.curve_of,
            manifest=manifest,
            resume=resume,
            listeners=listeners,
            ordered=options.ordered,
            fail_fast=options.fail_fast,
            failure_limit=options.max_failures,
            total=plan.sources.total,
            note=display.note,
            in_flight=team.in_flight,
            file_ids=options.to_folder,
            warn=display.warn,
        )
        result = run.execute(plan.sources)
    facts = RunFacts(
        command=plan.command,
        engine=team.engine,
        strategy=options.strategy,
        sizing=team.sizing,
        seconds=time.perf_counter() - started,
        workers=pool.statistics,
        preparation=team.preparation,
        deterministic=options.seed is not None,
        suspects=_suspects(result, keys),
        out="" if options.to_stdout or options.check_fixtures is not None else _shown_place(options),
        can_resume=files is not None,
        threads_per_proof=team.threads_per_proof,
        ignored=len(plan.sources.ignored),
        total=plan.sources.total,
        fixtures=sink.compared if isinstance(sink, FixtureSink) else None,
    )
    if options.seed is not None and manifest is not None and not result.exit_code:
        manifest.remove()  # it has times, and a fixtures' folder is to be the same after each run
    if isinstance(sink, FixtureSink) and not result.interrupted and result.ended_by is None:
        for words in sink.orphans():
            display.warn(words)
    for words in facts.suspects.values():
        display.warn(words)
    display.ended(result, facts)
    if options.summary is not None:
        _write(
            options.summary,
            orjson.dumps(summarise(result, facts), option=orjson.OPT_INDENT_2) + b"\n",
            result,
        )
    if recording is not None:
        from prover_cli.report.page import render

        try:
            page = render(recording, result, facts, keys.digests()).encode()
        except Exception as error:
            display.warn(f"there is no report: {unexpected(error)}")
        else:
            _write(str(options.report), page, result)
    if result.machine_fault:
        raise result.machine_fault
    if options.is_stream_taken and not result.totals.read and not result.interrupted:
        raise SetupFault(
            Code.NO_SOURCE,
            "nothing to prove: no source was given, and standard input is empty; give a folder of witnesses, "
            "or files",
        )
    return result.exit_code


def _shown_place(options: RunOptions) -> str:
    """Where results are; a folder ends in a slash."""
    return f"{options.out.rstrip('/')}/" if options.to_folder else options.out


def _suspects(result: Result, keys: Keys) -> dict[str, str]:
    """Keys of which no proof verified, where nothing tells witness and key apart."""
    found = {}
    for circuit, counts in result.circuits.items():
        key = keys.mapped[circuit]
        if counts.unsatisfied and not counts.proved and keys.circuit(circuit).constraints is None:
            found[circuit] = (
                f"no proof of {counts.unsatisfied} jobs of {shown(circuit)} verified; if they are right, the "
                f"key {key.path} is damaged or of another version of the circuit; compare its hash "
                f"({key.sha256}) with the original's, or give the circuit's .r1cs with --r1cs"
            )
    return found


def _both(one: EventListener, other: EventListener) -> EventListener:
    def told(event: PoolEvent) -> None:
        one(event)
        other(event)

    return told


def _write(target: str, text: bytes, result: Result) -> None:
    if target == "-":
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
        return
    try:
        write_output(Path(target), text)
    except MachineFault as fault:
        result.machine_fault = result.machine_fault or fault
