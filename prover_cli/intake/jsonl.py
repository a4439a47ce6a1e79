"""JSONL jobs: one line to one job, all three forms of witness.

A line is `{"id", "circuitId", "witness"}`; the witness is a path (a string ending in .wtns), the base64
of a `.wtns`, or an array of decimal strings. It may also be `{"id", "circuitId", "input"}`, or a bare
object of inputs. Messages name the line, never what the witness holds.
"""

from pathlib import Path
from typing import Any

from prover_cli.faults import Code, Fault, JobFault
from prover_cli.intake.asked import KNOWN, Circuits, check_name, circuit_of, refuse_input, source_of
from prover_cli.intake.jobs import Job
from prover_cli.intake.members import Integer, NotAnObject, members
from prover_cli.intake.paths import LocalPaths
from prover_cli.witness.source import WitnessSource


def parse_object(
    text: bytes,
    job_id: str,
    where: str,
    *,
    base: Path,
    only_circuit: str | None,
    circuits: Circuits,
    hint: str = "",
) -> Job:
    """The job of one object, called `job_id` where it has no id of its own; messages call it `where`. Never
    raises: a bad object is a job at fault (BAD_LINE, BAD_ID, BAD_WITNESS, UNKNOWN_CIRCUIT,
    INPUT_UNSUPPORTED). `hint` ends the sentence about text that is no object."""
    circuit, extra = only_circuit or "", dict[str, str]()
    try:
        try:
            fields = members(text)
        except NotAnObject as error:
            raise JobFault(Code.BAD_LINE, f"{where} {error}{hint}") from None
        if fields and not fields.keys() & KNOWN:
            circuit = circuit_of(fields, only_circuit, where)
            refuse_input(circuit, where, circuits)
            return Job(job_id, circuit, WitnessSource(data=text, is_input=True))
        extra = {name: member.text for name, member in fields.items() if name not in KNOWN}
        if "id" in fields:
            job_id = identifier_of(fields["id"].value, where)
        circuit = circuit_of(fields, only_circuit, where)
        witness = source_of(fields, circuit, where, LocalPaths(base), circuits)
        return Job(job_id, circuit, witness, extra=extra)
    except Fault as fault:
        return Job(job_id, circuit, fault=fault, extra=extra)


def identifier_of(value: Any, where: str) -> str:
    """A string, or the digits of a whole number. Raises JobFault BAD_LINE, BAD_ID."""
    if not isinstance(value, Integer) and (type(value) is not str or not value):
        raise JobFault(Code.BAD_LINE, f'{where}: "id" is not a string')
    check_name(value, f'{where}: "id"')
    return str(value)
