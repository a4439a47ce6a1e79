"""A key of gates ready to prove with: what both engines' keys have in common."""

from abc import abstractmethod
from typing import Generic, TypeVar

from prover_cli.systems import engine
from prover_cli.systems.constraints import Constraints
from prover_cli.systems.plonkish.blinding import Blinding
from prover_cli.systems.plonkish.difference import difference
from prover_cli.systems.plonkish.layout import Layout
from prover_cli.systems.plonkish.mapped import MappedKey
from prover_cli.systems.plonkish.validation import Checks
from prover_cli.systems.protocols import Progress

K = TypeVar("K", bound=MappedKey)
B = TypeVar("B", bound=Blinding)


class OpenedKey(engine.Opened[K, B], Generic[K, B]):
    """Safe to use from several threads."""

    layout: Layout
    checks: Checks

    @abstractmethod
    def check(self, section: int, threads: int) -> None:
        """Checks one of `checks.steps` in full. Raises SetupFault KEY_CORRUPT."""

    def difference(self, constraints: Constraints, threads: int) -> str | None:
        """Describes the first gate that differs from the one made from the constraints. None if there is no
        difference."""
        return difference(self._mapped, constraints)

    def ensure_valid(self, *, threads: int = 1, progress: Progress | None = None) -> None:
        self.checks.ensure_valid(self._mapped, self.check, threads=threads, progress=progress)
