"""What a pool goes by, as the command line, the environment or a program gives it."""

from dataclasses import dataclass

from prover_cli.circuits.finding import Wanted


@dataclass(frozen=True, kw_only=True)
class PoolOptions:
    """Keys, workers and memory. Sizes in bytes; None means auto."""

    wanted: Wanted
    workers: int | None = None
    threads_per_proof: int | None = None
    strategy: str = "processes"
    balance: str = "least-loaded"
    memory_per_proof: int | None = None
    overhead: int = 512 << 20
    reserve_memory: int = 2048 << 20
    reserve_cores: int = 2
    table_memory: int | None = None
    """Bytes of a circuit's tables; None: an eighth of the memory, at most 1 GB."""
    prepare: str = "auto"
    """auto, always or never."""
    max_queue: int | None = None
    """None: twice the workers."""
    retries: int = 1
    timeout: float | None = None
    """Seconds of a proof, from its start."""
    max_proofs_per_worker: int | None = None
    preload: bool = False
    strict_inputs: bool = False
    """Whether inputs that are not below the prime are refused."""
    seed: str | None = None
    """Makes the same proofs again: for fixtures only."""
    engine: str = "auto"
    verify: bool = True
