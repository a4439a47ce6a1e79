"""The arguments of a pool, looked at before anything is started: a wrong one is told in a sentence."""

from collections.abc import Mapping, Sequence

from prover_cli.pool.balance import BALANCERS
from prover_cli.pool.job import CircuitFile

STRATEGIES = ("processes", "threads")
ENGINES = ("auto", "native", "reference")


def check_arguments(
    circuits: Sequence[CircuitFile],
    *,
    strategy: str,
    balance: str,
    engine: str,
    whole: Mapping[str, tuple[int | None, int]],
    timeout: float | None,
) -> None:
    """`whole` are whole numbers by name, each with the least that it may be; None: not given.

    Raises ValueError, TypeError."""
    if isinstance(circuits, str | CircuitFile):
        raise TypeError("circuits is a list of CircuitFile; see CircuitFile.of")
    for circuit in circuits:
        if not isinstance(circuit, CircuitFile):
            raise TypeError(f"circuits has a {type(circuit).__name__}; each is to be a CircuitFile")
    ids = [circuit.id for circuit in circuits]
    for name in ids:
        if ids.count(name) > 1:
            raise ValueError(f"two circuits have the id {name!r}")
    for what, value, known in (
        ("strategy", strategy, STRATEGIES),
        ("balance", balance, tuple(BALANCERS)),
        ("engine", engine, ENGINES),
    ):
        if value not in known:
            raise ValueError(f"{what} is one of {', '.join(known)}, not {value!r}")
    for what, (number, least) in whole.items():
        if number is None:
            continue
        if not isinstance(number, int) or isinstance(number, bool):
            raise TypeError(f"{what} is a whole number, not {number!r}")
        if number < least:
            raise ValueError(f"{what} is at least {least}, not {number}")
    if timeout is not None and not timeout > 0:
        raise ValueError(f"timeout is a number of seconds above 0, not {timeout!r}")
