"""Keys of PLONK and FFLONK: beside those of snarkjs, and damaged in every way."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from conftest import Ran, Snarkjs, needs_native
from gate_systems import (
    FFLONK,
    GATE_SYSTEMS,
    ODD,
    PLONK,
    WITH_CURVES,
    GateSystem,
    Row,
    generated,
    named,
    quiet,
    witness_of,
    write_r1cs,
)
from npm_tools import tool
from powers_of_tau import write_ptau

import prover_cli
from prover_cli.benchmark.generated import generate, write_circuit
from prover_cli.faults import Code, SetupFault
from prover_cli.formats.container import Complaints, Reader, read_sections
from prover_cli.formats.curves import BLS12_381, BN254, Curve
from prover_cli.formats.zkey import MAGIC, complaints
from prover_cli.systems.constraints import Constraints
from prover_cli.systems.insecure_setup import Circuit, lagrange_at
from prover_cli.systems.plonkish.difference import difference
from prover_cli.systems.registry import verifier_for

pytestmark = needs_native


@pytest.fixture(params=GATE_SYSTEMS, ids=lambda system: system.name)
def system(request: pytest.FixtureRequest) -> GateSystem:
    """Each in turn."""
    found: GateSystem = request.param
    return found


def sections_of(path: Path) -> dict[int, bytes]:
    data = path.read_bytes()
    complain: Complaints = complaints(path.name)
    return {n: data[s.offset : s.end] for n, s in read_sections(Reader(data, complain), MAGIC, 1).items()}


@pytest.fixture(scope="module")
def ptaus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("ptau")
    made = {}
    for curve, power in ((BN254, 10), (BLS12_381, 6)):
        made[curve.name] = folder / f"{curve.name}.ptau"
        write_ptau(made[curve.name], power, curve)
    return made


def reduced(part: Row, curve: Curve) -> Row:
    return [(wire, value % curve.r) for wire, value in part]


@pytest.mark.parametrize("public", [0, 1, 3])
@pytest.mark.parametrize(("system", "curve"), WITH_CURVES, ids=named)
def test_gates_and_keys_are_those_of_snarkjs(
    system: GateSystem,
    curve: Curve,
    public: int,
    ptaus: dict[str, Path],
    snarkjs: Snarkjs,
    tmp_path: Path,
) -> None:
    rows = [(reduced(a, curve), reduced(b, curve), reduced(c, curve)) for a, b, c in ODD]
    write_r1cs(tmp_path / "odd.r1cs", rows, 9, public, curve)
    done = snarkjs(system.name, "setup", "odd.r1cs", ptaus[curve.name], "theirs.zkey", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    key = system.mapped(tmp_path / "theirs.zkey")
    assert difference(key, Constraints(tmp_path / "odd.r1cs")) is None
    a, b, c = ([row[part] for row in rows] for part in range(3))
    circuit = Circuit(a, b, c, [0] * 9, public)
    log = key.layout.domain_size.bit_length() - 1
    write = system.of("insecure_key", "write_insecure_key")
    write(circuit, log, tmp_path / "ours.zkey", curve, threads=1, progress=quiet)
    ours, theirs = sections_of(tmp_path / "ours.zkey"), sections_of(tmp_path / "theirs.zkey")
    assert list(ours) == list(theirs)
    assert [number for number in ours if ours[number] != theirs[number]] == []
    for opened in system.opened(tmp_path / "theirs.zkey"):
        for section in system.of("validation", "STEPS"):
            opened.check(section, 1)


def test_a_key_of_another_circuit_is_told_by_its_gate(system: GateSystem, tmp_path: Path) -> None:
    key, r1cs = system.mapped(system.sample), system.sample / "circuit.r1cs"
    assert difference(key, Constraints(r1cs)) is None
    data = bytearray(r1cs.read_bytes())
    five = (BN254.r - 5).to_bytes(32, "little")
    at = data.find(five) if data.find(five) >= 0 else data.find((5).to_bytes(32, "little"))
    assert at >= 0
    data[at : at + 32] = (9).to_bytes(32, "little")
    (tmp_path / "other.r1cs").write_bytes(data)
    told = difference(key, Constraints(tmp_path / "other.r1cs"))
    assert told is not None and "differs from the key's" in told


Planting = tuple[str, int, bytes]
"""What is told of a bad entry, its byte, and its image."""


class Plantings:
    """Bad entries for one key."""

    def __init__(self, system: GateSystem, key: Any) -> None:
        self.system, self.layout, self.data = system, key.layout, key.data
        self.curve = key.layout.curve
        self.size = self.curve.n8r
        self.outside = b"\xff" * self.size
        start = self.layout.powers.offset
        self.generator = bytes(self.data[start : start + self.curve.g1_size])

    def all(self) -> Iterator[Planting]:
        yield from self.plonk_header() if self.system is PLONK else self.fflonk_header()
        yield from self.additions()
        yield from self.polynomials()
        yield from self.powers()
        if self.system is FFLONK:
            yield from self.interleaved()

    def other(self, at: int) -> bytes:
        """Another number that is reduced."""
        return (int.from_bytes(self.data[at : at + self.size], "little") ^ 1).to_bytes(self.size, "little")

    def constants(self, *names: str) -> Iterator[Planting]:
        for index, name in enumerate(names):
            at = self.layout.header.offset + index * self.size
            yield f"section 2 (header), {name} at byte {at}: the constant is not", at, self.other(at)
            yield f"section 2 (header), {name} at byte {at}: the constant is not", at, self.outside

    def commitment(self, at: int, name: str) -> Iterator[Planting]:
        told = f"section 2 (header), {name} at byte {at}"
        yield f"{told}: a coordinate is not below", at, b"\xff" * self.curve.n8q
        yield f"{told}: the commitment is not", at, self.generator

    def x2(self, at: int) -> Iterator[Planting]:
        told = f"section 2 (header), X_2 at byte {at}"
        yield f"{told}: the point is not on its curve", at + self.curve.n8q, b"\1"
        yield f"{told}: the point is at infinity", at, bytes(self.curve.g2_size)

    def plonk_header(self) -> Iterator[Planting]:
        yield from self.constants("k1", "k2")
        at = self.layout.header.offset + 2 * self.size
        for index, name in ((0, "Qm"), (7, "S3")):
            yield from self.commitment(at + index * self.curve.g1_size, name)
        yield from self.x2(at + 8 * self.curve.g1_size)

    def fflonk_header(self) -> Iterator[Planting]:
        yield from self.constants("k1", "k2", "w3", "w4", "w8", "wr")
        at = self.layout.header.offset + 6 * self.size
        yield from self.x2(at)
        yield from self.commitment(at + self.curve.g2_size, "C0")

    def additions(self) -> Iterator[Planting]:
        layout = self.layout
        if layout.n_additions:
            at = layout.additions.offset
            told = f"section 3 (additions), entry 0 at byte {at}: no gate makes this sum"
            yield told, at + 8, self.other(at + 8)
            yield told, at + 8 + self.size, self.other(at + 8 + self.size)
            yield told, at, b"\0\0\0\0"
            yield "section 3 (additions), entry 0 at byte", at, b"\xff\xff\0\0"
            yield "section 3 (additions), entry 0 at byte", at + 8, self.outside
        for number, place in enumerate(layout.maps, 4):
            last = layout.n_gates - 1
            told = f"section {number} ({'ABC'[number - 4]} map), entry {last} at byte {place.end - 4}"
            yield told, place.end - 4, b"\xff\0\0\1"

    def polynomials(self) -> Iterator[Planting]:
        layout, n = self.layout, self.layout.domain_size
        for name, place in zip(("Qm", "Ql", "Qr", "Qo", "Qc"), layout.selectors, strict=True):
            for index in (0, n - 1, n, 5 * n - 1):
                at = place.offset + index * self.size
                yield f"section {place.id} ({name}), entry {index} at byte {at}", at, self.outside
            for at in (place.end - self.size, place.offset):
                yield f"section {place.id} ({name}), entry ", at, self.other(at)
        first = layout.sigma[0].offset
        for wire, index in ((0, 3), (1, 2 * n), (2, 5 * n - 1)):
            place = layout.sigma[wire]
            at = place.offset + index * self.size
            entry = index if place.id != layout.sigma[0].id else (at - first) // self.size
            yield f"section {place.id} (permutation), entry {entry} at byte {at}", at, self.outside
            yield f"section {place.id} (permutation), entry ", at, self.other(at)

    def powers(self) -> Iterator[Planting]:
        place, size = self.layout.powers, self.curve.g1_size
        named = f"section {self.system.powers} (powers of tau)"
        another = bytes(self.data[place.offset + 2 * size : place.offset + 3 * size])
        for index in (1, place.length // size // 2, place.length // size - 1):
            at = place.offset + index * size
            told = f"{named}, entry {index} at byte {at}: the point is"
            yield f"{told} not τ times the one before it", at, another
            yield f"{told} at infinity", at, bytes(size)
            yield f"{told} not on its curve", at + self.curve.n8q, b"\0\1"
        second = bytes(self.data[place.offset + size : place.offset + 2 * size])
        told = f"{named}, entry 0 at byte {place.offset}: the point is not the generator"
        yield told, place.offset, second

    def interleaved(self) -> Iterator[Planting]:
        place = self.layout.c0
        for index in (0, 11, place.length // self.size - 1):
            at = place.offset + index * self.size
            told = f"section 17 (C0), entry {index} at byte {at}"
            yield f"{told}: the number is not below", at, self.outside
            yield f"{told}: the coefficient is not that of", at, self.other(at)


@pytest.mark.parametrize(
    ("system", "name"), [(PLONK, "sample"), (PLONK, "bls12381"), (FFLONK, "sample")], ids=str
)
def test_each_bad_entry_of_a_key_is_found_at_its_place(system: GateSystem, name: str, tmp_path: Path) -> None:
    key = system.mapped(generated(system, tmp_path)[name])
    for section in system.of("validation", "STEPS"):  # and none of a good one
        system.native(key).check(section, 2)
        system.reference(key).check(section, 1)
    for told, at, image in Plantings(system, key).all():
        data = bytearray(key.data)
        data[at : at + len(image)] = image
        path = tmp_path / "bad.zkey"
        path.write_bytes(data)
        native, reference = system.opened(path)
        with pytest.raises(SetupFault) as caught:
            for section in system.of("validation", "STEPS"):
                native.check(section, 1)
        assert told in caught.value.message, (told, caught.value.message)
        with pytest.raises(SetupFault) as slowly:  # the sections before it are those of the good key
            reference.check(section, 1)
        assert slowly.value.message == caught.value.message
        with pytest.raises(SetupFault) as at_once:
            native.ensure_valid(threads=1)
        assert at_once.value.message == caught.value.message
        path.unlink()  # what is mapped stays as it was


def test_a_gate_after_the_last_one_is_found(system: GateSystem, tmp_path: Path) -> None:
    """Everything else fits together, and no witness would satisfy it."""
    circuit = Circuit([[(2, 1)]], [[(3, 1)]], [[(1, 1)]], [1, 6, 2, 3], 1)
    write_circuit(circuit, 3, tmp_path, BN254, system=system.name, progress=quiet)
    key = system.mapped(tmp_path)
    layout, data = key.layout, bytearray(key.data)
    assert layout.n_gates == 2
    from prover_cli import _native

    values = b"".join(int(row == 5).to_bytes(32, "little") for row in range(8))
    place = layout.selectors[4]
    data[place.offset : place.end] = _native.interpolated("bn128", values, 1)
    (tmp_path / "more.zkey").write_bytes(data)
    for opened in system.opened(tmp_path / "more.zkey"):
        opened.check(11, 1)
        with pytest.raises(SetupFault, match=r"section 11 \(Qc\), entry 28 .* a gate follows the last one"):
            opened.check(4, 1)


@pytest.mark.parametrize("claimed", [0xFFFFFFFF, 0x80000007, 8])
def test_more_signals_than_there_are_cost_no_memory(system: GateSystem, claimed: int, tmp_path: Path) -> None:
    """A header may claim any number: nothing is made in its size."""
    key = system.mapped(system.sample)
    data = bytearray(key.data)
    at = key.layout.header.offset - 20
    assert int.from_bytes(data[at : at + 4], "little") == key.layout.n_signals
    data[at : at + 4] = claimed.to_bytes(4, "little")
    (tmp_path / "bad.zkey").write_bytes(data)
    for opened in system.opened(tmp_path / "bad.zkey"):
        with pytest.raises(SetupFault, match=r"section 3 .* no gate makes this sum"):
            opened.ensure_valid()


def test_gates_on_points_that_blind_are_refused(tmp_path: Path) -> None:
    """The last two points of a domain of FFLONK have no gates, and the permutation leaves them alone."""
    key = FFLONK.mapped(FFLONK.sample)
    data = bytearray(key.data)
    at = key.layout.header.offset - 4
    data[at : at + 4] = (7).to_bytes(4, "little")
    (tmp_path / "full.zkey").write_bytes(data)
    with pytest.raises(SetupFault, match="claims 7 gates for 2 public signals and 8 points"):
        FFLONK.mapped(tmp_path / "full.zkey")
    from prover_cli import _native

    root = key.verification_key.root
    places = [pow(root, row, BN254.r) for row in (*range(6), 7, 6)]
    swapped = _native.interpolated("bn128", b"".join(at.to_bytes(32, "little") for at in places), 1)
    data, place = bytearray(key.data), key.layout.sigma[0]
    own = [key.layout.sigma[0].offset + (8 + 4 * row) * 32 for row in (6, 7)]
    assert data[own[0] : own[0] + 32] != data[own[1] : own[1] + 32]
    data[place.offset : place.end] = swapped
    (tmp_path / "swapped.zkey").write_bytes(data)
    for opened in FFLONK.opened(tmp_path / "swapped.zkey"):
        opened.check(12, 1)
        with pytest.raises(SetupFault, match=r"section 12 .* does not connect the wires"):
            opened.check(14, 1)


def test_one_wrong_value_among_many_is_found_by_transforms(system: GateSystem, tmp_path: Path) -> None:
    """Value by value, it would take 2^14 times as long as a transform: minutes here."""
    generate(14, "dense", tmp_path, system=system.name, progress=quiet)
    key = system.mapped(tmp_path)
    data, place = bytearray(key.data), key.layout.selectors[0]
    data[place.end - 32] ^= 1
    (tmp_path / "bad.zkey").write_bytes(data)
    last = 5 * (1 << 14) - 1
    with pytest.raises(SetupFault, match=f"entry {last} at byte {place.end - 32}: the value is not that"):
        system.native(system.mapped(tmp_path / "bad.zkey")).check(place.id, 1)


def test_a_key_whose_tau_nobody_chose_is_warned_of(
    system: GateSystem, run: Callable[..., Ran], tmp_path: Path
) -> None:
    """Anybody can forge proofs with the powers of tau that `powersoftau new` makes."""
    tool(tmp_path, "snarkjs", "powersoftau", "new", "bn128", "6", "0.ptau")
    tool(tmp_path, "snarkjs", "powersoftau", "prepare", "phase2", "0.ptau", "p.ptau")
    tool(tmp_path, "snarkjs", system.name, "setup", str(system.sample / "circuit.r1cs"), "p.ptau", "k.zkey")
    tool(tmp_path, "snarkjs", "zkey", "export", "verificationkey", "k.zkey", "vk.json")
    told = "nobody has contributed to the powers of tau of"
    ran = run("prove-batch", system.sample / "witnesses", "--key", "k.zkey")
    assert (ran.code, told in ran.err) == (0, True), ran.err
    ran = run("prove-batch", "verify", "proofs", "--vkey", "vk.json")
    assert (ran.code, told in ran.err) == (0, True), ran.err
    assert json.loads(run("prove-batch", "key", "info", "k.zkey", "--json").out)["anybody_can_forge"] is True
    facts = json.loads(run("prove-batch", "key", "info", system.sample / "circuit.zkey", "--json").out)
    assert facts["anybody_can_forge"] is False


@pytest.mark.parametrize(("order", "entry"), [(2, 1), (3, 3), (13, 13), (16, 8), (32, 16)])
def test_powers_that_repeat_are_refused(
    system: GateSystem, order: int, entry: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """τ is of small order, in the domain of 16 points or not: a power is 1 or −1."""
    making = import_module(f"prover_cli.systems.{system.name}.insecure_key")
    tau = pow(5, (BN254.r - 1) // order, BN254.r)

    def lagrange(at: int, root: int, size: int, r: int) -> list[int]:
        found = [int(pow(root, i, r) == at % r) for i in range(size)]
        return found if any(found) else lagrange_at(at, root, size, r)

    monkeypatch.setattr(making, "secret", lambda number, r: tau)
    monkeypatch.setattr(making, "lagrange_at", lagrange)
    generate(4, "dense", tmp_path, system=system.name, progress=quiet)
    told = rf"section {system.powers} .*entry {entry} .* the powers of τ repeat"
    for opened in system.opened(tmp_path):
        with pytest.raises(SetupFault, match=told):
            opened.check(system.powers, 1)


@pytest.mark.parametrize("claimed", [1, 3, 0x7FFFFFFF])
def test_public_signals_without_their_polynomials_are_refused(
    system: GateSystem, claimed: int, tmp_path: Path
) -> None:
    """No proof needs the Lagrange polynomials, but with another number of them the header is wrong."""
    key = system.mapped(system.sample)
    data = bytearray(key.data)
    at = key.layout.header.offset - 16
    assert int.from_bytes(data[at : at + 4], "little") == 2
    data[at : at + 4] = claimed.to_bytes(4, "little")
    (tmp_path / "bad.zkey").write_bytes(data)
    with pytest.raises(SetupFault) as caught:
        system.mapped(tmp_path / "bad.zkey")
    assert caught.value.kind is Code.KEY_CORRUPT


@pytest.mark.parametrize(
    ("system", "change", "says"),
    [
        *(
            (system, change, says)
            for system in GATE_SYSTEMS
            for change, says in (
                ({"X_2": [["0", "0"], ["1", "0"], ["0", "0"]]}, "X_2: the point is at infinity"),
                ({"power": 27}, "power"),
                ({"nPublic": 9}, "nPublic is larger than the domain"),
                ({"w": "5"}, "w is not the root of unity"),
                ({"protocol": "groth16"}, f"groth16, not {system}"),
                ({system.fixed: ["1", "1", "1"]}, f"{system.fixed} is not on the curve"),
            )
        ),
        *((FFLONK, {name: "5"}, f"{name} is not the root of unity") for name in ("w3", "w4", "w8", "wr")),
        (FFLONK, {"curve": "bls12381"}, "the key is over bls12381, and FFLONK works over bn128 only"),
    ],
    ids=str,
)
def test_a_verification_key_that_cannot_be_is_refused(
    system: GateSystem, change: dict[str, object], says: str
) -> None:
    good = json.loads((system.sample / "verification_key.json").read_text())
    for engine in ("native", "reference"):
        with pytest.raises(prover_cli.Fault) as caught:
            verifier_for(system.of("verification_key", "VerificationKey").from_json(good | change), engine)
        assert says in caught.value.message


def test_a_key_over_another_curve_than_fflonk_has_is_refused(tmp_path: Path, run: Callable[..., Ran]) -> None:
    """snarkjs' setup makes one without an error, and nothing proves with it."""
    generate(4, "dense", tmp_path, system="plonk", curve_name="bls12381", progress=quiet)
    data = bytearray((tmp_path / "circuit.zkey").read_bytes())
    sections = read_sections(Reader(bytes(data), complaints("k")), MAGIC, 1)
    data[sections[1].offset] = 10
    (tmp_path / "b.zkey").write_bytes(data)
    ran = run("prove-batch", FFLONK.sample / "witnesses", "--key", tmp_path / "b.zkey")
    told = "it is over bls12381, and FFLONK works over bn128 only"
    assert (ran.code, told in ran.err, "[KEY_CURVE]" in ran.err) == (2, True, True), ran.err
    with pytest.raises(SetupFault, match="FFLONK does not work over bls12381") as caught:
        generate(4, "dense", tmp_path, system="fflonk", curve_name="bls12381", progress=quiet)
    assert caught.value.kind is Code.BAD_OPTION


