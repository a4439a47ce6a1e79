"""Benchmark keys of any size, made with a known setup: for measuring, never for use. Anyone who reads this
file can forge proofs for them.

The circuit is a chain: constraint i is (s_i + 3·s_{i−1} + a small constant)·s_j = s_{i+1}, where s_j is one
of the two. In circuits of kind `bits`, all but the last 64 constraints are s·(s − 1) = 0, as is typical of
hash functions.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prover_cli.formats.curves import Curve, by_name

Row = list[tuple[int, int]]
"""Signals and their coefficients."""

CHAIN = 64
"""Constraints in circuits of kind `bits` that are not bits."""

PUBLIC = 1
"""Public signals: the last value of the chain is the output."""

Progress = Callable[[str], None]


@dataclass
class System:
    """A constraint system with a witness that satisfies it. Signals: 1, the public ones, the others."""

    a: list[Row]
    b: list[Row]
    c: list[Row]
    witness: list[int]
    public: int = PUBLIC


def build_system(constraints: int, kind: str, r: int) -> System:
    """`kind` is dense or bits. The signals are 1, the output, two inputs, and the others."""
    system = System([], [], [], [1, 0, 3, 5])
    witness = system.witness
    bits = constraints - CHAIN if kind == "bits" else 0
    for i in range(bits):
        signal = len(witness)
        witness.append(i * 2654435761 >> 7 & 1)
        system.a.append([(signal, 1)])
        system.b.append([(signal, 1), (0, r - 1)])
        system.c.append([])
    before, last = 2, 3
    for i in range(constraints - bits):
        factor = before if i % 3 == 0 else last
        value = (witness[last] + 3 * witness[before] + i % 97 + 1) * witness[factor] % r
        if i == constraints - bits - 1:
            signal = 1
            witness[1] = value
        else:
            signal = len(witness)
            witness.append(value)
        system.a.append([(last, 1), (before, 3), (0, i % 97 + 1)])
        system.b.append([(factor, 1)])
        system.c.append([(signal, 1)])
        before, last = last, signal
    return system


def inverses(values: list[int], r: int) -> list[int]:
    """All inverses at once, by Montgomery's trick. No value may be zero."""
    product, before = 1, []
    for value in values:
        before.append(product)
        product = product * value % r
    inverse = pow(product, -1, r)
    inverted = [0] * len(values)
    for i in range(len(values) - 1, -1, -1):
        inverted[i] = inverse * before[i] % r
        inverse = inverse * values[i] % r
    return inverted


def _section(number: int, parts: Iterable[bytes]) -> Iterator[bytes]:
    body = b"".join(parts)
    yield number.to_bytes(4, "little") + len(body).to_bytes(8, "little")
    yield body


class _Setup:
    """The scalars of the points of a key (Groth 2016, §3.2), from secrets that are not secret."""

    def __init__(self, system: System, log: int, curve: Curve) -> None:
        r = curve.r
        self.system, self.r, self.size = system, r, 1 << log
        self.alpha, self.beta, self.delta, tau = (pow(x, 0x1234567, r) for x in (13, 17, 19, 11))
        size = self.size
        # 5 is the non-residue that circom's tools use.
        coset = pow(5, (r - 1) >> (log + 1), r)
        root = coset * coset % r
        powers = [1]
        for _ in range(size - 1):
            powers.append(powers[-1] * root % r)
        vanishing = (pow(tau, size, r) - 1) % r
        denominators = inverses([(tau - power) * size % r for power in powers], r)
        lagrange = [d * power * vanishing % r for d, power in zip(denominators, powers, strict=True)]
        count = len(system.witness)
        self.u, self.v, w = [0] * count, [0] * count, [0] * count
        for rows, sums in ((system.a, self.u), (system.b, self.v), (system.c, w)):
            for value, row in zip(lagrange, rows, strict=False):
                for signal, coefficient in row:
                    sums[signal] = (sums[signal] + value * coefficient) % r
        # Rows that bind the public signals.
        for signal in range(system.public + 1):
            self.u[signal] = (self.u[signal] + lagrange[len(system.a) + signal]) % r
        bound = [(self.beta * u + self.alpha * v + w) % r for u, v, w in zip(self.u, self.v, w, strict=True)]
        inverse_delta = pow(self.delta, -1, r)
        self.ic = bound[: system.public + 1]
        self.c = [value * inverse_delta % r for value in bound[system.public + 1 :]]
        # H in the Lagrange basis of the coset, over delta: ω·x_i·(τ^n + 1)·Z(τ) / (2n·δ·(τ − ω·x_i)).
        denominators = inverses([(tau - power * coset) * self.delta * 2 * size % r for power in powers], r)
        factor = coset * (pow(tau, size, r) + 1) * vanishing % r
        self.h = [d * power * factor % r for d, power in zip(denominators, powers, strict=True)]


