"""`prove` and `fullprove`: one proof, where rapidsnark and snarkjs are called as they are."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from conftest import SAMPLES, Ran, needs_native

pytestmark = needs_native
Runner = Callable[..., Ran]
QUARTIC = SAMPLES / "quartic"
KEY, WASM, VKEY = QUARTIC / "circuit.zkey", QUARTIC / "circuit.wasm", QUARTIC / "verification_key.json"
WITNESS, INPUT = QUARTIC / "witnesses" / "0000.wtns", QUARTIC / "inputs" / "0000.json"


@pytest.mark.parametrize(
    "words", [("prove", KEY, WITNESS), ("prove", KEY, INPUT), ("fullprove", INPUT, WASM, KEY)]
)
def test_a_proof_is_that_of_snarkjs_where_it_would_be(
    run: Runner, snarkjs: Callable[..., CompletedProcess[str]], tmp_path: Path, words: tuple[object, ...]
) -> None:
    ran = run("prove-batch", *words)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.endswith("→ proof.json, public.json\n")
    assert (
        "OK" in snarkjs("groth16", "verify", VKEY, tmp_path / "public.json", tmp_path / "proof.json").stdout
    )
    assert run("prove-batch", *words, "p.json", "q.json", "-q").err == ""
    assert (tmp_path / "q.json").read_bytes() == (tmp_path / "public.json").read_bytes()
    assert (tmp_path / "p.json").read_bytes() != (tmp_path / "proof.json").read_bytes(), "blinded anew"


def test_the_wasm_may_be_elsewhere_and_symbols_name_what_is_wrong(run: Runner, tmp_path: Path) -> None:
    shutil.copy(KEY, tmp_path / "k.zkey")
    ran = run("prove-batch", "prove", "k.zkey", INPUT)
    assert (ran.code, "[INPUT_UNSUPPORTED]" in ran.err, "--wasm FILE" in ran.err) == (2, True, True), ran.err
    assert run("prove-batch", "prove", "k.zkey", INPUT, "--wasm", WASM).code == 0
    ran = run("prove-batch", "prove", "k.zkey", INPUT, "--wasm", SAMPLES / "membership" / "circuit.wasm")
    assert "[KEY_MISMATCH]" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("prove", KEY, "gone.wtns"), 2, "gone.wtns cannot be read: No such file or directory [NO_SOURCE]"),
        (("prove", WITNESS, KEY), 2, "it is a witness (.wtns); pass a .zkey [KEY_CORRUPT]"),
        (("prove", KEY, KEY), 1, "it is a proving key (.zkey); pass a .wtns [WITNESS_CORRUPT]"),
        (("prove", KEY, VKEY), 2, "it is a verification key"),
        (("prove", KEY), 2, "prove-batch prove needs WITNESS|INPUT"),
        (("prove", KEY, WITNESS, "none/there/p.json", "/proc/q.json"), 3, "[OUTPUT_NOT_WRITABLE]"),
        (("fullprove", INPUT, KEY, WASM), 2, "it is WebAssembly (.wasm)"),
    ],
)
def test_what_cannot_be_proved_is_one_sentence(
    run: Runner, words: tuple[object, ...], code: int, said: str
) -> None:
    ran = run("prove-batch", *words)
    assert (ran.code, said in ran.err) == (code, True), ran.err
    assert ran.err.count("\n") == 1


def test_a_witness_that_does_not_satisfy_leaves_nothing(run: Runner, tmp_path: Path) -> None:
    witness = bytearray(WITNESS.read_bytes())
    witness[-40] ^= 1
    (tmp_path / "w.wtns").write_bytes(witness)
    ran = run("prove-batch", "prove", KEY, "w.wtns")
    assert (ran.code, "[WITNESS_UNSATISFIED]" in ran.err) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["w.wtns"]


def test_files_of_a_proof_are_known_by_what_they_hold(run: Runner, tmp_path: Path) -> None:
    assert run("prove-batch", "prove", KEY, WITNESS, "a", "b", "-q").code == 0
    for words in ((VKEY, "b", "a"), ("a", VKEY, "b"), ("b", "a", KEY), ("b", "a", VKEY, KEY)):
        ran = run("prove-batch", "verify", *words)
        assert (ran.code, ran.out) == (0, "the proof is valid\n"), ran.err
    ran = run("prove-batch", "verify", VKEY, "b", "gone")
    assert (ran.code, "gone does not exist; give a proof.json" in ran.err) == (2, True)
    assert "both proofs" in run("prove-batch", "verify", "a", "a", "b", VKEY).err
    assert "no proof is among" in run("prove-batch", "verify", VKEY, "b").err
    (tmp_path / "b").write_text(json.dumps(["7", *json.loads((tmp_path / "b").read_text())[1:]]))
    ran = run("prove-batch", "verify", VKEY, "b", "a")
    assert (ran.code, ran.out) == (1, "the proof is not valid\n")


@needs_native
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("prove circuit.zkey input.json out.json out.json", "OPTIONS_CONFLICT"),
        ("prove circuit.zkey input.json circuit.zkey", "OPTIONS_CONFLICT"),
        ("fullprove input.json circuit.wasm circuit.zkey input.json", "OPTIONS_CONFLICT"),
        ("prove circuit.zkey input.json folder", "OUTPUT_NOT_WRITABLE"),
        ("fullprove input.json circuit.wasm other.zkey", "KEY_MISMATCH"),
        ("fullprove circuit.wasm input.json circuit.zkey", "NO_SOURCE"),
        ("prove circuit.zkey verification_key.json", "NO_SOURCE"),
        ("prove alone/a.zkey input.json", "INPUT_UNSUPPORTED"),
    ],
)
def test_what_is_wrong_with_the_command_ends_it_with_2_and_replaces_nothing(
    run: Runner, tmp_path: Path, words: str, code: str
) -> None:
    quartic, membership = SAMPLES / "quartic", SAMPLES / "membership"
    for name in ("circuit.zkey", "circuit.wasm", "verification_key.json"):
        shutil.copy(quartic / name, tmp_path / name)
    shutil.copy(quartic / "inputs" / "0000.json", tmp_path / "input.json")
    shutil.copy(membership / "circuit.zkey", tmp_path / "other.zkey")
    (tmp_path / "folder").mkdir()
    (tmp_path / "alone").mkdir()
    shutil.copy(quartic / "circuit.zkey", tmp_path / "alone" / "a.zkey")
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    ran = run("prove-batch", *words.split())
    assert (ran.code, f"[{code}]" in ran.err) == (2, True), ran.err
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
