"""PLONK beside those who did not learn it from us: snarkjs, its contract in an EVM, and plain Python."""

import json
import secrets
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SAMPLES, Ran, Snarkjs, needs_native
from npm_tools import tool
from powers_of_tau import write_ptau

import prover_cli
from prover_cli.benchmark.generated import Kind, generate, write_circuit
from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.formats.container import Complaints, Reader, read_sections
from prover_cli.formats.curves import BLS12_381, BN254, Curve
from prover_cli.formats.wtns import Witness, parse_witness, write_witness
from prover_cli.formats.zkey import MAGIC, complaints
from prover_cli.systems.constraints import Constraints
from prover_cli.systems.insecure_setup import Circuit
from prover_cli.systems.opened_key import SATISFIED, Unsatisfied
from prover_cli.systems.plonk.arithmetisation import difference
from prover_cli.systems.plonk.blinding import COUNT, Blinding
from prover_cli.systems.plonk.insecure_key import write_insecure_key
from prover_cli.systems.plonk.mapped import MappedKey
from prover_cli.systems.plonk.proof import EVALUATIONS, POINTS, Proof
from prover_cli.systems.plonk.reference import ReferenceKey
from prover_cli.systems.plonk.reference_verifier import ReferenceVerifier
from prover_cli.systems.plonk.validation import STEPS
from prover_cli.systems.plonk.verification_key import COMMITMENTS, VerificationKey
from prover_cli.systems.registry import engine_for, verifier_for

pytestmark = needs_native

SAMPLE = SAMPLES / "quartic-plonk"
Row = list[tuple[int, int]]
Constraint = tuple[Row, Row, Row]


def witness_of(folder: Path, number: int = 0) -> Witness:
    path = folder / "witnesses" / f"{number:04}.wtns"
    return parse_witness(path.read_bytes(), path.name)


def native(key: MappedKey, cpu: str | None = None) -> Any:
    from prover_cli.systems.plonk.native import NativeKey

    return NativeKey(key, cpu=cpu)


def quiet(_: str) -> None:
    """Nobody watches."""


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
]
"""Constraints of all shapes that snarkjs tells apart: constants, sums, long sums, cancelling terms."""


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


def sections_of(path: Path) -> dict[int, bytes]:
    data = path.read_bytes()
    complain: Complaints = complaints(path.name)
    return {n: data[s.offset : s.end] for n, s in read_sections(Reader(data, complain), MAGIC, 1).items()}


@pytest.fixture(scope="module")
def ptaus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("ptau")
    made = {}
    for curve, power in ((BN254, 7), (BLS12_381, 5)):
        made[curve.name] = folder / f"{curve.name}.ptau"
        write_ptau(made[curve.name], power, curve)
    return made


def reduced(part: Row, curve: Curve) -> Row:
    return [(wire, value % curve.r) for wire, value in part]


