"""The body of a request to what is asked for. Runs in a thread: a body may have 80 MB."""

from collections.abc import Mapping

from prover_cli.circuits.keys import Keys
from prover_cli.counting import counted
from prover_cli.faults import Code, JobFault
from prover_cli.formats.snarkjs import parse_public
from prover_cli.intake.asked import circuit_of, source_of
from prover_cli.intake.members import Member, NotAnObject, members
from prover_cli.intake.paths import Paths
from prover_cli.systems.protocols import Proof
from prover_cli.systems.registry import proof_from_json
from prover_cli.witness.source import WitnessSource

WHERE = "the request"


def parse_object(body: bytes) -> Mapping[str, Member]:
    """Raises JobFault BAD_REQUEST."""
    try:
        return members(body)
    except NotAnObject as error:
        raise JobFault(Code.BAD_REQUEST, f"the body {error}; send one object") from None


def parse_prove(body: bytes, keys: Keys, paths: Paths) -> tuple[str, WitnessSource]:
    """Circuit and witness. Raises JobFault."""
    value = parse_object(body)
    circuit = _circuit(value, keys)
    if not {"witness", "input"} & value.keys():
        raise JobFault(Code.BAD_REQUEST, 'the request has neither "witness" nor "input"')
    fault = keys.no_input(circuit) if "witness" not in value else None
    if fault is not None and fault.kind is not Code.INPUT_UNSUPPORTED:
        # It is the operator's to mend, and was told at the start; a client only learns what is not offered.
        raise JobFault(
            Code.INPUT_UNSUPPORTED,
            f"{WHERE} is an input, and the circuit's calculator cannot be used here; send the witness",
        )
    return circuit, source_of(value, circuit, WHERE, paths, keys)


def parse_verify(body: bytes, keys: Keys) -> tuple[str, Proof, tuple[int, ...]]:
    """Circuit, proof and public signals. Raises Fault."""
    value = parse_object(body)
    circuit = _circuit(value, keys)
    key = keys.mapped[circuit]
    if "proof" not in value or "publicSignals" not in value:
        raise JobFault(Code.BAD_REQUEST, 'the request is to have "proof" and "publicSignals"')
    proof = proof_from_json(value["proof"].value)
    if proof.system != key.system:
        raise JobFault(Code.BAD_REQUEST, f"the proof is of {proof.system}, the circuit's key of {key.system}")
    if proof.curve is not key.layout.curve:
        raise JobFault(
            Code.BAD_REQUEST,
            f"the proof is over {proof.curve.name}, the circuit's key over {key.layout.curve.name}",
        )
    signals = parse_public(value["publicSignals"].value, proof.curve)
    if len(signals) != key.layout.n_public:
        raise JobFault(
            Code.BAD_REQUEST,
            f"{counted(len(signals), 'public signal')} given, and the circuit has {key.layout.n_public}",
        )
    return circuit, proof, signals


def _circuit(value: Mapping[str, Member], keys: Keys) -> str:
    try:
        circuit = circuit_of(value, keys.only, WHERE)
    except JobFault as fault:
        raise JobFault(
            Code.BAD_ID if fault.kind is Code.BAD_ID else Code.BAD_REQUEST, fault.message
        ) from None
    keys.curve_of(circuit)
    return circuit
