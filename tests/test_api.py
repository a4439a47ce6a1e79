"""One proof from Python, a circuit with its files, and what a program is warned of."""

import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SAMPLES, needs_native

import prover_cli
from prover_cli import (
    Fault,
    Job,
    JobFault,
    ProverWarning,
    SetupFault,
    SlowEngineWarning,
    Stop,
    WitnessSource,
    load_circuit,
    load_key,
    parse_witness,
    prove,
    verify,
)
from prover_cli.caller_warnings import warn_caller

QUARTIC = SAMPLES / "quartic"
KEY = QUARTIC / "circuit.zkey"
WITNESS = QUARTIC / "witnesses" / "0000.wtns"
INPUT = {"x": 1, "k": "2"}


@needs_native
def test_prove_takes_inputs_a_path_and_a_witness() -> None:
    key, circuit = load_key(KEY), load_circuit(QUARTIC)
    data = WITNESS.read_bytes()
    parsed = parse_witness(data, "w")
    jobs: list[Any] = [INPUT, WITNESS, str(WITNESS), QUARTIC / "inputs" / "0000.json", data, parsed]
    jobs += [list(parsed.reduced(None)), WitnessSource(path=str(WITNESS))]
    for given in jobs:
        for one in (key, circuit):
            proof, signals = prove(one, given)
            assert signals == (8, 2)
            assert verify(key, proof, signals)
    assert prove(KEY, INPUT)[1] == prove(str(QUARTIC), INPUT)[1] == circuit.prove(INPUT)[1] == (8, 2)
    assert prove(key, witness=WITNESS)[1] == (8, 2)
    assert prove(key, INPUT, wasm=QUARTIC / "circuit.wasm", threads=2)[1] == (8, 2)


@needs_native
def test_verify_takes_what_snarkjs_writes_too(tmp_path: Path) -> None:
    circuit = load_circuit(QUARTIC)
    proof, signals = circuit.prove(INPUT)
    for key in (
        KEY,
        QUARTIC,
        QUARTIC / "verification_key.json",
        circuit,
        circuit.prover,
        circuit.verification_key,
    ):
        assert verify(key, proof.to_json(), list(map(str, signals)))
        assert not verify(key, proof, [8, 3])
    assert circuit.verify(proof, signals)
    for name, code in (("none.json", "FILE_UNREADABLE"), ("cut.json", "JSON_CORRUPT")):
        (tmp_path / "cut.json").write_text("{")
        with pytest.raises(Fault) as caught:
            verify(tmp_path / name, proof, signals)
        assert caught.value.code == code


@needs_native
@pytest.mark.parametrize(
    ("job", "code", "words"),
    [
        ({"x": 1}, "INPUT_MISSING", "k"),
        ({"x": 1.5, "k": 2}, "INPUT_VALUE", "x is"),
        ({"x": {1, 2}, "k": 2}, "INPUT_VALUE", "x has a set; use an int"),
        (WITNESS.read_bytes()[:90], "WITNESS_TRUNCATED", "witness given"),
        ("none.wtns", "WITNESS_UNREADABLE", "witness none.wtns cannot be read"),
        ([1, 2, 3], "WITNESS_COUNT", "has 3 values"),
    ],
)
def test_a_job_at_fault_is_told_by_its_code(job: Any, code: str, words: str) -> None:
    with pytest.raises(JobFault, match=re.escape(words)) as caught:
        prove(KEY, job)
    assert caught.value.code == code


@needs_native
def test_inputs_need_the_calculator(tmp_path: Path) -> None:
    shutil.copy(KEY, tmp_path)
    with pytest.raises(SetupFault, match="give wasm=FILE") as caught:
        prove(tmp_path / KEY.name, INPUT)
    assert caught.value.code == "INPUT_UNSUPPORTED"
    assert prove(tmp_path / KEY.name, INPUT, wasm=QUARTIC / "circuit.wasm")[1] == (8, 2)
    with pytest.raises(SetupFault) as caught:
        prove(KEY, INPUT, wasm=SAMPLES / "membership" / "circuit.wasm")
    assert caught.value.code == "KEY_MISMATCH"
    with pytest.raises(SetupFault) as caught:
        prove(KEY, INPUT, wasm=tmp_path / "none.wasm")
    assert caught.value.code == "WASM_UNREADABLE"


