"""A run from its options to its exit code: keys first, then the pool, then the loop.

All that can be wrong with the command, the keys and the configuration is found before any worker is
started (exit 2).
"""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import orjson

from prover_cli.batch.circuits import Circuit, find_circuits
from prover_cli.batch.claim import claimed
from prover_cli.batch.manifest import Manifest
from prover_cli.batch.options import RunOptions
from prover_cli.batch.preparation import Prepared, prepare_keys
from prover_cli.batch.records import Listener, Record
from prover_cli.batch.resume import Resume, remove_leftovers
from prover_cli.batch.run import Result, Run, source_folders
from prover_cli.batch.sinks import FileSink, LineSink, Sink, write_failed
from prover_cli.batch.sources import STDIN, Sources, refuse_missing
from prover_cli.batch.stop import Stop
from prover_cli.batch.summary import RunFacts, summarise
from prover_cli.cache_folder import manifest_secret, write_atomically
from prover_cli.errors import JobFault, MachineFault, SetupFault
from prover_cli.formats.curves import Curve
from prover_cli.groth16.choice import Choice, choose_engine
from prover_cli.groth16.engine import Engine
from prover_cli.groth16.mapped import MappedKey
from prover_cli.groth16.validation import ensure_valid, is_known_valid
from prover_cli.pool import WorkerPool
from prover_cli.pool.job import CircuitFile
from prover_cli.pool.limits import machine_limits
from prover_cli.pool.news import News
from prover_cli.pool.sizing import Sizing, plan_workers

SECONDS_A_CONSTRAINT = 0.1
SECONDS_A_VERIFICATION = 3
"""Of the reference engine: 95 s for a thousand constraints, and four pairings to verify, measured with
py_ecc 8 on CPython 3.11."""


class Display(Protocol):
    """What a run shows; see cli/display."""

    def warn(self, text: str) -> None: ...
    def checking(self, key: Path, done: int, total: int) -> None: ...
    def preparing(self, key: Path, done: int, total: int) -> None: ...
    def started(self, pool: WorkerPool, total: int | None) -> None: ...
    def finished(self, record: Record) -> None: ...
    def news(self, news: News) -> None: ...
    def ended(self, result: Result, facts: RunFacts) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class _Keys:
    """The keys of a run, all checked."""

    circuits: Sequence[Circuit]
    mapped: dict[str, MappedKey]

    def curve_of(self, circuit: str) -> Curve:
        """Raises JobFault UNKNOWN_CIRCUIT."""
        if circuit not in self.mapped:
            known = ", ".join(sorted(self.mapped)[:8])
            shown = "".join(c if c.isprintable() else "?" for c in circuit[:40])
            raise JobFault("UNKNOWN_CIRCUIT", f'no key for circuit "{shown}"; this run has {known}')
        return self.mapped[circuit].layout.curve

    def digests(self) -> dict[str, str]:
        return {name: mapped.sha256 for name, mapped in self.mapped.items()}


def run_session(options: RunOptions, display: Display, command: str) -> int:
    """Runs to the end; the exit code. Raises SetupFault, MachineFault where nothing was started."""
    _check_options(options)
    stop = Stop()
    with stop.on_signals():
        choice = choose_engine(options.engine)
        circuits = find_circuits(options.wanted, source_folders(options.sources), Path.cwd())
        keys = _Keys(circuits, {c.id: MappedKey(c.key) for c in circuits})
        sources = Sources(options.sources, circuits, keys.curve_of, stop)
        _warn_if_slow(choice, keys, display)
        _validate(keys, choice.engine, display, stop)
        if stop.interrupted:
            return 130
        prepared = prepare_keys(options, choice.engine, keys.mapped, sources.total, display, stop)
        sizing = size_run(options, choice.engine, keys, prepared, sources.total)
        plan = _Plan(options, display, command, stop, choice.engine.name, keys, prepared, sources, sizing)
        return _run(plan)


def _check_options(options: RunOptions) -> None:
    if options.to_stdout and options.resume:
        raise SetupFault("OPTIONS_CONFLICT", "--resume needs files to go by; give -o DIR instead of -o -")
    if options.to_stdout and options.summary == "-":
        raise SetupFault(
            "OPTIONS_CONFLICT", "--summary - and -o - both write to standard output; give --summary FILE"
        )
    if not options.sources:
        raise SetupFault("NO_SOURCE", "nothing to prove: give a folder of witnesses, files, or - for JSONL")
    if list(options.sources).count(STDIN) > 1:
        raise SetupFault("OPTIONS_CONFLICT", "standard input can be read only once: give - once")
    refuse_missing(options.sources)
    if options.metrics_port is not None:
        from prover_cli.metrics.endpoint import parse_address

        parse_address(options.metrics_port)


def _warn_if_slow(choice: Choice, keys: _Keys, display: Display) -> None:
    if choice.slow_because is None:
        return
    largest = max(mapped.layout.domain_size for mapped in keys.mapped.values())
    display.warn(
        f"SLOW ENGINE: proving with the reference engine, for {choice.slow_because}. Expect about "
        f"{round(largest * SECONDS_A_CONSTRAINT + SECONDS_A_VERIFICATION)} s a proof. For the fast engine "
        "install a wheel for this platform, or a Rust compiler (https://rustup.rs), and prove-batch again."
    )


