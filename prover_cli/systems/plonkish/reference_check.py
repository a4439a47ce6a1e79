"""Every entry of a key, one by one, in plain Python: what `native/src/plonkish/check.rs` does in bulk."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from prover_cli.faults import SetupFault
from prover_cli.formats.points import G1, G2
from prover_cli.formats.zkey import read_g1
from prover_cli.systems.plain_groups import Point
from prover_cli.systems.plain_transforms import transform
from prover_cli.systems.plonkish.arithmetisation import Gate, permutation
from prover_cli.systems.plonkish.layout import BLOWUP
from prover_cli.systems.plonkish.reference import Polynomial, ReferenceKey

NOT_REDUCED = "the number is not below the scalar field's prime"
COORDINATE_NOT_REDUCED = "a coordinate is not below the field's prime"
AT_INFINITY = "the point is at infinity"

R = TypeVar("R", bound=ReferenceKey[Any, Any])


class Check(ABC, Generic[R]):
    """Of one key."""

    def __init__(self, key: R) -> None:
        self.x2 = key.mapped.verification_key.x2
        self.key, self.mapped, self.layout = key, key.mapped, key.layout
        self.curve, self.group = key.layout.curve, key.group

    def section(self, number: int) -> None:
        """One of the steps of `validation`. Raises SetupFault KEY_CORRUPT."""
        if number == 2:
            self.header()
        elif number == 4:
            self.gates()
        elif number == self.layout.powers.id:
            self.powers()
        for index, place in enumerate((*self.layout.selectors, *self.layout.sigma)):
            if number == place.id:
                self.polynomial(index)
        if number == self.layout.sigma[2].id:
            self.copies()

    @abstractmethod
    def header(self) -> None:
        """The constants and points of section 2."""

    def fault(self, section: int, index: int, reason: str) -> SetupFault:
        return self.key.checks.corrupt_entry(self.mapped, section, index, reason)

    def constants(self, wanted: Sequence[tuple[str, int]]) -> int:
        """The scalars that the header begins with, by what messages call them. Returns the byte after
        them."""
        for index, (called, usual) in enumerate(wanted):
            at = self.layout.header.offset + index * self.curve.n8r
            if self.key.number_at(at) >= self.curve.r or self.key.number(at) != usual:
                raise self.fault(2, index, f"the constant is not {called}")
        return self.layout.header.offset + len(wanted) * self.curve.n8r

    def g1(self, index: int, at: int, point: G1) -> None:
        """A point of the header, stored at a byte."""
        self._point(index, at, self.curve.g1_size, self.group.g1(point), self.group.module.b)

    def g2(self, index: int, at: int, point: G2) -> None:
        """The same in G2, where it is not at infinity."""
        found = self.group.g2(point)
        self._point(index, at, self.curve.g2_size, found, self.group.module.b2)
        if self.group.module.is_inf(found):
            raise self.fault(2, index, AT_INFINITY)

    def _point(self, index: int, at: int, size: int, point: Point, b: object) -> None:
        reason = self.group.fault(point, b) if self._is_reduced(at, size) else COORDINATE_NOT_REDUCED
        if reason:
            raise self.fault(2, index, reason)

    def gates(self) -> None:
        layout, r = self.layout, self.curve.r
        for index in range(layout.n_additions):
            signals, _ = self.key.addition(index)
            if max(signals) >= layout.n_vars + index:
                raise self.fault(3, index, "it adds a signal that is not known before it")
            at = layout.place(3, index) + 8
            if any(self.key.number_at(at + i * self.curve.n8r) >= r for i in range(2)):
                raise self.fault(3, index, "a factor is not below the scalar field's prime")
        for wire in range(3):
            for index, signal in enumerate(self.key.signals(wire)):
                if signal >= layout.n_signals:
                    reason = f"signal {signal} is outside the circuit's {layout.n_signals}"
                    raise self.fault(4 + wire, index, reason)
        values = [transform(polynomial, self.key.root, r) for polynomial in self.key.polynomials[:5]]
        a, b, c = (self.key.signals(wire) for wire in range(3))

        def wrong(gate: int, *wanted: int) -> int | None:
            return next((i for i in range(5) if (values[i][gate] - wanted[i]) % r), None)

        def fault(index: int, gate: int, reason: str) -> SetupFault:
            return self.fault(layout.selectors[index].id, layout.domain_size + BLOWUP * gate, reason)

        for gate in range(layout.n_public):
            reason = "the gate does not bind its public signal"
            if a[gate] != gate + 1:
                raise self.fault(4, gate, reason)
            unbound = wrong(gate, 0, 1, 0, 0, 0)
            if unbound is not None:
                raise fault(unbound, gate, reason)
        gate = layout.n_public
        for index in range(layout.n_additions):
            summands, (f, g) = self.key.addition(index)
            while gate < layout.n_gates and c[gate] != layout.n_vars + index:
                gate += 1
            is_made = gate < layout.n_gates and (a[gate], b[gate]) == summands
            if not is_made or wrong(gate, 0, -f, -g, 1, 0) is not None:
                raise self.fault(3, index, "no gate makes this sum")
            gate += 1
        for gate in range(layout.n_gates, layout.domain_size):
            left_over = wrong(gate, 0, 0, 0, 0, 0)
            if left_over is not None:
                raise fault(left_over, gate, "a gate follows the last one")

    def polynomial(self, index: int) -> None:
        """The coefficients and values of one of `key.polynomials`."""
        layout, curve = self.layout, self.curve
        size, n = curve.n8r, layout.domain_size
        place = (*layout.selectors, *layout.sigma)[index]
        first = (place.offset - layout.place(place.id, 0)) // size
        for entry in range((1 + BLOWUP) * n):
            if self.key.number_at(place.offset + entry * size) >= curve.r:
                raise self.fault(place.id, first + entry, NOT_REDUCED)
        root = pow(5, (curve.r - 1) // (BLOWUP * n), curve.r)
        values = transform(self.key.polynomials[index] + [0] * (BLOWUP - 1) * n, root, curve.r)
        for entry, value in enumerate(values, n):
            if self.key.number(place.offset + entry * size) != value:
                reason = "the value is not that of the polynomial's coefficients"
                raise self.fault(place.id, first + entry, reason)

    def copies(self) -> None:
        layout, r, found = self.layout, self.curve.r, self.mapped.verification_key
        signals = zip(*(self.key.signals(wire) for wire in range(3)), strict=True)
        gates: list[Gate] = [((a, b, c), (0, 0, 0, 0, 0)) for a, b, c in signals]
        cosets = (1, found.k1, found.k2)
        before = permutation(gates, layout.domain_size, self.mapped.rules)
        for wire, place in enumerate(layout.sigma):
            first = (place.offset - layout.place(place.id, 0)) // self.curve.n8r
            values = transform(self.key.polynomials[5 + wire], self.key.root, r)
            for row, (other_wire, other_row) in enumerate(before[wire]):
                if values[row] != cosets[other_wire] * pow(self.key.root, other_row, r) % r:
                    index = first + layout.domain_size + BLOWUP * row
                    reason = "the permutation does not connect the wires that carry the same signal"
                    raise self.fault(place.id, index, reason)

    def powers(self) -> None:
        layout, curve, module = self.layout, self.curve, self.group.module
        section = layout.powers.id
        count = layout.powers.length // curve.g1_size
        points = []
        for index in range(count):
            at = layout.place(section, index)
            if not self._is_reduced(at, curve.g1_size):
                raise self.fault(section, index, COORDINATE_NOT_REDUCED)
            point = self.group.g1(read_g1(self.mapped.data, at, curve))
            reason = self.group.fault(point, module.b)
            if reason or module.is_inf(point):
                raise self.fault(section, index, reason or AT_INFINITY)
            points.append(point)
        if not module.eq(points[0], module.G1):
            raise self.fault(section, 0, "the point is not the generator")
        repeats = next((i for i in range(1, count) if points[i][0] == points[0][0]), None)
        if repeats is not None and self.x2 != curve.generator2:
            raise self.fault(section, repeats, "the powers of τ repeat")
        x2 = self.group.g2(self.x2)

        def follow(start: int, end: int) -> bool:
            factors = [secrets.randbits(128) for _ in range(start, end)]
            left, right = (
                self.group.combination(zip(factors, points[first:], strict=False), module.Z1)
                for first in (start, start + 1)
            )
            return self.group.pairings_cancel((x2, left), (module.G2, module.neg(right)))

        if not follow(0, count - 1):
            start, end = 0, count - 1
            while end - start > 1:
                middle = (start + end) // 2
                start, end = (middle, end) if follow(start, middle) else (start, middle)
            raise self.fault(section, end, "the point is not τ times the one before it")

    def _is_reduced(self, at: int, size: int) -> bool:
        """Whether those of a point of so many bytes are below the prime."""
        n, data = self.curve.n8q, self.mapped.data
        return all(
            int.from_bytes(data[place : place + n], "little") < self.curve.q
            for place in range(at, at + size, n)
        )

    def commitment(self, polynomial: Polynomial, wanted: G1, index: int) -> None:
        """An entry of the header against the polynomial that it commits to."""
        if self.key.commit(polynomial, None) != wanted:
            raise self.fault(2, index, "the commitment is not that to the polynomial's coefficients")
