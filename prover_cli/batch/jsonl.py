"""JSONL jobs: one line to one job, all three forms of witness.

A line is `{"id", "circuitId", "witness"}`; the witness is a path (a string ending in .wtns), the base64
of a `.wtns`, or an array of decimal strings. Messages name the line, never what the witness holds.
"""

import json
from pathlib import Path
from typing import Any

from prover_cli.batch.jobs import Job
from prover_cli.errors import Fault, JobFault
from prover_cli.jobs.asked import KNOWN, Circuits, circuit_of, source_of
from prover_cli.jobs.paths import LocalPaths


def parse_line(
    line: bytes, number: int, *, prefix: str, base: Path, only_circuit: str | None, circuits: Circuits
) -> Job:
    """The job of one line. Never raises: a bad line is a job at fault (BAD_LINE, BAD_WITNESS,
    UNKNOWN_CIRCUIT, INPUT_UNSUPPORTED). `number` counts from 1; `prefix` is the file's name and a dash.
    """
    fallback, where = f"{prefix}{number:06}", f"line {number}"
    job_id, circuit = fallback, only_circuit or ""
    try:
        try:
            # Not orjson: it turns whole numbers past 64 bits into floats.
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            at = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
            raise JobFault("BAD_LINE", f"line {number} is no JSON{at}; a job is one object a line") from None
        if not isinstance(value, dict):
            raise JobFault("BAD_LINE", f"line {number} is no JSON object; a job is one object a line")
        if "id" in value:
            job_id = _identifier(value["id"], number)
        circuit = circuit_of(value, only_circuit, where)
        extra = {name: item for name, item in value.items() if name not in KNOWN}
        witness = source_of(value, circuit, where, LocalPaths(base), circuits)
        return Job(job_id, circuit, witness, extra=extra)
    except Fault as fault:
        return Job(job_id, circuit, fault=fault)


def _identifier(value: Any, number: int) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise JobFault("BAD_LINE", f'line {number}: "id" is no string')
    return value
