"""What the service answers: faults to status codes, values to JSON.

`{"success": false, "error": "a sentence", "code": "STABLE"}` with every status that is not of the 200s.
"""

from collections.abc import Mapping

from starlette.responses import Response

from prover_cli.errors import Fault, JobFault
from prover_cli.jobs.blame import CALLERS
from prover_cli.jobs.records import Proved, Record
from prover_cli.jobs.result import encode, result_json

STATUS = dict.fromkeys(CALLERS, 400) | {
    "NOT_FOUND": 404,
    "UNKNOWN_CIRCUIT": 404,
    "UNKNOWN_JOB": 404,
    "HOST_REFUSED": 403,
    "ORIGIN_REFUSED": 403,
    "METHOD_NOT_ALLOWED": 405,
    "BODY_TOO_SLOW": 408,
    "TYPE_REFUSED": 415,
    "BODY_TOO_LARGE": 413,
    "WITNESS_TOO_LARGE": 413,
    "ASSERT_FAILED": 422,
    "WITNESS_UNSATISFIED": 422,
    "UNAUTHORIZED": 401,
    "QUEUE_FULL": 503,
    "DRAINING": 503,
    "CANCELLED": 503,
    "TIMEOUT": 504,
    "WITNESS_TIMEOUT": 504,
}
"""By code; anything else is ours to mend: 500."""


class Refusal(JobFault):
    """A request that is not even tried, with what its answer's head is to say."""

    def __init__(self, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code, message)
        self.headers = dict(headers or {})


def status_of(fault: Fault) -> int:
    """The status code for a fault."""
    return STATUS.get(fault.code, 500)


class Answer(Response):
    """JSON that no cache keeps: a proof is its caller's."""

    media_type = "application/json"

    def __init__(self, value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(encode(value), status, {"cache-control": "no-store", **(headers or {})})
        self.code: str | None = None
        """Of the fault that it tells, for the log."""


def fault_answer(fault: Fault) -> Answer:
    """The answer for anything that went wrong."""
    value = {"success": False, "error": fault.message, "code": fault.code}
    answer = Answer(value, status_of(fault), getattr(fault, "headers", None))
    answer.code = fault.code
    return answer


def proof_json(proved: Proved, circuit: str) -> dict[str, object]:
    """The answer for a proof: snarkjs' objects, and how long it took."""
    result = result_json(Record("", circuit, proved=proved))
    return {name: result[name] for name in ("success", "circuitId", "proof", "publicSignals", "seconds")}
