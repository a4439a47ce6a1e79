"""Circuits of other compilers, and files that are other than their names say: used, or told what they are."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SAMPLES, Ran, needs_native

from prover_cli.faults import Fault, JobFault, SetupFault
from prover_cli.formats.curves import BLS12_381, BN254
from prover_cli.formats.mistaken import what_it_is
from prover_cli.formats.r1cs import parse_r1cs
from prover_cli.formats.wtns import parse_witness, write_witness
from prover_cli.systems.groth16.layout import parse_zkey
from prover_cli.witness.calculator import Calculator
from prover_cli.witness.input_map import SET_APART, read_map

CIRCUITS = ROOT / "tests" / "circuits"
PRODUCT, EMPTY, BUS, LOGGING = (CIRCUITS / name for name in ("product", "empty", "bus", "logging"))
QUARTIC, MEMBERSHIP = SAMPLES / "quartic", SAMPLES / "membership"
Runner = Callable[..., Ran]

OLD = ["2.0.0", "2.0.1", "2.0.2", "2.0.3"]
"""They cannot be asked how many values an input has."""


def calculator(folder: Path, version: str, *, symbols: bool = True, **more: Any) -> Calculator:
    return Calculator(folder / f"{version}.wasm", folder / "circuit.sym" if symbols else None, **more)


def refused(calculates: Calculator, inputs: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(JobFault) as raised:
        calculates.calculate(inputs, "input w")
    return raised.value.code, raised.value.message


# ---- circom 2, tag by tag


@pytest.mark.parametrize("symbols", [True, False])
@pytest.mark.parametrize("version", [*OLD, "2.0.6", "2.2.0"])
def test_calculators_of_every_tag_are_used(version: str, symbols: bool) -> None:
    calculates = calculator(PRODUCT, version, symbols=symbols)
    inputs = json.loads((PRODUCT / "input.json").read_text())
    made = calculates.calculate(inputs, "input w").witness
    assert write_witness(made) == (PRODUCT / "witness.wtns").read_bytes()

    code, message = refused(calculates, inputs | {"a": 7})
    assert code == "ASSERT_FAILED"
    assert message == "input w: an assert of the circuit failed: Error in template Product_0 line: 12"
    code, message = refused(calculates, inputs | {"b": [[1, 2, 3], [4]]})
    assert (code, "b has 4 values, but the circuit takes 6" in message) == ("INPUT_SHAPE", True)
    if symbols:
        assert "b[1][1] is missing" in message
    code, message = refused(calculates, {"a": 3})
    assert code == "INPUT_MISSING"
    assert ("input b is missing" if symbols else "1 of 7 input values are given") in message
    assert refused(calculates, inputs | {"c": 1})[0] == "INPUT_UNKNOWN"
    assert refused(calculates, inputs | {"out": 1})[0] == "INPUT_UNKNOWN"


@pytest.mark.parametrize("version", ["2.0.0", "2.2.3"])
@pytest.mark.parametrize(
    "more", [{}, {"none": [], "rows": []}, {"none": [], "rows": [[], []]}, {"rows": [[[]], []]}]
)
def test_arrays_of_length_zero_have_any_shape(version: str, more: dict[str, Any]) -> None:
    made = calculator(EMPTY, version).calculate({"x": "12"} | more, "w").witness
    assert write_witness(made) == (EMPTY / "witness.wtns").read_bytes()


@pytest.mark.parametrize("version", ["2.0.0", "2.2.3"])
def test_arrays_of_length_zero_take_no_values(version: str) -> None:
    calculates = calculator(EMPTY, version)
    assert refused(calculates, {"x": "12", "rows": [[1], []]})[0] in ("INPUT_UNKNOWN", "INPUT_SHAPE")
    assert refused(calculates, {"none": [], "rows": [[], []]})[0] == "INPUT_MISSING"


def test_a_map_of_inputs_that_makes_no_sense_is_none() -> None:
    memory = bytearray(SET_APART + 100)
    assert read_map(bytes(memory), 0, None) is not None, "a circuit without inputs"
    assert read_map(bytes(memory), 0, 3) is None
    assert read_map(bytes(memory), 200, None) is None
    memory[0:12] = b"\1" * 8 + (2).to_bytes(4, "little")
    memory[12:24] = b"\2" * 8 + (5).to_bytes(4, "little")
    found = read_map(bytes(memory), 0, 4)
    assert found is not None
    assert sorted(found.sizes.values()) == [1, 3]
    assert read_map(bytes(memory), 0, 2) is None, "the second begins behind the end"
    memory[8:12] = bytes(4)
    assert read_map(bytes(memory), 0, 6) is None, "signal 0 is the constant 1"


# ---- buses

NOTE: dict[str, Any] = json.loads((BUS / "input.json").read_text())


def changed(path: str, value: object) -> dict[str, Any]:
    """The bus' inputs with something else at a place, "note.owners.0.x"; None takes it away."""
    inputs: dict[str, Any] = json.loads(json.dumps(NOTE))
    *steps, last = path.split(".")
    at: Any = inputs
    for step in steps:
        at = at[int(step)] if isinstance(at, list) else at[step]
    key: Any = int(last) if isinstance(at, list) else last
    if value is None:
        del at[key]
    else:
        at[key] = value
    return inputs


