"""The reference engine's keys of gates: plain Python over py_ecc, written to be read alongside the papers and
the file formats.

It is slow (11 ms per point of the domain with PLONK, 37 with FFLONK) and independent of the native engine
down to the field arithmetic. The tests check the native engine against it: from the same blinding it makes
the same proof.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Generic

from prover_cli.formats.points import G1
from prover_cli.formats.wtns import Witness
from prover_cli.formats.zkey import read_g1
from prover_cli.systems.opened_key import SATISFIED
from prover_cli.systems.plain_groups import Group, Point, terms_of
from prover_cli.systems.plain_transforms import transform
from prover_cli.systems.plonkish.layout import stored_scalars
from prover_cli.systems.plonkish.opened import B, K, OpenedKey

Polynomial = list[int]
"""Coefficients from the constant up."""


class ReferenceKey(OpenedKey[K, B], Generic[K, B]):
    """A mapped key read number by number."""

    def __init__(self, mapped: K) -> None:
        super().__init__(mapped)
        self.mapped = mapped
        self.group = Group(mapped.layout.curve)

    @property
    def root(self) -> int:
        return self.mapped.verification_key.root

    def number(self, at: int) -> int:
        """The scalar stored at a byte."""
        return stored_scalars(self.mapped.data, at, 1, self.layout.curve)[0]

    def number_at(self, at: int) -> int:
        """The number stored at a byte, in Montgomery form and perhaps not reduced."""
        return int.from_bytes(self.mapped.data[at : at + self.layout.curve.n8r], "little")

    @cached_property
    def polynomials(self) -> list[Polynomial]:
        """Qm, Ql, Qr, Qo, Qc, S1, S2, S3."""
        layout = self.layout
        return [
            stored_scalars(self.mapped.data, place.offset, layout.domain_size, layout.curve)
            for place in (*layout.selectors, *layout.sigma)
        ]

    def signals(self, wire: int) -> list[int]:
        """The signals on a wire, gate by gate."""
        start = self.layout.maps[wire].offset
        words = (self.mapped.data[start + 4 * i : start + 4 * i + 4] for i in range(self.layout.n_gates))
        return [int.from_bytes(word, "little") for word in words]

    def addition(self, index: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """The signals that are added, and their factors."""
        at, data = self.layout.place(self.layout.additions.id, index), self.mapped.data
        one, other = (int.from_bytes(data[at + i : at + i + 4], "little") for i in (0, 4))
        f, g = stored_scalars(data, at + 8, 2, self.layout.curve)
        return (one, other), (f, g)

    def wires(self, witness: Witness) -> list[list[int]]:
        """The values on the wires a, b and c at each point of the domain. Raises JobFault
        WITNESS_NOT_REDUCED."""
        layout, r = self.layout, self.layout.curve.r
        values = [0, *witness.reduced(None)[1:]]
        for index in range(layout.n_additions):
            (one, other), (f, g) = self.addition(index)
            values.append((f * values[one] + g * values[other]) % r)
        empty = [0] * (layout.domain_size - layout.n_gates)
        return [[values[signal] for signal in self.signals(wire)] + empty for wire in range(3)]

    def broken_gate(self, witness: Witness, threads: int) -> int:
        r = self.layout.curve.r
        selectors = [transform(polynomial, self.root, r) for polynomial in self.polynomials[:5]]
        a, b, c = self.wires(witness)
        for row in range(self.layout.domain_size):
            m, left, right, out, constant = (values[row] for values in selectors)
            bound = a[row] if row < self.n_public else 0
            total = m * a[row] * b[row] + left * a[row] + right * b[row] + out * c[row] + constant
            if (total - bound) % r:
                return row
        return SATISFIED

    def commit(self, polynomial: Sequence[int], cancel: bytearray | None) -> G1:
        """Σ coefficient · τ^i."""
        terms = terms_of(polynomial, self._power, cancel)
        return self.group.affine_g1(self.group.combination(terms, self.group.module.Z1))

    def _power(self, index: int) -> Point:
        """τ^index · G."""
        layout = self.layout
        at = layout.powers.offset + index * layout.curve.g1_size
        return self.group.g1(read_g1(self.mapped.data, at, layout.curve))
