"""--log-format json: one JSON object a line on standard error, for machines that read logs.

Each has time, level and event; docs/runs.md lists the rest: ids, circuits, workers, codes
and durations: no value of a witness ever.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson

from prover_cli.cli.display.words import defect_warning
from prover_cli.faults import Fault
from prover_cli.names import as_text
from prover_cli.outcomes.records import Record
from prover_cli.pool.executor import ProofExecutor
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts, fixtures_json, without_worker


class StructuredDisplay:
    """For logs that are collected."""

    def warn(self, text: str) -> None:
        self._log("warning", "warning", message=text)

    def left_out(self, text: str) -> None:
        self.warn(text)

    def note(self, text: str) -> None:
        self._log("info", "note", message=text)

    def failed(self, fault: Fault) -> None:
        """The run ended, or never began."""
        self._log("error", "error", code=fault.code, message=fault.message)

    def checking(self, key: Path, done: int, total: int) -> None:
        if done == total:
            self._log("info", "key_checked", key=str(key))

    def preparing(self, key: Path, done: int, total: int) -> None:
        if done == total:
            self._log("info", "key_prepared", key=str(key))

    def started(self, pool: ProofExecutor, total: int | None) -> None:
        self._log("info", "run_started", jobs=total, workers=len(pool.statistics))

    def finished(self, record: Record) -> None:
        fields: dict[str, object] = {"job": record.id, "circuit": record.circuit}
        if record.proved is not None:
            if record.proved.defect:
                self._log("error", "defect", message=defect_warning(record), **fields)
            fields |= {"worker": record.proved.worker, "seconds": round(record.proved.seconds, 6)}
            fields |= {"attempts": record.proved.attempts, "verified": record.proved.verified}
        if record.fault is not None:
            fields |= {"code": record.fault.code, "message": record.fault.message}
        level = "warning" if record.fault else "info"
        self._log(level, f"job_{record.outcome}", **fields)

    def pool_event(self, event: PoolEvent) -> None:
        if event.kind == "answered":
            return  # told as the job, when its result is written
        names = ("worker", "pid", "job", "circuit", "seconds", "reason", "detail", "proofs_at_a_time")
        fields = {name: getattr(event, name) for name in names if getattr(event, name) is not None}
        if event.kind == "defect":
            self._log("error", "defect", message=event.detail)
            return
        subject = {"opened": "circuit", "fewer": "admission", "more": "admission", "reduced": "input"}.get(
            event.kind, "worker"
        )
        self._log(
            "warning" if event.lost or event.kind == "reduced" else "info",
            f"{subject}_{event.kind}",
            **fields,
        )

    def ended(self, result: Result, facts: RunFacts) -> None:
        totals = result.totals
        self._log(
            "info",
            "run_ended",
            proved=totals.proved,
            failed=totals.failed,
            skipped=totals.skipped,
            seconds=round(facts.seconds, 3),
            exit_code=result.exit_code,
            left=totals.left,
            failed_without_worker=without_worker(result, facts),
            fixtures=fixtures_json(facts.fixtures),
            interrupted=result.interrupted,
            ended_by=result.ended_by,
            restarts=sum(worker.restarts for worker in facts.workers),
            workers=[worker.to_json(facts.seconds) for worker in facts.workers],
        )

    def close(self) -> None:
        """Lines leave nothing to tidy up."""

    @staticmethod
    def _log(level: str, event: str, **fields: object) -> None:
        head = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level, "event": event}
        text = {name: as_text(value) if isinstance(value, str) else value for name, value in fields.items()}
        # UTF-8 as JSON has it, whatever the locale.
        sys.stderr.buffer.write(orjson.dumps(head | text, default=str) + b"\n")
        sys.stderr.buffer.flush()
