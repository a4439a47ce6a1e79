"""A job in JSON: `{"id", "circuitId", "witness" or "input"}`, the same in a pipe, over HTTP and in the queue.

The witness is a path (a string ending in .wtns), the base64 of a `.wtns`, or an array of decimal strings.
`where` is what messages call the job; they never tell what the witness holds.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Protocol

from prover_cli.faults import Code, JobFault
from prover_cli.formats.curves import Curve
from prover_cli.formats.wtns import witness_from_numbers, write_witness
from prover_cli.intake.members import Member
from prover_cli.intake.paths import Paths
from prover_cli.names import is_text, shown
from prover_cli.witness.source import WitnessSource

KNOWN = {"id", "circuitId", "witness", "input"}


class Circuits(Protocol):
    """The circuits that there are."""

    def curve_of(self, circuit: str) -> Curve:
        """Raises JobFault UNKNOWN_CIRCUIT."""
        ...

    def no_input(self, circuit: str) -> JobFault | None:
        """Why inputs cannot be taken; None where they can."""
        ...


def source_of(
    fields: Mapping[str, Member], circuit: str, where: str, paths: Paths, circuits: Circuits
) -> WitnessSource:
    """The job's "witness", or its "input". Raises JobFault: BAD_LINE, BAD_WITNESS, INPUT_…, WITNESS_…, what
    `paths` says, UNKNOWN_CIRCUIT."""
    curve = circuits.curve_of(circuit)
    if "witness" in fields:
        return witness_of(fields["witness"].value, where, paths, curve)
    if "input" not in fields:
        raise JobFault(Code.BAD_LINE, f'{where} has neither "witness" nor "input"')
    refuse_input(circuit, where, circuits)
    if not isinstance(fields["input"].value, dict):
        raise JobFault(Code.INPUT_CORRUPT, f'{where}: "input" is not an object of signal names and values')
    # As it was written: the worker reads it as it reads a file.
    return WitnessSource(data=fields["input"].text.encode(), is_input=True)


def refuse_input(circuit: str, where: str, circuits: Circuits) -> None:
    """Raises JobFault where a circuit's inputs cannot be taken: INPUT_UNSUPPORTED, WASM_…, KEY_MISMATCH."""
    fault = circuits.no_input(circuit)
    if fault is not None:
        raise JobFault(fault.kind, f"{where} is an input, but {fault.message}")


def circuit_of(fields: Mapping[str, Member], only: str | None, where: str) -> str:
    """The circuit that is asked for; `only` is that of a service with a single one.

    Raises JobFault: UNKNOWN_CIRCUIT, BAD_LINE, BAD_ID.
    """
    circuit = fields["circuitId"].value if "circuitId" in fields else None
    if circuit is None:
        if only is None:
            raise JobFault(
                Code.UNKNOWN_CIRCUIT, f'{where} has no "circuitId", but there are several circuits'
            )
        return only
    if type(circuit) is not str:
        raise JobFault(Code.BAD_LINE, f'{where}: "circuitId" is not a string')
    check_name(circuit, f'{where}: "circuitId"')
    return circuit


def check_name(name: str, what: str) -> None:
    """Raises JobFault BAD_ID for a name that is not text: no log, no file and no answer could hold it."""
    if not is_text(name):
        raise JobFault(
            Code.BAD_ID, f'{what} "{shown(name)}" is not valid Unicode: it contains a lone surrogate'
        )


def witness_of(value: Any, where: str, paths: Paths, curve: Curve) -> WitnessSource:
    """The witness in any of its forms. Raises JobFault: BAD_WITNESS, WITNESS_…, and what `paths` says."""
    if type(value) is str and value.endswith(".wtns"):
        if not is_text(value) or "\0" in value:
            raise JobFault(Code.BAD_WITNESS, f'{where}: "witness" is not a valid path')
        return paths.source(value, where)
    if type(value) is str:
        try:
            return WitnessSource(data=base64.b64decode(value, validate=True))
        except (binascii.Error, ValueError):
            raise JobFault(
                Code.BAD_WITNESS, f'{where}: "witness" is a string that neither ends in .wtns nor is base64'
            ) from None
    if isinstance(value, list):
        try:
            return WitnessSource(data=write_witness(witness_from_numbers(value, curve)))
        except JobFault as fault:
            raise JobFault(fault.kind, f"{where}: {fault.message}") from None
    raise JobFault(
        Code.BAD_WITNESS,
        f'{where}: "witness" must be a path ending in .wtns, base64, or an array of decimal strings',
    )
