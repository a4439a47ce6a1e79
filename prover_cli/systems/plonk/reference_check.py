"""Every entry of a PLONK key: see `plonkish.reference_check`."""

from prover_cli.systems.plonk.reference import ReferenceKey
from prover_cli.systems.plonkish import reference_check


class Check(reference_check.Check[ReferenceKey]):
    """Of one key."""

    def __init__(self, key: ReferenceKey) -> None:
        super().__init__(key)
        self._commitments = key.mapped.verification_key.commitments

    def header(self) -> None:
        at = self.constants((("2", 2), ("3", 3)))
        for index, point in enumerate(self._commitments, 2):
            self.g1(index, at, point)
            at += self.curve.g1_size
        self.g2(2 + len(self._commitments), at, self.x2)

    def powers(self) -> None:
        super().powers()
        for index, polynomial in enumerate(self.key.polynomials):
            self.commitment(polynomial, self._commitments[index], 2 + index)
