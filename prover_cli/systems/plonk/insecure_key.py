"""PLONK keys with a known τ, for benchmarks, section by section as `snarkjs plonk setup` writes them: see
`systems.insecure_setup`."""

from collections.abc import Iterator
from pathlib import Path

from prover_cli.formats.curves import Curve
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
from prover_cli.systems.plonk.layout import MORE_POWERS, RULES, SELECTOR_SECTIONS
from prover_cli.systems.plonkish.insecure_key import K1, K2, Setup, words


def write_insecure_key(
    circuit: Circuit, log: int, path: Path, curve: Curve, *, threads: int, progress: Progress
) -> None:
    """A key over a domain of 2^log points."""
    r, size = curve.r, 1 << log
    setup, tau = Setup(circuit, size, curve, RULES, threads), secret(TAU, r)
    lagrange = lagrange_at(tau, setup.root, size, r)

    def head() -> Iterator[bytes]:
        yield primes(curve) + setup.counts() + setup.stored([K1, K2])
        committed = [setup.committed(values, lagrange) for values in (*setup.selectors, *setup.sigma)]
        yield setup.points(1, committed) + setup.points(2, [tau])

    sections = [
        *setup.sections(SELECTOR_SECTIONS),
        (12, lambda: [setup.polynomial(values) for values in setup.sigma]),
        (13, setup.starts),
        (14, lambda: [setup.points(1, powers(tau, size + MORE_POWERS, r))]),
        (1, lambda: [words(2)]),
        (2, head),
    ]
    write_sections(path, b"zkey", sections, progress)
