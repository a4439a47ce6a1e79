"""The schemas of requests and answers."""

from typing import Any

from prover_cli.systems.registry import SYSTEMS, system_named

Json = dict[str, Any]

STRING: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0}
NUMBER: Json = {"type": "number"}
BOOLEAN: Json = {"type": "boolean"}
DECIMALS: Json = {"type": "array", "items": {"type": "string", "pattern": "^[0-9]+$"}}
MAYBE_STRING: Json = {"type": ["string", "null"]}


def _object(required: str, **properties: Json) -> Json:
    return {"type": "object", "required": required.split(), "properties": properties}


def _array(items: str | Json) -> Json:
    one = {"$ref": f"#/components/schemas/{items}"} if isinstance(items, str) else items
    return {"type": "array", "items": one}


_PROOF: Json = {"$ref": "#/components/schemas/Proof"}

SCHEMAS: Json = {
    "Witness": {
        "description": "The base64 of a .wtns, an array of decimal strings, or (if the operator set "
        "--witness-root) the path of a .wtns inside that folder",
        "anyOf": [STRING, DECIMALS],
    },
    "ProofRequest": {
        "description": "A circuit, and either its witness or its inputs",
        "type": "object",
        "properties": {
            "circuitId": {**STRING, "description": "Optional if there is only one circuit"},
            "witness": {"$ref": "#/components/schemas/Witness"},
            "input": {
                "type": "object",
                "description": "The circuit's inputs by name, as in input.json. Only for circuits that take "
                "inputs; see /api/circuits",
            },
        },
        "oneOf": [{"required": ["witness"]}, {"required": ["input"]}],
    },
    "Proof": {
        "description": "As snarkjs writes it, for the proof system of the circuit's key",
        "oneOf": [system_named(name).proof_schema for name in SYSTEMS],
    },
    "Proved": _object(
        "success proof publicSignals",
        success={"const": True},
        circuitId=STRING,
        proof=_PROOF,
        publicSignals=DECIMALS,
        seconds={**NUMBER, "description": "How long the proof took, without its time in the queue"},
    ),
    "Job": _object(
        "id state",
        id=STRING,
        circuitId=STRING,
        state={"enum": ["waiting", "proving", "proved", "failed", "dropped"]},
        success=BOOLEAN,
        proof=_PROOF,
        publicSignals=DECIMALS,
        seconds=NUMBER,
        error=STRING,
        code=STRING,
    ),
    "VerifyRequest": _object(
        "proof publicSignals",
        circuitId={**STRING, "description": "Optional if there is only one circuit"},
        proof=_PROOF,
        publicSignals=DECIMALS,
    ),
    "Verified": _object("success valid", success={"const": True}, circuitId=STRING, valid=BOOLEAN),
    "Circuit": _object(
        "id curve domainSize signals publicSignals keySha256 prepared takes whyNoInput inputs",
        id=STRING,
        curve=STRING,
        domainSize=COUNT,
        signals=COUNT,
        publicSignals=COUNT,
        keySha256=STRING,
        prepared={**BOOLEAN, "description": "Whether there are tables that make proofs faster"},
        takes=_array({"enum": ["witness", "input"]}),
        whyNoInput={**MAYBE_STRING, "description": "Why the circuit takes witnesses only; null otherwise"},
        inputs={
            "type": ["object", "null"],
            "description": "The inputs by name, with the lengths of their arrays ([] for a single number); "
            "null if the service does not know them",
            "additionalProperties": _array(COUNT),
        },
    ),
    "Circuits": _object("success circuits", success={"const": True}, circuits=_array("Circuit")),
    "Worker": _object(
        "worker pid proving seconds proofs failures restarts busySeconds",
        worker=COUNT,
        pid={"type": ["integer", "null"]},
        proving=BOOLEAN,
        seconds={**NUMBER, "description": "How long it has been proving"},
        proofs=COUNT,
        failures=COUNT,
        restarts=COUNT,
        busySeconds=NUMBER,
    ),
    "Recent": _object(
        "id finished circuit outcome code seconds",
        id={**STRING, "description": "The start of a job's id, or request-N for a request that waited"},
        finished={**NUMBER, "description": "Unix time"},
        circuit=STRING,
        outcome={"enum": ["proved", "failed"]},
        code=MAYBE_STRING,
        seconds={"type": ["number", "null"]},
    ),
    "Status": _object(
        "version uptime ready draining queue rate counts workers circuits recent",
        version=STRING,
        uptime={**NUMBER, "description": "Seconds"},
        ready=BOOLEAN,
        draining=BOOLEAN,
        queue=_object("waiting taken places", waiting=COUNT, taken=COUNT, places=COUNT),
        rate={**NUMBER, "description": "Proofs per second over the last minute"},
        counts=_object("proved failed", proved=COUNT, failed=COUNT),
        workers=_array("Worker"),
        circuits=_array("Circuit"),
        recent=_array("Recent"),
    ),
    "Health": _object("status", status={"const": "ok"}),
    "Readiness": _object("ready why", ready=BOOLEAN, why=MAYBE_STRING),
    "Document": {"type": "object"},
    "Failure": _object(
        "success error code",
        success={"const": False},
        error={**STRING, "description": "A sentence for people; it may change"},
        code={**STRING, "description": "For programs; it stays. prove-batch explain CODE says more"},
    ),
}  # fmt: skip