def test_tables_of_another_number_are_made_again(
    system: GateSystem, tmp_path: Path, run: Callable[..., Ran]
) -> None:
    from prover_cli.prepared import store
    from prover_cli.prepared.making import find
    from prover_cli.prepared.tables import DIGEST, digest_of, header, place

    key = system.mapped(system.sample)
    opened = system.native(key)
    assert run("prove-batch", "key", "prepare", system.sample / "circuit.zkey").code == 0
    made = find(key, opened.rows, 1 << 30)
    assert made is not None
    shapes = [table.shape for table in made.description.tables] * 3
    wrong = replace(made.description, tables=place(shapes))
    data = bytearray(wrong.size)
    data[:4096] = header(wrong)
    data[DIGEST] = digest_of(bytes(data))
    path = store.path_of(key.bases_sha256, opened.rows)
    path.write_bytes(data)
    assert find(key, opened.rows, 1 << 30) is None
    assert not path.exists()


def test_a_permutation_that_leaves_copies_apart_is_found(system: GateSystem, tmp_path: Path) -> None:
    """The identity permutation closes for every witness and ties no wires together: everything else in such
    a key fits together, and its proofs would hold for circuits without copies."""
    from prover_cli import _native

    key = system.mapped(system.sample)
    layout, r = key.layout, BN254.r
    root = key.verification_key.root
    data = bytearray(key.data)
    for k, place in enumerate(layout.sigma, 1):
        images = ((k * pow(root, i, r) % r).to_bytes(32, "little") for i in range(layout.domain_size))
        data[place.offset : place.end] = _native.interpolated("bn128", b"".join(images), 1)
    (tmp_path / "apart.zkey").write_bytes(data)
    for opened in system.opened(tmp_path / "apart.zkey"):
        with pytest.raises(SetupFault, match="does not connect the wires that carry the same signal"):
            opened.check(system.last_of_sigma, 1)


@pytest.mark.parametrize("name", ["sample", "dense", "bits"])
def test_tables_give_the_same_proofs(
    system: GateSystem, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prover_cli.prepared.making import make

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = generated(system, tmp_path)[name]
    key, witness = system.mapped(folder), witness_of(folder)
    opened = system.native(key)
    blinding = opened.fresh_blinding()
    wanted = opened.prove(witness, blinding, 1)
    for budget in (200_000, 64 << 20):
        plan = opened.plan_tables(budget)
        if plan is None:
            assert budget < key.layout.powers.length
            continue
        tables = make(key, opened, plan, budget=budget, threads=2)
        prepared = system.of("native", "NativeKey")(key, tables)
        for threads in (1, 2):
            assert prepared.prove(witness, blinding, threads) == wanted