@needs_native
def test_wrong_types_get_a_sentence() -> None:
    proof, signals = prove(KEY, WITNESS)
    given: Any
    # Each ignored type is the mistake that is tested: a program without mypy can still make it.
    for given, sentence in (
        (lambda: load_key(5), "the key is an int; pass the path of a .zkey"),  # type: ignore[arg-type]
        (lambda: load_circuit(None), "path is None; pass a path"),  # type: ignore[arg-type]
        (lambda: load_circuit(QUARTIC, id=5), "id is an int; pass a string"),  # type: ignore[arg-type]
        (lambda: prove(KEY), "prove takes a key and one job: prove(key, inputs)"),
        (lambda: prove(5, INPUT), "key is an int; pass a path"),  # type: ignore[arg-type]
        (lambda: prove(KEY, 1.5), "a job is a float; pass a mapping"),  # type: ignore[arg-type]
        (lambda: prove(KEY, [INPUT]), "a job is a list of dict; for several jobs use prove_many"),  # type: ignore[arg-type]
        (lambda: prove(KEY, json.dumps(INPUT)), "it looks like the text of a file"),
        (lambda: prove(KEY, INPUT, threads="2"), "threads must be a whole number, not '2'"),  # type: ignore[arg-type]
        (lambda: verify(5, proof, signals), "key is an int; pass what load_key"),  # type: ignore[arg-type]
        (lambda: verify(KEY, 5, signals), "proof is an int; pass what prove gave"),  # type: ignore[arg-type]
        (lambda: verify(KEY, proof, 8), "public_signals is an int; pass a sequence"),  # type: ignore[arg-type]
        (lambda: verify(KEY, proof, ["x", 2]), "public signal 0 is a str; pass whole numbers"),  # type: ignore[arg-type]
    ):
        with pytest.raises((TypeError, ValueError), match=f"^{re.escape(sentence)}"):
            given()


def test_a_circuit_knows_its_files_and_opens_none() -> None:
    circuit = load_circuit(QUARTIC)
    assert circuit.id == "quartic"
    names = [path.name for path in (circuit.key, circuit.wasm, circuit.r1cs, circuit.sym) if path]
    assert names == ["circuit.zkey", "circuit.wasm", "circuit.r1cs", "circuit.sym"]
    assert repr(circuit) == "<Circuit quartic: circuit.zkey, circuit.wasm, circuit.r1cs, circuit.sym>"
    with pytest.raises(SetupFault):
        load_circuit(QUARTIC, id="cubic")
    assert load_circuit(KEY, id="mine").id == "mine"


def test_files_are_found_as_the_command_line_finds_them(tmp_path: Path) -> None:
    build = tmp_path / "build=1"
    (build / "pay_js").mkdir(parents=True)
    for name, source in (
        ("pay_0001.zkey", "circuit.zkey"),
        ("pay_final.zkey", "circuit.zkey"),
        ("pay_js/pay.wasm", "circuit.wasm"),
        ("pay.r1cs", "circuit.r1cs"),
    ):
        shutil.copy(QUARTIC / source, build / name)
    circuit = load_circuit(build)
    assert circuit.key == build / "pay_final.zkey"
    assert circuit.wasm == build / "pay_js" / "pay.wasm"
    assert (circuit.r1cs, circuit.sym) == (build / "pay.r1cs", None)
    assert load_circuit(build, sym=QUARTIC / "circuit.sym").sym == QUARTIC / "circuit.sym"
    assert load_circuit(tmp_path).key == circuit.key, "the only one below"
    assert load_circuit(build, wasm=build / "pay_js" / "pay.wasm").id == "build=1"


def test_a_folder_of_several_circuits_names_the_choices(tmp_path: Path) -> None:
    for name in ("a.zkey", "b.zkey"):
        shutil.copy(KEY, tmp_path / name)
    with pytest.raises(
        SetupFault, match=r"2 circuits in .*: a \(.*a\.zkey\), b \(.*; choose one with id=…"
    ) as caught:
        load_circuit(tmp_path)
    assert caught.value.code == "SEVERAL_KEYS"
    assert load_circuit(tmp_path, id="b").key == tmp_path / "b.zkey"
    with pytest.raises(SetupFault, match=r'has the id "c"; there is a \('):
        load_circuit(tmp_path, id="c")
    below = tmp_path / "below"
    below.mkdir()
    with pytest.raises(SetupFault, match=r"no \.zkey in .*below or below; pass") as caught:
        load_circuit(below)
    assert caught.value.code == "NO_KEY"
    assert load_circuit(SAMPLES, id="membership").key == SAMPLES / "membership" / "circuit.zkey"


