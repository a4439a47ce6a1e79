"""Bad entries planted into generated keys, one at a time, at random places: each must be found, and told by
its place. The points of small order are by py_ecc, on the curve but outside of its group.

The tests plant a few; as a program it plants as many as are wanted:

    python tests/plantings.py --each 1000
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prover_cli import _native
from prover_cli.benchmark.generated import generate
from prover_cli.formats.container import Section
from prover_cli.formats.curves import Curve, by_name
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.plain_groups import Group

LOG = 10
"""The keys have 2^LOG constraints: enough for points to be tested together."""

FACTORS = {
    ("bn128", 2): (10_069, 5_864_401),
    ("bls12381", 1): (3, 11, 10_177),
    ("bls12381", 2): (13, 23, 2_713),
}
"""The smallest prime factors of the cofactors. All points of BN254's curve are in G1."""

BLS_X = -0xD201000000010000
"""BLS12-381's parameter; its cofactors are polynomials of it."""

Point = Any
"""A point of py_ecc, which has no types."""


@dataclass(frozen=True)
class Kind:
    """A kind of bad entry, and the section that it is planted in."""

    name: str
    section: Section
    size: int
    """Bytes of an entry."""
    spoil: Callable[[bytes, random.Random], bytes]
    """The bad entry for a good one."""


class Key:
    """A generated key in memory."""

    def __init__(self, curve: Curve) -> None:
        self.curve = curve
        with tempfile.TemporaryDirectory() as folder:
            generate(LOG, "dense", Path(folder), curve_name=curve.name, progress=lambda _: None)
            mapped = MappedKey(Path(folder) / "circuit.zkey")
            self.layout, self.data = mapped.layout, bytearray(mapped.data)

    def found(self, section: int, count: int) -> int | None:
        """The entry of a section that is found to be bad, if any."""
        layout = self.layout
        places = (layout.header, layout.coefficients, layout.a, layout.b1, layout.b2, layout.c, layout.h)
        header, coefficients, a, b1, b2, c, h = ((place.offset, place.length) for place in places)
        key = _native.ProvingKey(
            self.curve.name,
            bytes(self.data),
            (layout.n_vars, layout.n_public, layout.domain_size),
            (header, coefficients, a, b1, b2, c, h),
            _native.cpus(self.curve.name)[0],
        )
        try:
            key.check(section, 0, count, 1)
        except _native.CorruptEntry as fault:
            return int(fault.args[1])
        return None

    def kinds(self) -> Iterator[Kind]:
        """All kinds that there are for its curve."""
        layout, curve = self.layout, self.curve
        sections = [
            (5, layout.a, 1),
            (6, layout.b1, 1),
            (7, layout.b2, 2),
            (8, layout.c, 1),
            (9, layout.h, 1),
        ]
        for number, section, group in sections:
            size = 2 * group * curve.n8q
            yield Kind(f"{number}: off its curve", section, size, _off_its_curve)
            yield Kind(f"{number}: not reduced", section, size, lambda good, _: b"\xff" * len(good))
            factors = FACTORS.get((curve.name, group))
            if number not in (5, 7) or factors is None:
                continue
            for factor in (*factors, None):
                order = f"of order {factor}" if factor else "outside of its group"
                bad = outside(curve, group, factor)
                yield Kind(f"{number}: {order}", section, size, _replaced(bad, curve))
        size = 12 + curve.n8r
        for name, at, word in (
            ("matrix", 0, b"\x02\0\0\0"),
            ("constraint", 4, layout.domain_size.to_bytes(4, "little")),
            ("signal", 8, layout.n_vars.to_bytes(4, "little")),
            ("value", 12, b"\xff" * curve.n8r),
        ):

            def spoil(good: bytes, _: random.Random, at: int = at, word: bytes = word) -> bytes:
                return good[:at] + word + good[at + len(word) :]

            yield Kind(f"4: {name}", layout.coefficients, size, spoil)


