"""What became of a job, in JSON: the line of a pipe, the answer over HTTP, the return value in the queue."""

import json

import orjson

from prover_cli.faults import Fault
from prover_cli.formats.curves import Curve
from prover_cli.formats.snarkjs import format_public
from prover_cli.formats.wtns import numbers
from prover_cli.outcomes.outcome import Outcome
from prover_cli.outcomes.records import Proved, Record
from prover_cli.systems.registry import system_named


def proved_of(outcome: Outcome, curve: Curve) -> Proved:
    """What a worker made, decoded."""
    return Proved(
        proof=system_named(outcome.system).proof_from_bytes(outcome.proof, curve),
        public_signals=numbers(outcome.public, curve.n8r),
        verified=outcome.verified,
        worker=outcome.worker,
        seconds=outcome.seconds,
        witness_digest=outcome.witness_digest,
        defect=outcome.defect,
        attempts=outcome.attempts,
    )


def result_json(record: Record) -> dict[str, object]:
    """`{"id", "circuitId", "success", "proof", "publicSignals", …}`, or `"error"` with code and message."""
    line: dict[str, object] = {"id": record.id, "circuitId": record.circuit}
    if record.proved is not None:
        line["success"] = True
        line["proof"] = record.proved.proof.to_json()
        line["publicSignals"] = format_public(record.proved.public_signals)
        if not record.proved.verified:
            line["verified"] = False
        line["worker"] = record.proved.worker
        line["seconds"] = round(record.proved.seconds, 6)
    else:
        line["success"] = False
        line["error"] = fault_json(record.fault) if record.fault else {}
    if record.extra:
        # As it came: a number keeps its digits, whatever its size.
        pairs = ",".join(f"{json.dumps(name)}:{text}" for name, text in record.extra.items())
        line["extra"] = orjson.Fragment(f"{{{pairs}}}")
    return line


def fault_json(fault: Fault) -> dict[str, object]:
    """Code and message."""
    return {"code": fault.code, "message": fault.message}


def encode(value: object) -> bytes:
    """JSON in UTF-8."""
    return orjson.dumps(value)
