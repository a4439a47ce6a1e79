"""Imported by the fork server before any worker is forked: what every worker would import itself."""

from prover_cli.groth16.choice import native_error
from prover_cli.pool import worker

if native_error() is None:
    from prover_cli.groth16 import native

    PRELOADED = (worker, native)
