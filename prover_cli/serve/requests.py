"""From the body of a request to a job. Runs in a thread, because a body can be 80 MB."""

from collections.abc import Mapping

from prover_cli.circuits.keys import Keys
from prover_cli.counting import counted
from prover_cli.faults import Code, JobFault
from prover_cli.formats.snarkjs import parse_public
from prover_cli.intake.asked import circuit_of, source_of
from prover_cli.intake.members import Member, NotAnObject, members
from prover_cli.intake.paths import Paths
from prover_cli.names import shown
from prover_cli.systems.protocols import Proof
from prover_cli.systems.registry import proof_from_json
from prover_cli.witness.source import WitnessSource

WHERE = "the request"


def parse_object(body: bytes) -> Mapping[str, Member]:
    """Raises JobFault BAD_REQUEST."""
    try:
        return members(body)
    except NotAnObject as error:
        raise JobFault(Code.BAD_REQUEST, f"the body {error}; send one JSON object") from None


def parse_prove(body: bytes, keys: Keys, paths: Paths) -> tuple[str, WitnessSource]:
    """Circuit and witness of a JSON body. Raises JobFault."""
    value = parse_object(body)
    circuit = _circuit(value, keys)
    given = {"witness", "input"} & value.keys()
    if len(given) != 1:
        wrong = "both; send only one of them" if given else "neither"
        raise JobFault(Code.BAD_REQUEST, f'the body must have "witness" or "input", and it has {wrong}')
    why = why_no_input(circuit, keys) if "input" in given else None
    if why is not None:
        raise JobFault(Code.INPUT_UNSUPPORTED, f"circuit {shown(circuit)} takes witnesses only: {why}")
    return circuit, source_of(value, circuit, WHERE, paths, keys)


def parse_witness(body: bytes, circuit: str | None, keys: Keys) -> tuple[str, WitnessSource]:
    """Circuit and witness of a body that is a `.wtns`. Raises JobFault."""
    named = {} if circuit is None else {"circuitId": Member(circuit)}
    return _circuit(named, keys), WitnessSource(data=body)


def why_no_input(circuit: str, keys: Keys) -> str | None:
    """Why clients cannot send inputs for a circuit; None if they can. Without paths of the server: those are
    shown to the operator, at the start."""
    fault = keys.no_input(circuit)
    if fault is None:
        return None
    if fault.kind is not Code.INPUT_UNSUPPORTED:
        return f"its .wasm cannot be used here [{fault.code}]"
    if keys.circuit(circuit).calculator is None:
        return "the service has no .wasm for it"
    return "the service cannot calculate witnesses (wasmtime is not installed)"


def parse_verify(body: bytes, keys: Keys) -> tuple[str, Proof, tuple[int, ...]]:
    """Circuit, proof and public signals. Raises Fault."""
    value = parse_object(body)
    circuit = _circuit(value, keys)
    key = keys.mapped[circuit]
    if "proof" not in value or "publicSignals" not in value:
        raise JobFault(Code.BAD_REQUEST, 'the body must have "proof" and "publicSignals"')
    proof = proof_from_json(value["proof"].value)
    if proof.system != key.system:
        raise JobFault(
            Code.BAD_REQUEST, f"the proof is for {proof.system}, but the circuit's key is for {key.system}"
        )
    if proof.curve is not key.layout.curve:
        raise JobFault(
            Code.BAD_REQUEST,
            f"the proof is for curve {proof.curve.name}, but the circuit uses {key.layout.curve.name}",
        )
    signals = parse_public(value["publicSignals"].value, proof.curve)
    if len(signals) != key.layout.n_public:
        raise JobFault(
            Code.BAD_REQUEST,
            f"the body has {counted(len(signals), 'public signal')} instead of {key.layout.n_public}",
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
