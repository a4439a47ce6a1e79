"""The reference engine: Groth16 in plain Python over py_ecc, written to be read alongside the file format.

It is slow (about 9 ms per constraint) and independent of the native engine down to the field arithmetic. The
tests check the native engine against it: from the same blinding factors it makes the same proof.
"""

from collections.abc import Iterator
from functools import cached_property, partial

from prover_cli.formats.curves import Curve
from prover_cli.formats.points import G1, G2
from prover_cli.formats.r1cs import rows
from prover_cli.formats.wtns import Witness
from prover_cli.formats.zkey import read_g1, read_g2
from prover_cli.needs import Needs
from prover_cli.systems import engine, protocols
from prover_cli.systems.constraints import Constraints, Sizes
from prover_cli.systems.groth16.blinding import Blinding
from prover_cli.systems.groth16.entries import corrupt_entry
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.groth16.opened import OpenedKey
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.groth16.verification_key import VerificationKey
from prover_cli.systems.plain_groups import Group, Point, terms_of
from prover_cli.systems.plain_transforms import transform
from prover_cli.systems.plain_verifier import PlainVerifier, require_points


class ReferenceKey(OpenedKey):
    """A mapped key read entry by entry."""

    def __init__(self, mapped: MappedKey) -> None:
        super().__init__(mapped)
        self.group = Group(mapped.layout.curve)

    def prove(
        self, witness: Witness, blinding: Blinding, threads: int, cancel: bytearray | None = None
    ) -> Proof:
        """A0 = α + Σ w·A, B0 = β + Σ w·B2, C0 = Σ w·C + Σ h·H; then re-randomised. One thread."""
        w = list(witness.reduced(None))
        group, layout, key = self.group, self.layout, self._mapped.verification_key
        delta2 = group.g2(key.delta2)
        a0 = group.add(group.g1(key.alpha1), self._product(5, w, cancel))
        b0 = group.add(group.g2(key.beta2), self._product(7, w, cancel))
        c0 = self._product(8, w[layout.n_public + 1 :], cancel)
        c0 = group.add(c0, self._product(9, self.quotient(w), cancel))
        r = layout.curve.r
        a = group.multiply(a0, pow(blinding.r1, -1, r))
        b = group.multiply(group.add(b0, group.multiply(delta2, blinding.r2)), blinding.r1)
        c = group.add(c0, group.multiply(a0, blinding.r2))
        return Proof(layout.curve, group.affine_g1(a), group.affine_g2(b), group.affine_g1(c))

    def _product(self, section: int, scalars: list[int], cancel: bytearray | None) -> Point:
        """Σ scalar · point over one section."""
        zero = self.group.module.Z2 if section == 7 else self.group.module.Z1
        return self.group.combination(terms_of(scalars, partial(self._point, section), cancel), zero)

    def _point(self, section: int, index: int) -> Point:
        layout, data, curve = self.layout, self._mapped.data, self.layout.curve
        if section == 7:
            return self.group.g2(read_g2(data, layout.b2.offset + index * curve.g2_size, curve))
        start = {5: layout.a, 6: layout.b1, 8: layout.c, 9: layout.h}[section].offset
        return self.group.g1(read_g1(data, start + index * curve.g1_size, curve))

    def coefficients(self, start: int, count: int) -> Iterator[tuple[int, int, int, int]]:
        """Entries of section 4: matrix, constraint, signal, stored value (the coefficient times R²)."""
        size = self.layout.coefficient_size
        for at in range(start, start + count):
            offset = self.layout.coefficients.offset + at * size
            entry = self._mapped.data[offset : offset + size]
            yield (
                int.from_bytes(entry[0:4], "little"),
                int.from_bytes(entry[4:8], "little"),
                int.from_bytes(entry[8:12], "little"),
                int.from_bytes(entry[12:], "little"),
            )

    def difference(self, constraints: Constraints, threads: int) -> str | None:
        """Compares row by row. The rows after the last constraint bind the public signals."""
        curve, count = self.layout.curve, constraints.layout.n_constraints
        plain = pow(1 << (16 * curve.n8r), -1, curve.r)
        own: list[dict[tuple[int, int], int]] = [{}, {}]
        for matrix, constraint, signal, stored in self.coefficients(0, self.layout.n_coefficients):
            place = (constraint, signal)
            own[matrix][place] = (own[matrix].get(place, 0) + stored * plain) % curve.r
        wanted: list[dict[tuple[int, int], int]] = [{}, {}]
        for index, row in enumerate(rows(constraints.data, constraints.layout, str(constraints.path))):
            for matrix in (0, 1):
                for wire, value in row[matrix]:
                    place = (index, wire)
                    wanted[matrix][place] = (wanted[matrix].get(place, 0) + value) % curve.r
        wanted[0] |= {(count + signal, signal): 1 for signal in range(self.layout.n_public + 1)}
        for matrix, name in enumerate("AB"):
            one, other = own[matrix], wanted[matrix]
            differs = [
                place for place in one.keys() | other.keys() if one.get(place, 0) != other.get(place, 0)
            ]
            if differs:
                return f"constraint {min(differs)[0]}: its {name} differs from the key's"
        return None

    def quotient(self, w: list[int]) -> list[int]:
        """a·b − c on the coset ω·domain; ω is the root of order 2·domain_size, and c is a·b row by row."""
        curve, size = self.layout.curve, self.layout.domain_size
        plain = pow(1 << (16 * curve.n8r), -1, curve.r)
        rows = [[0] * size, [0] * size]
        for matrix, constraint, signal, stored in self.coefficients(0, self.layout.n_coefficients):
            rows[matrix][constraint] += stored * plain % curve.r * w[signal]
        a, b = ([value % curve.r for value in row] for row in rows)
        c = [x * y % curve.r for x, y in zip(a, b, strict=True)]
        a, b, c = (self._to_coset(values) for values in (a, b, c))
        return [(x * y - z) % curve.r for x, y, z in zip(a, b, c, strict=True)]

    @cached_property
    def _coset_root(self) -> int:
        """5^((r−1)/(2·domain_size)). 5 is the non-residue that circom's tools use."""
        r = self.layout.curve.r
        return pow(5, (r - 1) // (2 * self.layout.domain_size), r)

    def _to_coset(self, values: list[int]) -> list[int]:
        r, size = self.layout.curve.r, self.layout.domain_size
        root = pow(self._coset_root, 2, r)
        coefficients = transform(values, pow(root, -1, r), r)
        shift = pow(size, -1, r)
        for i in range(size):
            coefficients[i] = coefficients[i] * shift % r
            shift = shift * self._coset_root % r
        return transform(coefficients, root, r)

    def check(self, section: int, start: int, count: int, threads: int) -> None:
        layout = self.layout
        if section == 4:
            for i, (matrix, constraint, signal, value) in enumerate(self.coefficients(start, count)):
                if (
                    matrix > 1
                    or constraint >= layout.domain_size
                    or signal >= layout.n_vars
                    or value >= layout.curve.r
                ):
                    reason = "the entry's matrix, constraint, signal or coefficient is out of range"
                    raise corrupt_entry(self._mapped, 4, start + i, reason)
            return
        b = self.group.module.b2 if section == 7 else self.group.module.b
        size = layout.curve.g2_size if section == 7 else layout.curve.g1_size
        first = {5: layout.a, 6: layout.b1, 7: layout.b2, 8: layout.c, 9: layout.h}[section].offset
        for index in range(start, start + count):
            image = self._mapped.data[first + index * size : first + (index + 1) * size]
            parts = range(0, size, layout.curve.n8q)
            reduced = all(
                int.from_bytes(image[i : i + layout.curve.n8q], "little") < layout.curve.q for i in parts
            )
            fault = (
                self.group.fault(self._point(section, index), b)
                if reduced
                else "a coordinate is not below the field's prime"
            )
            if fault:
                raise corrupt_entry(self._mapped, section, index, fault)

    def same_scalar(self, curve: Curve, in_g1: G1, in_g2: G2) -> bool:
        module = self.group.module
        p, q = self.group.g1(in_g1), self.group.g2(in_g2)
        if self.group.fault(p, module.b) or self.group.fault(q, module.b2):
            return False
        return self.group.pairings_cancel((module.G2, p), (q, module.neg(module.G1)))


class ReferenceVerifier(PlainVerifier):
    """e(A, B) = e(α, β) · e(Σ public·IC, γ) · e(C, δ), with py_ecc's pairing."""

    def __init__(self, key: VerificationKey) -> None:
        self._key = key
        self._group = group = Group(key.curve)
        self._ic = [group.g1(point) for point in key.ic]
        named = [("alpha1", group.g1(key.alpha1), group.module.b)]
        named += [(f"IC[{i}]", point, group.module.b) for i, point in enumerate(self._ic)]
        named += [
            (name, group.g2(point), group.module.b2)
            for name, point in (
                ("beta2", key.beta2),
                ("gamma2", key.gamma2),
                ("delta2", key.delta2),
            )
        ]
        require_points(group, named, finite=("alpha1", "beta2", "gamma2", "delta2"))

    def verify(self, proof: protocols.Proof, public_signals: tuple[int, ...]) -> bool:
        """Whether the proof is valid."""
        key, group = self._key, self._group
        if not isinstance(proof, Proof) or proof.curve is not key.curve:
            return False
        if len(public_signals) != key.n_public:
            return False
        if any(not 0 <= signal < key.curve.r for signal in public_signals):
            return False
        a, b, c = group.g1(proof.a), group.g2(proof.b), group.g1(proof.c)
        constants = group.module.b, group.module.b2
        if group.fault(a, constants[0]) or group.fault(b, constants[1]) or group.fault(c, constants[0]):
            return False
        terms = zip((1, *public_signals), self._ic, strict=True)
        bound = group.combination(terms, group.module.Z1)
        return group.pairings_cancel(
            (b, group.module.neg(a)),
            (group.g2(key.beta2), group.g1(key.alpha1)),
            (group.g2(key.gamma2), bound),
            (group.g2(key.delta2), c),
        )


class ReferenceEngine(engine.ReferenceEngine[MappedKey, VerificationKey, Blinding]):
    """py_ecc, one constraint at a time."""

    key_type = MappedKey
    verification_key_type = VerificationKey
    opened_type = ReferenceKey

    def verifier_of(self, key: VerificationKey) -> ReferenceVerifier:
        return ReferenceVerifier(key)

    def needs(self, layout: Sizes) -> Needs:
        # A 256-bit integer in a list takes 68 bytes: a, b, c, their transforms and the witness.
        return Needs(64 << 20, 68 * (12 * layout.domain_size + 2 * layout.n_vars))
