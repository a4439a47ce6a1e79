"""What the service answers: faults to status codes, values to JSON.

`{"success": false, "error": "a sentence", "code": "STABLE"}` with every status that is not of the 200s.
"""

from collections.abc import Mapping

from starlette.responses import Response

from prover_cli.faults import Code, Fault, JobFault
from prover_cli.outcomes.records import Proved, Record
from prover_cli.outcomes.result import encode, result_json


class Refusal(JobFault):
    """A request that is not even tried, with what its answer's head is to say."""

    def __init__(self, kind: Code, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(kind, message)
        self.headers = dict(headers or {})


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
    answer = Answer(value, fault.kind.status, getattr(fault, "headers", None))
    answer.code = fault.code
    return answer


def proof_json(proved: Proved, circuit: str) -> dict[str, object]:
    """The answer for a proof: snarkjs' objects, and how long it took."""
    result = result_json(Record("", circuit, proved=proved))
    return {name: result[name] for name in ("success", "circuitId", "proof", "publicSignals", "seconds")}
