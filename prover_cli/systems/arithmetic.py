"""Which kind of the processor's instructions the native engine uses.

Which one is the fastest is measured, so two processes may find different ones on a busy machine. The main
process therefore measures it once per run and hands the result to its workers.
"""

import os

from prover_cli import _native
from prover_cli.faults import Code, SetupFault

_handed: str | None = None


def hand(cpu: str) -> None:
    """Makes this process use `cpu`, which the main process measured to be the fastest."""
    global _handed  # noqa: PLW0603  (a process has one)
    _handed = cpu


def chosen_cpu(curve: str | None = None) -> str:
    """The arithmetic to use: what `PROVE_BATCH_CPU` forces, else what the main process handed over, else the
    fastest here.

    It has passed its self-check on every field of `curve`, or of all curves. Raises SetupFault
    CPU_UNAVAILABLE.
    """
    wanted = os.environ.get("PROVE_BATCH_CPU")
    if not wanted and _handed is not None and _native.works(_handed, curve):
        return _handed
    available = _native.cpus(curve)
    wanted = wanted or available[0]
    if wanted not in available:
        raise SetupFault(
            Code.CPU_UNAVAILABLE,
            f'PROVE_BATCH_CPU is "{wanted}", but this processor supports {", ".join(sorted(available))}',
        )
    return wanted
