"""Checks of a pool's arguments, made before anything is started."""

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
    """`whole` has whole numbers by name, each with its minimum. None means not given.

    Raises ValueError, TypeError."""
    if isinstance(circuits, str | CircuitFile):
        raise TypeError("circuits must be a list of CircuitFile; see CircuitFile.of")
    for circuit in circuits:
        if not isinstance(circuit, CircuitFile):
            raise TypeError(f"circuits contains a {type(circuit).__name__}; each must be a CircuitFile")
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
            raise ValueError(f"{what} must be one of {', '.join(known)}, not {value!r}")
    for what, (number, least) in whole.items():
        if number is None:
            continue
        if not isinstance(number, int) or isinstance(number, bool):
            raise TypeError(f"{what} must be a whole number, not {number!r}")
        if number < least:
            raise ValueError(f"{what} must be at least {least}, not {number}")
    if timeout is not None and not timeout > 0:
        raise ValueError(f"timeout must be a number of seconds above 0, not {timeout!r}")
