"""The toolbox around the run: verify, key, doctor, bench."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SAMPLES, Ran, needs_native

QUARTIC = SAMPLES / "quartic"
Runner = Callable[..., Ran]


@pytest.fixture
def proved(run: Runner, tmp_path: Path) -> Path:
    assert run("prove-batch", QUARTIC / "witnesses", "-q").code == 0
    return tmp_path / "proofs"


@needs_native
def test_verify_takes_one_proof_or_a_folder(run: Runner, proved: Path) -> None:
    vkey = QUARTIC / "verification_key.json"
    assert (
        run(
            "prove-batch", "verify", proved / "0000.proof.json", proved / "0000.public.json", "--vkey", vkey
        ).code
        == 0
    )
    assert (
        run("prove-batch", "verify", proved / "0000.proof.json", "--key", QUARTIC / "circuit.zkey").code == 0
    )
    assert run("prove-batch", "verify", proved, "--vkey", vkey, "--json").lines[0] == {
        "verified": 8, "failed": 0, "failures": [], "not_checked": [],
    }  # fmt: skip
    one = run("prove-batch", "verify", proved / "0000.proof.json", "--vkey", vkey, "--engine", "reference")
    assert (one.code, one.out) == (0, "the proof is valid\n")


@needs_native
def test_verify_names_each_proof_that_does_not_hold(run: Runner, proved: Path) -> None:
    vkey = QUARTIC / "verification_key.json"
    (proved / "0001.public.json").write_bytes((proved / "0002.public.json").read_bytes())
    (proved / "0003.proof.json").write_text("{")
    (proved / "0004.public.json").write_text('["1"]')
    (proved / "0005.public.json").unlink()
    good = json.loads((proved / "0006.proof.json").read_text())
    (proved / "0006.proof.json").write_text(json.dumps(good | {"pi_a": ["1", "1", "1"]}))
    ran = run("prove-batch", "verify", proved, "--vkey", vkey)
    assert ran.code == 1
    assert "3 of 8 proofs are valid" in ran.out
    for name, says in (
        ("0001", "is not valid"), ("0003", "is not JSON"), ("0004", "1 public signal,"),
        ("0005", "cannot be read"), ("0006", "pi_a is not on the curve"),
    ):  # fmt: skip
        assert any(line.startswith(f"{name}: ") and says in line for line in ran.err.splitlines()), ran.err
    other = SAMPLES / "quartic-bls12381" / "verification_key.json"
    assert run("prove-batch", "verify", proved, "--vkey", other).code == 1
    assert run("prove-batch", "verify", proved, "--vkey", proved / "0000.proof.json").code == 2
    assert run("prove-batch", "verify", SAMPLES, "--vkey", vkey).code == 2


def test_key_info_tells_what_a_key_is(run: Runner) -> None:
    facts = json.loads(run("prove-batch", "key", "info", SAMPLES / "membership/circuit.zkey", "--json").out)
    assert (facts["curve"], facts["constraints"], facts["domain"]) == ("bn128", 1276, 2048)
    assert (facts["signals"], facts["public_signals"]) == (1287, 3)
    shown = run("prove-batch", "key", "info", SAMPLES / "quartic-bls12381/circuit.zkey", "--check")
    assert shown.code == 0
    assert "bls12381" in shown.out
    assert "every point, and the range of each coefficient" in shown.out
    refused = run("prove-batch", "key", "info", QUARTIC / "verification_key.json")
    assert refused.code == 2


def test_key_vkey_writes_what_snarkjs_exports(run: Runner, any_sample: Path, tmp_path: Path) -> None:
    assert run("prove-batch", "key", "vkey", any_sample / "circuit.zkey", "-o", "vk.json").code == 0
    theirs = (any_sample / "verification_key.json").read_text()
    assert (tmp_path / "vk.json").read_text() == theirs.rstrip("\n")
    assert run("prove-batch", "key", "vkey", any_sample / "circuit.zkey").out == theirs.rstrip("\n")


def test_doctor_tells_engine_limits_and_cache(run: Runner) -> None:
    facts = json.loads(run("prove-batch", "doctor", "--json").out)
    assert facts["engine"] in ("native", "reference")
    assert facts["cpus"] >= 1
    assert facts["memory_bytes"] > 0
    assert facts["cache_writable"]
    shown = run("prove-batch", "doctor")
    assert shown.code == 0
    assert facts["cache"] in shown.out


@needs_native
def test_bench_prints_the_ratio_to_a_peer(run: Runner) -> None:
    ran = run("prove-batch", "bench", QUARTIC, "--against", "reference", "--rounds", "2", "--json")
    assert ran.code == 0, ran.err
    circuit = json.loads(ran.out)["circuits"][0]
    assert [prover["name"] for prover in circuit["provers"]] == ["prove-batch", "… prepared", "reference"]
    ratios = {ratio["of"]: ratio["ratio"] for ratio in circuit["cpu_ratios"]}
    assert all(0 < ratio < 1 for ratio in ratios.values())
    assert circuit["cpu_ratio"] == ratios["prove-batch"]
    assert "ratio" in run("prove-batch", "bench", QUARTIC, "--against", "reference", "--rounds", "1").out
    assert run("prove-batch", "bench", QUARTIC / "inputs").code == 2


@needs_native
def test_the_python_interface_of_the_readme() -> None:
    import prover_cli

    key = prover_cli.load_key(QUARTIC / "circuit.zkey")
    proof, signals = prover_cli.prove(key, QUARTIC / "witnesses/0000.wtns")
    assert prover_cli.verify(key, proof, signals)
    assert proof.to_json()["curve"] == "bn128"
    with pytest.raises(AttributeError):
        prover_cli.nothing  # noqa: B018  (the attribute's absence is what is asked)


def test_a_proof_that_is_not_there_is_told_as_such(run: Runner) -> None:
    for command in (
        ("verify", "nowhere", "--key", SAMPLES / "quartic" / "circuit.zkey"),
        ("calldata", "no.json"),
    ):
        ran = run("prove-batch", *command)
        assert (ran.code, "does not exist; give a proof.json" in ran.err) == (2, True), ran.err
