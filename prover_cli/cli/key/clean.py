"""`prove-batch key clean`: prepared keys and compiled calculators removed."""

from typing import Annotated

import typer

from prover_cli.counting import counted
from prover_cli.faults import Code, SetupFault

EPILOG = "Example: prove-batch key clean, or prove-batch key clean 3f2a99"


def command(
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SHA256...]", help="First digits of hashes. Without any: all.", show_default=False
        ),
    ] = None,
) -> None:
    """Remove prepared keys and calculators from the cache folder. Runs that use one keep it."""
    from prover_cli.options.sizes import format_size
    from prover_cli.prepared.store import remove, remove_leftovers, stored
    from prover_cli.witness import kept

    def is_chosen(sha256: str) -> bool:
        return not keys or any(sha256.startswith(key.lower()) for key in keys)

    chosen = [one for one in stored() if is_chosen(one.path.name)]
    calculators = [one for one in kept.kept() if is_chosen(one.sha256)]
    if keys and not chosen and not calculators:
        raise SetupFault(
            Code.NO_SUCH_KEY,
            f"no prepared key and no calculator begins with {', '.join(keys)}; see prove-batch key list",
        )
    for one in chosen:
        remove(one.path)
    for calculator in calculators:
        kept.remove(calculator)
    if not keys:
        remove_leftovers()
    print(f"removed {counted(len(chosen), 'prepared key')}, {format_size(sum(one.size for one in chosen))}")
    if calculators:
        size = format_size(sum(one.size for one in calculators))
        print(f"removed {counted(len(calculators), 'calculator')}, {size}")
