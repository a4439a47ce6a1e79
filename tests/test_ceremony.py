"""What a key records of its ceremony, and keys to which nobody has contributed.

The two keys in `circuits/ceremony` are snarkjs': `groth16 setup`, then one contribution and a beacon. The
hashes below are those that its `zkey verify` printed.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SAMPLES, Ran, needs_native
from test_parsers import patched, section

import prover_cli
from prover_cli.benchmark.generated import write_circuit
from prover_cli.caller_warnings import ProverWarning
from prover_cli.faults import SetupFault
from prover_cli.formats.curves import BN254
from prover_cli.formats.r1cs import rows
from prover_cli.formats.wtns import numbers, parse_witness
from prover_cli.systems.choice import choose_engine
from prover_cli.systems.constraints import Constraints
from prover_cli.systems.groth16.ceremony import ceremony_of
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.insecure_setup import Circuit
from prover_cli.systems.registry import engine_for

Runner = Callable[..., Ran]

FOLDER = Path(__file__).parent / "circuits" / "ceremony"
FIRST, FINAL = FOLDER / "quartic_0000.zkey", FOLDER / "quartic_final.zkey"
CONTRIBUTIONS = [
    {
        "name": "alice",
        "beacon": False,
        "hash": "a6029e409144d11e063120f1af31568047633dfc91d20345514fff0c848bb6e0"
        "9eda0041aeb436426d8dcbd15445c794e64a33c3a2d4779b46d21e21d8404f1f",
    },
    {
        "name": "last",
        "beacon": True,
        "hash": "4a277337c4163baec86b0e4e598d893c6c6db08c360cd9c642c8d8c22f85ad94"
        "95fba42554ef35b8045ecc94138a6523534aa9db8e4f30cf3679d2324273e3fc",
    },
]
WARNING = "(delta equals gamma): anybody can forge"


def changed(folder: Path, source: Path, at: int, new: bytes) -> Path:
    path = folder / "changed.zkey"
    path.write_bytes(patched(source.read_bytes(), at, new))
    return path


def test_contributions_are_shown_with_the_hashes_that_snarkjs_prints(run: Runner) -> None:
    facts = json.loads(run("prove-batch", "key", "info", FINAL, "--json").out)
    assert (facts["contributions"], facts["anybody_can_forge"]) == (CONTRIBUTIONS, False)
    shown = run("prove-batch", "key", "info", FINAL)
    assert shown.err == ""
    assert "contributions        2\n" in shown.out
    assert "1 alice\n                       a6029e40 9144d11e 063120f1 af315680\n" in shown.out
    assert "2 last (beacon)\n" in shown.out


def test_a_key_without_contributions_and_one_without_a_record_are_told_apart(run: Runner) -> None:
    """Generated keys have an empty record and another delta."""
    first = run("prove-batch", "key", "info", FIRST)
    assert "contributions        none\n" in first.out
    assert WARNING in first.err
    facts = json.loads(run("prove-batch", "key", "info", FIRST, "--json").out)
    assert (facts["contributions"], facts["anybody_can_forge"]) == ([], True)


@needs_native
def test_a_generated_key_has_no_record(run: Runner, tmp_path: Path) -> None:
    from prover_cli.benchmark.generated import generate

    generate(4, "dense", tmp_path, progress=lambda _: None)
    shown = run("prove-batch", "key", "info", "circuit.zkey")
    assert ("contributions        no record\n" in shown.out, shown.err) == (True, "")
    facts = json.loads(run("prove-batch", "key", "info", "circuit.zkey", "--json").out)
    assert (facts["contributions"], facts["anybody_can_forge"]) == (None, False)


def test_a_damaged_record_is_none_and_one_of_another_key_is_told(run: Runner, tmp_path: Path) -> None:
    data = FINAL.read_bytes()
    start, _ = section(data, 10)
    assert data[start + 462 : start + 467] == b"alice"
    # Three contributions, endless parameters, an unknown one, and a name that runs past them.
    damages = {64: b"\x03", 67: b"\x01", 456: b"\xff\xff\xff\xff", 460: b"\x07", 461: b"\x06"}
    for offset, new in damages.items():
        at = start + offset
        shown = run("prove-batch", "key", "info", changed(tmp_path, FINAL, at, new))
        assert (shown.code, "contributions        a record that cannot be read" in shown.out) == (0, True), at
    ceremony = ceremony_of(MappedKey(FINAL))
    assert ceremony is not None
    assert ceremony.ends_here
    layout = MappedKey(FINAL).layout
    delta1 = layout.header.offset + 2 * layout.curve.g1_size + 2 * layout.curve.g2_size
    other = changed(tmp_path, FINAL, delta1, FIRST.read_bytes()[delta1 : delta1 + layout.curve.g1_size])
    shown = run("prove-batch", "key", "info", other)
    assert "contributions        the record belongs to another key\n" in shown.out


@needs_native
def test_all_that_uses_a_key_without_contributions_warns(run: Runner, tmp_path: Path) -> None:
    shutil.copy(FIRST, tmp_path / "pay.zkey")
    ran = run("prove-batch", SAMPLES / "quartic" / "witnesses", "--key", "pay.zkey", "-o", "proofs")
    assert (ran.code, ran.err.count("nobody has contributed to the setup of pay.zkey " + WARNING)) == (0, 1)
    vkey = run("prove-batch", "key", "vkey", "pay.zkey", "-o", "vk.json")
    assert WARNING in vkey.err
    assert WARNING in run("prove-batch", "key", "solidity", "vk.json", "-o", "V.sol").err
    for option, name in (("--key", "pay.zkey"), ("--vkey", "vk.json"), ("--circuits", ".")):
        verified = run("prove-batch", "verify", "proofs", option, name)
        told = "pay.zkey" if name == "." else name
        assert (verified.code, verified.err.count(f"the setup of {told} {WARNING}")) == (0, 1)
    assert run("prove-batch", "verify", "proofs", "--vkey", "vk.json", "-q").err == ""
    one = run("prove-batch", "prove", "pay.zkey", SAMPLES / "quartic" / "witnesses" / "0000.wtns")
    assert (one.code, WARNING in one.err) == (0, True)
    good = run("prove-batch", "verify", "proofs", "--key", FINAL)
    assert (good.code, WARNING in good.err) == (1, False)


@needs_native
def test_programs_are_warned_of_a_key_without_contributions(tmp_path: Path) -> None:
    shutil.copy(FIRST, tmp_path / "pay.zkey")
    with pytest.warns(ProverWarning, match="nobody has contributed to") as told:
        key = prover_cli.load_key(tmp_path / "pay.zkey")
    assert told[0].filename == __file__
    proof, signals = prover_cli.prove(key, SAMPLES / "quartic" / "witnesses" / "0000.wtns")
    (tmp_path / "vk.json").write_text(json.dumps(key.verification_key.to_json()))
    with pytest.warns(ProverWarning, match="nobody has contributed to"):
        assert prover_cli.verify(tmp_path / "vk.json", proof, signals)


@needs_native
def test_a_forged_proof_is_valid_where_nobody_contributed() -> None:
    """Why there is a warning: A = α, B = β, C = −(IC₀ + Σ public·IC) needs no witness."""
    from prover_cli.systems.groth16.proof import Proof
    from prover_cli.systems.plain_groups import Group
    from prover_cli.systems.registry import verifier_for

    for path, is_valid in ((FIRST, True), (FINAL, False)):
        key = MappedKey(path).verification_key
        group, signals = Group(key.curve), (1234, 5678)
        total = group.g1(key.ic[0])
        for point, signal in zip(key.ic[1:], signals, strict=True):
            total = group.add(total, group.multiply(group.g1(point), signal))
        x, y = group.affine_g1(total)
        forged = Proof(key.curve, key.alpha1, key.beta2, (x, key.curve.q - y))
        assert verifier_for(key).verify(forged, signals) is is_valid


@pytest.mark.parametrize("engine", ["reference", pytest.param("native", marks=needs_native)])
@pytest.mark.parametrize("which", ["beta1", "delta1"])
def test_points_of_the_header_must_match(tmp_path: Path, engine: str, which: str) -> None:
    layout = MappedKey(FINAL).layout
    g1, g2 = layout.curve.g1_size, layout.curve.g2_size
    place = layout.header.offset + (g1 if which == "beta1" else 2 * g1 + 2 * g2)
    alpha1 = FINAL.read_bytes()[layout.header.offset :][:g1]
    bad = MappedKey(changed(tmp_path, FINAL, place, alpha1))  # on the curve, but another point
    with pytest.raises(SetupFault, match=f"{which} in section 2 does not match"):
        engine_for("groth16", choose_engine(engine).engine).open(bad).ensure_valid()


@needs_native
@pytest.mark.parametrize(("number", "at"), [(2, 84), (2, 84 + 64 + 32), (3, 0), (3, 3 * 64 - 32)])
def test_coordinates_of_the_header_and_of_ic_are_below_the_prime(
    tmp_path: Path, number: int, at: int
) -> None:
    """The same point, stored as a number that is not reduced."""
    data = FINAL.read_bytes()
    place = section(data, number)[0] + at
    value = int.from_bytes(data[place : place + 32], "little") + MappedKey(FINAL).layout.curve.q
    bad = MappedKey(changed(tmp_path, FINAL, place, value.to_bytes(32, "little")))
    with pytest.raises(SetupFault, match=f"section {number}, at byte {place}: a coordinate is not below"):
        engine_for("groth16", "native").open(bad).ensure_valid()


@needs_native
def test_custom_templates_that_groth16_leaves_out_are_told(run: Runner, tmp_path: Path) -> None:
    custom = FOLDER.parent / "custom"
    constraints, witness = Constraints(custom / "circuit.r1cs"), custom / "witness.wtns"
    a, b, c = map(list, zip(*rows(constraints.data, constraints.layout, "custom"), strict=True))
    values = parse_witness(witness.read_bytes(), "w").values
    circuit = Circuit(a, b, c, list(numbers(values, 32)), constraints.layout.n_public)
    write_circuit(circuit, 4, tmp_path, BN254, progress=lambda _: None)
    shutil.copy(custom / "circuit.r1cs", tmp_path / "circuit.r1cs")
    ran = run("prove-batch", witness, "--key", "circuit.zkey", "-o", "p")
    assert (ran.code, ran.err.count("circuit.r1cs has 3 uses of custom templates, which groth16")) == (0, 1)
    shutil.copy(FINAL, tmp_path / "circuit.zkey")
    ran = run("prove-batch", SAMPLES / "quartic" / "witnesses" / "0000.wtns", "--key", "circuit.zkey")
    assert (ran.code, "custom" in ran.err) == (0, False), "the constraints are those of another circuit"


def test_nothing_in_a_files_name_reaches_the_terminal(run: Runner, tmp_path: Path) -> None:
    name = "ev\x1b[31mil.zkey"
    shutil.copy(FIRST, tmp_path / name)
    for words in (("key", "vkey", name, "-o", "vk.json"), ("key", "solidity", name, "-o", "V.sol")):
        ran = run("prove-batch", *words)
        assert (ran.code, WARNING in ran.err, "\x1b" in ran.err) == (0, True, False)
