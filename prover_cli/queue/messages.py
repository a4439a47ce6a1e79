"""The data in Redis: a job's data, its return value, its failure. The shapes are those of JSONL.

Data: `{"id", "circuitId", "witness", "keySha256"}`. With the last, which is optional, a worker that has a
different key refuses the job. Return value: a line of results, plus `"machine"`. Failure: the message,
followed by `[CODE]`.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from prover_cli.circuits.keys import Keys
from prover_cli.faults import CODES, Code, Fault, JobFault
from prover_cli.intake.asked import KNOWN, check_name, circuit_of, source_of
from prover_cli.intake.members import Member
from prover_cli.intake.paths import Paths
from prover_cli.outcomes.records import Record
from prover_cli.outcomes.result import result_json
from prover_cli.witness.source import WitnessSource

JOB_NAME = "prove"

PRIVATE = frozenset({"witness", "input"})
"""Fields of a job's data that are deleted when they are no longer needed."""


@dataclass(frozen=True, repr=False)
class Asked:
    """A job's data, parsed."""

    id: str
    circuit: str
    witness: WitnessSource


def parse_data(data: object, name: str, job_id: str, keys: Keys, paths: Paths) -> Asked:
    """Parses a job's data. If it names no circuit, the job's name is used if it is one. Raises JobFault."""
    where = f"job {job_id}"
    if not isinstance(data, Mapping):
        raise JobFault(Code.BAD_REQUEST, f"{where}: the data is not an object")
    fields = {name: Member(value) for name, value in data.items() if name in KNOWN}
    circuit = _circuit(fields, name, keys, where)
    keys.curve_of(circuit)
    wanted = data.get("keySha256")
    if wanted is not None and wanted != keys.mapped[circuit].sha256:
        raise JobFault(
            Code.OTHER_KEY,
            f"{where} needs the key of {circuit} with SHA-256 {str(wanted)[:12]}…, but this worker has "
            f"{keys.mapped[circuit].sha256[:12]}…: use the same key for the whole queue",
        )
    told = data.get("id")
    identifier = told if isinstance(told, str) and told else job_id
    check_name(identifier, f'{where}: "id"')
    return Asked(identifier, circuit, source_of(fields, circuit, where, paths, keys))


def _circuit(fields: Mapping[str, Member], name: str, keys: Keys, where: str) -> str:
    if ("circuitId" not in fields or fields["circuitId"].value is None) and name in keys.mapped:
        return name
    return circuit_of(fields, keys.only, where)


def without_private(data: Mapping[str, object]) -> dict[str, object]:
    """The part of a job's data that may be kept after the job has ended."""
    return {name: value for name, value in data.items() if name not in PRIVATE}


def return_value(record: Record, machine: str, *, without_signals: bool) -> dict[str, object]:
    """What a worker returns."""
    value = result_json(record) | {"machine": machine}
    if without_signals:
        del value["publicSignals"]
        value["publicSignalsOmitted"] = True
    return value


def size_of(value: object) -> int:
    """Bytes of a return value in Redis."""
    return len(json.dumps(value, separators=(",", ":")))


def failure_text(fault: Fault) -> str:
    """A failed job's reason."""
    return f"{fault.message} [{fault.code}]"


def parse_failure(reason: str) -> JobFault:
    """The fault described by a reason, or QUEUE_FAILED if the reason is not one of ours."""
    match = re.fullmatch(r"(.*) \[([A-Z][A-Z0-9_]+)\]", reason, re.DOTALL)
    if match is not None and match[2] in CODES:
        return JobFault(CODES[match[2]], match[1])
    if "stalled" in reason:
        return JobFault(
            Code.STALLED, f"the job's machine was lost too often ({reason}); see prove-batch work --help"
        )
    return JobFault(Code.QUEUE_FAILED, f"failed by a different kind of worker: {reason[:300]}")


def missing(value: object, fields: Collection[str]) -> str | None:
    """The first field that a return value lacks."""
    if not isinstance(value, Mapping):
        return "everything"
    return next((field for field in fields if field not in value), None)
