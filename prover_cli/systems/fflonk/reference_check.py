"""Every entry of an FFLONK key: see `plonkish.reference_check`."""

from prover_cli.systems.fflonk.layout import INTERLEAVED, SCALARS
from prover_cli.systems.fflonk.reference import ReferenceKey
from prover_cli.systems.plonkish import reference_check
from prover_cli.systems.plonkish.reference_check import NOT_REDUCED


class Check(reference_check.Check[ReferenceKey]):
    """Of one key."""

    def section(self, number: int) -> None:
        super().section(number)
        if number == self.key.mapped.layout.c0.id:
            self.interleaved()

    def header(self) -> None:
        found = self.key.mapped.verification_key
        roots = [(f"snarkjs' {name}", found.roots[name]) for name in SCALARS[2:]]
        at = self.constants((("2", 2), ("3", 3), *roots))
        self.g2(len(SCALARS), at, found.x2)
        self.g1(len(SCALARS) + 1, at + self.curve.g2_size, found.c0)

    def interleaved(self) -> None:
        """C0's coefficients, and the commitment to them."""
        place, size = self.key.mapped.layout.c0, self.curve.n8r
        starts = range(place.offset, place.end, size)
        for index, at in enumerate(starts):
            if self.key.number_at(at) >= self.curve.r:
                raise self.fault(place.id, index, NOT_REDUCED)
        coefficients = [self.key.number(at) for at in starts]
        for index, coefficient in enumerate(coefficients):
            row, part = divmod(index, len(INTERLEAVED))
            if coefficient != self.key.polynomials[INTERLEAVED[part]][row]:
                reason = "the coefficient is not that of the selector or the permutation"
                raise self.fault(place.id, index, reason)
        self.commitment(coefficients, self.mapped.verification_key.c0, len(SCALARS) + 1)
