"""Which kind of the processor's instructions the native engine uses."""

import os

from prover_cli import _native
from prover_cli.faults import Code, SetupFault


def chosen_cpu() -> str:
    """The arithmetic to use: what `PROVE_BATCH_CPU` forces, else the fastest that works here.

    Raises SetupFault CPU_UNAVAILABLE.
    """
    available = _native.cpus()
    wanted = os.environ.get("PROVE_BATCH_CPU") or available[0]
    if wanted not in available:
        raise SetupFault(
            Code.CPU_UNAVAILABLE,
            f'PROVE_BATCH_CPU asks for "{wanted}"; this processor has {", ".join(sorted(available))}',
        )
    return wanted
