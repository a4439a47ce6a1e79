"""`prove-batch key clean`: prepared keys removed."""

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
    """Remove prepared keys from the cache folder. Runs that use one keep it until they end."""
    from prover_cli.options.sizes import format_size
    from prover_cli.prepared.store import remove, remove_leftovers, stored

    found = stored()
    chosen = [one for one in found if not keys or any(one.path.name.startswith(key.lower()) for key in keys)]
    if keys and not chosen:
        raise SetupFault(
            Code.NO_SUCH_KEY, f"no prepared key begins with {', '.join(keys)}; see prove-batch key list"
        )
    for one in chosen:
        remove(one.path)
    if not keys:
        remove_leftovers()
    print(f"removed {counted(len(chosen), 'prepared key')}, {format_size(sum(one.size for one in chosen))}")
