"""A job in JSON: `{"id", "circuitId", "witness"}`, the same in a pipe, over HTTP and in the queue.

The witness is a path (a string ending in .wtns), the base64 of a `.wtns`, or an array of decimal strings.
`where` is what messages call the job; they never tell what the witness holds.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from prover_cli.errors import JobFault
from prover_cli.formats.curves import Curve
from prover_cli.formats.wtns import witness_from_numbers, write_witness
from prover_cli.jobs.paths import Paths
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


def circuit_of(value: Mapping[str, Any], only: str | None, where: str) -> str:
    """The circuit that is asked for; `only` is that of a service with a single one.

    Raises JobFault: UNKNOWN_CIRCUIT, BAD_LINE.
    """
    circuit = value.get("circuitId")
    if circuit is None:
        if only is None:
            raise JobFault("UNKNOWN_CIRCUIT", f'{where} has no "circuitId", and there are several circuits')
        return only
    if not isinstance(circuit, str):
        raise JobFault("BAD_LINE", f'{where}: "circuitId" is no string')
    return circuit


def witness_of(value: Any, where: str, paths: Paths, curve: Curve) -> WitnessSource:
    """The witness in any of its forms. Raises JobFault: BAD_WITNESS, WITNESS_…, and what `paths` says."""
    if isinstance(value, str) and value.endswith(".wtns"):
        return paths.source(value, where)
    if isinstance(value, str):
        try:
            return WitnessSource(data=base64.b64decode(value, validate=True))
        except (binascii.Error, ValueError):
            raise JobFault(
                "BAD_WITNESS", f'{where}: "witness" is a string that neither ends in .wtns nor is base64'
            ) from None
    if isinstance(value, list):
        try:
            return WitnessSource(data=write_witness(witness_from_numbers(value, curve)))
        except JobFault as fault:
            raise JobFault(fault.code, f"{where}: {fault.message}") from None
    raise JobFault(
        "BAD_WITNESS",
        f'{where}: "witness" is to be a path ending in .wtns, base64, or an array of decimal strings',
    )
