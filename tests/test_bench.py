"""The benchmark: peers of every kind, and circuits made on the spot that everybody else accepts too."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from conftest import SAMPLES, Ran, needs_native

from prover_cli.benchmark.cold import OurRun
from prover_cli.formats.wtns import parse_witness
from prover_cli.systems.groth16.verification_key import VerificationKey
from prover_cli.systems.own import own

pytestmark = needs_native
QUARTIC = SAMPLES / "quartic"
Runner = Callable[..., Ran]


def test_bench_measures_a_command_on_a_generated_circuit(run: Runner, tmp_path: Path) -> None:
    peer = tmp_path / "peer.py"
    peer.write_text(
        "import sys\n"
        "key, witness, proof, public = sys.argv[1:]\n"
        "assert open(key, 'rb').read(4) == b'zkey' and open(witness, 'rb').read(4) == b'wtns'\n"
        "open(proof, 'w').close()\n"
        "sum(range(10**6))\n"
    )
    template = f"{sys.executable} {peer} {{zkey}} {{wtns}} {{proof}} {{public}}"
    ran = run(
        "prove-batch", "bench", "--generate", 6, "--against-command", template,
        "--rounds", 2, "--stages", "--json", XDG_CACHE_HOME=str(tmp_path / "cache"),
    )  # fmt: skip
    assert ran.code == 0, ran.err
    (circuit,) = json.loads(ran.out)["circuits"]
    assert circuit["circuit"] == "dense 2^6"
    assert len(circuit["provers"]) == 3
    assert [ratio["to"] for ratio in circuit["cpu_ratios"]] == [Path(sys.executable).name] * 2
    assert all(prover["cpu_min"] > 0 for prover in circuit["provers"])
    assert {"matrices", "transforms", "A", "B"} <= set(circuit["stages"]["prove-batch"])
    # Nothing of a circuit that is gone stays in the user's cache.
    listed = run("prove-batch", "key", "list", "--json", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert json.loads(listed.out)["keys"] == []


def test_bench_shows_a_table_of_ourselves(run: Runner) -> None:
    ran = run("prove-batch", "bench", SAMPLES / "quartic", "--rounds", 1, "--prepare", "never", "--stages")
    assert ran.code == 0
    assert "prove-batch" in ran.out
    assert "transforms" in ran.out


def test_bench_takes_the_installed_package_not_one_that_lies_in_the_folder(
    run: Runner, tmp_path: Path
) -> None:
    (tmp_path / "prover_cli").mkdir()
    (tmp_path / "prover_cli" / "__init__.py").write_text("raise ImportError('a checkout, not built')")
    ran = run("prove-batch", "bench", SAMPLES / "quartic", "--rounds", 1, "--prepare", "never")
    assert ran.code == 0, ran.err


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("false {zkey} {wtns}", "PEER_FAILED"),
        ("no-such-prover {zkey} {wtns}", "NO_PEER"),
        ("true", "BAD_COMMAND"),
        ("'true {zkey} {wtns}", "BAD_COMMAND"),
    ],
)
def test_a_peer_that_cannot_take_part_is_told(run: Runner, template: str, code: str) -> None:
    ran = run("prove-batch", "bench", SAMPLES / "quartic", "--against-command", template, "--rounds", 1)
    assert ran.code == 2
    assert code in ran.err


def test_bench_without_anything_to_measure_on(run: Runner) -> None:
    assert "--generate" in run("prove-batch", "bench").err
    assert run("prove-batch", "bench", "--generate", 5, "--kind", "bits").code == 2


@pytest.mark.parametrize(("kind", "curve"), [("dense", "bn128"), ("bits", "bn128"), ("dense", "bls12381")])
def test_generated_keys_are_valid_and_their_proofs_hold(
    kind: Literal["dense", "bits"],
    curve: str,
    tmp_path: Path,
    snarkjs: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    import prover_cli
    from prover_cli.benchmark.generated import generate
    from prover_cli.systems.groth16.reference import ReferenceVerifier

    generate(8, kind, tmp_path, curve_name=curve, progress=lambda step: None)
    key = prover_cli.load_key(tmp_path / "circuit.zkey")  # every point is looked at
    path = tmp_path / "witnesses" / "0000.wtns"
    proof, public = prover_cli.prove(key, path)
    assert ReferenceVerifier(own(key.verification_key, VerificationKey)).verify(proof, public)
    other = parse_witness(path.read_bytes(), "w").public_signals(1)
    assert other == public
    theirs = snarkjs(
        "groth16", "prove", tmp_path / "circuit.zkey", path, tmp_path / "p.json", tmp_path / "s.json"
    )
    assert theirs.returncode == 0, theirs
    (tmp_path / "v.json").write_text(json.dumps(key.verification_key.to_json()))
    assert (
        "OK"
        in snarkjs("groth16", "verify", tmp_path / "v.json", tmp_path / "s.json", tmp_path / "p.json").stdout
    )


def test_many_proofs_at_once_are_judged_as_one_by_one() -> None:
    import prover_cli
    from prover_cli.systems.groth16.native import NativeVerifier
    from prover_cli.systems.groth16.proof import Proof

    for sample in ("quartic", "quartic-bls12381"):
        folder = SAMPLES / sample
        key = prover_cli.load_key(folder / "circuit.zkey")
        claims = [prover_cli.prove(key, path) for path in sorted((folder / "witnesses").glob("*.wtns"))]
        verifier = NativeVerifier(own(key.verification_key, VerificationKey))
        assert verifier.verify_all(claims, 2) == [True] * len(claims)
        assert verifier.verify_all([], 1) == []
        made, public = claims[2]
        proof = own(made, Proof)
        claims[2] = (made, (public[0] + 1, *public[1:]))
        claims[5] = (claims[6][0], claims[5][1])
        claims[6] = (claims[6][0], claims[6][1][:-1])
        # Two wrongs that cancel each other in a plain sum: C moved up in one proof, down in another.
        twisted = Proof(proof.curve, proof.a, proof.b, (proof.a[0], proof.a[1]))
        claims[7] = (twisted, public)
        wanted = [verifier.verify(*claim) for claim in claims]
        assert wanted == [True, True, False, True, True, False, False, False]
        for threads in (1, 3):
            assert verifier.verify_all(claims, threads) == wanted


def test_rapidsnarks_binary_is_called_as_it_wants_to_be(run: Runner, tmp_path: Path) -> None:
    peer = tmp_path / "prover"
    peer.write_text('#!/bin/sh\n[ $# = 4 ] && cp "$1" "$3" && cp "$2" "$4"\n')
    peer.chmod(0o755)
    words = ("prove-batch", "bench", SAMPLES / "quartic", "--rounds", 1, "--prepare", "never", "--against")
    ran = run(*words, "rapidsnark=./prover", "--json")
    (found,) = json.loads(ran.out)["circuits"]
    assert [prover["name"] for prover in found["provers"]] == ["prove-batch", "rapidsnark"], ran.err
    peer.write_text("#!/bin/sh\n")
    ran = run(*words, "rapidsnark=./prover")
    assert (ran.code, "but wrote no proof [PEER_FAILED]" in ran.err) == (2, True)
    for wrong in ("rapidsnark", "groth16py=x", "nobody"):
        assert "[BAD_OPTION]" in run(*words, wrong).err


def test_bench_calculates_witnesses_and_times_none_that_proves_nothing(run: Runner, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(SAMPLES / "quartic", mine, ignore=shutil.ignore_patterns("witnesses"))
    ran = run("prove-batch", "bench", mine, "--rounds", 1, "--prepare", "never", "--json")
    assert json.loads(ran.out)["circuits"][0]["circuit"] == "mine", ran.err
    assert {path.name for path in mine.iterdir()} == {
        *("circuit.circom", "circuit.r1cs", "circuit.sym", "circuit.wasm", "circuit.zkey", "inputs"),
        "verification_key.json",
    }
    witness = bytearray((SAMPLES / "quartic" / "witnesses" / "0000.wtns").read_bytes())
    witness[-40] ^= 1
    (mine / "bad.wtns").write_bytes(witness)
    ran = run("prove-batch", "bench", mine, "--rounds", 1)
    assert (ran.code, "it cannot be timed [WITNESS_UNSATISFIED]" in ran.err, ran.out) == (2, True, "")


def test_witnesses_are_timed_against_those_of_snarkjs(run: Runner) -> None:
    binaries = Path(__file__).parent / "node_modules" / ".bin"
    if not (binaries / "snarkjs").exists():
        pytest.skip("needs Node and snarkjs: npm install --prefix tests")
    peers = ["--against", "wasm", "--against", "snarkjs"]
    ran = run("prove-batch", "bench", SAMPLES / "quartic", "--witness", *peers, "--json",
              "--rounds", 2, PATH=f"{binaries}:{os.environ['PATH']}")  # fmt: skip
    (found,) = json.loads(ran.out)["circuits"]
    names = [prover["name"] for prover in found["provers"]]
    assert names == ["prove-batch", "… one at a time", "wasm", "snarkjs"]
    assert found["cpu_ratio"] > 0
    alone = run("prove-batch", "bench", SAMPLES / "quartic", "--witness", "--rounds", 1)
    assert "quartic" in alone.out
    assert (
        "[OPTIONS_CONFLICT]"
        in run("prove-batch", "bench", "--witness", SAMPLES, "--against", "groth16py").err
    )
    assert "[NO_SOURCE]" in run("prove-batch", "bench", "--witness", SAMPLES).err
    steps = run("prove-batch", "bench", SAMPLES / "quartic", "--witness", "--stages", "--rounds", 1, "--json")
    (circuit,) = json.loads(steps.out)["circuits"]
    assert set(circuit["stages"]["prove-batch"]) == {"compile", "JSON", "inputs", "execute"}
    assert all(seconds > 0 for seconds in circuit["stages"]["prove-batch"].values())


def test_a_folder_that_bench_cannot_time_is_told_in_its_own_words(run: Runner, tmp_path: Path) -> None:
    for name in ("two/a.zkey", "two/b.zkey", "packed/c.zkey.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(QUARTIC / "circuit.zkey", tmp_path / name)
    for folder, says in (
        ("two", "2 keys in two (a.zkey, b.zkey), and bench takes one circuit per folder"),
        ("packed", "packed/c.zkey.gz is compressed: run gunzip -k packed/c.zkey.gz"),
        ("nowhere", "nowhere does not exist"),
        ("two/a.zkey", "two/a.zkey is not a folder"),
    ):
        ran = run("prove-batch", "bench", folder)
        assert (ran.code, says in ran.err, "--circuit" in ran.err) == (2, True, False), ran.err


def test_one_round_is_a_round(run: Runner) -> None:
    ran = run("prove-batch", "bench", QUARTIC, "--rounds", "1", "--prepare", "never")
    assert ran.out.endswith("1 round.\n")


def test_bench_times_the_first_run_and_the_second(run: Runner, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    template = f"sh -c 'echo ${{RAYON_NUM_THREADS-all}} >> {seen}; cp {{zkey}} {{proof}}; test -s {{wtns}}'"
    ran = run(
        "prove-batch", "bench", SAMPLES / "quartic", "--cold", "--rounds", 1, "--json",
        "--against-command", template,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    (circuit,) = json.loads(ran.out)["circuits"]
    assert [prover["name"] for prover in circuit["provers"]] == ["empty cache", "second run", "sh"]
    assert all(set(prover) == {"name", "wall_min", "wall_median"} for prover in circuit["provers"])
    assert len(circuit["wall_ratios"]) == 2 and circuit["wall_ratio"] > 0
    assert seen.read_text().split() == ["all"] * 2, "on all cores"
    shown = run("prove-batch", "bench", SAMPLES / "quartic", "--cold", "--rounds", 1)
    assert "wall median" in shown.out and "CPU" not in shown.out
    for more in (["--stages"], ["--witness"], ["--against", "reference"]):
        refused = run("prove-batch", "bench", SAMPLES / "quartic", "--cold", *more)
        assert (refused.code, "[OPTIONS_CONFLICT]" in refused.err) == (2, True)


@pytest.mark.parametrize("keeps_cache", [False, True])
def test_a_cold_run_begins_with_an_empty_cache(monkeypatch: pytest.MonkeyPatch, keeps_cache: bool) -> None:
    held: list[int] = []
    started = subprocess.run

    def watched(words: list[str], **options: Any) -> Any:
        cache = Path(options["env"]["XDG_CACHE_HOME"])
        held.append(len(list(cache.rglob("validated/*"))))
        done = started(words, **options)
        assert len(list(cache.rglob("validated/*"))) == 1
        return done

    monkeypatch.setattr(subprocess, "run", watched)
    player = OurRun(SAMPLES / "quartic" / "circuit.zkey", keeps_cache=keeps_cache)
    for _ in range(2):
        player.prove(SAMPLES / "quartic" / "witnesses" / "0000.wtns", counted=True)
    player.close()
    assert held == [0, int(keeps_cache)]
    assert len(player.wall) == 2
