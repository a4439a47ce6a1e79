"""Arguments of Solidity verifiers: the text of snarkjs, and the ABI as eth-abi encodes it."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from conftest import SAMPLES, Ran, needs_native
from eth_abi.abi import encode

from prover_cli.formats.snarkjs import parse_public
from prover_cli.systems.groth16.calldata import abi_encoded
from prover_cli.systems.groth16.proof import Proof

pytestmark = needs_native
Runner = Callable[..., Ran]


def proved(run: Runner, sample: str, tmp_path: Path) -> Path:
    assert run("prove-batch", SAMPLES / sample / "witnesses", "--circuit", f"c={SAMPLES / sample}").code == 0
    return tmp_path / "proofs"


def test_the_text_is_that_of_snarkjs(
    run: Runner, snarkjs: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    for sample in ("membership", "quartic"):
        folder = proved(run, sample, tmp_path)
        for name in ("0000", "0005"):
            proof, public = folder / f"{name}.proof.json", folder / f"{name}.public.json"
            theirs = snarkjs("zkey", "export", "soliditycalldata", public, proof).stdout
            assert run("prove-batch", "calldata", proof).out == theirs
            assert run("prove-batch", "calldata", proof, public).out == theirs
        told = {line["id"]: line["calldata"] for line in run("prove-batch", "calldata", folder).lines}
        assert len(told) == 8
        assert told["0005"] + "\n" == theirs


def test_the_abi_is_that_of_eth_abi(run: Runner, tmp_path: Path) -> None:
    path = proved(run, "membership", tmp_path) / "0000.proof.json"
    value = json.loads(path.read_text())
    proof = Proof.from_json(value)
    signals = parse_public(json.loads(path.with_name("0000.public.json").read_text()), proof.curve)
    b = [[int(half[1]), int(half[0])] for half in value["pi_b"][:2]]
    expected = encode(
        ["uint256[2]", "uint256[2][2]", "uint256[2]", f"uint256[{len(signals)}]"],
        [[int(n) for n in value["pi_a"][:2]], b, [int(n) for n in value["pi_c"][:2]], list(signals)],
    )
    assert abi_encoded(proof, signals) == expected
    assert run("prove-batch", "calldata", path, "--abi").out == f"0x{expected.hex()}\n"


def test_what_cannot_be_told_is_told(run: Runner, tmp_path: Path) -> None:
    folder = proved(run, "quartic-bls12381", tmp_path)
    assert "[CALLDATA_CURVE]" in run("prove-batch", "calldata", folder / "0000.proof.json", "--abi").err
    (folder / "0001.proof.json").write_text("{")
    ran = run("prove-batch", "calldata", folder)
    assert (ran.code, len(ran.lines), "0001: " in ran.err) == (1, 7, True)
    (tmp_path / "empty").mkdir()
    assert "[NO_PROOF]" in run("prove-batch", "calldata", "empty").err
    (tmp_path / "p.json").write_text("{}")
    assert "is not a proof" in run("prove-batch", "calldata", tmp_path / "p.json").err
    (folder / "0000.proof.json").rename(tmp_path / "p.json")
    assert "[NO_PUBLIC]" in run("prove-batch", "calldata", tmp_path / "p.json").err