def plant(key: Key, kind: Kind, count: int, chance: random.Random) -> tuple[int, int]:
    """How many of so many plantings were found, and how many of them at their place. Every tenth is the first
    entry, every tenth the last."""
    found = at_their_place = 0
    entries = kind.section.length // kind.size
    for number in range(count):
        index = {0: 0, 1: entries - 1}.get(number % 10, chance.randrange(entries))
        at = kind.section.offset + index * kind.size
        good = bytes(key.data[at : at + kind.size])
        key.data[at : at + kind.size] = kind.spoil(good, chance)
        place = key.found(kind.section.id, entries)
        key.data[at : at + kind.size] = good
        found += place is not None
        at_their_place += place == index
    return found, at_their_place


def _off_its_curve(good: bytes, chance: random.Random) -> bytes:
    """A bit of x flipped, so low that it stays reduced; (1, 1) for the point at infinity."""
    if not any(good):
        return b"\x01" + good[1 : len(good) // 2] + b"\x01" + good[len(good) // 2 + 1 :]
    return bytes([good[0] ^ 1 << chance.randrange(4)]) + good[1:]


def outside(curve: Curve, group: int, factor: int | None) -> Point:
    """A point on the curve whose order is a factor of the cofactor, or any that is outside of the group."""
    module = Group(curve).module
    x = BLS_X
    cofactor = {
        ("bn128", 2): 2 * curve.q - curve.r,
        ("bls12381", 1): (x - 1) ** 2 // 3,
        ("bls12381", 2): (x**8 - 4 * x**7 + 5 * x**6 - 4 * x**4 + 6 * x**3 - 4 * x**2 - 4 * x + 13) // 9,
    }[curve.name, group]
    for candidate in _on_the_curve(module, curve.q, group):
        if factor is None:
            if not module.is_inf(module.multiply(candidate, curve.r)):
                return candidate
            continue
        rest = cofactor
        while rest % factor == 0:
            rest //= factor
        point = module.multiply(module.multiply(candidate, curve.r), rest)
        if module.is_inf(point):
            continue
        while not module.is_inf(module.multiply(point, factor)):
            point = module.multiply(point, factor)
        return point
    raise AssertionError("a curve has many points")


def _on_the_curve(module: Any, q: int, group: int) -> Iterator[Point]:
    """By x = 1, 2, …; q is 3 mod 4. Roots in the extension: G. Adj, F. Rodríguez-Henríquez, "Square root
    computation over even extension fields" (ia.cr/2012/685), algorithm 9."""
    for x in range(1, 10_000):
        if group == 1:
            square = (x**3 + int(module.b)) % q
            root = pow(square, (q + 1) // 4, q)
            if root * root % q == square:
                yield (module.FQ(x), module.FQ(root), module.FQ.one())
            continue
        field = module.FQ2
        at = field([x, 1])
        square = at * at * at + module.b2
        power = square ** ((q - 3) // 4)
        alpha, start = power * power * square, power * square
        if alpha == field([q - 1, 0]):
            root = field([0, 1]) * start
        else:
            root = (field.one() + alpha) ** ((q - 1) // 2) * start
        if root * root == square:
            yield (at, root, field.one())


def _replaced(point: Point, curve: Curve) -> Callable[[bytes, random.Random], bytes]:
    """Puts the point in the place of a good one, as a key stores it."""
    module = Group(curve).module
    parts = [part for axis in module.normalize(point) for part in getattr(axis, "coeffs", (axis,))]
    stored = [((int(part) << 8 * curve.n8q) % curve.q).to_bytes(curve.n8q, "little") for part in parts]
    return lambda _, __: b"".join(stored)


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n\n")[0])
    parser.add_argument("--each", type=int, default=100, help="plantings of each kind")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="another one each time by default")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    missed = 0
    for name in ("bn128", "bls12381"):
        key = Key(by_name(name))
        for kind in key.kinds():
            found, placed = plant(key, kind, given.each, random.Random(f"{given.seed} {kind.name}"))
            print(f"{name}, section {kind.name}: {found} found, {placed} at their place", flush=True)
            missed += given.each - placed
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
