"""The live display at a terminal: a bar for the run, a line for each worker, failures above them."""

from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
)
from rich.text import Text

from prover_cli.cli.display.events import Events
from prover_cli.cli.display.failures import Failures
from prover_cli.cli.display.pace import Pace
from prover_cli.cli.display.table import print_table
from prover_cli.cli.display.words import (
    defect_warning,
    explanations,
    job_line,
    progress,
    total_line,
    worker_line,
)
from prover_cli.counting import counted
from prover_cli.names import of_file, printable, shown
from prover_cli.outcomes.records import Record
from prover_cli.pool.executor import ProofExecutor
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts

REFRESH_PER_SECOND = 5
"""Drawing 16 workers takes 1.5 ms (measured at 2 GHz): five times a second is 1 % of one core."""

OTHER_LINES = 6
"""Kept free of worker lines on a small terminal."""


class LiveDisplay:
    """Rich's live region on standard error."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._console = Console(stderr=True, highlight=False)
        self._pool: ProofExecutor | None = None
        self._failures = Failures(each=verbose)
        self._events = Events(verbose=verbose)
        self._total: int | None = None
        self._pace = Pace()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[told]}"),
            console=self._console,
            expand=True,
        )
        self._task = self._progress.add_task("proving", total=None, told="", visible=False)
        self._tasks: dict[tuple[str, Path], TaskID] = {}
        self._live = Live(
            get_renderable=self._draw,
            console=self._console,
            refresh_per_second=REFRESH_PER_SECOND,
            transient=True,
        )

    def _draw(self) -> RenderableType:
        lines: list[RenderableType] = [self._progress]
        if self._pool is not None:
            running = self._pool.running()
            room = max(1, self._console.height - OTHER_LINES)
            made = {counted.worker: counted for counted in self._pool.counters}
            for worker in running[:room]:
                words = worker_line(worker, made.get(worker.worker), self._pace.seconds)
                lines.append(Text(words, overflow="ellipsis", no_wrap=True))
            if len(running) > room:
                lines.append(Text(f"  … and {counted(len(running) - room, 'more worker')}", style="dim"))
        return Group(*lines)

    def warn(self, text: str) -> None:
        self._console.print(f"[bold yellow]warning:[/] {escape(printable(text))}", soft_wrap=True)

    def left_out(self, text: str) -> None:
        self.warn(text)

    def note(self, text: str) -> None:
        self._console.print(Text(printable(text)), soft_wrap=True)

    def checking(self, key: Path, done: int, total: int) -> None:
        self._ahead("checking", key, done, total)

    def preparing(self, key: Path, done: int, total: int) -> None:
        self._ahead("preparing", key, done, total)

    def _ahead(self, what: str, key: Path, done: int, total: int) -> None:
        """A bar for work that comes before the proofs."""
        self._live.start()
        if (what, key) not in self._tasks:
            name = f"{what} key {escape(shown(of_file(key.name)))}"
            self._tasks[what, key] = self._progress.add_task(name, total=total, told="once")
        self._progress.update(self._tasks[what, key], completed=done, visible=done < total)

    def started(self, pool: ProofExecutor, total: int | None) -> None:
        self._pool, self._total = pool, total
        self._pace.start()
        self._progress.reset(self._task, total=total, visible=True)
        self._live.start()

    def finished(self, record: Record) -> None:
        if record.proved is not None and record.proved.defect:
            self.warn(defect_warning(record))
        line = self._failures.line(record)
        if line is not None:
            self._live.console.print(Text(line, style="red"), soft_wrap=True)
        elif self._verbose and record.fault is None:
            self._live.console.print(Text(job_line(record)), soft_wrap=True)
        self._pace.count(record)
        told = progress(self._pace.done, self._total, self._failures.count, self._pace.per_second)
        self._progress.update(self._task, advance=1, told=told)

    def pool_event(self, event: PoolEvent) -> None:
        words = self._events.line(event)
        if words is not None:
            self._live.console.print(Text(words, style="yellow"), soft_wrap=True)

    def close(self) -> None:
        """Gives the terminal back, also where a fault ended the run before its display did."""
        self._live.stop()

    def ended(self, result: Result, facts: RunFacts) -> None:
        self._live.stop()
        for line in self._failures.tally():
            self._console.print(Text(line, style="red"), soft_wrap=True)
        print_table(self._console, facts, result)
        for line in explanations(facts, verbose=self._verbose):
            self._console.print(Text(line), soft_wrap=True)
        style = "bold red" if result.totals.failed or result.machine_fault else "bold green"
        self._console.print(Text(total_line(result, facts), style=style), soft_wrap=True)
