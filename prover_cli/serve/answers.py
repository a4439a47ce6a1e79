"""The service's answers: faults become status codes, values become JSON.

Every status outside the 200s has `{"success": false, "error": "a sentence", "code": "STABLE"}`.
"""

from collections.abc import Mapping

from starlette.responses import Response

from prover_cli.faults import Code, Fault, JobFault
from prover_cli.outcomes.records import Proved, Record
from prover_cli.outcomes.result import encode, result_json


class Refusal(JobFault):
    """A request that is turned away, with more headers for its answer."""

    def __init__(self, kind: Code, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(kind, message)
        self.headers = dict(headers or {})


class Answer(Response):
    """JSON that no cache may keep, because a proof belongs to the client."""

    media_type = "application/json"

    def __init__(self, value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(encode(value), status, {"cache-control": "no-store", **(headers or {})})
        self.code: str | None = None
        """The code of the fault, for the log."""


def fault_answer(fault: Fault) -> Answer:
    """The answer to a request that failed."""
    value = {"success": False, "error": fault.message, "code": fault.code}
    answer = Answer(value, fault.kind.status, getattr(fault, "headers", None))
    answer.code = fault.code
    return answer


def proof_json(proved: Proved, circuit: str) -> dict[str, object]:
    """The answer with a proof: snarkjs' objects, and how long it took."""
    result = result_json(Record("", circuit, proved=proved))
    return {name: result[name] for name in ("success", "circuitId", "proof", "publicSignals", "seconds")}
