"""The verifier contract: compiled by solc, and asked in an EVM."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import SAMPLES, Ran, needs_native
from eth_abi.abi import decode, encode

pytestmark = needs_native
Runner = Callable[..., Ran]
SCRIPT = Path(__file__).parent / "node" / "contract.mjs"
KINDS = ["uint256[2]", "uint256[2][2]", "uint256[2]"]


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., list[dict[str, object]]]:
    """Compiles a contract and calls it, once for each of the arguments."""
    if not (SCRIPT.parent.parent / "node_modules" / "solc").exists():
        pytest.skip("needs Node, solc and an EVM: npm ci --prefix tests")

    def asked(contract: str, name: str, *calls: bytes) -> list[dict[str, object]]:
        ran = subprocess.run(
            ["node", SCRIPT, tmp_path / contract, name],
            input="".join(f"{call.hex()}\n" for call in calls), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return [json.loads(line) for line in ran.stdout.splitlines()]

    return asked


def calldata(run: Runner, proof: Path) -> bytes:
    return bytes.fromhex(run("prove-batch", "calldata", proof, "--abi").out.strip()[2:])


@pytest.mark.parametrize("sample", ["quartic", "membership"])
def test_a_contract_takes_what_holds_and_nothing_else(
    run: Runner, tmp_path: Path, ask: Callable[..., list[dict[str, object]]], sample: str
) -> None:
    circuit = SAMPLES / sample
    assert run("prove-batch", circuit / "witnesses", "--key", circuit / "circuit.zkey", "-q").code == 0
    ran = run("prove-batch", "key", "solidity", circuit / "circuit.zkey", "--name", "Mine", "-o", "v.sol")
    assert (ran.code, ran.out) == (0, "")
    good = [calldata(run, path) for path in sorted((tmp_path / "proofs").glob("*.proof.json"))]
    answers = ask("v.sol", "Mine", *good)
    assert [answer["holds"] for answer in answers] == [True] * 8

    signals = len(good[0]) // 32 - 8
    kinds = [*KINDS, f"uint256[{signals}]"]
    assert answers[0]["signature"] == f"verifyProof({','.join(kinds)})", "snarkjs' own"
    r = 0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001
    q = 0x30644E72E131A029B85045B68181585D97816A916871CA8D3C208C16D87CFD47
    decoded: Any = decode(kinds, good[0])
    a, b, c, public = (list(value) for value in decoded)
    wrong = [
        (a, b, c, [public[0] + 1, *public[1:]]),
        (a, b, c, [*public[:-1], (public[-1] + 1) % r]),
        (a, b, c, [public[0] + r, *public[1:]]),  # the same number once more
        ([a[0], q - a[1]], b, c, public),
        ([a[0], a[1] + q], b, c, public),
        ([a[0] + q, a[1]], b, c, public),
        (a, b, [c[0], c[1] + q], public),
        (a, b, a, public),
        (a, [b[1], b[0]], c, public),
        (a, [[b[0][1], b[0][0]], [b[1][1], b[1][0]]], c, public),
        ([0, 0], [[0, 0], [0, 0]], [0, 0], public),
        ([1, 3], b, c, public),
        ([0, q], b, c, public),
    ]
    answers = ask("v.sol", "Mine", *(encode(kinds, list(each)) for each in wrong), good[1][:-1], b"")
    assert [answer["holds"] for answer in answers] == [False] * len(answers)


def test_the_verification_key_is_enough_and_other_curves_are_refused(run: Runner) -> None:
    for sample in ("quartic", "membership"):
        by_key = run("prove-batch", "key", "solidity", SAMPLES / sample / "circuit.zkey").out
        assert run("prove-batch", "key", "solidity", SAMPLES / sample / "verification_key.json").out == by_key
        assert "contract Groth16Verifier {" in by_key
    ran = run("prove-batch", "key", "solidity", SAMPLES / "quartic-bls12381" / "circuit.zkey")
    assert (ran.code, "[CALLDATA_CURVE]" in ran.err) == (2, True)
    ran = run("prove-batch", "key", "solidity", SAMPLES / "quartic" / "circuit.zkey", "--name", "1st")
    assert (ran.code, '"1st" is not a contract name' in ran.err) == (2, True)


def test_a_circuit_without_public_signals_has_its_contract_too(
    tmp_path: Path, ask: Callable[..., list[dict[str, object]]]
) -> None:
    from prover_cli.formats.curves import BN254
    from prover_cli.systems.groth16.solidity import solidity_contract
    from prover_cli.systems.groth16.verification_key import VerificationKey

    g1 = (1, 2)
    g2 = (
        (
            10857046999023057135944570762232829481370756359578518086990519993285655852781,
            11559732032986387107991004021392285783925812861821192530917403151452391805634,
        ),
        (
            8495653923123431417604973247489272438418190587263600148770280649306958101930,
            4082367875863433681332203403145435568316851327593401208105741076214120093531,
        ),
    )
    # With α = −γ's generator paired with itself: e(A, B) = e(α, β) · e(IC₀, γ) · e(C, δ) for A = 3, B = 1.
    key = VerificationKey(BN254, g1, g2, g2, g2, (g1,))
    (tmp_path / "v.sol").write_text(solidity_contract(key, "None0"))
    three = (
        3353031288059533942658390886683067124040920775575537747144343083137631628272,
        19321533766552368860946552437480515441416830039777911637913418824951667761761,
    )
    b = [[g2[0][1], g2[0][0]], [g2[1][1], g2[1][0]]]
    good = encode(KINDS, [list(three), b, [1, 2]])
    bad = encode(KINDS, [list(three), b, list(three)])
    assert [answer["holds"] for answer in ask("v.sol", "None0", good, bad)] == [True, False]
