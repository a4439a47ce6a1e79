"""prove-batch: proofs in batches.

The names below are the Python interface. The command line is built on them too. Nothing else is guaranteed to
stay. They are loaded when first used, so that importing one part of the package does not load the rest.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from prover_cli.version import __version__

if TYPE_CHECKING:
    from prover_cli.api.circuit import Circuit, load_circuit
    from prover_cli.api.many import prove_many
    from prover_cli.api.results import JobResult, Results
    from prover_cli.api.single import load_key, prove, verify
    from prover_cli.batch.run import Run
    from prover_cli.caller_warnings import ProverWarning, SlowEngineWarning
    from prover_cli.faults import Code, Fault, JobFault, MachineFault, SetupFault
    from prover_cli.formats.snarkjs import parse_public
    from prover_cli.formats.wtns import parse_witness
    from prover_cli.intake.jobs import Job
    from prover_cli.outcomes.outcome import Outcome
    from prover_cli.outcomes.records import Proved, Record
    from prover_cli.outcomes.result import proved_of
    from prover_cli.pool import QueueFull, WorkerPool
    from prover_cli.pool.job import CircuitFile, ProveJob
    from prover_cli.pool.sizing import optimal_workers
    from prover_cli.stop import Stop
    from prover_cli.systems.protocols import Proof, Prover, VerificationKey
    from prover_cli.systems.registry import proof_from_json, verification_key_from_json
    from prover_cli.witness.source import WitnessSource

__all__ = [
    "Circuit",
    "CircuitFile",
    "Code",
    "Fault",
    "Job",
    "JobFault",
    "JobResult",
    "MachineFault",
    "Outcome",
    "Proof",
    "ProveJob",
    "Proved",
    "Prover",
    "ProverWarning",
    "QueueFull",
    "Record",
    "Results",
    "Run",
    "SetupFault",
    "SlowEngineWarning",
    "Stop",
    "VerificationKey",
    "WitnessSource",
    "WorkerPool",
    "__version__",
    "load_circuit",
    "load_key",
    "optimal_workers",
    "parse_public",
    "parse_witness",
    "proof_from_json",
    "prove",
    "prove_many",
    "proved_of",
    "verification_key_from_json",
    "verify",
]

_HOMES = {
    "Circuit": "api.circuit",
    "CircuitFile": "pool.job",
    "Code": "faults",
    "Fault": "faults",
    "Job": "intake.jobs",
    "JobFault": "faults",
    "JobResult": "api.results",
    "MachineFault": "faults",
    "Outcome": "outcomes.outcome",
    "Proof": "systems.protocols",
    "ProveJob": "pool.job",
    "Proved": "outcomes.records",
    "Prover": "systems.protocols",
    "ProverWarning": "caller_warnings",
    "QueueFull": "pool",
    "Record": "outcomes.records",
    "Results": "api.results",
    "Run": "batch.run",
    "SetupFault": "faults",
    "SlowEngineWarning": "caller_warnings",
    "Stop": "stop",
    "VerificationKey": "systems.protocols",
    "WitnessSource": "witness.source",
    "WorkerPool": "pool",
    "load_circuit": "api.circuit",
    "load_key": "api.single",
    "optimal_workers": "pool.sizing",
    "parse_public": "formats.snarkjs",
    "parse_witness": "formats.wtns",
    "proof_from_json": "systems.registry",
    "prove": "api.single",
    "prove_many": "api.many",
    "proved_of": "outcomes.result",
    "verification_key_from_json": "systems.registry",
    "verify": "api.single",
}
"""The module in this package that defines each name."""


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"prover_cli.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