def _validate(keys: _Keys, engine: Engine, display: Display, stop: Stop) -> None:
    threads = machine_limits().cpus
    for mapped in keys.mapped.values():
        if is_known_valid(mapped):
            continue

        def progress(done: int, total: int, path: Path = mapped.path) -> None:
            display.checking(path, done, total)
            if stop.interrupted:
                raise KeyboardInterrupt

        ensure_valid(mapped, engine.open(mapped), threads=threads, progress=progress)


def size_run(
    options: RunOptions, engine: Engine, keys: _Keys, prepared: Prepared, total: int | None
) -> Sizing:
    """Workers for this machine, these keys and at most this many jobs."""
    limits = machine_limits()
    per_proof = options.memory_per_proof or max(
        engine.memory_per_proof(mapped.layout) for mapped in keys.mapped.values()
    )
    sizing = plan_workers(
        limits.memory_mb,
        limits.cpus,
        memory_per_proof_mb=per_proof / (1 << 20),
        overhead_mb=options.overhead / (1 << 20),
        reserve_memory_mb=options.reserve_memory / (1 << 20),
        reserve_cores=options.reserve_cores,
        shared_mb=(sum(mapped.size for mapped in keys.mapped.values()) + prepared.size) / (1 << 20),
    )
    if options.workers is not None:
        return replace(sizing, workers=options.workers, decided_by="--workers")
    if total is not None and total < sizing.workers:
        return replace(sizing, workers=max(1, total), decided_by="jobs")
    return sizing


def threads_per_proof(options: RunOptions, sizing: Sizing) -> int:
    """One where there are jobs for every core; with fewer workers than cores the cores are shared out."""
    if options.threads_per_proof:
        return options.threads_per_proof
    if options.workers is not None:
        return 1
    return max(1, sizing.cpu_limit // sizing.workers)


@dataclass(frozen=True)
class _Plan:
    """All that a run goes by, checked."""

    options: RunOptions
    display: Display
    command: str
    stop: Stop
    engine: str
    keys: _Keys
    prepared: Prepared
    sources: Sources
    sizing: Sizing


def _run(plan: _Plan) -> int:
    if plan.options.to_stdout:
        return _prove(plan, LineSink(os.fdopen(os.dup(sys.stdout.fileno()), "wb")), None)
    folder = plan.options.folder
    files = FileSink(folder, [circuit.id for circuit in plan.keys.circuits])
    with claimed(folder):
        remove_leftovers(folder)
        return _prove(plan, files, files)


def _prove(plan: _Plan, sink: Sink, files: FileSink | None) -> int:
    options, display, keys, sizing = plan.options, plan.display, plan.keys, plan.sizing
    secret = manifest_secret()
    resume = None
    if options.resume and files is not None:
        resume = Resume(files, keys.mapped, secret, engine=plan.engine, verify=options.verify)
    max_queue = 2 * sizing.workers if options.max_queue is None else options.max_queue
    pool = WorkerPool(
        [_circuit_file(circuit, plan.prepared) for circuit in keys.circuits],
        sizing.workers,
        strategy=options.strategy,
        balance=options.balance,
        max_queue=max_queue,
        retries=options.retries,
        timeout=options.timeout,
        max_proofs_per_worker=options.max_proofs_per_worker,
        memory_limit=round((sizing.memory_per_proof_mb + sizing.overhead_mb) * (1 << 20)),
        a_proof=round(sizing.memory_per_proof_mb * (1 << 20)),
        preload=options.preload,
        hears=display.news,
        engine=plan.engine,
        threads_per_proof=threads_per_proof(options, sizing),
        verify=options.verify,
        digest_secret=secret,
    )
    listeners: list[Listener] = [display]
    serving: AbstractContextManager[None] = nullcontext()
    if options.metrics_port is not None:
        from prover_cli.metrics.endpoint import metrics_served
        from prover_cli.metrics.families import RunMetrics

        metrics = RunMetrics(pool, keys.mapped)
        listeners.append(metrics)
        serving = metrics_served(metrics.registry, options.metrics_port)
    started = time.perf_counter()
    manifest = None if options.to_stdout else Manifest(options.folder, keys.digests())
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
            in_flight=sizing.workers + max_queue,
            file_ids=not options.to_stdout,
        )
        result = run.execute(plan.sources)
    facts = RunFacts(
        command=plan.command,
        engine=plan.engine,
        strategy=options.strategy,
        sizing=sizing,
        seconds=time.perf_counter() - started,
        workers=pool.statistics,
        preparation=plan.prepared.words,
    )
    display.ended(result, facts)
    if options.summary is not None:
        _write_summary(options.summary, summarise(result, facts), result)
    if result.machine_fault:
        raise result.machine_fault
    return result.exit_code


def _circuit_file(circuit: Circuit, prepared: Prepared) -> CircuitFile:
    status = circuit.key.stat()
    tables = prepared.tables.get(circuit.id)
    return CircuitFile(circuit.id, str(circuit.key), status.st_size, status.st_mtime_ns, tables)


def _write_summary(target: str, summary: dict[str, object], result: Result) -> None:
    text = orjson.dumps(summary, option=orjson.OPT_INDENT_2) + b"\n"
    if target == "-":
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
        return
    try:
        write_atomically(Path(target), text)
    except OSError as error:
        fault: MachineFault = write_failed(Path(target), error)
        result.machine_fault = result.machine_fault or fault