@pytest.mark.parametrize("curve", [BN254, BLS12_381], ids=lambda curve: curve.name)
def test_gates_and_keys_are_those_of_snarkjs(
    curve: Curve, ptaus: dict[str, Path], snarkjs: Snarkjs, tmp_path: Path
) -> None:
    rows = [(reduced(a, curve), reduced(b, curve), reduced(c, curve)) for a, b, c in ODD]
    write_r1cs(tmp_path / "odd.r1cs", rows, 9, 1, curve)
    done = snarkjs("plonk", "setup", "odd.r1cs", ptaus[curve.name], "theirs.zkey", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    key = MappedKey(tmp_path / "theirs.zkey")
    assert difference(key, Constraints(tmp_path / "odd.r1cs")) is None
    a, b, c = ([row[part] for row in rows] for part in range(3))
    circuit = Circuit(a, b, c, [0] * 9)
    log = key.layout.domain_size.bit_length() - 1
    write_insecure_key(circuit, log, tmp_path / "ours.zkey", curve, threads=1, progress=quiet)
    ours, theirs = sections_of(tmp_path / "ours.zkey"), sections_of(tmp_path / "theirs.zkey")
    assert list(ours) == list(theirs)
    assert [number for number in ours if ours[number] != theirs[number]] == []


def test_a_key_of_another_circuit_is_told_by_its_gate(tmp_path: Path) -> None:
    key = MappedKey(SAMPLE / "circuit.zkey")
    assert difference(key, Constraints(SAMPLE / "circuit.r1cs")) is None
    data = bytearray((SAMPLE / "circuit.r1cs").read_bytes())
    five = (BN254.r - 5).to_bytes(32, "little")
    at = data.find(five) if data.find(five) >= 0 else data.find((5).to_bytes(32, "little"))
    assert at >= 0
    data[at : at + 32] = (9).to_bytes(32, "little")
    (tmp_path / "other.r1cs").write_bytes(data)
    told = difference(key, Constraints(tmp_path / "other.r1cs"))
    assert told is not None and "differs from the key's" in told


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Circuits with a key and a witness: the sample, and generated ones over both curves."""
    made = {"sample": SAMPLE}
    circuits: list[tuple[str, int, Kind, str]] = [
        ("dense", 5, "dense", "bn128"),
        ("bits", 8, "bits", "bn128"),
        ("bls12381", 4, "dense", "bls12381"),
    ]
    for name, log, kind, curve in circuits:
        made[name] = tmp_path_factory.mktemp(name)
        generate(log, kind, made[name], system="plonk", curve_name=curve, progress=quiet)
    return made


def blindings(curve: Curve) -> Iterator[Blinding]:
    yield Blinding.fresh(curve)
    yield Blinding((0,) * COUNT)
    yield Blinding((curve.r - 1,) * COUNT)


@pytest.mark.parametrize("name", ["sample", "dense", "bits", "bls12381"])
def test_the_same_blinding_gives_the_proof_of_snarkjs(folders: dict[str, Path], name: str) -> None:
    folder = folders[name]
    key, witness = MappedKey(folder / "circuit.zkey"), witness_of(folder)
    curve = key.layout.curve
    for blinding in blindings(curve):
        done = subprocess.run(
            ["node", ROOT / "tests" / "node" / "blinded.cjs", folder / "circuit.zkey",
             folder / "witnesses" / "0000.wtns", curve.name, *map(str, blinding.factors)],
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        theirs, signals = json.loads(done.stdout)
        proof = native(key).prove(witness, blinding, 1)
        assert proof.to_json() == theirs
        assert list(proof.to_json()) == list(theirs), "in the same order"
        assert [str(signal) for signal in witness.public_signals(key.layout.n_public)] == signals
        assert prover_cli.verify(key.verification_key, proof, witness.public_signals(key.layout.n_public))


@pytest.mark.parametrize("name", ["sample", "dense", "bls12381"])
def test_both_engines_make_the_same_proof_on_any_processor(folders: dict[str, Path], name: str) -> None:
    from prover_cli import _native

    key, witness = MappedKey(folders[name] / "circuit.zkey"), witness_of(folders[name])
    blinding = Blinding.fresh(key.layout.curve)
    wanted = ReferenceKey(key).prove(witness, blinding, 1)
    for cpu in _native.cpus(key.layout.curve.name):
        for threads in (1, 2, 5):
            assert native(key, cpu).prove(witness, blinding, threads) == wanted, (cpu, threads)
    referee = ReferenceVerifier(key.verification_key)
    signals = witness.public_signals(key.layout.n_public)
    assert referee.verify(wanted, signals)
    assert not referee.verify(wanted, (signals[0] + 1, *signals[1:]))


def test_two_proofs_of_a_witness_share_nothing() -> None:
    key, witness = prover_cli.load_key(SAMPLE / "circuit.zkey"), witness_of(SAMPLE)
    one, other = (prover_cli.prove(key, witness)[0].to_json() for _ in range(2))
    assert not [name for name in (*POINTS, *EVALUATIONS) if one[name] == other[name]]


@pytest.mark.parametrize("public", [0, 1, 3])
@pytest.mark.parametrize("log", [3, 6])
def test_any_number_of_public_signals_is_proved(public: int, log: int, tmp_path: Path) -> None:
    """snarkjs' prover throws without public signals; its verifier accepts."""
    r = BN254.r
    circuit = Circuit([], [], [], [1, 2, 3, 4], public)
    for _ in range(2 if log == 3 else 40):
        signal = len(circuit.witness)
        circuit.a.append([(signal - 1, 1)])
        circuit.b.append([(signal - 2, 1)])
        circuit.c.append([(signal, 1)])
        circuit.witness.append(circuit.witness[-1] * circuit.witness[-2] % r)
    write_circuit(circuit, log, tmp_path, BN254, system="plonk", progress=quiet)
    key = prover_cli.load_key(tmp_path / "circuit.zkey")
    proof, signals = prover_cli.prove(key, tmp_path / "witnesses" / "0000.wtns")
    assert signals == tuple(circuit.witness[1 : public + 1])
    found = key.verification_key
    assert isinstance(found, VerificationKey) and ReferenceVerifier(found).verify(proof, signals)
    files = {"key": found.to_json(), "public": [str(s) for s in signals], "proof": proof.to_json()}
    for name, value in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(value))
    words = [str(ROOT / "tests" / "node_modules" / ".bin" / "snarkjs"), "plonk", "verify"]
    done = subprocess.run(
        [*words, "key.json", "public.json", "proof.json"],
        cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert "OK" in done.stdout, done.stdout


def spoilt(witness: Witness, index: int = -1) -> Witness:
    size = witness.curve.n8r
    at = (index % witness.count) * size
    values = witness.values[:at] + (12345).to_bytes(size, "little") + witness.values[at + size :]
    return Witness(witness.curve, values, witness.offset)


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("engine", ["native", "reference"])
def test_a_bad_witness_is_refused_by_its_gate(engine: str, verify: bool, tmp_path: Path) -> None:
    """Also where proofs are not verified: the opening would leave a remainder."""
    (tmp_path / "circuit.zkey").write_bytes((SAMPLE / "circuit.zkey").read_bytes())
    prover = engine_for("plonk", engine).prover(MappedKey(tmp_path / "circuit.zkey"))
    told = r"witness w breaks gate \d of the key .*put the \.r1cs next to the key"
    with pytest.raises(JobFault, match=told) as caught:
        prover.prove(spoilt(witness_of(SAMPLE)), "w", verify=verify)
    assert caught.value.kind is Code.WITNESS_UNSATISFIED
    assert "12345" not in str(caught.value)
    (tmp_path / "circuit.r1cs").write_bytes((SAMPLE / "circuit.r1cs").read_bytes())
    (tmp_path / "circuit.sym").write_bytes((SAMPLE / "circuit.sym").read_bytes())
    prover = engine_for("plonk", engine).prover(MappedKey(tmp_path / "circuit.zkey"))
    with pytest.raises(JobFault, match=r"breaks constraint \d of .*signals x2, x4"):
        prover.prove(spoilt(witness_of(SAMPLE)), "w", verify=verify)


def test_gates_are_looked_at_alike_by_both_engines(folders: dict[str, Path]) -> None:
    key, witness = MappedKey(folders["dense"] / "circuit.zkey"), witness_of(folders["dense"])
    for index in range(1, witness.count):
        bad = spoilt(witness, index)
        gate = ReferenceKey(key).broken_gate(bad, 1)
        assert gate == native(key).broken_gate(bad, 1)
        if gate == SATISFIED:
            continue
        with pytest.raises(Unsatisfied):
            native(key).prove(bad, Blinding.fresh(BN254), 1)
    assert ReferenceKey(key).broken_gate(witness, 1) == native(key).broken_gate(witness, 1) == SATISFIED


def plantings(key: MappedKey) -> Iterator[tuple[str, int, bytes]]:
    """Bad entries: what is told of each, its byte, and its image."""
    layout, curve, data = key.layout, key.layout.curve, key.data
    size = curve.n8r
    outside = b"\xff" * size

    def other(at: int) -> bytes:
        """Another number that is reduced."""
        return (int.from_bytes(data[at : at + size], "little") ^ 1).to_bytes(size, "little")

    start = layout.header.offset
    yield "section 2 (header), k1 at byte", start, other(start)
    yield "section 2 (header), k2 at byte", start + size, outside
    for index, name in ((0, "Qm"), (7, "S3")):
        at = start + 2 * size + index * curve.g1_size
        yield f"section 2 (header), {name} at byte {at}: a coordinate is not below", at, b"\xff" * curve.n8q
        generator = bytes(data[layout.powers.offset : layout.powers.offset + curve.g1_size])
        yield f"section 2 (header), {name} at byte {at}: the commitment is not", at, generator
    at = start + 2 * size + 8 * curve.g1_size
    yield f"section 2 (header), X_2 at byte {at}: the point is not on its curve", at + curve.n8q, b"\1"
    yield f"section 2 (header), X_2 at byte {at}: the point is at infinity", at, bytes(curve.g2_size)
    if layout.n_additions:
        at = layout.additions.offset
        told = f"section 3 (additions), entry 0 at byte {at}: no gate makes this sum"
        yield told, at + 8, other(at + 8)
        yield told, at + 8 + size, other(at + 8 + size)
        yield told, at, b"\0\0\0\0"
        yield "section 3 (additions), entry 0 at byte", at, b"\xff\xff\0\0"
        yield "section 3 (additions), entry 0 at byte", at + 8, outside
    for number, place in enumerate(layout.maps, 4):
        last = layout.n_gates - 1
        told = f"section {number} ({'ABC'[number - 4]} map), entry {last} at byte {place.end - 4}"
        yield told, place.end - 4, b"\xff\0\0\1"
    for number, place in enumerate(layout.selectors, 7):
        for index in (0, layout.domain_size - 1, layout.domain_size, 5 * layout.domain_size - 1):
            at = place.offset + index * size
            yield f"section {number} ({COMMITMENTS[number - 7]}), entry {index} at byte {at}", at, outside
        at = place.end - size
        yield f"section {number} ", at, other(at)
        yield f"section {number} ", place.offset, other(place.offset)
    for index in (3, 7 * layout.domain_size, 15 * layout.domain_size - 1):
        at = layout.sigma.offset + index * size
        yield f"section 12 (permutation), entry {index} at byte {at}", at, outside
        yield "section 12 (permutation), entry ", at, other(at)
    count = layout.powers.length // curve.g1_size
    for index in (1, count // 2, count - 1):
        at = layout.powers.offset + index * curve.g1_size
        generator = bytes(data[layout.powers.offset : layout.powers.offset + curve.g1_size])
        told = f"section 14 (powers of tau), entry {index} at byte {at}: the point is"
        yield f"{told} not τ times the one before it", at, generator
        yield f"{told} at infinity", at, bytes(curve.g1_size)
        yield f"{told} not on its curve", at + curve.n8q, b"\0\1"
    at = layout.powers.offset
    second = bytes(data[at + curve.g1_size : at + 2 * curve.g1_size])
    yield f"section 14 (powers of tau), entry 0 at byte {at}: the point is not the generator", at, second


@pytest.mark.parametrize("name", ["sample", "bls12381"])
def test_each_bad_entry_of_a_key_is_found_at_its_place(
    folders: dict[str, Path], name: str, tmp_path: Path
) -> None:
    key = MappedKey(folders[name] / "circuit.zkey")
    for section in STEPS:  # and none of a good one
        native(key).check(section, 2)
        ReferenceKey(key).check(section, 1)
    for told, at, image in plantings(key):
        data = bytearray(key.data)
        data[at : at + len(image)] = image
        path = tmp_path / "bad.zkey"
        path.write_bytes(data)
        words = []
        for opened in (native(MappedKey(path)), ReferenceKey(MappedKey(path))):
            with pytest.raises(SetupFault) as caught:
                opened.ensure_valid(threads=1)
            assert told in caught.value.message, (told, caught.value.message)
            words.append(caught.value.message)
        assert words[0] == words[1]
        path.unlink()  # what is mapped stays as it was


def test_a_gate_after_the_last_one_is_found(tmp_path: Path) -> None:
    """Everything else fits together, and no witness would satisfy it."""
    circuit = Circuit([[(2, 1)]], [[(3, 1)]], [[(1, 1)]], [1, 6, 2, 3], 1)
    write_circuit(circuit, 3, tmp_path, BN254, system="plonk", progress=quiet)
    key = MappedKey(tmp_path / "circuit.zkey")
    layout, data = key.layout, bytearray(key.data)
    assert layout.n_gates == 2
    from prover_cli import _native

    values = b"".join(int(row == 5).to_bytes(32, "little") for row in range(8))
    place = layout.selectors[4]
    data[place.offset : place.end] = _native.interpolated("bn128", values, 1)
    (tmp_path / "more.zkey").write_bytes(data)
    for opened in (
        native(MappedKey(tmp_path / "more.zkey")),
        ReferenceKey(MappedKey(tmp_path / "more.zkey")),
    ):
        opened.check(11, 1)
        with pytest.raises(SetupFault, match=r"section 11 \(Qc\), entry 28 .* a gate follows the last one"):
            opened.check(4, 1)


@pytest.mark.parametrize("claimed", [0xFFFFFFFF, 0x80000007, 8])
def test_more_signals_than_there_are_cost_no_memory(claimed: int, tmp_path: Path) -> None:
    """A header may claim any number: nothing is made in its size."""
    key = MappedKey(SAMPLE / "circuit.zkey")
    data = bytearray(key.data)
    at = key.layout.header.offset - 20
    assert int.from_bytes(data[at : at + 4], "little") == key.layout.n_signals
    data[at : at + 4] = claimed.to_bytes(4, "little")
    (tmp_path / "bad.zkey").write_bytes(data)
    bad = MappedKey(tmp_path / "bad.zkey")
    for opened in (native(bad), ReferenceKey(bad)):
        with pytest.raises(SetupFault, match=r"section 3 .* no gate makes this sum"):
            opened.ensure_valid()


def test_one_wrong_value_among_many_is_found_by_transforms(tmp_path: Path) -> None:
    """Value by value, it would take 2^14 times as long as a transform: minutes here."""
    generate(14, "dense", tmp_path, system="plonk", progress=quiet)
    key = MappedKey(tmp_path / "circuit.zkey")
    data, place = bytearray(key.data), key.layout.selectors[0]
    data[place.end - 32] ^= 1
    (tmp_path / "bad.zkey").write_bytes(data)
    last = 5 * (1 << 14) - 1
    with pytest.raises(SetupFault, match=f"entry {last} at byte {place.end - 32}: the value is not that"):
        native(MappedKey(tmp_path / "bad.zkey")).check(7, 1)


def test_a_key_whose_tau_nobody_chose_is_warned_of(run: Callable[..., Ran], tmp_path: Path) -> None:
    """Anybody can forge proofs with the powers of tau that `powersoftau new` makes."""
    tool(tmp_path, "snarkjs", "powersoftau", "new", "bn128", "4", "0.ptau")
    tool(tmp_path, "snarkjs", "powersoftau", "prepare", "phase2", "0.ptau", "p.ptau")
    tool(tmp_path, "snarkjs", "plonk", "setup", str(SAMPLE / "circuit.r1cs"), "p.ptau", "k.zkey")
    tool(tmp_path, "snarkjs", "zkey", "export", "verificationkey", "k.zkey", "vk.json")
    told = "nobody has contributed to the powers of tau of"
    ran = run("prove-batch", SAMPLE / "witnesses", "--key", "k.zkey")
    assert (ran.code, told in ran.err) == (0, True), ran.err
    ran = run("prove-batch", "verify", "proofs", "--vkey", "vk.json")
    assert (ran.code, told in ran.err) == (0, True), ran.err
    assert json.loads(run("prove-batch", "key", "info", "k.zkey", "--json").out)["anybody_can_forge"] is True
    facts = json.loads(run("prove-batch", "key", "info", SAMPLE / "circuit.zkey", "--json").out)
    assert facts["anybody_can_forge"] is False


def test_powers_that_repeat_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """τ is a point of the domain: −1."""
    import prover_cli.systems.plonk.insecure_key as making

    monkeypatch.setattr(making, "secret", lambda number, r: r - 1)
    monkeypatch.setattr(
        making, "lagrange_at", lambda tau, root, size, r: [int(i == size // 2) for i in range(size)]
    )
    generate(4, "dense", tmp_path, system="plonk", progress=quiet)
    key = MappedKey(tmp_path / "circuit.zkey")
    for opened in (native(key), ReferenceKey(key)):
        with pytest.raises(SetupFault, match=r"section 14 .*entry 16 .* the powers of τ repeat"):
            opened.check(14, 1)


def test_a_verification_key_without_tau_is_refused() -> None:
    good = json.loads((SAMPLE / "verification_key.json").read_text())
    for change, says in (
        ({"X_2": [["0", "0"], ["1", "0"], ["0", "0"]]}, "X_2: the point is at infinity"),
        ({"power": 27}, "power"),
        ({"nPublic": 9}, "nPublic is larger than the domain"),
        ({"w": "5"}, "w is not the root of unity"),
        ({"protocol": "groth16"}, "groth16, not plonk"),
        ({"Qm": ["1", "1", "1"]}, "Qm is not on the curve"),
    ):
        for engine in ("native", "reference"):
            with pytest.raises(prover_cli.Fault) as caught:
                verifier_for(VerificationKey.from_json(good | change), engine)
            assert says in caught.value.message, change


def test_tables_of_another_number_are_made_again(tmp_path: Path, run: Callable[..., Ran]) -> None:
    from prover_cli.prepared import store
    from prover_cli.prepared.making import find
    from prover_cli.prepared.tables import DIGEST, digest_of, header, place

    key = MappedKey(SAMPLE / "circuit.zkey")
    opened = native(key)
    assert run("prove-batch", "key", "prepare", SAMPLE / "circuit.zkey").code == 0
    made = find(key, opened.rows, 1 << 30)
    assert made is not None
    from dataclasses import replace

    shapes = [table.shape for table in made.description.tables] * 3
    wrong = replace(made.description, tables=place(shapes))
    data = bytearray(wrong.size)
    data[:4096] = header(wrong)
    data[DIGEST] = digest_of(bytes(data))
    path = store.path_of(key.bases_sha256, opened.rows)
    path.write_bytes(data)
    assert find(key, opened.rows, 1 << 30) is None
    assert not path.exists()


def test_a_permutation_that_leaves_copies_apart_is_found(tmp_path: Path) -> None:
    """The identity permutation closes for every witness and ties no wires together: everything else in such
    a key fits together, and its proofs would hold for circuits without copies."""
    from prover_cli import _native

    key = MappedKey(SAMPLE / "circuit.zkey")
    layout, r = key.layout, BN254.r
    root = key.verification_key.root
    identity = b"".join(
        _native.interpolated(
            "bn128",
            b"".join((k * pow(root, i, r) % r).to_bytes(32, "little") for i in range(layout.domain_size)),
            1,
        )
        for k in (1, 2, 3)
    )
    data = bytearray(key.data)
    data[layout.sigma.offset : layout.sigma.end] = identity
    (tmp_path / "apart.zkey").write_bytes(data)
    apart = MappedKey(tmp_path / "apart.zkey")
    for opened in (native(apart), ReferenceKey(apart)):
        with pytest.raises(SetupFault, match="does not connect the wires that carry the same signal"):
            opened.check(12, 1)


@pytest.mark.parametrize("name", ["sample", "bls12381"])
def test_a_changed_proof_is_refused(folders: dict[str, Path], name: str) -> None:
    key, witness = MappedKey(folders[name] / "circuit.zkey"), witness_of(folders[name])
    curve = key.layout.curve
    proof = native(key).prove(witness, Blinding.fresh(curve), 1)
    signals = witness.public_signals(key.layout.n_public)
    verifiers = [prover_cli.load_key(folders[name] / "circuit.zkey").verification_key]
    assert prover_cli.verify(verifiers[0], proof, signals)
    referee = ReferenceVerifier(key.verification_key)
    generator = key.verification_key.commitments[0]
    bad: list[Proof] = []
    for index in range(len(POINTS)):
        for point in (generator, (0, 0)):
            points = (*proof.points[:index], point, *proof.points[index + 1 :])
            bad.append(Proof(curve, points, proof.evaluations))
    for index in range(len(EVALUATIONS)):
        values = list(proof.evaluations)
        values[index] = (values[index] + 1) % curve.r
        bad.append(Proof(curve, proof.points, tuple(values)))
    for one in bad:
        assert not prover_cli.verify(verifiers[0], one, signals)
    assert not any(referee.verify(one, signals) for one in bad[::5])
    assert not prover_cli.verify(verifiers[0], proof, ())


def test_numbers_that_snarkjs_reduces_are_refused() -> None:
    """snarkjs takes an evaluation + r and a coordinate + q for the numbers below the prime."""
    key = prover_cli.load_key(SAMPLE / "circuit.zkey")
    proof, _ = prover_cli.prove(key, witness_of(SAMPLE))
    for change in ("eval_a", "A"):
        value = proof.to_json()
        if change == "A":
            value["A"][0] = str(int(value["A"][0]) + BN254.q)
        else:
            value[change] = str(int(value[change]) + BN254.r)
        with pytest.raises(prover_cli.Fault, match="is not below the field's prime"):
            Proof.from_json(value)


def test_points_outside_of_the_group_are_refused(folders: dict[str, Path]) -> None:
    """snarkjs looks at the curve equation alone. BLS12-381 has a point of order 3 at x = 0."""
    key, witness = MappedKey(folders["bls12381"] / "circuit.zkey"), witness_of(folders["bls12381"])
    proof = native(key).prove(witness, Blinding.fresh(BLS12_381), 1)
    signals = witness.public_signals(1)
    outside = Proof(BLS12_381, ((0, 2), *proof.points[1:]), proof.evaluations)
    for engine in ("native", "reference"):
        verifier = verifier_for(key.verification_key, engine)
        assert verifier.verify(proof, signals)
        assert not verifier.verify(outside, signals)
    commitments = ((0, 2), *key.verification_key.commitments[1:])
    bad = VerificationKey(
        BLS12_381, 1, key.verification_key.power, 2, 3, commitments, key.verification_key.x2
    )  # fmt: skip
    for engine in ("native", "reference"):
        with pytest.raises(SetupFault, match="verification key, Qm: the point is not in the subgroup"):
            verifier_for(bad, engine)


def test_many_proofs_are_verified_together(folders: dict[str, Path]) -> None:
    key = MappedKey(SAMPLE / "circuit.zkey")
    claims: list[tuple[Proof, tuple[int, ...]]] = []
    for number in range(8):
        witness = witness_of(SAMPLE, number)
        claims.append((native(key).prove(witness, Blinding.fresh(BN254), 1), witness.public_signals(2)))
    verifier = verifier_for(key.verification_key)
    assert verifier.verify_all(claims, 2) == [True] * 8
    claims[3] = (claims[3][0], claims[4][1])
    claims[6] = (claims[6][0], (1,))
    assert verifier.verify_all(claims, 1) == [number not in (3, 6) for number in range(8)]
    assert verifier.verify_all([], 1) == []


def test_the_exported_key_and_calldata_are_those_of_snarkjs(
    run: Callable[..., Ran], snarkjs: Snarkjs, tmp_path: Path
) -> None:
    assert run("prove-batch", "key", "vkey", SAMPLE / "circuit.zkey", "-o", "ours.json").code == 0
    snarkjs("zkey", "export", "verificationkey", SAMPLE / "circuit.zkey", "theirs.json", cwd=tmp_path)
    assert (tmp_path / "ours.json").read_bytes() == (tmp_path / "theirs.json").read_bytes()
    assert run("prove-batch", SAMPLE / "inputs", "-q").code == 0
    names = [tmp_path / "proofs" / f"0003.{what}.json" for what in ("public", "proof")]
    theirs = snarkjs("zkey", "export", "soliditycalldata", *names).stdout
    assert run("prove-batch", "calldata", names[1]).out == theirs


def test_the_contract_of_snarkjs_accepts_our_proofs(
    run: Callable[..., Ran], snarkjs: Snarkjs, tmp_path: Path
) -> None:
    done = snarkjs("zkey", "export", "solidityverifier", SAMPLE / "circuit.zkey", "v.sol", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert run("prove-batch", SAMPLE / "witnesses", "-q", "--format", "calldata").code == 0
    calls = []
    for number in range(3):
        written = json.loads((tmp_path / "proofs" / f"000{number}.calldata.json").read_text())
        calls.append(written["abi"])
    calls.append(calls[0][:-64] + f"{7:064x}")  # another public signal
    ran = subprocess.run(
        ["node", ROOT / "tests" / "node" / "contract.mjs", tmp_path / "v.sol", "PlonkVerifier", "warned"],
        input="\n".join(calls), capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert [json.loads(line)["holds"] for line in ran.stdout.splitlines()] == [True, True, True, False]


def test_what_plonk_does_not_have_is_refused_by_name(run: Callable[..., Ran]) -> None:
    for words in (
        ["prove-batch", SAMPLE / "inputs", "--format", "gnark"],
        ["prove-batch", SAMPLE / "inputs", "--format", "arkworks", "-q"],
        ["prove-batch", "key", "vkey", SAMPLE / "circuit.zkey", "--format", "gnark"],
    ):
        ran = run(*words)
        assert (ran.code, "plonk" in ran.err, "BAD_OPTION" in ran.err) == (2, True, True), (words, ran)
    ran = run("prove-batch", "key", "solidity", SAMPLE / "circuit.zkey")
    assert (ran.code, "snarkjs zkey export solidityverifier" in ran.err) == (2, True), ran


def test_a_seed_repeats_a_proof_of_a_key_and_witness() -> None:
    witness = witness_of(SAMPLE)
    sha256 = MappedKey(SAMPLE / "circuit.zkey").sha256
    seed = secrets.token_bytes(32)
    one = Blinding.seeded(seed, sha256, witness)
    assert one == Blinding.seeded(seed, sha256, witness)
    assert len(set(one.factors)) == COUNT and all(0 <= factor < BN254.r for factor in one.factors)
    others = [
        Blinding.seeded(secrets.token_bytes(32), sha256, witness),
        Blinding.seeded(seed, "00" * 32, witness),
        Blinding.seeded(seed, sha256, witness_of(SAMPLE, 1)),
    ]
    assert not any(set(one.factors) & set(other.factors) for other in others)


def test_a_witness_file_with_sums_is_not_taken(tmp_path: Path) -> None:
    """The sums of a key's additions follow from a witness, and are not in it."""
    witness = witness_of(SAMPLE)
    (tmp_path / "w.wtns").write_bytes(
        write_witness(Witness(witness.curve, witness.values + bytes(witness.curve.n8r), 0))
    )
    key = prover_cli.load_key(SAMPLE / "circuit.zkey")
    with pytest.raises(JobFault, match="has 7 values, but the key has 6 signals"):
        prover_cli.prove(key, tmp_path / "w.wtns")
