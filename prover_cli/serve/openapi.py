"""The service's own description, OpenAPI 3.1, at /openapi.json."""

from typing import Any

from prover_cli.version import __version__

Json = dict[str, Any]


def document() -> Json:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "prove-batch",
            "version": __version__,
            "description": "Groth16 proofs of circom circuits. A witness is private: it is in no log and in "
            "no answer.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"bearer": []}],
        "paths": {
            "/api/prove": {"post": _prove()},
            "/api/jobs": {"post": _begin_job()},
            "/api/jobs/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": _STRING}],
                "get": _operation("showJob", "A job's state, and its result", {200: "Job"}, 404),
                "delete": _operation("dropJob", "Give a job up, or forget it", {200: "Job"}, 404),
            },
            "/api/verify": {"post": _verify()},
            "/api/circuits": {"get": _operation("listCircuits", "What can be proved", {200: "Circuits"})},
            "/api/status": {"get": _operation("showStatus", "Queue, workers, recent jobs", {200: "Status"})},
            "/healthz": {"get": _open("isAlive", "Whether the process is alive", {200: "Health"})},
            "/readyz": {
                "get": _open(
                    "isReady", "Whether requests should be sent here", {200: "Readiness", 503: "Readiness"}
                )
            },
            "/metrics": {"get": _text("readMetrics", "For Prometheus", "text/plain", 401)},
            "/openapi.json": {"get": _open("describe", "This document", {200: "Document"}, 403)},
            "/": {"get": _text("showPage", "A page for people", "text/html", 403)},
        },
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": _SCHEMAS,
            "headers": {"RetryAfter": {"description": "Seconds until there will be room", "schema": _COUNT}},
        },
    }


_STRING: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_NUMBER: Json = {"type": "number"}
_BOOLEAN: Json = {"type": "boolean"}
_DECIMALS: Json = {"type": "array", "items": {"type": "string", "pattern": "^[0-9]+$"}}


def _object(required: str, **properties: Json) -> Json:
    return {"type": "object", "required": required.split(), "properties": properties}


_SCHEMAS: Json = {
    "Witness": {
        "description": "The base64 of a .wtns, an array of decimal strings, or (where the operator allows "
        "it) a path ending in .wtns below the witness root",
        "anyOf": [_STRING, _DECIMALS],
    },
    "ProofRequest": {
        "type": "object",
        "properties": {
            "circuitId": {**_STRING, "description": "May be left out where there is one circuit"},
            "witness": {"$ref": "#/components/schemas/Witness"},
            "input": {
                "type": "object",
                "description": "Names of the circuit's inputs and their values, as in input.json, for "
                "circuits that take it: see /api/circuits. Of a request with both the witness is taken",
            },
        },
        "anyOf": [{"required": ["witness"]}, {"required": ["input"]}],
    },
    "Proof": _object(
        "pi_a pi_b pi_c protocol curve",
        pi_a=_DECIMALS,
        pi_b={"type": "array", "items": _DECIMALS},
        pi_c=_DECIMALS,
        protocol={"const": "groth16"},
        curve={"enum": ["bn128", "bls12381"]},
    ),
    "Proved": _object(
        "success proof publicSignals",
        success={"const": True},
        circuitId=_STRING,
        proof={"$ref": "#/components/schemas/Proof"},
        publicSignals=_DECIMALS,
        seconds=_NUMBER,
    ),
    "Job": _object(
        "id state",
        id=_STRING,
        circuitId=_STRING,
        state={"enum": ["waiting", "proving", "proved", "failed", "dropped"]},
        success=_BOOLEAN,
        proof={"$ref": "#/components/schemas/Proof"},
        publicSignals=_DECIMALS,
        seconds=_NUMBER,
        error=_STRING,
        code=_STRING,
    ),
    "VerifyRequest": _object(
        "proof publicSignals",
        circuitId=_STRING,
        proof={"$ref": "#/components/schemas/Proof"},
        publicSignals=_DECIMALS,
    ),
    "Verified": _object("success valid", success={"const": True}, circuitId=_STRING, valid=_BOOLEAN),
    "Circuit": _object(
        "id curve domainSize signals publicSignals keySha256 prepared takes",
        id=_STRING,
        curve=_STRING,
        domainSize=_COUNT,
        signals=_COUNT,
        publicSignals=_COUNT,
        keySha256=_STRING,
        prepared=_BOOLEAN,
        takes={"type": "array", "items": {"enum": ["witness", "input"]}},
    ),
    "Circuits": _object(
        "success circuits",
        success={"const": True},
        circuits={"type": "array", "items": {"$ref": "#/components/schemas/Circuit"}},
    ),
    "Status": _object(
        "version uptime ready draining queue rate counts workers circuits recent",
        version=_STRING,
        uptime=_NUMBER,
        ready=_BOOLEAN,
        draining=_BOOLEAN,
        queue=_object("waiting taken places", waiting=_COUNT, taken=_COUNT, places=_COUNT),
        rate={**_NUMBER, "description": "Proofs a second over the last minute"},
        counts=_object("proved failed", proved=_COUNT, failed=_COUNT),
        workers={"type": "array", "items": {"type": "object"}},
        circuits={"type": "array", "items": {"$ref": "#/components/schemas/Circuit"}},
        recent={"type": "array", "items": {"type": "object"}},
    ),
    "Health": _object("status", status={"const": "ok"}),
    "Readiness": _object("ready", ready=_BOOLEAN, why={"type": ["string", "null"]}),
    "Document": {"type": "object"},
    "Failure": _object("success error code", success={"const": False}, error=_STRING, code=_STRING),
}

