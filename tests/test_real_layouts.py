"""What people have after circom's tutorial, made here by the tools themselves, and proved where it lies."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran, needs_native
from npm_tools import tool

pytestmark = [needs_native, pytest.mark.slow]

Runner = Callable[..., Ran]

MULTIPLIER = """pragma circom 2.0.0;
template Multiplier2() {
    signal input a;
    signal input b;
    signal output c;
    c <== a * b;
}
"""
MAIN = "component main = Multiplier2();\n"


def test_circoms_tutorial_from_its_own_tools(run: Runner, tmp_path: Path, ptau: Path) -> None:
    (tmp_path / "multiplier2.circom").write_text(MULTIPLIER + MAIN)
    tool(tmp_path, "circom2", "multiplier2.circom", "--r1cs", "--wasm", "--sym")
    tool(tmp_path, "snarkjs", "groth16", "setup", "multiplier2.r1cs", str(ptau), "multiplier2_0000.zkey")
    (tmp_path / "input.json").write_text('{"a": "3", "b": "11"}')
    (tmp_path / "inputs").mkdir()
    for number in (2, 10):
        (tmp_path / "inputs" / f"{number}.json").write_text(json.dumps({"a": 3, "b": str(number)}))
    first = run("prove-batch", "inputs", "-o", "first")
    assert first.code == 0, first.err
    assert "nobody has contributed to" in first.err
    assert "multiplier2_0000.zkey" in first.err
    tool(tmp_path, "snarkjs", "zkey", "contribute", "multiplier2_0000.zkey", "multiplier2_0001.zkey",
         "-n=x", "-e=more")  # fmt: skip
    tool(tmp_path, "snarkjs", "zkey", "export", "verificationkey", "multiplier2_0001.zkey",
         "verification_key.json")  # fmt: skip
    ran = run("prove-batch", "inputs")
    assert ran.code == 0, ran.err
    assert "contributed" not in ran.err
    assert run("prove-batch", "verify", "proofs", "--vkey", "verification_key.json").code == 0
    tool(tmp_path, "snarkjs", "groth16", "verify", "verification_key.json", "proofs/10.public.json",
         "proofs/10.proof.json")  # fmt: skip
    assert json.loads((tmp_path / "proofs" / "10.public.json").read_text()) == ["30"]
    ran = run("prove-batch", ".", "-o", "all", "--summary", "-")
    assert ran.code == 0, ran.err
    facts = json.loads(ran.out)
    assert facts["ignored"] == 0
    assert facts["jobs"]["total"] == 3, "the circuit's folder: input.json, and what inputs/ holds"
    ran = run("prove-batch", "witness", "input.json")
    assert ran.code == 0, ran.err


def test_circomkit_from_its_own_tools(run: Runner, tmp_path: Path, ptau: Path) -> None:
    (tmp_path / "circuits").mkdir()
    (tmp_path / "circuits" / "multiplier.circom").write_text(MULTIPLIER)
    circuit = {"file": "multiplier", "template": "Multiplier2", "params": [], "pubs": []}
    (tmp_path / "circuits.json").write_text(json.dumps({"one": circuit, "two": circuit}))
    (tmp_path / "circomkit.json").write_text(json.dumps({"protocol": "groth16", "circomPath": "circom2"}))
    for name in ("one", "two"):
        folder = tmp_path / "inputs" / name
        folder.mkdir(parents=True)
        (folder / "default.json").write_text('{"a": 3, "b": 11}')
        tool(tmp_path, "circomkit", "compile", name)
        tool(tmp_path, "circomkit", "setup", name, str(ptau))
        tool(tmp_path, "circomkit", "witness", name, "default")
    for source, out in (("inputs", "calculated"), ("build", "given")):
        ran = run("prove-batch", source, "--circuits", "build", "-o", out)
        assert ran.code == 0, ran.err
        for name in ("one", "two"):
            ran = run("prove-batch", "verify", f"{out}/{name}", "--vkey", f"build/{name}/groth16_vkey.json")
            assert (ran.code, "the proof is valid" in ran.out) == (0, True), ran.err