def generate(
    log: int, kind: str, folder: Path, *, curve_name: str = "bn128", threads: int = 1, progress: Progress
) -> None:
    """Writes `circuit.zkey` and `witnesses/0000.wtns` for 2^log − 8 constraints. log ≥ 4, or ≥ 7 for bits."""
    progress("constraints and setup")
    curve = by_name(curve_name)
    system = build_system((1 << log) - 8, kind, curve.r)
    write_circuit(system, log, folder, curve, threads=threads, progress=progress)


def write_circuit(
    system: System, log: int, folder: Path, curve: Curve, *, threads: int = 1, progress: Progress
) -> None:
    """Writes `circuit.zkey`, over a domain of 2^log points, and `witnesses/0000.wtns`."""
    from prover_cli import _native
    from prover_cli.formats.wtns import Witness, write_witness

    r, n8r = curve.r, curve.n8r
    setup = _Setup(system, log, curve)

    def points(group: int, scalars: list[int]) -> bytes:
        plain = b"".join(scalar.to_bytes(n8r, "little") for scalar in scalars)
        return _native.generator_multiples(curve.name, group, plain, threads)

    def coefficients() -> Iterator[bytes]:
        square = pow(2, 16 * n8r, r)  # coefficients are stored times R²
        entries = [
            (matrix, number, signal, value)
            for number, rows in enumerate(zip(system.a, system.b, strict=True))
            for matrix, row in enumerate(rows)
            for signal, value in row
        ]
        entries += [(0, len(system.a) + signal, signal, 1) for signal in range(system.public + 1)]
        yield len(entries).to_bytes(4, "little")
        for matrix, number, signal, value in entries:
            yield b"".join(part.to_bytes(4, "little") for part in (matrix, number, signal))
            yield (value * square % r).to_bytes(n8r, "little")

    def head() -> Iterator[bytes]:
        for prime, size in ((curve.q, curve.n8q), (r, n8r)):
            yield size.to_bytes(4, "little") + prime.to_bytes(size, "little")
        for number in (len(system.witness), system.public, setup.size):
            yield number.to_bytes(4, "little")
        alpha, beta, delta = setup.alpha, setup.beta, setup.delta
        yield points(1, [alpha, beta]) + points(2, [beta, 1]) + points(1, [delta]) + points(2, [delta])

    sections: list[tuple[int, Callable[[], Iterable[bytes]]]] = [
        (1, lambda: [(1).to_bytes(4, "little")]),
        (2, head),
        (3, lambda: [points(1, setup.ic)]),
        (4, coefficients),
        (5, lambda: [points(1, setup.u)]),
        (6, lambda: [points(1, setup.v)]),
        (7, lambda: [points(2, setup.v)]),
        (8, lambda: [points(1, setup.c)]),
        (9, lambda: [points(1, setup.h)]),
        (10, lambda: [bytes(68)]),
    ]
    (folder / "witnesses").mkdir(parents=True, exist_ok=True)
    with (folder / "circuit.zkey").open("wb") as file:
        file.write(b"zkey" + (1).to_bytes(4, "little") + len(sections).to_bytes(4, "little"))
        for number, parts in sections:
            progress(f"section {number} of {len(sections)}")
            file.writelines(_section(number, parts()))
    values = b"".join(value.to_bytes(n8r, "little") for value in system.witness)
    (folder / "witnesses" / "0000.wtns").write_bytes(write_witness(Witness(curve, values, 0)))