@pytest.mark.parametrize("symbols", [True, False])
@pytest.mark.parametrize(
    "inputs",
    [
        NOTE,
        changed("note", [50, 1, 2, 3, 4]),
        changed("pair", [5, 6, 7, 8, 9, 10]),
        changed("pair", [[5, 6], [7, 8], [9, 10]]),
        {"note.amount": 50, "note.owners": NOTE["note"]["owners"], "pair": NOTE["pair"], "salt": 17},
        {"note.amount": 50, "note.owners[0].x": 1, "note.owners[0].y": 2, "note.owners[1]": {"x": 3, "y": 4},
         "pair[0].x": 5, "pair[0].y": 6, "pair[1]": {"x": 7, "y": 8}, "pair[2]": {"y": 10, "x": 9},
         "salt": 17},
    ],
)  # fmt: skip
def test_buses_are_given_as_circom_takes_them(inputs: dict[str, Any], symbols: bool) -> None:
    made = calculator(BUS, "2.2.3", symbols=symbols).calculate(inputs, "w").witness
    assert write_witness(made) == (BUS / "witness.wtns").read_bytes()


@pytest.mark.parametrize(
    ("inputs", "code", "words"),
    [
        (changed("note", None), "INPUT_MISSING", "input note is missing"),
        (changed("note.amount", None), "INPUT_MISSING", "input note.amount is missing"),
        (changed("note.owners.1", None), "INPUT_MISSING", "input note.owners[1] is missing"),
        (changed("note.owners.1.x", None), "INPUT_MISSING", "input note.owners[1].x is missing"),
        (changed("pair.2", None), "INPUT_MISSING", "input pair[2] is missing"),
        (changed("pair", []), "INPUT_SHAPE", "pair[0] is missing; pair has 0 values, but"),
        ({"salt": 1}, "INPUT_MISSING", "input note, pair are missing"),
        (changed("note.ammount", 1), "INPUT_UNKNOWN", 'signal "note.ammount", did you mean "note.amount"?'),
        (changed("note.owners.1.x", "q"), "INPUT_VALUE", "note.owners[1].x is not a number"),
        (changed("note.owners.1.x", [1, 2]), "INPUT_SHAPE", "too many values; note.owners[1].x has 2 values"),
        (changed("note.owners", [1, 2, 3, 4]), "INPUT_VALUE", "note.owners must be an array of objects"),
        (changed("pair.1", 5), "INPUT_VALUE", "pair[1] must be an object with x, y"),
        (changed("salt", {"x": 1}), "INPUT_VALUE", "salt is an object; write an integer"),
        (NOTE | {"note.amount": 4}, "INPUT_CORRUPT", '"note.amount" is given twice'),
        (changed("note", [50, 1, 2, 3, 4]) | {"note.amount": 4}, "INPUT_SHAPE", "13 values are given"),
        (NOTE | {"zzz": {"y": 1}}, "INPUT_UNKNOWN", '"zzz.y"; the circuit takes note, pair, salt'),
        (changed("pair.0", [[[{"x": 1}]]]), "INPUT_UNKNOWN", 'unknown signal "pair[0][0]'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_bus_is_told_by_field(inputs: dict[str, Any], code: str, words: str) -> None:
    told = refused(calculator(BUS, "2.2.3"), inputs)
    assert (told[0], words in told[1]) == (code, True), told


def test_objects_that_are_nested_without_end_are_refused() -> None:
    deep: Any = 1
    for _ in range(400):
        deep = {"a": deep} if isinstance(deep, int) or _ % 2 else [deep]
    assert refused(calculator(BUS, "2.2.3"), NOTE | {"note": deep})[0] in ("INPUT_VALUE", "INPUT_UNKNOWN")
    long = {"n" * 900: {str(i): 1 for i in range(1000)}}
    assert refused(calculator(BUS, "2.2.3"), NOTE | long)[0] == "INPUT_UNKNOWN"


# ---- values of the prime and above


@pytest.mark.parametrize("value", [str(BN254.r), BN254.r + 3, hex(2**256 - 1), -BN254.r - 2, 10**900])
def test_values_of_the_prime_and_above_are_reduced_as_snarkjs_does(
    value: object, run: Runner, tmp_path: Path, snarkjs: Callable[..., Any]
) -> None:
    inputs = json.loads((BUS / "input.json").read_text()) | {"salt": value}
    flat = inputs | {"note": [50, 1, 2, 3, 4], "pair": [5, 6, 7, 8, 9, 10]}
    flat["salt"] = str(value)
    (tmp_path / "in.json").write_text(json.dumps(flat))
    snarkjs("wtns", "calculate", BUS / "2.2.3.wasm", tmp_path / "in.json", tmp_path / "theirs.wtns")
    made = calculator(BUS, "2.2.3").calculate(inputs, "w")
    assert write_witness(made.witness) == (tmp_path / "theirs.wtns").read_bytes()
    assert made.reduced == "salt"
    assert refused(calculator(BUS, "2.2.3", strict=True), inputs) == (
        "INPUT_OUT_OF_RANGE", "input w: salt is not below the prime of the circuit's field; reduce it, or "
        "leave out --strict-inputs"
    )  # fmt: skip


def test_small_negative_values_need_no_word() -> None:
    calculates = calculator(PRODUCT, "2.2.0")
    inputs = json.loads((PRODUCT / "input.json").read_text())
    assert calculates.calculate(inputs | {"a": -1}, "w").reduced is None
    assert calculates.calculate(inputs | {"b": [[1, 2, 3], [4, BN254.r, 6]]}, "w").reduced == "b[1][1]"


@needs_native
def test_a_run_tells_once_that_inputs_were_reduced(run: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    names = list(json.loads((QUARTIC / "inputs" / "0000.json").read_text()))
    for number in range(4):
        inputs = json.loads((QUARTIC / "inputs" / f"{number:04}.json").read_text())
        inputs[names[0]] = str(int(inputs[names[0]]) + BN254.r)
        (folder / f"{number:04}.json").write_text(json.dumps(inputs))
    ran = run("prove-batch", folder, "--circuit", f"q={QUARTIC}", "-o", "proofs")
    assert (ran.code, ran.err.count("was reduced")) == (0, 1), ran.err
    assert f": {names[0]} is not below the prime" in ran.err
    assert str(BN254.r) not in ran.err
    ran = run("prove-batch", "witness", folder, "--wasm", QUARTIC)
    assert (ran.code, ran.err.count("was reduced")) == (0, 1), ran.err
    for number in range(4):
        ours = (tmp_path / "witnesses" / f"{number:04}.wtns").read_bytes()
        assert ours == (QUARTIC / "witnesses" / f"{number:04}.wtns").read_bytes()
    ran = run("prove-batch", folder, "--circuit", f"q={QUARTIC}", "-o", "strict", "--strict-inputs")
    assert (ran.code, ran.err.count("[INPUT_OUT_OF_RANGE]")) == (1, 4), ran.err
    ran = run("prove-batch", "witness", folder, "--wasm", QUARTIC, "--strict-inputs")
    assert (ran.code, ran.err.count("[INPUT_OUT_OF_RANGE]")) == (1, 4), ran.err
    ran = run("prove-batch", folder, "--circuit", f"q={QUARTIC}", "-o", "p2", "--log-format", "json")
    told = [line for line in map(json.loads, ran.err.splitlines()) if line["event"] == "input_reduced"]
    assert [(line["level"], line["circuit"], line["detail"]) for line in told] == [("warning", "q", names[0])]


def test_an_assert_that_fails_after_a_reduction_tells_of_it(run: Runner, tmp_path: Path) -> None:
    inputs = json.loads((SAMPLES / "membership" / "inputs" / "0000.json").read_text())
    (tmp_path / "a.json").write_text(json.dumps(inputs | {"root": str(BN254.r + 5)}))
    ran = run("prove-batch", "witness", "a.json", "--wasm", SAMPLES / "membership")
    assert "; root was not below the field's prime and was reduced, as circom does [ASSERT_FAILED]" in ran.err


# ---- log()


def test_logs_are_shown_where_they_are_asked_for(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"x": "6", "y": "7"}')
    ran = run("prove-batch", "witness", "a.json", "--wasm", LOGGING / "2.2.3.wasm", "--log")
    assert ran.err.splitlines()[:-1] == [
        "a: x is 6 and y is 7",
        "a: product 42",
        "a: only text",
        "a: 43",
        "a: ",
    ]
    ran = run("prove-batch", "witness", "a.json", "--wasm", LOGGING / "2.0.3.wasm", "--log")
    assert ran.err.splitlines()[:-1] == ["a: 6", "a: 7", "a: 42", "a: 43"]
    ran = run("prove-batch", "witness", "a.json", "--wasm", LOGGING / "2.2.3.wasm")
    assert ran.err.splitlines() == ["1 witness in witnesses, 0 failed"]


# ---- other fields, circom 1, other files


@pytest.mark.parametrize("name", ["goldilocks", "pallas"])
def test_another_prime_is_called_by_its_name(name: str) -> None:
    for read, ending in ((parse_r1cs, "r1cs"), (parse_witness, "wtns")):
        with pytest.raises(Fault) as raised:
            read((PRODUCT / f"{name}.{ending}").read_bytes(), "x")
        assert raised.value.code.endswith("_CURVE")
        assert f"the prime in section 1 is that of {name}; only bn128 and bls12381 are supported; " in (
            raised.value.message
        )
    with pytest.raises(SetupFault) as refused:
        calculator(PRODUCT, name)
    assert refused.value.code == "WASM_UNSUPPORTED"
    assert f"its prime is that of {name}; only" in refused.value.message
    assert "compile the circuit with circom --prime bn128" in refused.value.message


@needs_native
def test_keys_of_circom_1_prove_and_its_calculator_names_the_way_out(run: Runner, tmp_path: Path) -> None:
    for ending in ("zkey", "wasm"):
        shutil.copy(PRODUCT / f"circom-1.{ending}", tmp_path / f"c.{ending}")
    shutil.copy(PRODUCT / "witness.wtns", tmp_path / "w.wtns")
    shutil.copy(PRODUCT / "input.json", tmp_path / "i.json")
    ran = run("prove-batch", "w.wtns", "--key", "c.zkey")
    assert ran.code == 0, ran.err
    run("prove-batch", "key", "vkey", "c.zkey", "-o", "vkey.json")
    assert run("prove-batch", "verify", "proofs", "--vkey", "vkey.json").code == 0
    assert "satisfies all 6 constraints" in run(
        "prove-batch", "check", "w.wtns", "--r1cs", PRODUCT / "circom-1.r1cs").out  # fmt: skip
    for ran in (run("prove-batch", "i.json", "--key", "c.zkey"), run("prove-batch", "witness", "i.json")):
        assert ran.code in (1, 2)
        assert "c.wasm is a circom 1 calculator, which is not supported" in ran.err
        assert "snarkjs wtns calculate" in ran.err


@needs_native
@pytest.mark.parametrize("version", OLD)
def test_inputs_prove_with_a_calculator_of_an_old_tag(run: Runner, tmp_path: Path, version: str) -> None:
    """The constraints are those of circom 1's, so that its key takes the witness."""
    shutil.copy(PRODUCT / "circom-1.zkey", tmp_path / "c.zkey")
    shutil.copy(PRODUCT / f"{version}.wasm", tmp_path / "c.wasm")
    shutil.copy(PRODUCT / "input.json", tmp_path / "i.json")
    ran = run("prove-batch", "i.json", "--key", "c.zkey")
    assert ran.code == 0, ran.err


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


@pytest.mark.parametrize(
    ("head", "name", "words"),
    [
        (LFS, "a.zkey", "it is a Git LFS pointer; fetch the file itself with git lfs pull"),
        (b"/annex/objects/SHA256E-s1--x", "a.zkey", "it is a git-annex pointer"),
        (gzip.compress(b"zkey", mtime=0), "a.zkey.gz", "it is compressed with gzip; unpack it with gunzip"),
        (b"\x28\xb5\x2f\xfd\0", "a.zkey.zst", "it is compressed with Zstandard"),
        (b"\xce\xb2\xcf\x81" * 9, "a.zkey.br", "it is compressed with Brotli; unpack it with brotli -d"),
        (b"\x20\x1c" * 9, "a.arkzkey", "it is a key in arkworks' format; pass the .zkey"),
        (b"<!DOCTYPE html><html>", "a.zkey", "it is an HTML page"),
        (b"PK\x03\x04", "a.zkey", "it is a ZIP archive"),
        (b"ptau\1\0\0\0", "a.zkey", "it is a powers of tau file; make a key from it"),
        (b"\0asm\1\0\0\0", "a.zkey", "it is WebAssembly (.wasm); pass a .zkey"),
        (b'{"a": 1}', "a.zkey", "it is JSON; pass a .zkey"),
        (b"pragma circom 2.0.0;", "a.zkey", "it is circom source; compile it with circom --r1cs"),
        (b"// a comment\n", "a.circom", "it is circom source; compile it"),
        (b"\xef\xbb\xbf<html>", "a.zkey", "it is an HTML page"),
        (b"QQQQQQQQQQQQQQQQ", "a.zkey", 'it does not begin with "zkey"; it is damaged or not a key'),
    ],
)  # fmt: skip
def test_a_file_that_is_something_else_is_called_by_its_name(head: bytes, name: str, words: str) -> None:
    for parse, code, ours in (
        (parse_zkey, "KEY", "zkey"), (parse_witness, "WITNESS", "wtns"), (parse_r1cs, "R1CS", "r1cs"),
    ):  # fmt: skip
        with pytest.raises(Fault) as raised:
            parse(head, name)
        if "begin" not in words:
            assert words.replace("pass a .zkey", f"pass a .{ours}") in raised.value.message
        assert raised.value.code == f"{code}_CORRUPT"
        assert "cut off" not in raised.value.message


def test_what_is_not_known_is_not_named() -> None:
    assert what_it_is(b"\x01\x02", "a.zkey") is None
    assert what_it_is(b"version 2", "a.zkey") is None


@needs_native
def test_pointers_in_the_place_of_files_are_named_by_the_commands(run: Runner, tmp_path: Path) -> None:
    for name in (
        "circuit.zkey",
        "circuit.wasm",
        "circuit.sym",
        "circuit.r1cs",
        "w.wtns",
        "i.json",
        "vkey.json",
    ):
        (tmp_path / name).write_bytes(LFS)
    good = QUARTIC / "witnesses" / "0000.wtns"
    shutil.copy(QUARTIC / "circuit.wasm", tmp_path / "good.wasm")
    for arguments in (
        ["prove-batch", good, "--key", "circuit.zkey"],
        ["prove-batch", "w.wtns", "--key", QUARTIC / "circuit.zkey"],
        ["prove-batch", "i.json", "--circuit", f"q={QUARTIC}"],
        ["prove-batch", "key", "info", "circuit.zkey"],
        ["prove-batch", "witness", QUARTIC / "inputs", "--wasm", "circuit.wasm"],
        ["prove-batch", "witness", QUARTIC / "inputs", "--wasm", "good.wasm", "--sym", "circuit.sym"],
        ["prove-batch", "check", good, "--r1cs", "circuit.r1cs"],
        ["prove-batch", "verify", SAMPLES, "--vkey", "vkey.json"],
    ):  # fmt: skip
        ran = run(*arguments)
        assert ran.code in (1, 2), arguments
        if "verify" not in arguments:
            assert "a Git LFS pointer" in ran.err, (arguments, ran.err)


def cut(data: bytes, end: int) -> str:
    with pytest.raises(JobFault) as raised:
        parse_witness(data[:end], "w")
    return raised.value.code


def test_only_a_witness_that_was_cut_off_is_called_so() -> None:
    data = (QUARTIC / "witnesses" / "0000.wtns").read_bytes()
    assert {cut(data, end) for end in range(4, len(data))} == {"WITNESS_TRUNCATED"}
    for at in (12, 16, 17, 24, 64, 68, 72, 73):  # a section's number, its length, sizes and counts
        bad = bytearray(data)
        bad[at] ^= 0x40
        with pytest.raises(JobFault) as raised:
            parse_witness(bytes(bad), "w")
        assert raised.value.code in ("WITNESS_CORRUPT", "WITNESS_CURVE"), (at, raised.value.message)
        assert "cut off" not in raised.value.message
    more = bytearray(data)
    more[8] = 3  # one section more than there are
    with pytest.raises(JobFault) as raised:
        parse_witness(bytes(more), "w")
    assert raised.value.code == "WITNESS_CORRUPT"


def test_the_other_curve_is_no_mistake() -> None:
    witness = parse_witness((SAMPLES / "quartic-bls12381" / "witnesses" / "0000.wtns").read_bytes(), "w")
    assert witness.curve is BLS12_381


@needs_native
def test_files_are_named_as_they_are_written_in_the_working_directory(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "venv" / "lib").mkdir(parents=True)
    (tmp_path / "venv" / "pyvenv.cfg").write_text("")
    (tmp_path / "venv" / "lib" / "x.py").write_text("")
    shutil.copy(SAMPLES / "quartic" / "witnesses" / "0000.wtns", tmp_path / "inputs")
    shutil.copy(Path(__file__).parent / "circuits" / "ceremony" / "quartic_0000.zkey", tmp_path / "q.zkey")
    for source in ("inputs", tmp_path / "inputs"):
        ran = run("prove-batch", source)
        assert "nobody has contributed to the setup of q.zkey " in ran.err
    ran = run("prove-batch", ".")
    assert (ran.code, "ignored" in ran.err) == (0, False), "what Python installs is no file of a project"
