"""A run from its options to its exit code: keys first, then the pool, then the loop.

All that can be wrong with the command, the keys and the configuration is found before any worker is
started (exit 2).
"""

import sys
import time
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Protocol

import orjson

from prover_cli.batch import plan as planning
from prover_cli.batch.claim import claimed
from prover_cli.batch.manifest import Manifest, seed_mark
from prover_cli.batch.options import RunOptions
from prover_cli.batch.plan import NOTHING, Plan, make_plan
from prover_cli.batch.resume import remove_leftovers
from prover_cli.batch.run import Run
from prover_cli.batch.sinks import FileSink, FixtureSink, LineSink, Sink, lines_file
from prover_cli.batch.suspicion import WrongFiles
from prover_cli.cache_folder import manifest_secret
from prover_cli.circuits.keys import Keys
from prover_cli.counting import counted
from prover_cli.faults import Code, MachineFault, SetupFault, unexpected
from prover_cli.names import shown
from prover_cli.options.declaration import declared
from prover_cli.outcomes.listeners import Listener, guarded
from prover_cli.outcomes.records import Record
from prover_cli.pool.executor import ProofExecutor
from prover_cli.pool.pool_events import EventListener, PoolEvent
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts, summarise
from prover_cli.stop import INTERRUPTED, Stop
from prover_cli.writing import write_output


class Display(planning.Display, Protocol):
    """What a run shows; see cli/display."""

    def started(self, pool: ProofExecutor, total: int | None) -> None: ...
    def finished(self, record: Record) -> None: ...
    def pool_event(self, event: PoolEvent) -> None: ...
    def ended(self, result: Result, facts: RunFacts) -> None: ...
    def close(self) -> None: ...


def run_session(options: RunOptions, display: Display, command: str) -> int:
    """Runs to the end; the exit code. Raises SetupFault, MachineFault where nothing was started."""
    stop = Stop()
    with stop.on_signals():
        plan = make_plan(options, display, stop)
        return INTERRUPTED if plan is None else _run(plan, display, command)


def _run(plan: Plan, display: Display, command: str) -> int:
    circuits, target = plan.circuits, plan.options.format
    if plan.options.check_fixtures is not None:
        return _prove(
            plan, display, command, FixtureSink(plan.options.check_fixtures, circuits, target), None
        )
    if plan.options.to_stdout:
        return _prove(plan, display, command, LineSink(sys.stdout.fileno(), target), None)
    if plan.options.lines_file is not None:
        with lines_file(plan.options.lines_file) as out:
            return _prove(plan, display, command, LineSink(out, target, plan.options.lines_file), None)
    folder = plan.options.folder
    files = FileSink(folder, circuits, target)
    with claimed(folder):
        remove_leftovers(folder)
        return _prove(plan, display, command, files, files)


def _prove(plan: Plan, display: Display, command: str, sink: Sink, files: FileSink | None) -> int:
    options, team = plan.options, plan.team
    keys = team.keys
    secret = manifest_secret()
    seed = seed_mark(options.seed, secret)
    resume = None if files is None else plan.resume(files)
    recording = None
    if options.report is not None:
        from prover_cli.report.recording import Recording

        recording = Recording()
    listener: EventListener = guarded(display.pool_event, "display", display.warn)
    wrong_files = WrongFiles(display.warn)
    listeners: dict[str, Listener] = {"display": display, "advice": wrong_files}
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
    manifest = None if files is None else Manifest(options.folder, keys.digests(), seed)
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
    if plan.sources.total is not None:
        result.totals.count_unread(plan.sources.total)
    if (
        options.is_stream_taken
        and not result.totals.read
        and not (result.interrupted or result.machine_fault)
    ):
        raise SetupFault(Code.NO_SOURCE, NOTHING)
    if isinstance(sink, LineSink) and not result.interrupted:
        sink.begin()  # also where there was no job
    facts = RunFacts(
        command=command,
        engine=team.engine,
        strategy=options.strategy,
        sizing=team.sizing,
        seconds=time.perf_counter() - started,
        workers=pool.statistics,
        preparation=team.preparation,
        calculation=team.calculation,
        deterministic=options.seed is not None,
        suspects=_suspects(result, keys),
        out="" if options.to_stdout or options.check_fixtures is not None else options.place,
        can_resume=files is not None,
        threads_per_proof=team.threads_per_proof,
        ignored=len(plan.sources.ignored.files),
        total=plan.sources.total,
        fixtures=sink.compared if isinstance(sink, FixtureSink) else None,
    )
    if options.seed is not None and manifest is not None and not result.exit_code:
        manifest.forget_own()  # it has times, and a fixtures' folder is to be the same after each run
    if isinstance(sink, FixtureSink) and not result.interrupted and result.ended_by is None:
        for words in sink.orphans():
            display.warn(words)
    if not result.interrupted and result.ended_by is None:
        wrong_files.ended()
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
        from prover_cli.report.origin import origin
        from prover_cli.report.page import render

        try:
            where = origin(command, sys.argv[1:], _hidden_flags())
            page = render(recording, result, facts, keys.digests(), where).encode()
        except Exception as error:
            display.warn(f"the report could not be written: {unexpected(error)}")
        else:
            _write(str(options.report), page, result)
    if result.machine_fault:
        raise result.machine_fault
    return result.exit_code


def _hidden_flags() -> set[str]:
    """Options whose values a report must not show, whatever they are."""
    return {flag for one in declared(RunOptions).values() if one.hides("") for flag in one.flags}


def _suspects(result: Result, keys: Keys) -> dict[str, str]:
    """Keys of which no proof verified, where nothing tells witness and key apart."""
    found = {}
    for circuit, counts in result.circuits.items():
        key = keys.mapped[circuit]
        if counts.unsatisfied and not counts.proved and keys.circuit(circuit).constraints is None:
            found[circuit] = (
                f"none of the proofs of {counted(counts.unsatisfied, 'job')} of {shown(circuit)} is valid. "
                f"If the witnesses are right, the key {key.path} is damaged or belongs to another version of "
                f"the circuit. Compare its hash ({key.sha256}) with the original's, or give the circuit's "
                ".r1cs with --r1cs"
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
