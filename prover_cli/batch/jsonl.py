"""JSONL jobs: one line to one job, all three forms of witness.

A line is `{"id", "circuitId", "witness"}`; the witness is a path (a string ending in .wtns), the base64
of a `.wtns`, or an array of decimal strings. Messages name the line, never what the witness holds.
"""

import base64
import binascii
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prover_cli.batch.jobs import Job
from prover_cli.errors import Fault, JobFault
from prover_cli.formats.curves import Curve
from prover_cli.formats.wtns import witness_from_numbers, write_witness
from prover_cli.pool.job import WitnessSource

KNOWN = {"id", "circuitId", "witness", "input"}

CurveOf = Callable[[str], Curve]
"""The curve of a circuit. Raises JobFault UNKNOWN_CIRCUIT."""


def input_not_supported(where: str) -> JobFault:
    """What this version says to inputs."""
    return JobFault(
        "INPUT_UNSUPPORTED",
        f"{where} is an input, and this version proves witnesses; make one with "
        "`snarkjs wtns calculate circuit.wasm input.json ID.wtns`",
    )


def parse_line(
    line: bytes, number: int, *, prefix: str, base: Path, only_circuit: str | None, curve_of: CurveOf
) -> Job:
    """The job of one line. Never raises: a bad line is a job at fault (BAD_LINE, BAD_WITNESS,
    UNKNOWN_CIRCUIT, INPUT_UNSUPPORTED). `number` counts from 1; `prefix` is the file's name and a dash.
    """
    fallback = f"{prefix}{number:06}"
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
        circuit = _circuit(value.get("circuitId"), only_circuit, number)
        extra = {name: item for name, item in value.items() if name not in KNOWN}
        if "witness" not in value:
            if "input" in value:
                raise input_not_supported(f"line {number}")
            raise JobFault("BAD_LINE", f'line {number} has no "witness"')
        witness = _witness(value["witness"], number, base, lambda: curve_of(circuit))
        curve_of(circuit)
        return Job(job_id, circuit, witness, extra=extra)
    except Fault as fault:
        return Job(job_id, circuit, fault=fault)


def _identifier(value: Any, number: int) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise JobFault("BAD_LINE", f'line {number}: "id" is no string')
    return value


def _circuit(value: Any, only: str | None, number: int) -> str:
    if value is None:
        if only is None:
            raise JobFault(
                "UNKNOWN_CIRCUIT", f'line {number} has no "circuitId", and there are several circuits'
            )
        return only
    if not isinstance(value, str):
        raise JobFault("BAD_LINE", f'line {number}: "circuitId" is no string')
    return value


def _witness(value: Any, number: int, base: Path, curve: Callable[[], Curve]) -> WitnessSource:
    if isinstance(value, str) and value.endswith(".wtns"):
        return WitnessSource(path=str(base / value))
    if isinstance(value, str):
        try:
            return WitnessSource(data=base64.b64decode(value, validate=True))
        except (binascii.Error, ValueError):
            raise JobFault(
                "BAD_WITNESS",
                f'line {number}: "witness" is a string that neither ends in .wtns nor is base64',
            ) from None
    if isinstance(value, list):
        try:
            return WitnessSource(data=write_witness(witness_from_numbers(value, curve())))
        except JobFault as fault:
            raise JobFault(fault.code, f"line {number}: {fault.message}") from None
    raise JobFault(
        "BAD_WITNESS",
        f'line {number}: "witness" is to be a path ending in .wtns, base64, or an array of decimal strings',
    )
