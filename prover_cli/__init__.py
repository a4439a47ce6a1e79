"""prove-batch: Groth16 proofs in batches.

The names below are the Python interface; the command line is built on the same ones. They are loaded
when first used, so that importing a part of the package does not pay for the rest.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from prover_cli.version import __version__

__all__ = ["Proof", "WorkerPool", "__version__", "load_key", "optimal_workers", "prove", "verify"]

if TYPE_CHECKING:
    from prover_cli.formats.proof import Proof
    from prover_cli.groth16 import load_key, prove, verify
    from prover_cli.pool import WorkerPool
    from prover_cli.pool.sizing import optimal_workers

_HOMES = {
    "Proof": "prover_cli.formats.proof",
    "WorkerPool": "prover_cli.pool",
    "load_key": "prover_cli.groth16",
    "optimal_workers": "prover_cli.pool.sizing",
    "prove": "prover_cli.groth16",
    "verify": "prover_cli.groth16",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
