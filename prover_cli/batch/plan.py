"""What a run goes by, found and checked before any worker is started."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from prover_cli.batch.manifest import seed_mark
from prover_cli.batch.options import RunOptions
from prover_cli.batch.output_check import check_circuit_folders, check_output
from prover_cli.batch.overwriting import refuse_overwriting
from prover_cli.batch.resume import Resume
from prover_cli.batch.sinks import ResultFolder
from prover_cli.cache_folder import manifest_secret
from prover_cli.circuits import opening
from prover_cli.circuits.finding import find_circuits
from prover_cli.circuits.keys import Keys, open_solvers, warn_of_unusable
from prover_cli.circuits.opening import open_keys
from prover_cli.circuits.packed import packed_warnings
from prover_cli.faults import Code, SetupFault
from prover_cli.formats.curves import BN254
from prover_cli.formats.targets import Target
from prover_cli.intake.ignored import ignored_warnings
from prover_cli.intake.sources import STDIN, Sources, refuse_missing, source_folders
from prover_cli.pool.executor import ProofExecutor
from prover_cli.pool.pool_events import EventListener
from prover_cli.pool.sizing import Sizing
from prover_cli.stop import Stop
from prover_cli.systems.registry import require_target, system_named


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
    def calculation(self) -> Mapping[str, str]: ...
    @property
    def threads_per_proof(self) -> int: ...
    def pool(self, digest_secret: bytes, listener: EventListener) -> ProofExecutor: ...


NOTHING = (
    "nothing to prove: no source was given, and standard input is empty; give a folder of inputs or "
    "witnesses (prove-batch ./inputs), or files"
)


@dataclass(frozen=True)
class Plan:
    """All that a run goes by."""

    options: RunOptions
    stop: Stop
    team: Team
    sources: Sources
    circuits: list[str]
    """All circuits of the run, also those without jobs: where results go depends on how many there are."""

    def resume(self, results: ResultFolder) -> Resume | None:
        """What an earlier run left in a folder of results, where --resume is to go by it."""
        options = self.options
        if not options.resume:
            return None
        secret = manifest_secret()
        return Resume(
            results,
            self.team.keys.mapped,
            secret,
            engine=self.team.engine,
            verify=options.verify,
            seed=seed_mark(options.seed, secret),
        )


class Display(opening.Display, Protocol):
    """What planning shows."""

    def left_out(self, text: str) -> None:
        """Warns about input that is not proved. Like a failure, it is shown with -q too."""
        ...


def make_plan(options: RunOptions, display: Display, stop: Stop) -> Plan | None:
    """Checks everything; None where `stop` says so. Raises SetupFault, MachineFault."""
    _check_options(options)
    check_output(options)
    if options.seed is not None:
        display.warn(
            "proofs made with --seed are fixtures: anyone who knows the seed can test guesses of the "
            "witness; never publish one whose witness is secret"
        )
    circuits = find_circuits(options.wanted, source_folders(options.sources), Path.cwd())
    keys = Keys.usable_of(circuits)
    _check_format(options.format, keys)
    for words in packed_warnings(options.wanted, circuits):
        display.left_out(words)
    sources = Sources(options.sources, circuits, keys, stop)
    refuse_overwriting(options, sources, circuits)
    if not options.dry_run:
        for words in ignored_warnings(sources.ignored):
            display.left_out(words)
    keys = keys.limited_to(sources.circuits)
    if sources.circuits is None:
        warn_of_unusable(keys, display)
    if options.strategy == "queue":
        open_solvers(keys, sources.inputs, display, interruptible=True)
        team: Team = _fleet(options, keys)
    else:
        opened = open_keys(
            options,
            keys,
            display,
            stop,
            jobs=sources.total,
            inputs=sources.inputs,
            first_of=sources.first_of,
            makes_tables=not options.dry_run,
        )
        if opened is None:
            return None
        team = opened
    if options.to_folder:
        check_circuit_folders([circuit.id for circuit in circuits])
    return Plan(options, stop, team, sources, [circuit.id for circuit in circuits])


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
        raise SetupFault(
            Code.OPTIONS_CONFLICT, "--resume needs a folder of results; give -o DIR instead of lines"
        )
    if options.to_stdout and options.summary == "-":
        raise SetupFault(
            Code.OPTIONS_CONFLICT, "--summary - and -o - both write to standard output; give --summary FILE"
        )
    if options.sample is not None and (not options.dry_run or options.strategy == "queue"):
        raise SetupFault(
            Code.OPTIONS_CONFLICT, "--sample needs --dry-run, and works only with this machine's own workers"
        )
    if options.check_fixtures is not None and (
        options.seed is None or options.resume or not options.to_folder
    ):
        raise SetupFault(
            Code.OPTIONS_CONFLICT,
            "--check-fixtures needs the --seed of the fixtures, and cannot be combined with -o - or --resume",
        )
    if not options.out:
        raise SetupFault(Code.BAD_OPTION, "-o is empty: give a folder, or - for lines on standard output")
    if options.seed == "":
        raise SetupFault(
            Code.BAD_SEED, "--seed is empty (PROVE_BATCH_SEED?): every proof would be predictable"
        )
    if options.seed is not None and options.strategy == "queue":
        raise SetupFault(
            Code.OPTIONS_CONFLICT,
            "--seed works only with this machine's own workers: the secret is not sent to a fleet",
        )
    if not options.sources:
        raise SetupFault(
            Code.NO_SOURCE,
            "nothing to prove: give a folder of inputs or witnesses (prove-batch ./inputs), files, or - for "
            "JSON lines",
        )
    if list(options.sources).count(STDIN) > 1:
        raise SetupFault(Code.OPTIONS_CONFLICT, "standard input can be read only once: give - once")
    refuse_missing(options.sources)


def _check_format(target: Target, keys: Keys) -> None:
    for circuit, mapped in keys.mapped.items():
        require_target(system_named(mapped.system), target)
        if target == "calldata" and mapped.layout.curve is not BN254:
            raise SetupFault(
                Code.CALLDATA_CURVE,
                f"--format calldata: the key of {circuit} is of {mapped.layout.curve.name}, and snarkjs' "
                "verifier contract supports only bn128",
            )
