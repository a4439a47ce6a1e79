"""Examples of requests and answers: those of the sample circuit `quartic`, x⁴ + kx + 5 = y."""

from prover_cli.faults import Code
from prover_cli.serve.openapi.schemas import Json

JOB_ID = "dQw4w9WgXcQ5aB7kLmN2pA"

INPUT = {"k": "2", "x": "1"}

WITNESS = ["1", "8", "2", "1", "1", "1"]

WTNS = (
    "d3RucwIAAAACAAAAAQAAACgAAAAAAAAAIAAAAAEAAPCT9eFDkXC5eUjoMyhdWIGBtkVQuCmgMeFyTmQwBgAAAAIAAA"
    "DAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
)
"""The same in base64."""

PROOF: Json = {
    "pi_a": [
        "4938997244735548219829208576223564846300659868768268564677801850888288922935",
        "21718487426067017960374133320393809497590852582561408072443181730765074858491",
        "1",
    ],
    "pi_b": [
        [
            "19314968271074130499715600558886040144319268649871790589450783000746940903998",
            "4653789514198156161229695884122762185152534546067991136469830746179972660880",
        ],
        [
            "2655781087028188945043855628021616985617992417348018489053698126451751782925",
            "18917977865241026412787711201950206429918498477576041982479262415914690656075",
        ],
        ["1", "0"],
    ],
    "pi_c": [
        "5855075474224250730617191344266467567276142389987165252545828347033310220971",
        "19975745848270534589600499776589690179800103963477945863815814310657262064323",
        "1",
    ],
    "protocol": "groth16",
    "curve": "bn128",
}

SIGNALS = ["8", "2"]

CIRCUIT: Json = {
    "id": "quartic",
    "curve": "bn128",
    "domainSize": 8,
    "signals": 6,
    "publicSignals": 2,
    "keySha256": "456b063e617a5c9297bd179fac2e7a38a3b586f3f8bd60fffe6c17b17494587d",
    "prepared": True,
    "takes": ["witness", "input"],
    "whyNoInput": None,
    "inputs": {"k": [], "x": []},
}


def _one(name: str, summary: str, value: object) -> Json:
    return {name: {"summary": summary, "value": value}}


_RESULT: Json = {
    "success": True, "circuitId": "quartic", "proof": PROOF, "publicSignals": SIGNALS, "seconds": 0.0042,
}  # fmt: skip
_JOB: Json = {"id": JOB_ID, "circuitId": "quartic"}

PROOF_REQUESTS = (
    _one("input", "The inputs, as in input.json", {"circuitId": "quartic", "input": INPUT})
    | _one("base64", "A .wtns as base64", {"circuitId": "quartic", "witness": WTNS})
    | _one("decimals", "A witness as decimal strings", {"circuitId": "quartic", "witness": WITNESS})
)

PROVED = _one("proved", "A proof, as snarkjs writes it", _RESULT)

BEGUN = _one("accepted", "The job waits for a worker", {"success": True, **_JOB, "state": "waiting"})

JOBS = (
    _one("waiting", "The job waits for a worker", _JOB | {"state": "waiting"})
    | _one("proving", "A worker is proving it", _JOB | {"state": "proving"})
    | _one("proved", "The proof is ready", _JOB | {"state": "proved"} | _RESULT)
    | _one(
        "failed",
        "The job failed",
        _JOB
        | {"state": "failed", "success": False, "code": Code.INPUT_MISSING.name}
        | {"error": f"input {JOB_ID}: input x is missing"},
    )
)

DROPPED = _one("dropped", "The job is gone", {"success": True, "id": JOB_ID, "state": "dropped"})

VERIFY_REQUESTS = _one(
    "claim",
    "A proof and its public signals",
    {"circuitId": "quartic", "proof": PROOF, "publicSignals": SIGNALS},
)

VERIFIED = _one(
    "valid", "The proof is valid", {"success": True, "circuitId": "quartic", "valid": True}
) | _one("invalid", "The proof is not valid", {"success": True, "circuitId": "quartic", "valid": False})

CIRCUITS = _one(
    "circuits",
    "One that takes inputs, and one that takes witnesses only",
    {
        "success": True,
        "circuits": [
            CIRCUIT,
            CIRCUIT
            | {"id": "plain", "takes": ["witness"], "inputs": None}
            | {"whyNoInput": "the service has no .wasm for it"},
        ],
    },
)

STATUS = _one(
    "status",
    "One worker, which has made one proof",
    {
        "version": "0.1.0",
        "uptime": 3.7,
        "ready": True,
        "draining": False,
        "queue": {"waiting": 0, "taken": 0, "places": 33},
        "rate": 0.27,
        "counts": {"proved": 1, "failed": 0},
        "workers": [
            {
                "worker": 0,
                "pid": 7542,
                "proving": False,
                "seconds": 0.0,
                "proofs": 1,
                "failures": 0,
                "restarts": 0,
                "busySeconds": 0.01,
            }
        ],
        "circuits": [CIRCUIT],
        "recent": [
            {
                "id": f"{JOB_ID[:8]}…",
                "finished": 1795911679.08,
                "circuit": "quartic",
                "outcome": "proved",
                "code": None,
                "seconds": 0.0042,
            }
        ],
    },
)

HEALTH = _one("alive", "The process is alive", {"status": "ok"})

READY = _one("ready", "Requests are welcome", {"ready": True, "why": None})

NOT_READY = _one("full", "The queue is full", {"ready": False, "why": "the queue is full"})

METRICS = 'prover_proofs_total{circuit="quartic",outcome="proved"} 1.0\n'

DOCUMENT = _one("document", "The start of this document", {"openapi": "3.1.0"})

PAGE = "<!doctype html>\n"
