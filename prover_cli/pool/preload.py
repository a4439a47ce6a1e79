"""Imported by the fork server before any worker is forked: what every worker would import itself."""

from prover_cli.pool import worker
from prover_cli.systems.choice import native_error
from prover_cli.systems.registry import SYSTEMS, engine_for

if native_error() is None:
    PRELOADED = (worker, *(engine_for(system, "native") for system in SYSTEMS))
