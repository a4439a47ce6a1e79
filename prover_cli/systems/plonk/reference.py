"""The reference engine: PLONK in plain Python over py_ecc, written to be read alongside the paper (sections
8.3 and 8.4) and the file format.

It is slow (some 0.07 s per point of the domain) and independent of the native engine down to the field
arithmetic. The tests check the native engine against it: from the same blinding it makes the same proof.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from prover_cli.faults import Code, JobFault
from prover_cli.formats.points import G1
from prover_cli.formats.wtns import Witness
from prover_cli.formats.zkey import read_g1
from prover_cli.needs import Needs
from prover_cli.systems import protocols
from prover_cli.systems.checked_prover import CheckedProver
from prover_cli.systems.constraints import Sizes
from prover_cli.systems.opened_key import SATISFIED
from prover_cli.systems.own import own
from prover_cli.systems.plain_groups import Group
from prover_cli.systems.plain_transforms import transform
from prover_cli.systems.plonk.blinding import Blinding
from prover_cli.systems.plonk.mapped import MappedKey
from prover_cli.systems.plonk.opened import OpenedKey
from prover_cli.systems.plonk.proof import Proof
from prover_cli.systems.plonk.reference_verifier import ReferenceVerifier
from prover_cli.systems.plonk.verification_key import VerificationKey
from prover_cli.systems.tables import Tables

Polynomial = list[int]
"""Coefficients from the constant up."""


class ReferenceEngine:
    """py_ecc, one gate at a time."""

    name = "reference"

    def open(self, key: protocols.ProvingKey, tables: Tables | None = None) -> "ReferenceKey":
        return ReferenceKey(own(key, MappedKey))

    def prover(
        self,
        key: protocols.ProvingKey,
        tables: Tables | None = None,
        *,
        sha256: str | None = None,
        constraints: Path | None = None,
    ) -> CheckedProver[Blinding]:
        mapped = own(key, MappedKey)
        return CheckedProver(
            mapped,
            lambda _: ReferenceKey(mapped),
            lambda: None,  # there is nothing simpler
            ReferenceVerifier(mapped.verification_key),
            sha256=sha256,
            constraints=constraints,
        )

    def verifier(self, key: protocols.VerificationKey) -> "ReferenceVerifier":
        return ReferenceVerifier(own(key, VerificationKey))

    def needs(self, layout: Sizes) -> Needs:
        # A 256-bit integer in a list takes 68 bytes: polynomials over domains of up to eight times the size.
        return Needs(64 << 20, 68 * (64 * layout.domain_size + 2 * layout.n_vars))


class ReferenceKey(OpenedKey):
    """A mapped key read number by number."""

    def __init__(self, mapped: MappedKey) -> None:
        super().__init__(mapped)
        self.group = Group(mapped.layout.curve)

    @property
    def root(self) -> int:
        return self.verification_key.root

    def number(self, at: int) -> int:
        """The scalar stored at a byte."""
        curve = self.layout.curve
        return self.number_at(at) * self._plain % curve.r

    @cached_property
    def _plain(self) -> int:
        curve = self.layout.curve
        return pow(1 << (8 * curve.n8r), -1, curve.r)

    def _coefficients(self, start: int) -> Polynomial:
        size = self.layout.curve.n8r
        return [self.number(start + i * size) for i in range(self.layout.domain_size)]

    @cached_property
    def polynomials(self) -> list[Polynomial]:
        """Qm, Ql, Qr, Qo, Qc, S1, S2, S3."""
        layout = self.layout
        starts = [section.offset for section in layout.selectors]
        starts += [layout.sigma.offset + wire * layout.polynomial_size for wire in range(3)]
        return [self._coefficients(start) for start in starts]

    def signals(self, wire: int) -> list[int]:
        """The signals on a wire, gate by gate."""
        start = self.layout.maps[wire].offset
        words = (self._mapped.data[start + 4 * i : start + 4 * i + 4] for i in range(self.layout.n_gates))
        return [int.from_bytes(word, "little") for word in words]

    def wires(self, witness: Witness) -> list[list[int]]:
        """The values on the wires a, b and c at each point of the domain. Raises JobFault
        WITNESS_NOT_REDUCED."""
        layout, data, r = self.layout, self._mapped.data, self.layout.curve.r
        values = [0, *witness.reduced(None)[1:]]
        for index in range(layout.n_additions):
            at = layout.additions.offset + index * layout.addition_size
            one, other = (int.from_bytes(data[at + i : at + i + 4], "little") for i in (0, 4))
            f, g = self.number(at + 8), self.number(at + 8 + layout.curve.n8r)
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

    def prove(
        self, witness: Witness, blinding: Blinding, threads: int, cancel: bytearray | None = None
    ) -> Proof:
        """The five rounds. One thread."""
        from prover_cli.systems.plonk.reference_rounds import Rounds

        return Rounds(self, witness, blinding, cancel).proof()

    def commit(self, polynomial: Sequence[int], cancel: bytearray | None) -> G1:
        """Σ coefficient · τ^i."""
        total = self.group.module.Z1
        curve, start = self.layout.curve, self.layout.powers.offset
        for index, coefficient in enumerate(polynomial):
            if cancel and cancel[0]:
                raise JobFault(Code.CANCELLED, "cancelled")
            if coefficient:
                point = self.group.g1(read_g1(self._mapped.data, start + index * curve.g1_size, curve))
                total = self.group.add(total, self.group.multiply(point, coefficient))
        return self.group.affine_g1(total)

    def number_at(self, at: int) -> int:
        """The number stored at a byte, in Montgomery form and perhaps not reduced."""
        return int.from_bytes(self._mapped.data[at : at + self.layout.curve.n8r], "little")

    def check(self, section: int, threads: int) -> None:
        from prover_cli.systems.plonk.reference_check import check_section

        check_section(self, self._mapped, section)
