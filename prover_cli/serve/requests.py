"""The body of a request to what is asked for. Runs in a thread: a body may have 80 MB."""

import json
from typing import Any

from prover_cli.circuits.keys import Keys
from prover_cli.errors import JobFault
from prover_cli.formats.proof import Proof, parse_public
from prover_cli.jobs.asked import circuit_of, source_of
from prover_cli.jobs.paths import Paths
from prover_cli.pool.job import WitnessSource

WHERE = "the request"


def parse_object(body: bytes) -> dict[str, Any]:
    """Raises JobFault BAD_REQUEST."""
    try:
        # Not orjson: it turns whole numbers past 64 bits into floats.
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        at = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        raise JobFault("BAD_REQUEST", f"the body is no JSON{at}; send one object") from None
    if not isinstance(value, dict):
        raise JobFault("BAD_REQUEST", "the body is no JSON object")
    return value


def parse_prove(body: bytes, keys: Keys, paths: Paths) -> tuple[str, WitnessSource]:
    """Circuit and witness. Raises JobFault."""
    value = parse_object(body)
    circuit = _circuit(value, keys)
    if not {"witness", "input"} & value.keys():
        raise JobFault("BAD_REQUEST", 'the request has neither "witness" nor "input"')
    return circuit, source_of(value, circuit, WHERE, paths, keys)


def parse_verify(body: bytes, keys: Keys) -> tuple[str, Proof, tuple[int, ...]]:
    """Circuit, proof and public signals. Raises Fault."""
    value = parse_object(body)
    circuit = _circuit(value, keys)
    key = keys.mapped[circuit]
    if "proof" not in value or "publicSignals" not in value:
        raise JobFault("BAD_REQUEST", 'the request is to have "proof" and "publicSignals"')
    proof = Proof.from_json(value["proof"])
    if proof.curve is not key.layout.curve:
        raise JobFault(
            "BAD_REQUEST",
            f"the proof is over {proof.curve.name}, the circuit's key over {key.layout.curve.name}",
        )
    signals = parse_public(value["publicSignals"], proof.curve)
    if len(signals) != key.layout.n_public:
        raise JobFault(
            "BAD_REQUEST",
            f"there are {len(signals)} public signals, and the circuit has {key.layout.n_public}",
        )
    return circuit, proof, signals


def _circuit(value: dict[str, Any], keys: Keys) -> str:
    if value.get("circuitId") is None and keys.only is None:
        raise JobFault("BAD_REQUEST", 'the request has no "circuitId", and there are several circuits')
    try:
        circuit = circuit_of(value, keys.only, WHERE)
    except JobFault as fault:
        raise JobFault("BAD_REQUEST", fault.message) from None
    keys.curve_of(circuit)
    return circuit
