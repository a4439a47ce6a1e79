"""Everything that snarkjs does around Groth16 proving, each beside our command for it, and their outputs."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from conftest import SAMPLES, Ran, needs_native

pytestmark = needs_native
Runner = Callable[..., Ran]
Snarkjs = Callable[..., CompletedProcess[str]]

C = SAMPLES / "quartic"

TABLE: list[tuple[str, str, str]] = [
    # what snarkjs is asked, what we are asked, how the two compare
    ("wtns calculate {wasm} {input} theirs.wtns", "prove-batch witness {input} --wasm {wasm} -o ours",
     "same witness"),
    ("wtns check {r1cs} {wtns}", "prove-batch check {wtns} --r1cs {r1cs}", "both accept"),
    ("wtns check {r1cs} {broken}", "prove-batch check {broken} --r1cs {r1cs}", "both refuse"),
    ("wtns export json {wtns} theirs.json", "", "not offered"),
    ("groth16 fullprove {input} {wasm} {zkey} proof.json public.json",
     "prove-batch {input} --circuit quartic={folder} -o ours", "same signals, each other's proofs hold"),
    ("groth16 prove {zkey} {wtns} proof.json public.json", "prove-batch {wtns} --key {zkey} -o ours",
     "same signals, each other's proofs hold"),
    ("groth16 verify {vkey} {public} {proof}", "prove-batch verify {proof} {public} --vkey {vkey}",
     "both accept"),
    ("groth16 verify {vkey} {wrong} {proof}", "prove-batch verify {proof} {wrong} --vkey {vkey}",
     "both refuse"),
    ("zkey export verificationkey {zkey} theirs.json", "prove-batch key vkey {zkey} -o ours.json",
     "same key"),
    ("zkey export soliditycalldata {public} {proof}", "prove-batch calldata {proof} {public}", "same text"),
]  # fmt: skip


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    from prover_cli import load_key, prove
    from prover_cli.formats.snarkjs import format_public, snarkjs_text
    from prover_cli.formats.wtns import Witness, parse_witness, write_witness

    folder = tmp_path / "given"
    folder.mkdir()
    proof, signals = prove(load_key(C / "circuit.zkey"), C / "witnesses" / "0000.wtns")
    files = {
        "proof": snarkjs_text(proof.to_json()),
        "public": snarkjs_text(format_public(signals)),
        "wrong": snarkjs_text(["5", *format_public(signals)[1:]]),
    }
    witness = parse_witness((C / "witnesses" / "0000.wtns").read_bytes(), "w")
    changed = witness.values[:-32] + (99).to_bytes(32, "little")
    (folder / "broken.wtns").write_bytes(write_witness(Witness(witness.curve, changed, 0)))
    for name, text in files.items():
        (folder / f"{name}.json").write_bytes(text)
    shutil.copy(C / "witnesses" / "0000.wtns", folder / "0000.wtns")
    return {name: folder / f"{name}.json" for name in files} | {
        "broken": folder / "broken.wtns", "wtns": folder / "0000.wtns", "input": C / "inputs" / "0000.json",
        "wasm": C / "circuit.wasm", "zkey": C / "circuit.zkey", "r1cs": C / "circuit.r1cs",
        "vkey": C / "verification_key.json", "folder": C,
    }  # fmt: skip


@pytest.mark.parametrize(("theirs", "ours", "compare"), TABLE, ids=[row[0].split(" {")[0] for row in TABLE])
def test_beside_snarkjs(
    run: Runner,
    snarkjs: Snarkjs,
    places: dict[str, Path],
    tmp_path: Path,
    theirs: str,
    ours: str,
    compare: str,
) -> None:
    words = {name: str(path) for name, path in places.items()}
    their = snarkjs(*(word.format(**words) for word in theirs.split()), cwd=tmp_path)
    if compare == "not offered":
        assert their.returncode == 0
        return
    our = run(*(word.format(**words) for word in ours.split()))
    if compare == "both refuse":
        # snarkjs tells it in words; its exit code is 0 or 1, by command.
        assert "INVALID" in their.stdout.upper() or "NOT VALID" in their.stdout.upper() or their.returncode
        assert our.code == 1, our.err
        return
    assert (their.returncode, our.code) == (0, 0), our.err + their.stdout
    if compare == "same witness":
        assert (tmp_path / "ours/0000.wtns").read_bytes() == (tmp_path / "theirs.wtns").read_bytes()
    elif compare == "same key":
        assert (tmp_path / "ours.json").read_bytes() == (tmp_path / "theirs.json").read_bytes()
    elif compare == "same text":
        assert our.out == their.stdout
    elif compare.startswith("same signals"):
        mine, public = tmp_path / "ours/0000.proof.json", tmp_path / "ours/0000.public.json"
        assert json.loads(public.read_text()) == json.loads((tmp_path / "public.json").read_text())
        assert "OK" in snarkjs("groth16", "verify", places["vkey"], public, mine).stdout
        verify = (
            "prove-batch",
            "verify",
            tmp_path / "proof.json",
            tmp_path / "public.json",
            "--vkey",
            places["vkey"],
        )
        assert run(*verify).code == 0