def test_a_key_that_nobody_contributed_to_is_told(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parent / "circuits" / "ceremony" / "quartic_0000.zkey", tmp_path / "pay.zkey")
    circuit = load_circuit(tmp_path)
    with pytest.warns(ProverWarning, match="nobody has contributed to") as told:
        circuit.verification_key  # noqa: B018 - opened when it is first needed
    assert told[0].filename == __file__


@needs_native
def test_reduced_inputs_are_told_in_words_of_python() -> None:
    key = load_key(KEY)
    large = {"x": key.verification_key.curve.r + 1, "k": 2}
    with pytest.warns(ProverWarning, match=r"was reduced.*strict_inputs=True refuses") as told:
        assert prove(key, large)[1] == (8, 2)
    assert told[0].filename == __file__
    with pytest.raises(JobFault, match="leave out strict_inputs=True") as caught:
        prove(key, large, strict_inputs=True)
    assert caught.value.code == "INPUT_OUT_OF_RANGE"


def test_warnings_point_at_the_program() -> None:
    with pytest.warns(ProverWarning, match="^words$") as told:
        warn_caller("words")
    assert told[0].filename == __file__


@needs_native
def test_the_slow_engine_is_told_only_if_nobody_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_key(KEY, engine="reference")
    monkeypatch.setitem(sys.modules, "prover_cli._native", None)
    with pytest.warns(SlowEngineWarning, match=r"SLOW ENGINE: .*s per proof.*rustup") as told:
        key = load_key(KEY)
    assert told[0].filename == __file__
    assert key.n_public == 2
    with pytest.warns(SlowEngineWarning), prover_cli.prove_many([WITNESS], KEY, workers=1) as results:
        assert results.workers == 1
    with pytest.warns(SlowEngineWarning):
        assert load_circuit(KEY).prover.n_public == 2


@needs_native
def test_a_checkout_that_hides_the_installed_package_is_named(tmp_path: Path) -> None:
    checkout = tmp_path / "prover_cli"
    shutil.copytree(
        ROOT / "prover_cli",
        checkout,
        ignore=shutil.ignore_patterns("_native*", "native", "__pycache__"),
    )
    no_editable_install = (
        "import sys\nsys.meta_path = [one for one in sys.meta_path if 'editable' not in one.__module__]\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", no_editable_install + f"import prover_cli\nprover_cli.load_key({str(KEY)!r})"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    words = " ".join(ran.stderr.split())
    assert "SlowEngineWarning: SLOW ENGINE" in words
    assert f"{checkout} has no compiled engine, and it hides {ROOT / 'prover_cli'}" in words


@needs_native
def test_reprs_are_short_and_show_no_witness() -> None:
    circuit = load_circuit(QUARTIC)
    proof, _ = circuit.prove(INPUT)
    with pytest.raises(JobFault) as caught:
        circuit.prove({"x": 1})
    fault = caught.value
    shown: list[tuple[object, str]] = [
        (circuit.prover, "<Prover circuit.zkey: groth16 over bn128, 6 signals, 2 public>"),
        (proof, "<Proof groth16 over bn128>"),
        (circuit.verification_key, "<VerificationKey groth16 over bn128: 2 public signals>"),
        (parse_witness(WITNESS.read_bytes(), "w"), "<Witness: 6 values over bn128>"),
        (WitnessSource(path="a.wtns"), "<WitnessSource: witness, a.wtns>"),
        (WitnessSource(data=b"{}", is_input=True), "<WitnessSource: inputs, 2 bytes>"),
        (Job("pay", "quartic", fault=fault), "<Job pay of quartic: INPUT_MISSING>"),
        (fault, f"JobFault(INPUT_MISSING: {fault.message})"),
        (fault.kind, "<Code INPUT_MISSING>"),
    ]
    for value, text in shown:
        assert repr(value) == text
    assert repr(Stop()).startswith("<")


def test_dir_shows_the_interface() -> None:
    assert {"load_circuit", "prove_many", "JobResult", "SlowEngineWarning"} <= set(dir(prover_cli))
    for name in ("load_circuit", "load_key", "prove", "prove_many", "verify"):
        words = getattr(prover_cli, name).__doc__
        assert "Raises" in words, f"{name} says what it raises"
