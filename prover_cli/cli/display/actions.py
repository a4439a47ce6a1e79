"""GitHub's workflows: failures as annotations, and the run in the step's summary.

Source: "Workflow commands for GitHub Actions" (docs.github.com): `::error title=…::…` on a line of the step's
output, and Markdown in the file that GITHUB_STEP_SUMMARY names.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from prover_cli.cli.display.table import run_columns
from prover_cli.cli.display.words import LONGEST_ID, total_line
from prover_cli.faults import Fault
from prover_cli.names import printable, shown
from prover_cli.outcomes.records import Record
from prover_cli.report.result import Result
from prover_cli.report.summary import RunFacts

MOST = 10
"""Annotations of one kind that GitHub shows of a step."""


class Actions:
    """Tells GitHub."""

    def __init__(self) -> None:
        self._told = 0

    def finished(self, record: Record) -> None:
        """Annotates a failure."""
        if record.fault is None or self._told >= MOST:
            return
        self._told += 1
        text = f"{shown(record.id, LONGEST_ID)}: {printable(record.fault.message)}"
        _annotate(record.fault, text)

    @staticmethod
    def failed(fault: Fault) -> None:
        """Annotates what ended the command before a run, or instead of its end."""
        _annotate(fault, printable(fault.message))

    def ended(self, result: Result, facts: RunFacts) -> None:
        """Adds the run to the step's summary."""
        place = os.environ.get("GITHUB_STEP_SUMMARY")
        if not place:
            return
        columns = run_columns(facts, result)
        rows = [list(columns), ["---:"] * len(columns), *zip(*columns.values(), strict=True)]
        table = "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows)
        failures = "".join(
            f"- `{shown(identifier, LONGEST_ID)}`: {_cell(message)} ({code})\n"
            for identifier, code, message in result.failures[:MOST]
        )
        more = len(result.failures) - MOST
        failures += f"- and {more} more\n" if more > 0 else ""
        text = f"### prove-batch: {_cell(total_line(result, facts))}\n\n{failures}\n{table}\n\n"
        with suppress(OSError), Path(place).open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)


def _annotate(fault: Fault, text: str) -> None:
    print(f"::error title={fault.code}::{_escaped(text)}", file=sys.stderr, flush=True)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _cell(text: str) -> str:
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")


def actions() -> Actions | None:
    """Where a workflow of GitHub runs us."""
    return Actions() if os.environ.get("GITHUB_ACTIONS") == "true" else None
