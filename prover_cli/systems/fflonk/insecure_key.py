"""FFLONK keys with a known τ, for benchmarks, section by section as `snarkjs fflonk setup` writes them: see
`systems.insecure_setup`."""

from collections.abc import Iterator
from pathlib import Path

from prover_cli.formats.curves import Curve
from prover_cli.systems.fflonk.layout import INTERLEAVED, PROTOCOL, RULES, SELECTOR_SECTIONS, count_powers
from prover_cli.systems.fflonk.verification_key import roots
from prover_cli.systems.insecure_setup import (
    TAU,
    Circuit,
    Progress,
    lagrange_at,
    powers,
    primes,
    secret,
    write_sections,
)
from prover_cli.systems.plonkish.insecure_key import K1, K2, Setup, words


def write_insecure_key(
    circuit: Circuit, log: int, path: Path, curve: Curve, *, threads: int, progress: Progress
) -> None:
    """A key over a domain of 2^log points."""
    r, n8r, size = curve.r, curve.n8r, 1 << log
    setup, tau = Setup(circuit, size, curve, RULES, threads), secret(TAU, r)
    in_key = [*setup.selectors, *setup.sigma]
    parts = [in_key[index] for index in INTERLEAVED]

    def head() -> Iterator[bytes]:
        yield primes(curve) + setup.counts()
        yield setup.stored([K1, K2, *list(roots(curve, log).values())[1:]])
        lagrange = lagrange_at(pow(tau, len(parts), r), setup.root, size, r)
        c0 = sum(setup.committed(part, lagrange) * pow(tau, i, r) for i, part in enumerate(parts)) % r
        yield setup.points(2, [tau]) + setup.points(1, [c0])

    def coefficients() -> Iterator[bytes]:
        """Of C0, whose terms take turns among the polynomials."""
        images = [setup.polynomial(part) for part in parts]
        for at in range(0, size * n8r, n8r):
            yield b"".join(image[at : at + n8r] for image in images)

    sections = [
        (1, lambda: [words(PROTOCOL)]),
        *setup.sections(SELECTOR_SECTIONS),
        *((12 + i, lambda i=i: [setup.polynomial(setup.sigma[i])]) for i in range(3)),
        (15, setup.starts),
        (16, lambda: [setup.points(1, powers(tau, count_powers(size), r))]),
        (17, coefficients),
        (2, head),
    ]
    write_sections(path, b"zkey", sections, progress)
