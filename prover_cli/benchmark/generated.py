"""Benchmark circuits of any size, with keys made from a known setup: for measuring, never for use.

The circuit is a chain: constraint i is (s_i + 3·s_{i−1} + a small constant)·s_j = s_{i+1}, where s_j is one
of the two. In circuits of kind `bits`, all but the last 64 constraints are s·(s − 1) = 0, as is typical of
hash functions.
"""

from pathlib import Path
from typing import Literal

from prover_cli.formats.curves import Curve, by_name
from prover_cli.systems.insecure_setup import Circuit, Progress
from prover_cli.systems.registry import USUAL, system_named

Kind = Literal["dense", "bits"]

CHAIN = 64
"""Constraints in circuits of kind `bits` that are not bits."""

SPARE = 8
"""Points of the domain that are left for public signals."""


def build_circuit(constraints: int, kind: Kind, r: int) -> Circuit:
    """`kind` is dense or bits. The signals are 1, the output, two inputs, and the others."""
    circuit = Circuit([], [], [], [1, 0, 3, 5])
    witness = circuit.witness
    bits = constraints - CHAIN if kind == "bits" else 0
    for i in range(bits):
        signal = len(witness)
        witness.append(i * 2654435761 >> 7 & 1)
        circuit.a.append([(signal, 1)])
        circuit.b.append([(signal, 1), (0, r - 1)])
        circuit.c.append([])
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
        circuit.a.append([(last, 1), (before, 3), (0, i % 97 + 1)])
        circuit.b.append([(factor, 1)])
        circuit.c.append([(signal, 1)])
        before, last = last, signal
    return circuit


def smallest_of_bits(system: str) -> int:
    """Power of two of the smallest domain for `bits`: the chain must fit."""
    return (CHAIN * system_named(system).rows_of_a_sum).bit_length()


def generate(
    log: int,
    kind: Kind,
    folder: Path,
    *,
    system: str = USUAL,
    curve_name: str = "bn128",
    threads: int = 1,
    progress: Progress,
) -> None:
    """Writes `circuit.zkey` and `witnesses/0000.wtns` for a domain of 2^log points, of which some eight are
    not used. log ≥ 4, or `smallest_of_bits`."""
    progress("constraints and setup")
    curve = by_name(curve_name)
    of_sum, room = system_named(system).rows_of_a_sum, (1 << log) - SPARE
    # A chain's constraints multiply a sum of two signals; those of bits have none.
    constraints = room // of_sum if kind == "dense" else room - (of_sum - 1) * CHAIN
    circuit = build_circuit(constraints, kind, curve.r)
    write_circuit(circuit, log, folder, curve, system=system, threads=threads, progress=progress)


def write_circuit(
    circuit: Circuit,
    log: int,
    folder: Path,
    curve: Curve,
    *,
    system: str = USUAL,
    threads: int = 1,
    progress: Progress,
) -> None:
    """Writes `circuit.zkey`, over a domain of 2^log points, and `witnesses/0000.wtns`."""
    from prover_cli.formats.wtns import Witness, write_witness

    (folder / "witnesses").mkdir(parents=True, exist_ok=True)
    system_named(system).write_insecure_key(
        circuit, log, folder / "circuit.zkey", curve, threads=threads, progress=progress
    )
    values = b"".join(value.to_bytes(curve.n8r, "little") for value in circuit.witness)
    (folder / "witnesses" / "0000.wtns").write_bytes(write_witness(Witness(curve, values, 0)))
