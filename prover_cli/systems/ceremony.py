"""What a proving key records of the ceremony that made it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Contribution:
    """One participant's."""

    name: str
    """As the participant gave it; empty if none was given. Not to be trusted, nor printed as it is."""
    is_beacon: bool
    """Whether it was made from public randomness, which closes a ceremony."""
    digest: bytes
    """What snarkjs prints as the contribution's hash. Participants publish it."""


@dataclass(frozen=True)
class Ceremony:
    """The record of it. Whether the contributions are sound, `snarkjs zkey verify` finds out."""

    contributions: Sequence[Contribution] | None
    """In their order; None if they cannot be read, or are too many to list."""
    ends_here: bool
    """Whether the last contribution led to this key."""
