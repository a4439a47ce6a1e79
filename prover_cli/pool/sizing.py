"""How many workers: the optimal-workers formula, with each of its terms kept for `prove-batch plan`.

min(floor((memory − 2048 MB) / (memory per proof + 512 MB)), cpus − 2), at least 1
"""

from dataclasses import dataclass

MEMORY_PER_PROOF_MB = 2048
OVERHEAD_MB = 512
RESERVE_MEMORY_MB = 2048
RESERVE_CORES = 2


@dataclass(frozen=True)
class Sizing:
    """A result of the formula, with its inputs. Sizes are in MB (2^20 bytes)."""

    memory_mb: float
    shared_mb: float
    """Mapped keys and tables. All workers share them, so they are subtracted once."""
    cpus: int
    memory_per_proof_mb: float
    overhead_mb: float
    reserve_memory_mb: float
    reserve_cores: int
    memory_limit: int
    """Workers that the memory allows. May be 0 or less."""
    cpu_limit: int
    """Workers that the cores allow. May be 0 or less."""
    workers: int
    decided_by: str = "formula"
    """formula, or what overrode it in a run: --workers, or jobs if there were fewer of them."""

    @property
    def binding(self) -> str:
        """Which limit decides: memory, cpus, or minimum if one of them allows no worker at all."""
        if min(self.memory_limit, self.cpu_limit) < 1:
            return "minimum"
        return "memory" if self.memory_limit < self.cpu_limit else "cpus"

    def to_json(self) -> dict[str, object]:
        return {
            "workers": self.workers,
            "memory_limit": self.memory_limit,
            "cpu_limit": self.cpu_limit,
            "binding": self.binding,
            "memory_mb": round(self.memory_mb, 1),
            "shared_mb": round(self.shared_mb, 1),
            "cpus": self.cpus,
            "memory_per_proof_mb": round(self.memory_per_proof_mb, 1),
            "overhead_mb": round(self.overhead_mb, 1),
            "reserve_memory_mb": round(self.reserve_memory_mb, 1),
            "reserve_cores": self.reserve_cores,
            "decided_by": self.decided_by,
        }


def plan_workers(
    memory_mb: float,
    cpus: int,
    *,
    memory_per_proof_mb: float = MEMORY_PER_PROOF_MB,
    overhead_mb: float = OVERHEAD_MB,
    reserve_memory_mb: float = RESERVE_MEMORY_MB,
    reserve_cores: int = RESERVE_CORES,
    shared_mb: float = 0,
) -> Sizing:
    """The formula with its terms. `shared_mb` is subtracted from the memory first.

    Raises ValueError if a proof and its overhead would need no memory.
    """
    per_worker = memory_per_proof_mb + overhead_mb
    if per_worker <= 0:
        raise ValueError("memory per proof and overhead must add up to more than 0")
    memory_limit = int((memory_mb - shared_mb - reserve_memory_mb) // per_worker)
    cpu_limit = cpus - reserve_cores
    return Sizing(
        memory_mb=memory_mb,
        shared_mb=shared_mb,
        cpus=cpus,
        memory_per_proof_mb=memory_per_proof_mb,
        overhead_mb=overhead_mb,
        reserve_memory_mb=reserve_memory_mb,
        reserve_cores=reserve_cores,
        memory_limit=memory_limit,
        cpu_limit=cpu_limit,
        workers=max(1, min(memory_limit, cpu_limit)),
    )


def optimal_workers(memory_mb: float, cpus: int, memory_per_proof_mb: float = MEMORY_PER_PROOF_MB) -> int:
    """Number of workers for a machine with `memory_mb` MB and `cpus` cores, by the plain formula."""
    return plan_workers(memory_mb, cpus, memory_per_proof_mb=memory_per_proof_mb).workers
