"""Proofs from a seed: the same bytes wherever and however they are made, and told apart where they differ."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from conftest import SAMPLES, Ran, needs_native
from hypothesis import given
from hypothesis import strategies as st

from prover_cli.formats.curves import by_name
from prover_cli.formats.wtns import Witness
from prover_cli.systems.blinding import expand
from prover_cli.systems.groth16.blinding import Blinding

Runner = Callable[..., Ran]
QUARTIC, MEMBERSHIP = SAMPLES / "quartic", SAMPLES / "membership"


def made(
    run: Runner, tmp_path: Path, name: str, sample: Path, *more: object, source: str = "witnesses"
) -> dict[str, bytes]:
    """Files of a run, by name."""
    options = ["--circuit", f"c={sample}", "-o", name, *more]
    ran = run("prove-batch", sample / source, *options)
    assert ran.code == 0, ran.err
    return {path.name: path.read_bytes() for path in (tmp_path / name).glob("*.json")}


@needs_native
def test_the_same_seed_gives_the_same_bytes_however_they_are_made(run: Runner, tmp_path: Path) -> None:
    seed = ("--seed", "of the tests")
    first = made(run, tmp_path, "a", MEMBERSHIP, *seed, "--workers", 1, "--prepare", "never")
    assert len(first) == 16
    assert made(run, tmp_path, "b", MEMBERSHIP, *seed, "--workers", 2, "--prepare", "always") == first
    assert (
        made(run, tmp_path, "c", MEMBERSHIP, *seed, "--strategy", "threads", "--threads-per-proof", 2)
        == first
    )
    assert made(run, tmp_path, "d", MEMBERSHIP, *seed, source="inputs") == first
    other = made(run, tmp_path, "e", MEMBERSHIP, "--seed", "another")
    assert not [name for name in first if "proof" in name and other[name] == first[name]]
    assert all(other[name] == first[name] for name in first if "public" in name)
    assert made(run, tmp_path, "f", MEMBERSHIP) != made(run, tmp_path, "g", MEMBERSHIP)
    assert run("prove-batch", "verify", "a", "--vkey", MEMBERSHIP / "verification_key.json").code == 0


@needs_native
def test_both_engines_and_every_machine_make_these_bytes(run: Runner, tmp_path: Path) -> None:
    """The digest is of the machine that this was written on."""
    for sample, digest in (
        (QUARTIC, "d23a96ed88ccb7c5cdc9f8b4c77afe932845c63c213c4066d0cf0b69c67943c6"),
        (SAMPLES / "quartic-bls12381", "d136045d4484e5dfb1df8b46c9cb4e589f6bbb8fbd12201fa9029b0d24a2a549"),
    ):
        one = sample / "witnesses" / "0000.wtns"
        found = set()
        for engine in ("native", "reference"):
            ran = run("prove-batch", one, "--circuit", f"c={sample}", "--seed", "s", "--engine", engine)
            assert ran.code == 0, ran.err
            found.add(hashlib.sha256((tmp_path / "proofs" / "0000.proof.json").read_bytes()).hexdigest())
        assert found == {digest}


@needs_native
def test_fixtures_are_checked_and_nothing_is_written(run: Runner, tmp_path: Path) -> None:
    made(run, tmp_path, "fixtures", QUARTIC, "--seed", "s")
    check = ["--circuit", f"c={QUARTIC}", "--check-fixtures", "fixtures"]
    before = sorted(path.name for path in tmp_path.rglob("*"))
    ran = run("prove-batch", QUARTIC / "witnesses", *check, "--seed", "s", "--summary", "-")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["deterministic"] is True
    assert "fixtures: anyone who knows the seed" in ran.err
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    proof = tmp_path / "fixtures" / "0003.proof.json"
    proof.write_bytes(proof.read_bytes() + b"\n")
    (tmp_path / "fixtures" / "0005.public.json").unlink()
    ran = run("prove-batch", QUARTIC / "witnesses", *check, "--seed", "s", "--summary", "-")
    assert ran.code == 1
    told = {failure["id"]: failure["code"] for failure in json.loads(ran.out)["failures"]}
    assert told == {"0003": "FIXTURE_DIFFERS", "0005": "FIXTURE_MISSING"}
    ran = run("prove-batch", QUARTIC / "witnesses", *check, "--seed", "other", "--summary", "-")
    assert json.loads(ran.out)["jobs"]["failed"] == 8
    shutil.rmtree(tmp_path / "fixtures")
    assert "[NO_FIXTURES]" in run("prove-batch", QUARTIC / "witnesses", *check, "--seed", "s").err
    for wrong in ([], ["--seed", "s", "--resume"], ["--seed", "s", "-o", "-"]):
        assert "[OPTIONS_CONFLICT]" in run("prove-batch", QUARTIC / "witnesses", *check, *wrong).err
    empty = run("prove-batch", QUARTIC / "witnesses", *check[:2], PROVE_BATCH_SEED="")
    assert (empty.code, "fixtures" in empty.err) == (0, False), "an empty variable is none"
    assert "[BAD_SEED]" in run("prove-batch", QUARTIC / "witnesses", *check[:2], "--seed", "").err
    queued = ["--strategy", "queue", "--redis", "redis://localhost:1", "--seed", "s"]
    assert "[OPTIONS_CONFLICT]" in run("prove-batch", QUARTIC / "witnesses", *check[:2], *queued).err


def test_the_derivation_is_that_of_rfc_5869() -> None:
    """Appendix A.1."""
    key = bytes.fromhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
    expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    assert expand(key, bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"), 42).hex() == expected


@given(st.binary(max_size=40), st.binary(min_size=32, max_size=96), st.sampled_from(["bn128", "bls12381"]))
def test_blinding_of_a_seed_hangs_on_seed_key_and_witness(seed: bytes, values: bytes, name: str) -> None:
    curve, key = by_name(name), "00" * 32
    witness = Witness(curve, values, 0)
    blinding = Blinding.seeded(seed, key, witness)
    assert blinding == Blinding.seeded(seed, key, witness)
    assert 1 <= blinding.r1 < curve.r
    assert 0 <= blinding.r2 < curve.r
    others = [
        Blinding.seeded(seed + b"x", key, witness),
        Blinding.seeded(seed, "01" * 32, witness),
        Blinding.seeded(seed, key, Witness(curve, values + b"x", 0)),
    ]
    assert all(other != blinding for other in others)


@needs_native
def test_a_seed_mends_only_its_own_proofs_and_forgets_only_its_own_lines(run: Runner, tmp_path: Path) -> None:
    where = (QUARTIC / "inputs", "--key", QUARTIC / "circuit.zkey")
    assert run("prove-batch", *where, "--max-failures", "100").code == 0
    broken = tmp_path / "in"
    shutil.copytree(QUARTIC / "inputs", broken)
    (broken / "bad.json").write_text("{}")
    key = ("--key", QUARTIC / "circuit.zkey", "-o", "seeded")
    assert run("prove-batch", broken, *key, "--seed", "a").code == 1
    assert (tmp_path / "seeded" / "manifest.jsonl").exists(), "for --resume"
    ran = run("prove-batch", broken, *key, "--seed", "b", "--resume", "--dry-run", "--summary", "-")
    assert json.loads(ran.out)["circuits"][0]["proved_because"]["the seed changed"] == 8
    assert "8 skipped" in run("prove-batch", broken, *key, "--seed", "a", "--resume").err
    assert "8 proved" in run("prove-batch", broken, *key, "--resume").err, "without a seed neither"
    assert '"seed":"a"' not in (tmp_path / "seeded" / "manifest.jsonl").read_text()

    other = ("--key", MEMBERSHIP / "circuit.zkey", "-o", "mixed")
    assert run("prove-batch", QUARTIC / "inputs", "--key", QUARTIC / "circuit.zkey", "-o", "mixed").code == 0
    shutil.copytree(MEMBERSHIP / "witnesses", tmp_path / "w")
    for path in (tmp_path / "w").iterdir():
        path.rename(path.with_stem(f"m{path.stem}"))
    assert run("prove-batch", "w", *other, "--seed", "z").code == 0
    again = run("prove-batch", *where, "-o", "mixed", "--resume")
    assert "8 skipped" in again.err, "the lines of another run stay"
