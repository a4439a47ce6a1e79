"""Which of the processor's instruction sets the native engine uses."""

import os

from prover_cli import _native
from prover_cli.faults import Code, SetupFault


def chosen_cpu() -> str:
    """The arithmetic to use: the one in `PROVE_BATCH_CPU`, else the fastest that works here.

    Raises SetupFault CPU_UNAVAILABLE.
    """
    available = _native.cpus()
    wanted = os.environ.get("PROVE_BATCH_CPU") or available[0]
    if wanted not in available:
        raise SetupFault(
            Code.CPU_UNAVAILABLE,
            f'PROVE_BATCH_CPU is "{wanted}", but this processor supports {", ".join(sorted(available))}',
        )
    return wanted
