"""What the service and a queue worker write to standard error: lines for people, or JSON objects."""

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from prover_cli.circuits.opening import Opened
from prover_cli.cli.display.plain import PlainDisplay
from prover_cli.cli.display.structured import StructuredDisplay
from prover_cli.cli.display.table import print_columns, worker_columns
from prover_cli.cli.display.words import defect_warning, duration, event_line, job_line
from prover_cli.counting import counted
from prover_cli.names import printable, shown
from prover_cli.outcomes.records import Record
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.pool.statistics import WorkerStatistics
from prover_cli.supervision import show_logs


class TextService(PlainDisplay):
    """Lines for the start, the end and what goes wrong. With --verbose, also for every request and job."""

    def _say(self, text: str) -> None:
        with suppress(OSError, ValueError):  # a terminal that was closed must not cost an answer
            super()._say(text)

    def pool_event(self, event: PoolEvent) -> None:
        # All of them: a service has no table until it ends, and they may be days apart.
        words = event_line(event, verbose=self._verbose)
        if words is not None:
            self._say(words)

    def listening(self, place: str, opened: Opened) -> None:
        self._began = time.monotonic()
        ids = ", ".join(map(shown, opened.keys.mapped))
        workers = counted(opened.sizing.workers, "worker")
        self._say(f"{place}: {workers} for {ids}; press Ctrl-C to drain and stop")
        if self._verbose:
            for circuit, words in opened.prepared.words.items():
                self._say(f"tables of {shown(circuit)} {words}")

    def answered(self, method: str, route: str, status: int, seconds: float, code: str | None) -> None:
        if self._verbose or status == 500:
            self._say(f"{method} {route} {status} in {seconds:.3f} s" + (f" [{code}]" if code else ""))

    def job(self, record: Record) -> None:
        if record.proved is not None and record.proved.defect:
            self.warn(defect_warning(record))
        if self._verbose:
            self._say(job_line(record))

    def trouble(self, text: str) -> None:
        self._say(printable(text))

    def draining(self, left: int) -> None:
        self._say(f"draining: {left} unfinished; press Ctrl-C again to stop at once")

    def drained(self, proved: int, failed: int, workers: Sequence[WorkerStatistics]) -> None:
        from rich.console import Console

        seconds = time.monotonic() - self._began
        with suppress(OSError, ValueError):
            console = Console(file=sys.stderr, no_color=True, highlight=False)
            print_columns(console, worker_columns(workers, seconds))
        self._say(f"stopped after {duration(seconds)}: {proved} proved, {failed} failed")


class StructuredService(StructuredDisplay):
    """The same as JSON."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @staticmethod
    def _log(level: str, event: str, **fields: object) -> None:
        with suppress(OSError, ValueError):
            StructuredDisplay._log(level, event, **fields)

    def listening(self, place: str, opened: Opened) -> None:
        self._began = time.monotonic()
        sizing = opened.sizing
        self._log("info", "listening", place=place, workers=sizing.workers, circuits=list(opened.keys.mapped))

    def answered(self, method: str, route: str, status: int, seconds: float, code: str | None) -> None:
        fields: Mapping[str, object] = {"code": code} if code else {}
        level = "error" if status == 500 else "info"
        self._log(
            level, "request", method=method, route=route, status=status, seconds=round(seconds, 6), **fields
        )

    def job(self, record: Record) -> None:
        self.finished(record)

    def trouble(self, text: str) -> None:
        self._log("warning", "trouble", message=text)

    def draining(self, left: int) -> None:
        self._log("info", "draining", left=left)

    def drained(self, proved: int, failed: int, workers: Sequence[WorkerStatistics]) -> None:
        seconds = time.monotonic() - self._began
        figures = [worker.to_json(seconds) for worker in workers]
        self._log("info", "ended", proved=proved, failed=failed, seconds=round(seconds, 3), workers=figures)


def service_display(log_format: str, *, verbose: bool) -> TextService | StructuredService:
    """The display for a log format."""
    display = StructuredService() if log_format == "json" else TextService(verbose=verbose)
    show_logs(display.trouble, verbose=verbose)
    return display
