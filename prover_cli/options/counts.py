"""Numbers of things as people type them."""

from collections.abc import Callable

from prover_cli.faults import Code, SetupFault

MOST = 4096
"""Of workers and of threads: more is a slip."""


def count_or_auto(name: str) -> Callable[[str], int | None]:
    """Reads a positive whole number, or None for auto; `name` is what messages call the option. What is
    returned raises SetupFault BAD_NUMBER."""

    def read(text: str) -> int | None:
        if text == "auto":
            return None
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST:
            raise SetupFault(Code.BAD_NUMBER, f'{name} takes a number from 1 to {MOST} or auto, not "{text}"')
        return int(text)

    return read
