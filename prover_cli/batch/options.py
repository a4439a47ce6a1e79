"""The options of a run, as the command line, the environment or a program gives them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from prover_cli.batch.failure_limit import FailureLimit, parse_failure_limit
from prover_cli.circuits.options import PoolOptions
from prover_cli.formats.targets import Target
from prover_cli.options.declaration import option
from prover_cli.options.groups import QUEUE, RUN, SHOW, WORK
from prover_cli.queue.options import KEEP_SECONDS, METRICS_PORT, PUT_BY_PATH, QueueOptions
from prover_cli.regular_file import is_folder


@dataclass(frozen=True, kw_only=True)
class RunOptions(PoolOptions):
    """Everything a run goes by."""

    sources: Sequence[str]
    is_stream_taken: bool = False
    """Whether standard input is the source because none was given."""
    out: str = option(
        "proofs", "", "-o", "--out", help="Folder for results; FILE.jsonl or - for JSON lines.", kind=str
    )
    """A folder, or a file of JSON lines, or "-" for them on standard output."""
    format: Target = option(
        "snarkjs",
        RUN,
        "--format",
        help="Also write calldata, or files for arkworks or gnark.",
        kind=Target,
    )
    """What results are made into besides snarkjs' JSON."""
    resume: bool = option(
        False, RUN, "--resume", help="Skip jobs that the folder's manifest lists as proved.", kind=bool
    )
    dry_run: bool = option(
        False,
        RUN,
        "--dry-run",
        help="List what would be done, without doing it.",
        kind=bool,
        in_environment=False,
    )
    sample: int | None = option(
        None,
        RUN,
        "--sample",
        help="With --dry-run: prove N jobs and estimate the time for all.",
        kind=int | None,
        metavar="N",
        least=1,
        shows_default=False,
        in_environment=False,
    )
    strategy: str = option(
        "processes",
        WORK,
        "--strategy",
        help="What workers are; queue: those of a fleet, see prove-batch work.",
        kind=Literal["processes", "threads", "queue"],
    )
    max_queue: int | None = option(
        None,
        WORK,
        "--max-queue",
        help="Limit of waiting jobs; default: twice as many as all workers take.",
        kind=int | None,
        least=0,
        shows_default=False,
    )
    timeout: float | None = option(
        None,
        RUN,
        "--timeout",
        help="Time limit per proof; a worker that exceeds it is replaced.",
        kind=float | None,
        metavar="SECONDS",
        least=0.01,
        shows_default=False,
    )
    preload: bool = option(
        False,
        WORK,
        "--preload",
        help="Start all workers and open every circuit before the first job.",
        kind=bool,
    )
    verify: bool = option(
        True, RUN, "--verify/--no-verify", help="Verify each proof before it is written.", kind=bool
    )
    seed: str | None = option(
        None,
        RUN,
        "--seed",
        help="Make reproducible proofs, for fixtures only: they may reveal the witness.",
        kind=str | None,
        metavar="TEXT",
        hides=lambda _: True,
    )
    check_fixtures: Path | None = option(
        None,
        RUN,
        "--check-fixtures",
        help="Compare with the proofs in a folder, made with the same --seed; write nothing.",
        kind=Path | None,
        metavar="DIR",
    )
    fail_fast: bool = option(
        False, RUN, "--fail-fast", help="Start no new job after the first failure.", kind=bool
    )
    max_failures: FailureLimit | None = option(
        None,
        RUN,
        "--max-failures",
        help="Stop, as Ctrl-C does, once this many jobs have failed.",
        kind=str | None,
        read=parse_failure_limit,
        metavar="N|P%",
        shows_default=False,
    )
    ordered: bool = option(False, RUN, "--ordered", help="Write results in the order of the jobs.", kind=bool)
    where: QueueOptions | None = None
    """The queue, for the strategy "queue"."""
    witness_root: Path | None = PUT_BY_PATH
    keep: float = option(
        KEEP_SECONDS,
        QUEUE,
        "--keep",
        help="How long results stay in Redis for a repeated run; 0: until this run has them.",
        kind=float,
        typed=round(KEEP_SECONDS),
        metavar="SECONDS",
        least=0,
    )
    """Seconds that results stay in Redis; 0: until the run has them."""
    summary: str | None = option(
        None,
        SHOW,
        "--summary",
        help="Summary of the run as JSON; - for standard output.",
        kind=str | None,
        metavar="FILE",
    )
    report: Path | None = option(
        None,
        SHOW,
        "--report",
        help="Report on the run: timeline, latencies, failures.",
        kind=Path | None,
        metavar="FILE.html",
    )
    """An HTML file about the run."""
    metrics_port: str | None = METRICS_PORT
    """PORT or HOST:PORT."""

    @property
    def to_stdout(self) -> bool:
        return self.out == "-"

    @property
    def lines_file(self) -> Path | None:
        """The file that JSON lines go to."""
        path = Path(self.out)
        return path if path.suffix == ".jsonl" and not is_folder(path) else None

    @property
    def to_folder(self) -> bool:
        """Whether each proof has files of its own."""
        return not self.to_stdout and self.lines_file is None

    @property
    def folder(self) -> Path:
        return Path(self.out)

    @property
    def place(self) -> str:
        """Where results go, as messages call it; a folder ends in a slash."""
        return f"{self.out.rstrip('/')}/" if self.to_folder else self.out
