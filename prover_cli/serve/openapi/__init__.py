"""The service's description of itself, OpenAPI 3.1, at /openapi.json."""

from prover_cli.faults import Code
from prover_cli.serve.bodies import JSON, WITNESS
from prover_cli.serve.openapi import examples
from prover_cli.serve.openapi.failures import BODY, GUARD, PROVING, failures
from prover_cli.serve.openapi.schemas import SCHEMAS, STRING, Json
from prover_cli.version import __version__


def document() -> Json:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "prove-batch",
            "version": __version__,
            "description": "Groth16, PLONK and FFLONK proofs of circom circuits. Witnesses and inputs are "
            "private: they never appear in a log or in an answer.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"bearer": []}],
        "paths": {
            "/api/prove": {"post": _prove()},
            "/api/jobs": {"post": _begin_job()},
            "/api/jobs/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": STRING,
                     "example": examples.JOB_ID}
                ],
                "get": _guarded(
                    "showJob", "Get the state of a job, and its result", _answer("Job", examples.JOBS),
                    Code.UNKNOWN_JOB,
                ),
                "delete": _guarded(
                    "dropJob", "Cancel a job, or delete its result", _answer("Job", examples.DROPPED),
                    Code.UNKNOWN_JOB,
                ),
            },
            "/api/verify": {"post": _verify()},
            "/api/circuits": {
                "get": _guarded(
                    "listCircuits", "List the circuits", _answer("Circuits", examples.CIRCUITS)
                )
            },
            "/api/status": {
                "get": _guarded(
                    "showStatus", "Show the queue, the workers and recent jobs",
                    _answer("Status", examples.STATUS),
                )
            },
            "/healthz": {
                "get": _open("isAlive", "Check that the process is alive", _answer("Health", examples.HEALTH))
            },
            "/readyz": {"get": _ready()},
            "/metrics": {
                "get": _text(
                    "readMetrics", "Read metrics for Prometheus", "text/plain", examples.METRICS,
                    Code.UNAUTHORIZED,
                )
            },
            "/openapi.json": {
                "get": _open(
                    "describe", "Get this document", _answer("Document", examples.DOCUMENT),
                    Code.HOST_REFUSED, Code.ORIGIN_REFUSED,
                )
            },
            "/": {
                "get": _text(
                    "showPage", "Show a page for people", "text/html", examples.PAGE,
                    Code.HOST_REFUSED, Code.ORIGIN_REFUSED,
                )
            },
        },
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": SCHEMAS,
            "headers": {
                "RetryAfter": {
                    "description": "Seconds after which to retry",
                    "required": True,
                    "schema": {"type": "integer", "minimum": 1},
                    "example": 3,
                }
            },
        },
    }  # fmt: skip


def _answer(schema: str, told: Json, status: int = 200, description: str = "Success") -> Json:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "examples": told}
    return {str(status): {"description": description, "content": {JSON: content}}}


def _open(name: str, summary: str, answers: Json, *codes: Code) -> Json:
    """An operation that takes no token."""
    return {"operationId": name, "summary": summary, "security": [], "responses": answers | failures(codes)}


def _guarded(name: str, summary: str, answers: Json, *codes: Code) -> Json:
    """An operation that takes the service's token, if it has one."""
    operation = _open(name, summary, answers, *GUARD, *codes)
    del operation["security"]
    return operation


def _text(name: str, summary: str, media: str, example: str, *codes: Code) -> Json:
    content = {media: {"schema": STRING, "example": example}}
    answers: Json = {"200": {"description": "Success", "content": content}} | failures(codes)
    return {"operationId": name, "summary": summary, "responses": answers}


def _ready() -> Json:
    answers = _answer("Readiness", examples.READY) | _answer(
        "Readiness", examples.NOT_READY, 503, "Do not send requests here now"
    )
    answers["503"]["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    return _open("isReady", "Check whether requests should be sent here", answers)


def _body(schema: str, told: Json) -> Json:
    return {"schema": {"$ref": f"#/components/schemas/{schema}"}, "examples": told}


def _witness_or_input() -> Json:
    """The body of a job, and where a `.wtns` without an envelope names its circuit."""
    return {
        "parameters": [
            {
                "name": "circuitId",
                "in": "query",
                "description": f"The circuit of a body that is {WITNESS}. Optional if there is only one "
                "circuit. Ignored for JSON, which has its own circuitId",
                "schema": STRING,
                "example": "quartic",
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                JSON: _body("ProofRequest", examples.PROOF_REQUESTS),
                WITNESS: {"schema": {"type": "string", "format": "binary", "description": "A .wtns file"}},
            },
        },
    }  # fmt: skip


def _prove() -> Json:
    answers = _answer("Proved", examples.PROVED)
    operation = _guarded("prove", "Prove, and wait for the proof", answers, *BODY, *PROVING)
    return operation | _witness_or_input()


def _begin_job() -> Json:
    answers = _answer("Job", examples.BEGUN, 202, "The job was accepted")
    answers["202"]["headers"] = {
        "Location": {
            "description": "Where to get the job",
            "required": True,
            "schema": STRING,
            "example": f"/api/jobs/{examples.JOB_ID}",
        }
    }
    codes = (code for code in PROVING if code.status != 422)
    operation = _guarded("beginJob", "Start a job, and get its id at once", answers, *BODY, *codes)
    return operation | _witness_or_input()


def _verify() -> Json:
    answers = _answer("Verified", examples.VERIFIED)
    codes = (Code.JSON_CORRUPT, Code.PROOF_PROTOCOL, Code.CURVE_UNKNOWN)
    operation = _guarded("verify", "Verify a proof", answers, *BODY, *codes)
    content = {JSON: _body("VerifyRequest", examples.VERIFY_REQUESTS)}
    return operation | {"requestBody": {"required": True, "content": content}}
