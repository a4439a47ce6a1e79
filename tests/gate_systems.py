"""PLONK and FFLONK for tests: their own classes by the system's name, circuits of all shapes, and keys."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from conftest import SAMPLES

from prover_cli.benchmark.generated import Kind, generate
from prover_cli.formats.curves import BLS12_381, BN254, Curve
from prover_cli.formats.wtns import Witness, parse_witness

Row = list[tuple[int, int]]
Constraint = tuple[Row, Row, Row]


@dataclass(frozen=True)
class GateSystem:
    """One of them. What it has is looked up, so that a test is the same for both."""

    name: str
    curves: tuple[Curve, ...]
    last_of_sigma: int
    """The step of validation that compares the permutation with the wires."""
    powers: int
    """The section of the powers of tau."""
    point: str
    """A point of a proof, as messages call it; and a number."""
    number: str
    fixed: str
    """A point of the verification key."""
    contract: str
    """What snarkjs calls its contract."""

    def __str__(self) -> str:
        return self.name

    @property
    def sample(self) -> Path:
        return SAMPLES / f"quartic-{self.name}"

    def of(self, module: str, name: str) -> Any:
        return getattr(import_module(f"prover_cli.systems.{self.name}.{module}"), name)

    def mapped(self, path: Path) -> Any:
        """A key file, or that of a folder."""
        return self.of("mapped", "MappedKey")(path / "circuit.zkey" if path.is_dir() else path)

    def native(self, key: Any, cpu: str | None = None) -> Any:
        return self.of("native", "NativeKey")(key, cpu=cpu)

    def reference(self, key: Any) -> Any:
        return self.of("reference", "ReferenceKey")(key)

    def opened(self, path: Path) -> tuple[Any, Any]:
        """A key opened by both engines."""
        return self.native(self.mapped(path)), self.reference(self.mapped(path))

    def referee(self, key: Any) -> Any:
        """The verifier in plain Python."""
        return self.of("reference_verifier", "ReferenceVerifier")(key)

    @property
    def blinding(self) -> Any:
        return self.of("blinding", "Blinding")


PLONK = GateSystem("plonk", (BN254, BLS12_381), 12, 14, "A", "eval_a", "Qm", "PlonkVerifier")
FFLONK = GateSystem("fflonk", (BN254,), 14, 16, "C1", "ql", "C0", "FflonkVerifier")
GATE_SYSTEMS = (PLONK, FFLONK)


WITH_CURVES = [(system, curve) for system in GATE_SYSTEMS for curve in system.curves]


def named(value: object) -> str | None:
    """What pytest calls a parameter."""
    return getattr(value, "name", None)


def generated(system: GateSystem, folder: Path) -> dict[str, Path]:
    """Folders of circuits with a key and a witness: the sample, and generated ones over its curves."""
    made = {"sample": system.sample}
    circuits: list[tuple[str, int, Kind, str]] = [
        ("dense", 5, "dense", "bn128"),
        ("bits", 8, "bits", "bn128"),
        ("bls12381", 4, "dense", "bls12381"),
    ]
    for name, log, kind, curve in circuits:
        if curve in [known.name for known in system.curves]:
            made[name] = folder / name
            made[name].mkdir()
            generate(log, kind, made[name], system=system.name, curve_name=curve, progress=quiet)
    return made


def witness_of(folder: Path, number: int = 0) -> Witness:
    path = folder / "witnesses" / f"{number:04}.wtns"
    return parse_witness(path.read_bytes(), path.name)


def spoilt(witness: Witness, index: int = -1) -> Witness:
    """With another value for a signal."""
    size = witness.curve.n8r
    at = (index % witness.count) * size
    values = witness.values[:at] + (12345).to_bytes(size, "little") + witness.values[at + size :]
    return Witness(witness.curve, values, witness.offset)


def refitted(proof: Any, key: Any, signals: tuple[int, ...]) -> Any:
    """A changed proof of FFLONK with the `inv` that belongs to it, so that its equation is looked at. One of
    PLONK has none."""
    if proof.system != FFLONK.name:
        return proof
    from prover_cli.systems.fflonk.reference_openings import Place, denominators
    from prover_cli.systems.plonkish.reference_challenges import challenge

    curve, r = proof.curve, proof.curve.r
    *evaluations, _ = proof.evaluations
    gamma = challenge(curve, challenge(curve, key.c0, *signals, proof.points[0]))
    place = Place.drawn(curve, key.root, gamma, proof.points[1])
    y = challenge(curve, challenge(curve, place.seed, *evaluations), proof.points[2])
    inverse = pow(denominators(place, y, 1 << key.power, key.root, key.n_public, r), -1, r)
    return replace(proof, evaluations=(*evaluations, inverse))


def quiet(_: str) -> None:
    """Progress that nobody sees."""


ODD: list[Constraint] = [
    # signals: 1 (public), 2 … 8; wire 0 is the constant 1
    ([(2, 3)], [(3, 5)], [(4, 1)]),
    ([(0, 7), (2, 1), (3, 1), (5, 2)], [(0, 1), (4, 1), (2, 6)], [(0, 3), (5, 1), (6, 1)]),
    ([], [(2, 1)], [(2, 1), (3, BN254.r - 1), (0, 0)]),
    ([(0, 4)], [(2, 1), (3, 2), (4, 3), (5, 4), (6, 5)], [(0, 9), (7, 1)]),
    ([(2, 1), (3, 1)], [(0, 6)], [(2, 6), (8, 1)]),
    ([(0, 2)], [(0, 3)], [(0, 6)]),
    ([(2, 1)], [], []),
    ([(1, 1)], [(0, 1)], [(2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1)]),
    ([(2, 0), (4, 1)], [(3, 1), (5, 0)], [(6, 1), (7, 0)]),
    ([(2, 1), (3, 0)], [(0, 1)], [(4, 0), (5, 1)]),
]
"""Constraints of all shapes that snarkjs tells apart: constants, sums, long sums, cancelling terms, zeros."""


def write_r1cs(path: Path, rows: Sequence[Constraint], wires: int, public: int, curve: Curve) -> None:
    def u32(*numbers: int) -> bytes:
        return b"".join(number.to_bytes(4, "little") for number in numbers)

    n8 = curve.n8r
    header = u32(n8) + curve.r.to_bytes(n8, "little") + u32(wires, 0, public, wires - 1 - public)
    header += wires.to_bytes(8, "little") + u32(len(rows))
    body = b"".join(
        u32(len(part)) + b"".join(u32(wire) + value.to_bytes(n8, "little") for wire, value in part)
        for row in rows
        for part in row
    )
    labels = b"".join(wire.to_bytes(8, "little") for wire in range(wires))
    parts = b"".join(
        u32(number) + len(section).to_bytes(8, "little") + section
        for number, section in ((1, header), (2, body), (3, labels))
    )
    path.write_bytes(b"r1cs" + u32(1, 3) + parts)
