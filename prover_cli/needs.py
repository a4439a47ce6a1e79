"""What making one proof takes: what sizing plans with, and admission until it has measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Needs:
    """Of one worker, private to it: mapped keys and tables are shared, and counted once elsewhere."""

    resident: int = 0
    """Bytes of host memory kept from one proof to the next."""
    peak: int = 0
    """Bytes more while one proof is made."""
    cores: int = 1

    @property
    def memory(self) -> int:
        """Bytes of host memory at the peak of a proof."""
        return self.resident + self.peak

    def then(self, other: "Needs") -> "Needs":
        """Both in one worker, one after the other: what each keeps adds up, and the higher peak counts."""
        return Needs(self.resident + other.resident, max(self.peak, other.peak), max(self.cores, other.cores))

    def largest(self, other: "Needs") -> "Needs":
        """What is enough for either."""
        return Needs(
            max(self.resident, other.resident), max(self.peak, other.peak), max(self.cores, other.cores)
        )
