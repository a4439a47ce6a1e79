"""What the service reports about itself in JSON: circuits, jobs, and the figures of the page."""

import time
from dataclasses import asdict

from prover_cli.serve.answers import proof_json
from prover_cli.serve.registry import KnownJob
from prover_cli.serve.request_gate import RequestGate
from prover_cli.serve.requests import why_no_input
from prover_cli.version import __version__


def circuits_json(gate: RequestGate) -> list[dict[str, object]]:
    """What can be proved here."""
    told = []
    for circuit, mapped in gate.keys.mapped.items():
        why = why_no_input(circuit, gate.keys)
        told.append(
            {
                "id": circuit,
                "curve": mapped.layout.curve.name,
                "domainSize": mapped.layout.domain_size,
                "signals": mapped.layout.n_vars,
                "publicSignals": mapped.layout.n_public,
                "keySha256": mapped.sha256,
                "prepared": circuit in gate.prepared,
                "takes": ["witness", "input"] if why is None else ["witness"],
                "whyNoInput": why,
                "inputs": gate.inputs[circuit],
            }
        )
    return told


def job_json(job: KnownJob, gate: RequestGate) -> dict[str, object]:
    """`{"id", "circuitId", "state"}`, and the result or the error once the job has finished."""
    told: dict[str, object] = {"id": job.id, "circuitId": job.circuit}
    record = job.record
    if record is None:
        proving = any(worker.job_id == job.id for worker in gate.pool.running())
        return told | {"state": "proving" if proving else "waiting"}
    if record.proved is not None:
        return told | {"state": "proved"} | proof_json(record.proved, record.circuit)
    fault = record.fault
    told |= {"state": "failed", "success": False}
    return told | ({"error": fault.message, "code": fault.code} if fault else {})


def status_json(gate: RequestGate) -> dict[str, object]:
    """Queue, workers, rate and recent jobs."""
    now = time.monotonic()
    running = {worker.worker: worker for worker in gate.pool.running()}
    return {
        "version": __version__,
        "uptime": round(time.time() - gate.began, 1),
        "ready": gate.not_ready is None,
        "draining": gate.draining,
        "queue": {"waiting": gate.pool.queued, "taken": gate.taken, "places": gate.places},
        "rate": round(gate.rate.rate(now), 3),
        "counts": dict(gate.counts),
        "workers": [
            {
                "worker": counted.worker,
                "pid": counted.pid,
                "proving": running[counted.worker].job_id is not None,
                "seconds": round(running[counted.worker].seconds, 2),
                "proofs": counted.proofs,
                "failures": counted.failures,
                "restarts": counted.restarts,
                "busySeconds": round(counted.busy_seconds, 2),
            }
            for counted in gate.pool.counters
        ],
        "circuits": circuits_json(gate),
        "recent": [asdict(recent) for recent in gate.recent],
    }
