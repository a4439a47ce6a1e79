"""The resources that one proof takes. Sizing plans with them, as does admission until it has measured."""

from dataclasses import dataclass

INTERPRETER_BYTES = 24 << 20
"""A worker without a key: 8 MB of private memory (measured with CPython 3.11, spawned), plus room for stacks
and for what the allocator keeps."""


@dataclass(frozen=True)
class Needs:
    """Private resources of one worker. Mapped keys and tables are shared, and counted elsewhere."""

    resident: int = 0
    """Bytes of host memory kept from one proof to the next."""
    peak: int = 0
    """Additional bytes during a proof."""
    cores: int = 1

    @property
    def memory(self) -> int:
        """Bytes of host memory at the peak of a proof."""
        return self.resident + self.peak

    def then(self, other: "Needs") -> "Needs":
        """Needs of both in one worker, one after the other: resident memory adds up, and the higher peak
        counts."""
        return Needs(self.resident + other.resident, max(self.peak, other.peak), max(self.cores, other.cores))

    def largest(self, other: "Needs") -> "Needs":
        """Needs that are enough for either."""
        return Needs(
            max(self.resident, other.resident), max(self.peak, other.peak), max(self.cores, other.cores)
        )
