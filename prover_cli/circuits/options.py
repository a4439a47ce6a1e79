"""What a pool goes by, as the command line, the environment or a program gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from prover_cli.options.counts import count_or_auto
from prover_cli.options.declaration import option
from prover_cli.options.groups import KEYS, RUN, WORK
from prover_cli.options.sizes import parse_size, parse_size_or_auto

STRICT_INPUTS = option(
    False,
    RUN,
    "--strict-inputs",
    help="Refuse inputs at or above the prime instead of reducing them.",
    kind=bool,
)


def _named_file(flag: str, help: str) -> Any:
    """An option that names a file of a circuit."""
    return option(
        (),
        KEYS,
        flag,
        help=help,
        kind=list[str],
        typed=[],
        metavar="[ID=]FILE",
        in_environment=False,
    )


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the command line, the environment and the configuration say of keys."""

    key: Path | None = option(
        None,
        KEYS,
        "--key",
        "-k",
        help="The circuit's .zkey.",
        kind=Path | None,
        metavar="FILE",
        in_environment=False,
    )
    circuit: Sequence[str] = option(
        (),
        KEYS,
        "--circuit",
        help="A circuit: its .zkey or folder. Repeatable.",
        kind=list[str],
        typed=[],
        metavar="[ID=]PATH",
        in_environment=False,
    )
    circuits: Path | None = option(
        None,
        KEYS,
        "--circuits",
        help="Folder with circuits, at any depth.",
        kind=Path | None,
        metavar="DIR",
        in_environment=False,
    )
    wasm: Sequence[str] = _named_file("--wasm", "The circuit's .wasm, if it lies elsewhere. Repeatable.")
    r1cs: Sequence[str] = _named_file("--r1cs", "Its .r1cs, to name broken constraints. Repeatable.")
    sym: Sequence[str] = _named_file("--sym", "Its .sym, to name signals in messages. Repeatable.")
    env_key: str | None = None
    env_circuits: str | None = None
    configured: Mapping[str, str] | None = None
    """The table [circuits] of prove-batch.toml: id to path."""
    configured_base: Path = Path()
    """Folder that the table's paths are relative to."""


@dataclass(frozen=True, kw_only=True)
class PoolOptions:
    """Keys, workers and memory. Sizes in bytes; None means auto."""

    wanted: Wanted
    workers: int | None = option(
        None,
        WORK,
        "--workers",
        "--jobs",
        "-j",
        help="Number of workers (also --jobs); auto: by the formula.",
        kind=str,
        typed="auto",
        read=count_or_auto("--workers"),
        metavar="N|auto",
    )
    threads_per_proof: int | None = option(
        None,
        WORK,
        "--threads-per-proof",
        help="Threads per proof.",
        kind=str,
        typed="auto",
        read=count_or_auto("--threads-per-proof"),
        metavar="N|auto",
    )
    strategy: str = option(
        "processes",
        WORK,
        "--strategy",
        help="What workers are.",
        kind=Literal["processes", "threads"],
    )
    balance: str = option(
        "least-loaded",
        WORK,
        "--balance",
        help="Which idle worker gets the next job.",
        kind=Literal["least-loaded", "round-robin"],
    )
    memory_per_proof: int | None = option(
        None,
        WORK,
        "--memory-per-proof",
        help="Memory per proof; auto: estimated from the key.",
        kind=str,
        typed="auto",
        read=parse_size_or_auto,
        metavar="SIZE|auto",
    )
    overhead: int = option(
        512 << 20,
        WORK,
        "--overhead",
        help="Memory added per worker.",
        kind=str,
        typed="512MB",
        read=parse_size,
        metavar="SIZE",
    )
    reserve_memory: int = option(
        2048 << 20,
        WORK,
        "--reserve-memory",
        help="Left to the system.",
        kind=str,
        typed="2GB",
        read=parse_size,
        metavar="SIZE",
    )
    reserve_cores: int = option(2, WORK, "--reserve-cores", help="Left to the system.", kind=int, least=0)
    table_memory: int | None = option(
        None,
        WORK,
        "--table-memory",
        help="Memory limit of a circuit's tables; auto: an eighth of memory, at most 1GB.",
        kind=str,
        typed="auto",
        read=parse_size_or_auto,
        metavar="SIZE|auto",
    )
    prepare: str = option(
        "auto",
        WORK,
        "--prepare",
        help="Build tables from the key; auto: if they save time overall.",
        kind=Literal["auto", "always", "never"],
    )
    max_queue: int | None = None
    """Jobs that may wait; None: twice as many as all workers take at a time."""
    retries: int = option(
        1, RUN, "--retries", help="Retries after a worker dies during a job.", kind=int, least=0
    )
    timeout: float | None = None
    """Seconds of a proof, from its start."""
    max_proofs_per_worker: int | None = option(
        None,
        WORK,
        "--max-proofs-per-worker",
        help="Replace a worker after N proofs.",
        kind=int | None,
        metavar="N",
        least=1,
        shows_default=False,
    )
    preload: bool = False
    engine: str = option(
        "auto",
        RUN,
        "--engine",
        help="The engine that makes the proofs.",
        kind=Literal["auto", "native", "reference"],
    )
    strict_inputs: bool = STRICT_INPUTS
    verify: bool = True
    seed: str | None = None
    """Makes the same proofs again: for fixtures only."""
