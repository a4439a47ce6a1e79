"""What can go wrong with a request, by status, with an example for each code."""

from collections.abc import Iterable

from prover_cli.faults import Code
from prover_cli.serve.bodies import JSON
from prover_cli.serve.openapi.schemas import Json

DESCRIPTIONS = {
    400: "The request is wrong",
    401: "The service requires a bearer token",
    403: "The page that sent the request, or the host name it used, is not allowed",
    404: "There is no such circuit or job",
    408: "The body arrived too slowly",
    413: "The body or the witness is too large",
    415: "Any web page may send this content type; send JSON or application/octet-stream",
    422: "The inputs or the witness do not satisfy the circuit",
    500: "The service failed",
    503: "The queue is full, or the service is shutting down",
    504: "The request took too long",
}

SENTENCES = {
    Code.BAD_REQUEST: 'the body must have "witness" or "input", and it has neither',
    Code.BODY_TOO_LARGE: "the body is larger than 65536 bytes; send the .wtns itself "
    "(application/octet-stream) or its base64 instead of decimal strings, or ask the operator to raise "
    "--max-body",
    Code.BODY_TOO_SLOW: "the body arrived at less than 16 KB per second",
    Code.CANCELLED: "the service stopped before the proof was finished",
    Code.DRAINING: "the service is shutting down; retry in 5 s, or use another instance",
    Code.HOST_REFUSED: 'this service is not known as "prover.example"; use its IP address or localhost, or '
    "ask the operator to add --allowed-host prover.example",
    Code.INPUT_UNSUPPORTED: "circuit quartic takes witnesses only: the service has no .wasm for it",
    Code.INTERNAL: "unexpected KeyError; please report it",
    Code.ORIGIN_REFUSED: 'pages from "https://app.example" may not call this service; ask the operator to '
    "add --cors-origin https://app.example",
    Code.QUEUE_FULL: "queue full (33 of 33); retry in 3 s",
    Code.TIMEOUT: "the request took longer than 300 s to prove (including time in the queue)",
    Code.TYPE_REFUSED: "send Content-Type: application/json, or application/octet-stream for a .wtns",
    Code.UNAUTHORIZED: "this service requires a token; send it as Authorization: Bearer TOKEN",
}
"""Sentences of the service itself. Other codes are illustrated by what they mean."""

GUARD = (Code.UNAUTHORIZED, Code.HOST_REFUSED, Code.ORIGIN_REFUSED)

BODY = (
    Code.BAD_REQUEST, Code.BAD_ID, Code.UNKNOWN_CIRCUIT, Code.BODY_TOO_SLOW, Code.BODY_TOO_LARGE,
    Code.TYPE_REFUSED, Code.INTERNAL, Code.QUEUE_FULL, Code.DRAINING, Code.TIMEOUT,
)  # fmt: skip
"""Of every operation that takes a body."""

PROVING = (
    Code.INPUT_CORRUPT, Code.INPUT_MISSING, Code.INPUT_OUT_OF_RANGE, Code.INPUT_REFUSED, Code.INPUT_SHAPE,
    Code.INPUT_UNKNOWN, Code.INPUT_UNSUPPORTED, Code.INPUT_VALUE, Code.ASSERT_FAILED, Code.BAD_WITNESS,
    Code.WITNESS_CORRUPT, Code.WITNESS_COUNT, Code.WITNESS_CRASHED, Code.WITNESS_CURVE,
    Code.WITNESS_FIRST_SIGNAL, Code.WITNESS_MEMORY, Code.WITNESS_NOT_REDUCED, Code.WITNESS_TIMEOUT,
    Code.WITNESS_TOO_LARGE, Code.WITNESS_TRUNCATED, Code.WITNESS_UNREADABLE, Code.WITNESS_UNSATISFIED,
    Code.PATH_REFUSED, Code.CANCELLED, Code.NO_WORKER, Code.WORKER_CRASHED, Code.OUT_OF_MEMORY,
    Code.KEY_CHANGED, Code.ENGINE_FAILED,
)  # fmt: skip
"""Of the operations that prove. A job has those of its proof in its result."""


def failures(codes: Iterable[Code]) -> Json:
    """The answers with these codes, by status."""
    told: Json = {}
    for code in sorted(codes, key=lambda code: (code.status, code.name)):
        schema = {"$ref": "#/components/schemas/Failure"}
        answer = told.setdefault(
            str(code.status),
            {
                "description": DESCRIPTIONS[code.status],
                "content": {JSON: {"schema": schema, "examples": {}}},
            },
        )
        value = {"success": False, "error": SENTENCES.get(code, code.means), "code": code.name}
        answer["content"][JSON]["examples"][code.name] = {"summary": code.means, "value": value}
    if "503" in told:
        told["503"]["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    return told
