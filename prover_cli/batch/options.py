"""The options of a run, as the command line, the environment or a program gives them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prover_cli.batch.circuits import Wanted


@dataclass(frozen=True)
class RunOptions:
    """Everything a run goes by. Sizes in bytes; None means auto."""

    sources: Sequence[str]
    wanted: Wanted
    out: str = "proofs"
    """A folder, or "-" for JSON lines on standard output."""
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
    engine: str = "auto"
    verify: bool = True
    resume: bool = False
    fail_fast: bool = False
    ordered: bool = False
    summary: str | None = None
    metrics_port: str | None = None
    """PORT or HOST:PORT."""

    @property
    def to_stdout(self) -> bool:
        return self.out == "-"

    @property
    def folder(self) -> Path:
        return Path(self.out)
