"""Every entry of a key, one by one, in plain Python: what `native/src/plonk/key/check.rs` does in bulk."""

import secrets

from prover_cli.faults import SetupFault
from prover_cli.formats.zkey import read_g1
from prover_cli.systems.plain_transforms import transform
from prover_cli.systems.plonk.arithmetisation import Gate, permutation
from prover_cli.systems.plonk.layout import BLOWUP
from prover_cli.systems.plonk.mapped import MappedKey
from prover_cli.systems.plonk.reference import ReferenceKey
from prover_cli.systems.plonk.validation import corrupt_entry

NOT_REDUCED = "the number is not below the scalar field's prime"


class _Check:
    """Of one key."""

    def __init__(self, key: ReferenceKey, mapped: MappedKey) -> None:
        self.key, self.mapped, self.layout = key, mapped, mapped.layout
        self.curve, self.group = mapped.layout.curve, key.group

    def fault(self, section: int, index: int, reason: str) -> SetupFault:
        return corrupt_entry(self.mapped, section, index, reason)

    def header(self) -> None:
        layout, curve, found = self.layout, self.curve, self.mapped.verification_key
        for index, (constant, usual) in enumerate(((found.k1, 2), (found.k2, 3))):
            if self.key.number_at(layout.header.offset + index * curve.n8r) >= curve.r or constant != usual:
                raise self.fault(2, index, f"the constant is not {usual}")
        start = layout.header.offset + 2 * curve.n8r
        for at in range(start, layout.header.end, curve.n8q):
            if int.from_bytes(self.mapped.data[at : at + curve.n8q], "little") >= curve.q:
                index = min((at - start) // curve.g1_size, len(found.commitments))
                raise self.fault(2, 2 + index, "a coordinate is not below the field's prime")
        named = [(self.group.g1(point), self.group.module.b) for point in found.commitments]
        named.append((self.group.g2(found.x2), self.group.module.b2))
        for index, (point, b) in enumerate(named):
            reason = self.group.fault(point, b)
            if reason:
                raise self.fault(2, 2 + index, reason)
        if self.group.module.is_inf(named[-1][0]):
            raise self.fault(2, 2 + len(found.commitments), "the point is at infinity")

    def gates(self) -> None:
        layout, data, r = self.layout, self.mapped.data, self.curve.r
        for index in range(layout.n_additions):
            at = layout.additions.offset + index * layout.addition_size
            signals = (int.from_bytes(data[at + i : at + i + 4], "little") for i in (0, 4))
            if max(signals) >= layout.n_vars + index:
                raise self.fault(3, index, "it adds a signal that is not known before it")
            if any(self.key.number_at(at + 8 + i * self.curve.n8r) >= r for i in range(2)):
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
            return self.fault(7 + index, layout.domain_size + BLOWUP * gate, reason)

        for gate in range(layout.n_public):
            reason = "the gate does not bind its public signal"
            if a[gate] != gate + 1:
                raise self.fault(4, gate, reason)
            unbound = wrong(gate, 0, 1, 0, 0, 0)
            if unbound is not None:
                raise fault(unbound, gate, reason)
        gate = layout.n_public
        for index in range(layout.n_additions):
            at = layout.additions.offset + index * layout.addition_size
            summands = tuple(int.from_bytes(data[at + i : at + i + 4], "little") for i in (0, 4))
            f, g = (self.key.number(at + 8 + i * self.curve.n8r) for i in range(2))
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

    def polynomial(self, section: int, start: int, index: int, first: int) -> None:
        """The polynomial stored from the byte `start` on; `first` is the number of its first entry."""
        layout, curve = self.layout, self.curve
        size, n = curve.n8r, layout.domain_size
        for entry in range((1 + BLOWUP) * n):
            if self.key.number_at(start + entry * size) >= curve.r:
                raise self.fault(section, first + entry, NOT_REDUCED)
        root = pow(5, (curve.r - 1) // (BLOWUP * n), curve.r)
        values = transform(self.key.polynomials[index] + [0] * (BLOWUP - 1) * n, root, curve.r)
        for entry, value in enumerate(values):
            if self.key.number(start + (n + entry) * size) != value:
                reason = "the value is not that of the polynomial's coefficients"
                raise self.fault(section, first + n + entry, reason)

    def copies(self) -> None:
        layout, r = self.layout, self.curve.r
        signals = zip(*(self.key.signals(wire) for wire in range(3)), strict=True)
        gates: list[Gate] = [((a, b, c), (0, 0, 0, 0, 0)) for a, b, c in signals]
        cosets = (1, self.mapped.verification_key.k1, self.mapped.verification_key.k2)
        before = permutation(gates, layout.domain_size)
        for wire in range(3):
            values = transform(self.key.polynomials[5 + wire], self.key.root, r)
            for row, (other_wire, other_row) in enumerate(before[wire]):
                if values[row] != cosets[other_wire] * pow(self.key.root, other_row, r) % r:
                    index = wire * (1 + BLOWUP) * layout.domain_size + layout.domain_size + BLOWUP * row
                    reason = "the permutation does not connect the wires that carry the same signal"
                    raise self.fault(12, index, reason)

    def powers(self) -> None:
        layout, curve, module = self.layout, self.curve, self.group.module
        count = layout.powers.length // curve.g1_size
        points = []
        for index in range(count):
            at = layout.powers.offset + index * curve.g1_size
            halves = (self.mapped.data[at + i * curve.n8q : at + (i + 1) * curve.n8q] for i in range(2))
            if any(int.from_bytes(half, "little") >= curve.q for half in halves):
                raise self.fault(14, index, "a coordinate is not below the field's prime")
            point = self.group.g1(read_g1(self.mapped.data, at, curve))
            reason = self.group.fault(point, module.b)
            if reason or module.is_inf(point):
                raise self.fault(14, index, reason or "the point is at infinity")
            points.append(point)
        if not module.eq(points[0], module.G1):
            raise self.fault(14, 0, "the point is not the generator")
        repeats = module.eq(points[layout.domain_size], points[0])
        if repeats and self.mapped.verification_key.x2 != curve.generator2:
            raise self.fault(14, layout.domain_size, "the powers of τ repeat")
        x2 = self.group.g2(self.mapped.verification_key.x2)

        def follow(start: int, end: int) -> bool:
            left = right = module.Z1
            for index in range(start, end):
                factor = secrets.randbits(128)
                left = module.add(left, module.multiply(points[index], factor))
                right = module.add(right, module.multiply(points[index + 1], factor))
            return bool(module.pairing(x2, left) == module.pairing(module.G2, right))

        if not follow(0, count - 1):
            start, end = 0, count - 1
            while end - start > 1:
                middle = (start + end) // 2
                start, end = (middle, end) if follow(start, middle) else (start, middle)
            raise self.fault(14, end, "the point is not τ times the one before it")
        for index, (polynomial, wanted) in enumerate(
            zip(self.key.polynomials, self.mapped.verification_key.commitments, strict=True)
        ):
            if self.key.commit(polynomial, None) != wanted:
                reason = "the commitment is not that to the polynomial's coefficients"
                raise self.fault(2, 2 + index, reason)


def check_section(key: ReferenceKey, mapped: MappedKey, section: int) -> None:
    """One of `validation.STEPS`. Raises SetupFault KEY_CORRUPT."""
    check = _Check(key, mapped)
    layout = mapped.layout
    if section == 2:
        check.header()
    elif section == 4:
        check.gates()
    elif section == 12:
        numbers = (1 + BLOWUP) * layout.domain_size
        for wire in range(3):
            start = layout.sigma.offset + wire * layout.polynomial_size
            check.polynomial(12, start, 5 + wire, wire * numbers)
        check.copies()
    elif section == 14:
        check.powers()
    else:
        check.polynomial(section, layout.selectors[section - 7].offset, section - 7, 0)
