"""What commands need besides: the package's extras."""

from collections.abc import Iterator
from contextlib import contextmanager

from prover_cli.faults import Code, SetupFault
from prover_cli.how_to_install import how_to_install


@contextmanager
def extra(name: str, what: str) -> Iterator[None]:
    """Around the imports of `what`, which needs the extra `name`. Raises SetupFault EXTRA_MISSING."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise SetupFault(Code.EXTRA_MISSING, f"{what} needs {error.name}; {how_to_install(name)}") from None
