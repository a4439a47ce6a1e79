"""The options of a run, as the command line, the environment or a program gives them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prover_cli.circuits.options import PoolOptions
from prover_cli.formats.targets import Target
from prover_cli.queue.options import KEEP_SECONDS


@dataclass(frozen=True, kw_only=True)
class RunOptions(PoolOptions):
    """Everything a run goes by."""

    sources: Sequence[str]
    out: str = "proofs"
    """A folder, or "-" for JSON lines on standard output."""
    check_fixtures: Path | None = None
    """Compare with the proofs of this folder instead of writing any."""
    format: Target = "snarkjs"
    """What results are made into besides snarkjs' JSON."""
    resume: bool = False
    fail_fast: bool = False
    ordered: bool = False
    summary: str | None = None
    report: Path | None = None
    """An HTML file about the run."""
    metrics_port: str | None = None
    """PORT or HOST:PORT."""
    redis: str | None = None
    """URL; for the strategy "queue"."""
    queue: str = "proofs"
    witness_root: Path | None = None
    """Witnesses below it go into the queue by path."""
    keep: float = KEEP_SECONDS
    """Seconds that results stay in Redis; 0: until the run has them."""

    @property
    def to_stdout(self) -> bool:
        return self.out == "-"

    @property
    def folder(self) -> Path:
        return Path(self.out)
