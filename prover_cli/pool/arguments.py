"""Checks of a pool's arguments, made before anything is started."""

from collections.abc import Mapping, Sequence

from prover_cli.pool.balance import BALANCERS
from prover_cli.pool.job import CircuitFile

STRATEGIES = ("processes", "threads")
ENGINES = ("auto", "native", "reference")
CHOICES = {"strategy": STRATEGIES, "balance": tuple(BALANCERS), "engine": ENGINES}


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
    check_choices(strategy=strategy, balance=balance, engine=engine)
    check_whole(whole)
    check_seconds(timeout)


def check_whole(whole: Mapping[str, tuple[int | None, int]]) -> None:
    """Whole numbers by name, each with its minimum; None if not given. Raises ValueError,
    TypeError."""
    for what, (number, least) in whole.items():
        if number is None:
            continue
        if not isinstance(number, int) or isinstance(number, bool):
            raise TypeError(f"{what} must be a whole number, not {number!r}")
        if number < least:
            raise ValueError(f"{what} must be at least {least}, not {number}")


def check_choices(**chosen: str) -> None:
    """Checks each word against the accepted ones. Raises ValueError."""
    for what, value in chosen.items():
        if value not in CHOICES[what]:
            raise ValueError(f"{what} must be one of {', '.join(CHOICES[what])}, not {value!r}")


def check_seconds(timeout: float | None) -> None:
    """Checks a time limit. Raises ValueError, TypeError."""
    if timeout is None:
        return
    if not isinstance(timeout, int | float) or isinstance(timeout, bool):
        raise TypeError(f"timeout must be a number of seconds, not {timeout!r}")
    if not timeout > 0:
        raise ValueError(f"timeout must be a number of seconds above 0, not {timeout!r}")
