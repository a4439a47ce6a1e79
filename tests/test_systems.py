"""What a user does, the same over every proof system: nothing outside of a system's own folder knows which
one it is. Each has a sample with the same circuit, inputs and witnesses."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, SAMPLES, Ran, Snarkjs, needs_native
from queueing import Machine, Redis, machines
from serving import Service, asks, inline, serving

import prover_cli
from prover_cli.formats.snarkjs import parse_public
from prover_cli.systems.registry import SYSTEMS, proof_from_json, verification_key_from_json

pytestmark = needs_native
Runner = Callable[..., Ran]

FOLDERS = {"groth16": "quartic", "plonk": "quartic-plonk", "fflonk": "quartic-fflonk"}


@pytest.fixture(params=list(SYSTEMS))
def system(request: pytest.FixtureRequest) -> str:
    """Each proof system in turn."""
    return str(request.param)


@pytest.fixture
def sample(system: str) -> Path:
    return SAMPLES / FOLDERS[system]


def verified(run: Runner, sample: Path, folder: str = "proofs") -> None:
    ran = run("prove-batch", "verify", folder, "--vkey", sample / "verification_key.json")
    assert ran.code == 0, ran.err


def test_every_system_has_a_sample() -> None:
    assert FOLDERS.keys() == SYSTEMS.keys()


def test_inputs_and_witnesses_are_proved_and_snarkjs_accepts(
    sample: Path, system: str, run: Runner, snarkjs: Snarkjs, tmp_path: Path
) -> None:
    for source in ("inputs", "witnesses"):
        ran = run("prove-batch", sample / source, "-o", source, "--summary", "-", "-q")
        assert (ran.code, json.loads(ran.out)["jobs"]["proved"]) == (0, 8), ran.err
        verified(run, sample, source)
        for number in (0, 7):
            words = [tmp_path / source / f"{number:04}.{what}.json" for what in ("public", "proof")]
            done = snarkjs(system, "verify", sample / "verification_key.json", *words)
            assert done.returncode == 0, done.stdout


def test_lines_go_in_and_come_out(sample: Path, system: str, run: Runner) -> None:
    jobs = [
        {"id": f"{n}", "input": json.loads((sample / "inputs" / f"{n:04}.json").read_text())}
        for n in range(4)
    ]
    jobs.append({"id": "bad", "input": {"k": "1"}})
    text = "\n".join(map(json.dumps, jobs)).encode()
    ran = run("prove-batch", "-", "-o", "-", "--circuit", f"c={sample}", "--ordered", stdin=text)
    assert (ran.code, [line["success"] for line in ran.lines]) == (1, [True] * 4 + [False]), ran.err
    key = verification_key_from_json(json.loads((sample / "verification_key.json").read_text()))
    for line in ran.lines[:4]:
        proof = proof_from_json(line["proof"])
        assert proof.system == system
        assert prover_cli.verify(key, proof, parse_public(line["publicSignals"], key.curve))


def test_a_run_is_taken_up_where_it_ended(sample: Path, run: Runner, tmp_path: Path) -> None:
    assert run("prove-batch", sample / "witnesses", "-q").code == 0
    kept = (tmp_path / "proofs" / "0002.proof.json").read_bytes()
    (tmp_path / "proofs" / "0001.proof.json").unlink()
    damaged = json.loads((tmp_path / "proofs" / "0005.public.json").read_text())
    (tmp_path / "proofs" / "0005.public.json").write_text(json.dumps(["9", *damaged[1:]]))
    ran = run("prove-batch", sample / "witnesses", "--resume", "--summary", "-", "-q")
    assert json.loads(ran.out)["jobs"]["skipped"] == 6, ran.err
    assert (tmp_path / "proofs" / "0002.proof.json").read_bytes() == kept
    verified(run, sample)


def test_fixtures_are_the_same_bytes_in_both_engines(sample: Path, run: Runner, tmp_path: Path) -> None:
    options = ["--circuit", f"c={sample}", "--seed", "s", "-q"]
    for name, more in (
        ("a", ["--workers", "1"]),
        ("b", ["--strategy", "threads", "--threads-per-proof", "2"]),
        ("c", ["--prepare", "always"]),
    ):
        assert run("prove-batch", sample / "witnesses", *options, *more, "-o", name).code == 0
    one = sample / "witnesses" / "0000.wtns"
    assert run("prove-batch", one, *options, "--engine", "reference", "-o", "r").code == 0
    for path in sorted((tmp_path / "a").glob("*.json")):
        assert (tmp_path / "b" / path.name).read_bytes() == path.read_bytes()
        assert (tmp_path / "c" / path.name).read_bytes() == path.read_bytes()
    first = (tmp_path / "a" / "0000.proof.json").read_bytes()
    assert (tmp_path / "r" / "0000.proof.json").read_bytes() == first
    ran = run("prove-batch", sample / "witnesses", *options, "--check-fixtures", "a")
    assert ran.code == 0, ran.err


def test_bad_jobs_fail_alone_with_their_reasons(sample: Path, run: Runner, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    good = (sample / "witnesses" / "0000.wtns").read_bytes()
    (source / "good.wtns").write_bytes(good)
    (source / "broken.wtns").write_bytes(good[:-32] + (5).to_bytes(32, "little"))
    (source / "cut.wtns").write_bytes(good[:90])
    (source / "large.wtns").write_bytes(good[:-32] + b"\xff" * 32)
    shutil.copy(SAMPLES / "membership" / "witnesses" / "0000.wtns", source / "count.wtns")
    shutil.copy(SAMPLES / "quartic-bls12381" / "witnesses" / "0000.wtns", source / "curve.wtns")
    for verify in ([], ["--no-verify"]):
        ran = run("prove-batch", source, "--key", sample / "circuit.zkey", "--summary", "-", "-q", *verify)
        assert ran.code == 1
        told = {one["id"]: one["code"] for one in json.loads(ran.out)["failures"]}
        broken = told.pop("broken", None)
        assert told == {
            "cut": "WITNESS_TRUNCATED", "large": "WITNESS_NOT_REDUCED", "count": "WITNESS_COUNT",
            "curve": "WITNESS_CURVE",
        }  # fmt: skip
        assert broken == "WITNESS_UNSATISFIED" or verify, "without verification it depends on the system"


def test_a_damaged_key_ends_the_run_before_it_begins(sample: Path, run: Runner, tmp_path: Path) -> None:
    data = bytearray((sample / "circuit.zkey").read_bytes())
    data[-40] ^= 1
    data[len(data) // 2] ^= 1
    (tmp_path / "bad.zkey").write_bytes(data)
    ran = run("prove-batch", sample / "witnesses", "--key", "bad.zkey")
    assert (ran.code, "bad.zkey" in ran.err, "[KEY_" in ran.err) == (2, True, True), ran.err
    assert not (tmp_path / "proofs").exists()


def test_many_from_python(sample: Path, system: str) -> None:
    witnesses = sorted((sample / "witnesses").glob("*.wtns"))
    with prover_cli.prove_many(witnesses, prover_cli.load_circuit(sample), workers=1) as results:
        found = list(results)
    assert [one.error for one in found] == [None] * 8
    assert {one.proof.system for one in found if one.proof is not None} == {system}


def test_commands_about_keys_and_proofs(
    sample: Path, system: str, run: Runner, snarkjs: Snarkjs, tmp_path: Path
) -> None:
    key = sample / "circuit.zkey"
    facts = json.loads(run("prove-batch", "key", "info", key, "--check", "--json").out)
    assert (facts["protocol"], facts["checked"], facts["public_signals"]) == (system, True, 2)
    assert facts["coefficients_compared_with"].endswith("circuit.r1cs")
    assert run("prove-batch", "key", "vkey", key, "-o", "vk.json").code == 0
    theirs = (sample / "verification_key.json").read_text()
    assert json.loads((tmp_path / "vk.json").read_text()) == json.loads(theirs)
    ran = run("prove-batch", "key", "prepare", key)
    assert ran.code == 0, ran.err
    assert run("prove-batch", sample / "inputs", "-q").code == 0
    words = [tmp_path / "proofs" / f"0003.{what}.json" for what in ("public", "proof")]
    text = run("prove-batch", "calldata", words[1]).out
    assert text == snarkjs("zkey", "export", "soliditycalldata", *words).stdout
    shown = run("prove-batch", "--dry-run", sample / "inputs", "--circuit", f"c={sample}")
    assert shown.code == 0, shown.err


def test_a_witness_is_checked_against_the_constraints(sample: Path, run: Runner, tmp_path: Path) -> None:
    good = sample / "witnesses" / "0000.wtns"
    r1cs = ["--r1cs", sample / "circuit.r1cs"]
    assert run("prove-batch", "check", good, *r1cs).code == 0
    (tmp_path / "bad.wtns").write_bytes(good.read_bytes()[:-32] + bytes(32))
    ran = run("prove-batch", "check", "bad.wtns", *r1cs)
    assert (ran.code, "constraint" in ran.out + ran.err) == (1, True)
    folder = tmp_path / "circuit"
    folder.mkdir()
    shutil.copy(sample / "circuit.zkey", folder)
    (folder / "circuit.r1cs.gz").write_bytes(gzip.compress((sample / "circuit.r1cs").read_bytes()))
    ran = run("prove-batch", "bad.wtns", "--circuit", f"c={folder}")
    assert "breaks constraint" in ran.err, ran.err


def test_the_service_proves_and_verifies(sample: Path, run: Runner, tmp_path: Path) -> None:
    def holds(service: Service, answer: dict[str, object]) -> bool:
        claim = {"circuitId": "it", "proof": answer["proof"], "publicSignals": answer["publicSignals"]}
        return bool(service.client.post("/api/verify", json=claim).json()["valid"])

    with serving(f"--circuit=it={sample}", "--workers", 1, cwd=tmp_path) as service:
        witness = inline(sample / "witnesses" / "0000.wtns")
        inputs = json.loads((sample / "inputs" / "0001.json").read_text())
        for given in ({"witness": witness}, {"input": inputs}):
            answer = service.prove({"circuitId": "it", **given}).json()
            assert answer["success"] and holds(service, answer)
            assert not holds(service, answer | {"publicSignals": ["1", "2"]})
        other = service.prove(asks(SAMPLES / "membership")).json()
        mixed = {"circuitId": "it", "proof": other["proof"], "publicSignals": other["publicSignals"]}
        told = service.client.post("/api/verify", json=mixed)
        assert not (told.is_success and told.json()["valid"])


def test_jobs_go_through_the_queue(sample: Path, run: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    server = Redis(folder)
    try:
        with machines(Machine(server.url, f"--circuit=it={sample}", cwd=tmp_path)):
            options = ["--strategy", "queue", "--redis", server.url, "--circuit", f"it={sample}"]
            ran = run("prove-batch", sample / "inputs", *options, "--summary", "s.json")
            assert (ran.code, "8 proved" in ran.err) == (0, True), ran.err
            verified(run, sample)
    finally:
        server.stop()


def test_bench_measures_and_shows_its_steps(sample: Path, system: str, run: Runner) -> None:
    ran = run("prove-batch", "bench", sample, "--rounds", "1", "--stages", "--against", "snarkjs=" + str(
        ROOT / "tests" / "node_modules" / ".bin" / "snarkjs"), "--json")  # fmt: skip
    assert ran.code == 0, ran.err
    (circuit,) = json.loads(ran.out)["circuits"]
    assert "snarkjs" in json.dumps(circuit)
    assert circuit["stages"], circuit
    ran = run("prove-batch", "bench", "--generate", "5", "--system", system, "--rounds", "1", "--json")
    assert ran.code == 0, ran.err
    ran = run("prove-batch", "bench", sample, "--cold", "--rounds", "1", "--json")
    assert ran.code == 0, ran.err


def test_a_folder_of_circuits_of_all_systems(run: Runner, tmp_path: Path) -> None:
    source = tmp_path / "in"
    for name in FOLDERS.values():
        (source / name).mkdir(parents=True)
        shutil.copy(SAMPLES / name / "inputs" / "0000.json", source / name)
    ran = run("prove-batch", source, "--circuits", SAMPLES, "--summary", "-", "-q")
    assert (ran.code, json.loads(ran.out)["jobs"]["proved"]) == (0, len(FOLDERS)), ran.err
    assert run("prove-batch", "verify", "proofs", "--circuits", SAMPLES).code == 0


def test_a_proof_of_another_system_is_not_taken_for_valid(run: Runner, tmp_path: Path) -> None:
    for name, folder in FOLDERS.items():
        assert run("prove-batch", SAMPLES / folder / "witnesses", "-o", name, "-q").code == 0
    for name, folder in FOLDERS.items():
        other = next(one for one in FOLDERS if one != name)
        ran = run("prove-batch", "verify", other, "--vkey", SAMPLES / folder / "verification_key.json")
        assert ran.code == 1, (name, ran)
