"""From what every system's objects have in common to Groth16's own."""

from typing import TypeVar

T = TypeVar("T")


def own(found: object, kind: type[T]) -> T:
    """`found`, which is of this system's `kind`. Raises TypeError if it is not: the registry gives each key
    and each proof to its own system."""
    if not isinstance(found, kind):
        raise TypeError(f"a {type(found).__name__} was given to groth16, which takes its own {kind.__name__}")
    return found