_FAILURES = {
    400: "The request is wrong",
    403: "The page that asks, or the name that the service is asked by, is not one of ours",
    404: "No such circuit, or job",
    408: "The body came too slowly",
    413: "The body is too large",
    415: "A content type that any page may send; application/json is asked for",
    401: "A bearer token is asked for",
    422: "The witness does not satisfy the circuit",
    500: "A fault of the service",
    503: "The queue is full, or the service is about to end",
    504: "It took too long",
}


_WITH_A_BODY = (400, 404, 408, 413, 415, 500, 503, 504)


def _schema(name: str) -> Json:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


def _failures(*statuses: int) -> Json:
    told: Json = {str(status): {"description": _FAILURES[status]} | _schema("Failure") for status in statuses}
    if "503" in told:
        told["503"]["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    return told


def _open(name: str, summary: str, answers: dict[int, str], *failures: int) -> Json:
    told = {str(status): {"description": summary} | _schema(schema) for status, schema in answers.items()}
    return {"operationId": name, "summary": summary, "security": [], "responses": told | _failures(*failures)}


def _operation(name: str, summary: str, answers: dict[int, str], *failures: int) -> Json:
    operation = _open(name, summary, answers, 403, *failures)
    operation["responses"]["401"] = {"description": "A bearer token is asked for"} | _schema("Failure")
    del operation["security"]
    return operation


def _text(name: str, summary: str, media: str, *failures: int) -> Json:
    content = {media: {"schema": _STRING}}
    told: Json = {"200": {"description": summary, "content": content}} | _failures(*failures)
    return {"operationId": name, "summary": summary, "responses": told}


def _prove() -> Json:
    failures = (*_WITH_A_BODY, 422)
    operation = _operation("prove", "Prove, and wait for the proof", {200: "Proved"}, *failures)
    return operation | {"requestBody": {"required": True} | _schema("ProofRequest")}


def _begin_job() -> Json:
    operation = _operation("beginJob", "Prove later: a job's id", {202: "Job"}, *_WITH_A_BODY)
    operation["responses"]["202"]["headers"] = {
        "Location": {"description": "Where the job is asked for", "schema": _STRING}
    }
    return operation | {"requestBody": {"required": True} | _schema("ProofRequest")}


def _verify() -> Json:
    operation = _operation("verify", "Verify a proof", {200: "Verified"}, *_WITH_A_BODY)
    return operation | {"requestBody": {"required": True} | _schema("VerifyRequest")}
