"""From the protocols that all systems share to a system's own types."""

from typing import TypeVar

T = TypeVar("T")


def own(found: object, kind: type[T]) -> T:
    """`found`, as this system's `kind`. Raises TypeError if it is not, which is a bug: the registry passes
    each key and each proof to its own system."""
    if not isinstance(found, kind):
        system = getattr(kind, "system", "a proof system")
        raise TypeError(f"{system} expects its own {kind.__name__}, not {type(found).__name__}")
    return found
