"""Round trips with snarkjs: what it writes we read, what we write it accepts."""

import json
from collections.abc import Callable
from pathlib import Path

from conftest import Ran, needs_native

import prover_cli
from prover_cli.formats.proof import Proof, parse_public
from prover_cli.formats.verification_key import VerificationKey
from prover_cli.formats.wtns import parse_witness, write_witness


@needs_native
def test_snarkjs_accepts_every_proof_of_a_run(
    any_sample: Path, run: Callable[..., Ran], snarkjs: Callable, tmp_path: Path
) -> None:
    assert run("prove-batch", any_sample / "witnesses", "-q").code == 0
    for number in range(8):
        proof = tmp_path / "proofs" / f"{number:04}.proof.json"
        public = tmp_path / "proofs" / f"{number:04}.public.json"
        done = snarkjs("groth16", "verify", any_sample / "verification_key.json", public, proof)
        assert done.returncode == 0, done.stdout
        assert "OK" in done.stdout


@needs_native
def test_snarkjs_refuses_a_proof_with_another_witness_signals(
    quartic: Path, run: Callable[..., Ran], snarkjs: Callable, tmp_path: Path
) -> None:
    assert run("prove-batch", quartic / "witnesses", "-q").code == 0
    proofs = tmp_path / "proofs"
    done = snarkjs(
        "groth16", "verify", quartic / "verification_key.json",
        proofs / "0001.public.json", proofs / "0000.proof.json",
    )  # fmt: skip
    assert "OK" not in done.stdout


def test_we_accept_what_snarkjs_proves(any_sample: Path, snarkjs: Callable, tmp_path: Path) -> None:
    witness = any_sample / "witnesses" / "0004.wtns"
    done = snarkjs(
        "groth16", "prove", any_sample / "circuit.zkey", witness,
        tmp_path / "proof.json", tmp_path / "public.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    key = VerificationKey.from_json(json.loads((any_sample / "verification_key.json").read_text()))
    proof = Proof.from_json(json.loads((tmp_path / "proof.json").read_text()))
    signals = parse_public(json.loads((tmp_path / "public.json").read_text()), key.curve)
    assert prover_cli.verify(key, proof, signals)
    assert not prover_cli.verify(key, proof, (signals[0] + 1, *signals[1:]))


def test_files_are_laid_out_as_snarkjs_lays_them_out(
    quartic: Path, snarkjs: Callable, tmp_path: Path
) -> None:
    from prover_cli.formats.proof import snarkjs_text

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


def test_the_verification_key_in_a_proving_key_is_the_one_snarkjs_exports(any_sample: Path) -> None:
    from conftest import mapped

    theirs = json.loads((any_sample / "verification_key.json").read_text())
    theirs.pop("vk_alphabeta_12")
    assert mapped(any_sample).verification_key.to_json() == theirs


def test_witnesses_are_written_as_they_were_read(any_sample: Path) -> None:
    for path in sorted((any_sample / "witnesses").glob("*.wtns")):
        data = path.read_bytes()
        assert write_witness(parse_witness(data, path.name)) == data
