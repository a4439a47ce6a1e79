"""Round trips with snarkjs: what it writes we read, what we write it accepts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Ran, Snarkjs, needs_native

import prover_cli
from prover_cli.formats.snarkjs import parse_public
from prover_cli.formats.wtns import parse_witness, write_witness
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.groth16.verification_key import VerificationKey
from prover_cli.systems.registry import proof_from_json, verification_key_from_json


def system_of(sample: Path) -> str:
    return str(json.loads((sample / "verification_key.json").read_text())["protocol"])


@needs_native
def test_snarkjs_accepts_every_proof_of_a_run(
    any_sample: Path, run: Callable[..., Ran], snarkjs: Snarkjs, tmp_path: Path
) -> None:
    assert run("prove-batch", any_sample / "witnesses", "-q").code == 0
    for number in range(8):
        proof = tmp_path / "proofs" / f"{number:04}.proof.json"
        public = tmp_path / "proofs" / f"{number:04}.public.json"
        done = snarkjs(system_of(any_sample), "verify", any_sample / "verification_key.json", public, proof)
        assert done.returncode == 0, done.stdout


@needs_native
def test_snarkjs_refuses_a_proof_with_another_witness_signals(
    quartic: Path, run: Callable[..., Ran], snarkjs: Snarkjs, tmp_path: Path
) -> None:
    assert run("prove-batch", quartic / "witnesses", "-q").code == 0
    proofs = tmp_path / "proofs"
    done = snarkjs(
        "groth16", "verify", quartic / "verification_key.json",
        proofs / "0001.public.json", proofs / "0000.proof.json",
    )  # fmt: skip
    assert "OK" not in done.stdout


def test_we_accept_what_snarkjs_proves(any_sample: Path, snarkjs: Snarkjs, tmp_path: Path) -> None:
    witness = any_sample / "witnesses" / "0004.wtns"
    done = snarkjs(
        system_of(any_sample), "prove", any_sample / "circuit.zkey", witness,
        tmp_path / "proof.json", tmp_path / "public.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    key = verification_key_from_json(json.loads((any_sample / "verification_key.json").read_text()))
    proof = proof_from_json(json.loads((tmp_path / "proof.json").read_text()))
    signals = parse_public(json.loads((tmp_path / "public.json").read_text()), key.curve)
    assert prover_cli.verify(key, proof, signals)
    assert not prover_cli.verify(key, proof, (signals[0] + 1, *signals[1:]))


def hexed(value: Any) -> Any:
    """Each string of digits as one of hex digits."""
    if isinstance(value, list):
        return [hexed(each) for each in value]
    if isinstance(value, dict):
        return {name: hexed(each) for name, each in value.items()}
    return hex(int(value)) if isinstance(value, str) and value.isdigit() else value


DIALECTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "alt_bn128": lambda each: each | {"curve": "alt_bn128"},
    "BN254": lambda each: each | {"curve": "BN254"},
    "two coordinates": lambda each: {
        name: value[:2] if name.startswith("pi_") or (name.startswith("vk_") and len(value) == 3)
        else [point[:2] for point in value] if name == "IC" else value
        for name, value in each.items()
    },
    "hex": hexed,
    "nPublic": lambda each: each | {"nPublic": str(each["nPublic"])} if "nPublic" in each else each,
}  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_snarkjs_takes_besides_is_taken_and_written_as_it_writes(
    quartic: Path, run: Callable[..., Ran], snarkjs: Snarkjs, tmp_path: Path, dialect: str
) -> None:
    assert run("prove-batch", quartic / "witnesses" / "0000.wtns", "-q").code == 0
    speak = DIALECTS[dialect]
    ours = tmp_path / "proofs" / "0000.proof.json"
    proof, key = json.loads(ours.read_text()), json.loads((quartic / "verification_key.json").read_text())
    public = json.loads(ours.with_name("0000.public.json").read_text())
    files = {
        "vkey": speak(key),
        "public": hexed(public) if dialect == "hex" else public,
        "proof": speak(proof),
    }
    for name, value in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(value))
    done = snarkjs("groth16", "verify", *(tmp_path / f"{name}.json" for name in files))
    assert "OK" in done.stdout, done.stdout
    ran = run("prove-batch", "verify", "proof.json", "public.json", "--vkey", "vkey.json")
    assert ran.code == 0, ran.err
    ran = run("prove-batch", "calldata", "proof.json", "public.json")
    assert ran.out == run("prove-batch", "calldata", ours).out
    assert VerificationKey.from_json(files["vkey"]).to_json(key["vk_alphabeta_12"]) == key
    assert Proof.from_json(files["proof"]).to_json() == proof


def test_a_verification_key_of_another_setup_is_told_as_such(
    quartic: Path, run: Callable[..., Ran], snarkjs: Snarkjs, tmp_path: Path
) -> None:
    """One widely used package ships such a pair."""
    assert run("prove-batch", quartic / "witnesses" / "0000.wtns", "-q").code == 0
    snarkjs("zkey", "contribute", quartic / "circuit.zkey", tmp_path / "other.zkey", "-e=x", "--name=x")
    snarkjs("zkey", "export", "verificationkey", tmp_path / "other.zkey", tmp_path / "other.json")
    good = ["--key", quartic / "circuit.zkey"]
    assert (
        run("prove-batch", "verify", "proofs", *good, "--vkey", quartic / "verification_key.json").code == 0
    )
    ran = run("prove-batch", "verify", "proofs", *good, "--vkey", "other.json")
    assert (ran.code, "[VKEY_MISMATCH]" in ran.err) == (2, True), ran.err
    assert "it is from another contribution to the same key (vk_delta_2 differs)" in ran.err
    assert f"prove-batch key vkey {quartic / 'circuit.zkey'}" in ran.err
    membership = quartic.parent / "membership" / "verification_key.json"
    ran = run("prove-batch", "verify", "proofs", *good, "--vkey", membership)
    assert (ran.code, "it belongs to another circuit" in ran.err) == (2, True), ran.err


def test_files_are_laid_out_as_snarkjs_lays_them_out(quartic: Path, snarkjs: Snarkjs, tmp_path: Path) -> None:
    from prover_cli.formats.snarkjs import snarkjs_text

    done = snarkjs(
        "groth16", "prove", quartic / "circuit.zkey", quartic / "witnesses" / "0004.wtns",
        tmp_path / "proof.json", tmp_path / "public.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    for name in ("proof.json", "public.json"):
        theirs = (tmp_path / name).read_bytes()
        value = json.loads(theirs)
        ours = Proof.from_json(value).to_json() if name == "proof.json" else value
        assert snarkjs_text(ours) == theirs.rstrip(b"\n")


def test_the_verification_key_in_a_proving_key_is_the_one_snarkjs_exports(groth16_sample: Path) -> None:
    from conftest import mapped

    theirs = json.loads((groth16_sample / "verification_key.json").read_text())
    alphabeta = theirs["vk_alphabeta_12"]
    assert mapped(groth16_sample).verification_key.to_json(alphabeta) == theirs


def test_witnesses_are_written_as_they_were_read(any_sample: Path) -> None:
    for path in sorted((any_sample / "witnesses").glob("*.wtns")):
        data = path.read_bytes()
        assert write_witness(parse_witness(data, path.name)) == data
