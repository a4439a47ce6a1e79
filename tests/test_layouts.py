"""A circuit's files as circom, snarkjs and the projects around them lay them out, proved where they lie."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SAMPLES, Ran, command, needs_native

from prover_cli.formats.companions import circuit_stem, companion, keys_in

QUARTIC, MEMBERSHIP = SAMPLES / "quartic", SAMPLES / "membership"
KEY, W0 = QUARTIC / "circuit.zkey", QUARTIC / "witnesses" / "0000.wtns"
FIRST = Path(__file__).parent / "circuits" / "ceremony" / "quartic_0000.zkey"
Runner = Callable[..., Ran]


def put(source: Path, *places: Path) -> None:
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place)


def empty(*places: Path) -> None:
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()


def proved(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*.proof.json")}


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("transfer.zkey", "transfer"),
        ("transfer_0000.zkey", "transfer"),
        ("transfer_final.zkey", "transfer"),
        ("transfer-pkey.zkey", "transfer"),
        ("transfer.groth16.zkey", "transfer"),
        ("transfer.groth16.vkey.json", "transfer"),
        ("transfer_0001_final.zkey", "transfer"),
        ("transfer.r1cs.gz", "transfer"),
        ("semaphore-20.zkey", "semaphore-20"),
        ("v2.1.wasm", "v2.1"),
        ("withdraw_20.zkey", "withdraw_20"),
        ("groth16_pkey.zkey", "folder"),
        ("groth16_vkey.json", "folder"),
        ("_final.zkey", "_final"),
    ],
)
def test_the_stem_is_what_tools_add_to(tmp_path: Path, name: str, stem: str) -> None:
    assert circuit_stem(tmp_path / "folder" / name) == stem
    assert circuit_stem(tmp_path / "folder.circom" / name) == stem


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (["x_0000", "x_0001", "x_0010"], "x_0010"),
        (["x_0000", "x_final", "x_0001"], "x_final"),
        (["x_0000", "x"], "x"),
        (["x_0000"], "x_0000"),
        (["x.groth16", "x.plonk", "x.fflonk"], "x.groth16"),
        (["x.plonk"], "x.plonk"),
    ],
)
def test_of_the_keys_of_a_ceremony_the_last_is_taken(tmp_path: Path, names: list[str], taken: str) -> None:
    empty(*(tmp_path / f"{name}.zkey" for name in names))
    assert keys_in(tmp_path) == {"x": tmp_path / f"{taken}.zkey"}


def test_of_circomkits_keys_the_groth16_one_is_taken(tmp_path: Path) -> None:
    empty(*(tmp_path / "mul" / f"{system}_pkey.zkey" for system in ("plonk", "groth16", "fflonk")))
    assert keys_in(tmp_path / "mul") == {"mul": tmp_path / "mul" / "groth16_pkey.zkey"}


def test_a_companion_is_matched_by_its_stem_before_it_is_the_only_one(tmp_path: Path) -> None:
    a, b = tmp_path / "a.zkey", tmp_path / "b-pkey.zkey"
    empty(a, b, tmp_path / "a.wasm", tmp_path / "b_js" / "b.wasm", tmp_path / "c.sym")
    assert companion(a, ".wasm") == tmp_path / "a.wasm"
    assert companion(b, ".wasm") == tmp_path / "b_js" / "b.wasm"
    assert companion(a, ".sym") is None, "it may be of either"
    b.unlink()
    assert companion(a, ".sym") == tmp_path / "c.sym"
    empty(tmp_path / "d.sym")
    assert companion(a, ".sym") is None
    empty(tmp_path / "a.r1cs.gz")
    assert companion(a, ".r1cs", ".r1cs.gz") == tmp_path / "a.r1cs.gz"
    assert companion(tmp_path / "b_js" / "b.wasm", ".sym") is None
    empty(tmp_path / "b.sym")
    assert companion(tmp_path / "b_js" / "b.wasm", ".sym") == tmp_path / "b.sym"


@needs_native
def test_circoms_tutorial(run: Runner, tmp_path: Path) -> None:
    """A circuit compiled here, its keys of a ceremony, one input beside them and more in a folder."""
    put(QUARTIC / "circuit.wasm", tmp_path / "quartic_js" / "quartic.wasm")
    put(QUARTIC / "circuit.r1cs", tmp_path / "quartic.r1cs")
    put(QUARTIC / "circuit.sym", tmp_path / "quartic.sym")
    put(QUARTIC / "verification_key.json", tmp_path / "verification_key.json")
    put(FIRST, tmp_path / "quartic_0000.zkey")
    put(KEY, tmp_path / "quartic_0001.zkey")
    put(QUARTIC / "inputs" / "0000.json", tmp_path / "input.json", tmp_path / "inputs" / "one.json")
    ran = run("prove-batch", "inputs")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "proofs") == {"one.proof.json"}
    assert "forge" not in ran.err
    ran = run("prove-batch", "input.json")
    assert ran.code == 0, ran.err
    assert run("prove-batch", "verify", "proofs").code == 0, "verification_key.json lies here"
    (tmp_path / "quartic_0001.zkey").unlink()
    ran = run("prove-batch", "inputs")
    assert ran.code == 0
    assert "nobody has contributed to" in ran.err
    (tmp_path / "broken.json").write_text('{"x": "1"}')
    ran = run("prove-batch", "broken.json")
    assert "INPUT_" in ran.err
    assert ran.code == 1


@needs_native
def test_circomkit(run: Runner, tmp_path: Path) -> None:
    for name, sample in (("quartic", QUARTIC), ("member", MEMBERSHIP)):
        build = tmp_path / "build" / name
        put(sample / "circuit.wasm", build / f"{name}_js" / f"{name}.wasm")
        put(sample / "circuit.r1cs", build / f"{name}.r1cs")
        put(sample / "circuit.zkey", build / "groth16_pkey.zkey")
        put(sample / "verification_key.json", build / "groth16_vkey.json")
        put(sample / "inputs" / "0000.json", tmp_path / "inputs" / name / "first.json")
        put(sample / "witnesses" / "0001.wtns", build / "second" / "witness.wtns")
    ran = run("prove-batch", "inputs", "--circuits", "build")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "proofs") == {"quartic/first.proof.json", "member/first.proof.json"}
    ran = run("prove-batch", "build/member", "-o", "again")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "again") == {"second.proof.json"}
    ran = run("prove-batch", "build", "--circuits", "build", "-o", "all")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "all") == {"member/second.proof.json", "quartic/second.proof.json"}


@needs_native
def test_hardhat_zkit(run: Runner, tmp_path: Path) -> None:
    """As its source writes them: @solarity/hardhat-zkit, `src/core`."""
    for name, sample in (("Quartic", QUARTIC), ("Member", MEMBERSHIP)):
        folder = tmp_path / "artifacts" / "circuits" / "deep" / f"{name}.circom"
        put(sample / "circuit.wasm", folder / f"{name}_js" / f"{name}.wasm")
        put(sample / "circuit.zkey", folder / f"{name}.groth16.zkey")
        put(sample / "verification_key.json", folder / f"{name}.groth16.vkey.json")
        put(sample / "inputs" / "0000.json", tmp_path / "in" / name / "0.json")
    ran = run("prove-batch", "in", "--circuits", "artifacts")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "proofs") == {"Quartic/0.proof.json", "Member/0.proof.json"}


@needs_native
def test_flat_pairs(run: Runner, tmp_path: Path) -> None:
    """Of hardhat-circom and of packages: several circuits in a folder, an input named like its circuit."""
    flat = tmp_path / "circuits"
    for name, sample in (("init", QUARTIC), ("play", MEMBERSHIP)):
        put(sample / "circuit.wasm", flat / f"{name}.wasm")
        put(sample / "circuit.zkey", flat / f"{name}.zkey")
        put(sample / "inputs" / "0000.json", flat / f"{name}.json")
        put(sample / "verification_key.json", flat / f"{name}.vkey.json", flat / f"{name}-20.json")
    for arguments in (["circuits"], ["circuits", "--circuits", "circuits"]):
        ran = run("prove-batch", *arguments, "-o", "out")
        assert ran.code == 0, ran.err
        assert proved(tmp_path / "out") == {"init/init.proof.json", "play/play.proof.json"}
        shutil.rmtree(tmp_path / "out")
    ran = run("prove-batch", "circuits/init.json", "-o", "one")
    assert ran.code == 0, ran.err
    (tmp_path / "bare").mkdir()
    put(W0, tmp_path / "bare" / "w.wtns")
    for name in ("a", "b"):
        put(KEY, tmp_path / "bare" / f"{name}.zkey")
    ran = run("prove-batch", "bare")
    assert (ran.code, "[SEVERAL_KEYS]" in ran.err) == (2, True), "nothing tells which"


@needs_native
def test_two_circuits_of_one_id_are_refused_and_both_named(run: Runner, tmp_path: Path) -> None:
    put(KEY, tmp_path / "c" / "x" / "one.zkey", tmp_path / "c" / "y" / "x" / "two.zkey")
    ran = run("prove-batch", W0, "--circuits", "c")
    assert ran.code == 2
    assert "one.zkey" in ran.err
    assert "two.zkey" in ran.err


@needs_native
def test_a_circuit_needs_no_id(run: Runner, tmp_path: Path) -> None:
    put(KEY, tmp_path / "build" / "q_final.zkey")
    for given in ("build", "build/q_final.zkey"):
        ran = run("prove-batch", W0, "--circuit", given, "-o", "-")
        assert ran.code == 0, ran.err
        assert ran.lines[0]["circuitId"] == ("build" if given == "build" else "q")


def test_a_packed_key_is_told_how_to_unpack(run: Runner, tmp_path: Path) -> None:
    empty(tmp_path / "in" / "x.zkey.gz")
    put(W0, tmp_path / "in" / "w.wtns")
    ran = run("prove-batch", "in")
    assert ran.code == 2
    assert "gunzip -k in/x.zkey.gz" in ran.err


@needs_native
def test_names_sort_as_people_count(run: Runner, tmp_path: Path) -> None:
    for name in ("w2", "w10", "w1"):
        put(W0, tmp_path / "in" / f"{name}.wtns")
    put(QUARTIC / "inputs" / "0000.json", tmp_path / "in" / "w3.json")
    put(QUARTIC / "circuit.wasm", tmp_path / "q.wasm")
    put(KEY, tmp_path / "q.zkey")
    ran = run("prove-batch", "in", "-k", "q.zkey", "-j", "1", "-o", "-", "--ordered")
    assert [line["id"] for line in ran.lines] == ["w1", "w2", "w3", "w10"]


@needs_native
def test_a_whole_witness_on_standard_input_is_one_job(tmp_path: Path) -> None:
    with W0.open("rb") as witness:
        ran = subprocess.run(
            [command("prove-batch"), "-", "--key", str(KEY), "-q"],
            stdin=witness, cwd=tmp_path, timeout=600, check=False,
        )  # fmt: skip
    assert ran.returncode == 0
    assert proved(tmp_path / "proofs") == {"000001.proof.json"}


@needs_native
def test_a_circuits_folder_and_a_folder_of_them_are_sources(run: Runner, tmp_path: Path) -> None:
    for sample in (QUARTIC, MEMBERSHIP):
        folder = tmp_path / "circuits" / sample.name
        for name in ("circuit.zkey", "circuit.wasm", "circuit.sym", "circuit.r1cs", "verification_key.json"):
            put(sample / name, folder / name)
        for name in ("inputs/0000.json", "inputs/0002.json", "witnesses/0002.wtns", "witnesses/0010.wtns"):
            path = sample / name
            put(path if path.exists() else sample / "witnesses" / "0003.wtns", folder / name)
    wanted = {"0000.proof.json", "0002.proof.json", "0010.proof.json"}
    ran = run("prove-batch", "circuits/quartic", "-o", "one")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "one") == wanted
    assert "ignored" not in ran.err, "inputs/0002.json has its witness in witnesses/"
    ran = run("prove-batch", "circuits", "-o", "all")
    assert ran.code == 0, ran.err
    assert proved(tmp_path / "all") == {
        f"{circuit}/{name}" for circuit in ("quartic", "membership") for name in wanted
    }


@needs_native
def test_lines_may_go_to_a_file_and_be_bare_inputs(run: Runner, tmp_path: Path) -> None:
    lines = [(QUARTIC / "inputs" / f"000{i}.json").read_text().replace("\n", "") for i in range(2)]
    ran = run(
        "prove-batch",
        "-",
        "-k",
        KEY,
        "-o",
        "out/results.jsonl",
        stdin="\n".join([*lines, "{}", '{"y": "1"}']).encode(),
    )
    found = {
        line["id"]: line
        for line in map(json.loads, (tmp_path / "out" / "results.jsonl").read_text().splitlines())
    }
    assert {name: line["success"] for name, line in found.items()} == {
        "000001": True, "000002": True, "000003": False, "000004": False,
    }  # fmt: skip
    assert (found["000003"]["error"]["code"], found["000004"]["error"]["code"]) == (
        "BAD_LINE",
        "INPUT_UNKNOWN",
    )
    assert ran.code == 1
    for refused in (["--resume"], ["--seed", "s", "--check-fixtures", "x"]):
        ran = run("prove-batch", W0, "-k", KEY, "-o", "results.jsonl", *refused)
        assert (ran.code, "[OPTIONS_CONFLICT]" in ran.err) == (2, True)
    ran = run("prove-batch", W0, "-k", KEY, "-o", "out/results.jsonl/x.jsonl")
    assert (ran.code, "[OUTPUT_NOT_WRITABLE]" in ran.err) == (2, True)


# ---- nothing is dropped without a word


def put_circuits(root: Path) -> None:
    for name, sample in (("q", QUARTIC), ("m", MEMBERSHIP)):
        put(sample / "circuit.zkey", root / name / f"{name}.zkey")
        put(sample / "circuit.wasm", root / name / f"{name}.wasm")


@needs_native
def test_what_is_no_job_is_counted_and_told(run: Runner, tmp_path: Path) -> None:
    put_circuits(tmp_path / "build")
    for name, sample in (("q", QUARTIC), ("m", MEMBERSHIP), ("typo", QUARTIC), ("q/deeper", QUARTIC)):
        put(sample / "inputs" / "0000.json", tmp_path / "in" / name / "a.json")
    put(QUARTIC / "inputs" / "0000.json", tmp_path / "in" / "top.json")
    (tmp_path / "in" / "q" / "notes.txt").write_text("")
    put(W0.parents[1] / "verification_key.json", tmp_path / "in" / "q" / "a.proof.json")
    for expected in ("q/.hidden", "q/x.sym", "README.md", "q_js/generate_witness.js"):
        empty(tmp_path / "in" / expected)
    put(QUARTIC / "verification_key.json", tmp_path / "in" / "q" / "vk.json")
    ran = run("prove-batch", "in", "--circuits", "build", "--summary", "-")
    assert ran.code == 0, ran.err
    assert "ignored 4 files (3 .json, 1 .txt): " in ran.err
    assert json.loads(ran.out)["ignored"] == 4
    assert ran.err.count("ignored") == 1
    ran = run("prove-batch", "in/q", "--circuit", "build/q", "--summary", "-")
    assert (ran.code, json.loads(ran.out)["ignored"]) == (0, 2), ran.err


@needs_native
def test_inputs_are_known_by_their_content_and_not_by_their_name(run: Runner, tmp_path: Path) -> None:
    for name in ("run", "summary", "proof", "public"):
        put(QUARTIC / "inputs" / "0000.json", tmp_path / "in" / f"{name}.json")
    put_circuits(tmp_path / "build")
    ran = run("prove-batch", "in", "--circuit", "build/q", "--summary", "in/facts.json")
    assert ran.code == 0, ran.err
    assert len(proved(tmp_path / "proofs")) == 4
    shutil.copy(tmp_path / "proofs" / "run.proof.json", tmp_path / "in" / "a.json")
    shutil.copy(tmp_path / "proofs" / "run.public.json", tmp_path / "in" / "b.json")
    ran = run("prove-batch", "in", "--circuit", "build/q", "--summary", "-", "-o", "again")
    assert (ran.code, json.loads(ran.out)["jobs"]["total"], json.loads(ran.out)["ignored"]) == (0, 4, 0)


@needs_native
def test_inputs_without_a_calculator_end_the_command_and_not_beside_their_witnesses(
    run: Runner, tmp_path: Path
) -> None:
    put_circuits(tmp_path / "build")
    (tmp_path / "build" / "q" / "q.wasm").unlink()
    for name, sample in (("q", QUARTIC), ("m", MEMBERSHIP)):
        put(sample / "inputs" / "0000.json", tmp_path / "in" / name / "0000.json")
    ran = run("prove-batch", "in", "--circuits", "build")
    assert ran.code == 2
    assert "inputs need the circuit's .wasm" in ran.err
    assert not (tmp_path / "proofs").exists()
    put(QUARTIC / "witnesses" / "0000.wtns", tmp_path / "in" / "q" / "0000.wtns")
    ran = run("prove-batch", "in", "--circuits", "build")
    assert ran.code == 0, ran.err
    assert "ignored" not in ran.err, "its witness lies beside it"
    put(QUARTIC / "inputs" / "0000.json", tmp_path / "in" / "q" / "more.json")
    ran = run("prove-batch", "in", "--circuits", "build")
    assert ran.code == 0, ran.err
    assert "ignored 1 file (1 .json): in/q/more.json" in ran.err


def test_an_empty_standard_input_is_no_source(run: Runner) -> None:
    ran = run("prove-batch", "--key", KEY, stdin=b"")
    assert (ran.code, "[NO_SOURCE]" in ran.err) == (2, True), ran.err
    ran = run("prove-batch", "-", "--key", KEY, stdin=b"")
    assert ran.code == 0, "a stream without jobs"
    assert "0 jobs" in ran.err


@needs_native
def test_one_object_over_several_lines_on_standard_input_is_one_job(run: Runner) -> None:
    inputs = json.loads((QUARTIC / "inputs" / "0000.json").read_text())
    for job in (inputs, {"id": "000001", "input": inputs}):
        ran = run("prove-batch", "-", "-k", KEY, "-o", "-", stdin=json.dumps(job, indent=2).encode())
        assert (ran.code, [line["id"] for line in ran.lines]) == (0, ["000001"]), ran.err
    ran = run("prove-batch", "-", "-k", KEY, "-o", "-", stdin=b'{\n"x": 1,\n')
    assert (ran.code, [line["error"]["code"] for line in ran.lines]) == (1, ["BAD_LINE"])


def test_a_packed_calculator_is_told_how_to_unpack(run: Runner, tmp_path: Path) -> None:
    put(KEY, tmp_path / "q.zkey")
    empty(tmp_path / "q_js" / "q.wasm.br", tmp_path / "._q.zkey")
    put(QUARTIC / "inputs" / "0000.json", tmp_path / "in" / "a.json")
    ran = run("prove-batch", "in")
    assert ran.code == 2
    assert "q.wasm.br is compressed: run brotli -d -k " in ran.err


def test_companions_may_be_named_and_lie_elsewhere(run: Runner, tmp_path: Path) -> None:
    put(QUARTIC / "circuit.zkey", tmp_path / "keys" / "q.zkey")
    put(QUARTIC / "circuit.wasm", tmp_path / "build" / "q_js" / "any.wasm")
    put(QUARTIC / "circuit.r1cs", tmp_path / "build" / "q_js" / "any.r1cs")
    put(QUARTIC / "circuit.sym", tmp_path / "names" / "n.sym")
    shutil.copytree(QUARTIC / "inputs", tmp_path / "in")
    ran = run("prove-batch", "in", "-k", "keys/q.zkey")
    assert (ran.code, "[INPUT_UNSUPPORTED]" in ran.err, "--wasm FILE" in ran.err) == (2, True, True)
    words = ("in", "-k", "keys/q.zkey", "--wasm", "build/q_js/any.wasm")
    assert run("prove-batch", *words, "-q").code == 0

    witness = bytearray((QUARTIC / "witnesses" / "0000.wtns").read_bytes())
    witness[-40] ^= 1
    (tmp_path / "bad.wtns").write_bytes(witness)
    ran = run("prove-batch", "bad.wtns", "-k", "keys/q.zkey")
    assert "breaks constraint" not in ran.err
    r1cs = ("--r1cs", f"q={tmp_path / 'build' / 'q_js' / 'any.r1cs'}")
    ran = run("prove-batch", "bad.wtns", "-k", "keys/q.zkey", *r1cs)
    assert "breaks constraint 0 of" in ran.err, "by the constraints that were named"

    (tmp_path / "i.json").write_text('{"nope": 1}')
    ran = run("prove-batch", "i.json", *words[1:], "--sym", "names/n.sym")
    assert "[INPUT_UNKNOWN]" in ran.err or "[INPUT_MISSING]" in ran.err


def test_a_file_that_is_named_for_nobody_is_refused(run: Runner, tmp_path: Path) -> None:
    for name in "ab":
        put(QUARTIC / "circuit.zkey", tmp_path / f"{name}.zkey")
    put(QUARTIC / "circuit.wasm", tmp_path / "w.wasm")
    (tmp_path / "in").mkdir()
    put(QUARTIC / "inputs" / "0000.json", tmp_path / "in" / "a.json")
    words = ("in", "--circuit", "a=a.zkey", "--circuit", "b=b.zkey", "--wasm")
    ran = run("prove-batch", *words, "w.wasm")
    assert (
        ran.code,
        "which circuit is it for? Write --wasm ID=w.wasm, where ID is one of a, b" in ran.err,
    ) == (2, True)
    ran = run("prove-batch", *words, "c=w.wasm")
    assert (ran.code, 'there is no circuit "c"; known circuits: a, b [NO_CIRCUIT]' in ran.err) == (2, True)
    ran = run("prove-batch", *words, "a=gone.wasm")
    assert (ran.code, "gone.wasm does not exist [WASM_UNREADABLE]" in ran.err) == (2, True)
    assert run("prove-batch", *words, "a=w.wasm", "-q").code == 0
    assert proved(tmp_path / "proofs") == {"a/a.proof.json"}


def test_which_of_several_keys_is_taken_is_told(run: Runner, tmp_path: Path) -> None:
    for name in ("q_0000.zkey", "q_0001.zkey", "q_final.zkey"):
        put(QUARTIC / "circuit.zkey", tmp_path / name)
    put(W0, tmp_path / "w.wtns")
    ran = run("prove-batch", "w.wtns")
    told = "using key q_final.zkey (there is also q_0000.zkey, q_0001.zkey)\n"
    assert (ran.code, told in ran.err) == (0, True), ran.err
    ran = run("prove-batch", "w.wtns", "-k", "q_0001.zkey")
    assert "using key" not in ran.err, "it was named"


def test_an_array_of_inputs_is_as_many_jobs(run: Runner, tmp_path: Path) -> None:
    values = [json.loads(path.read_text()) for path in sorted((QUARTIC / "inputs").glob("*.json"))]
    for place in (tmp_path / "in" / "many.json", tmp_path / "other.json"):
        place.parent.mkdir(exist_ok=True)
        place.write_text(json.dumps(values, indent=1))
    (tmp_path / "in" / "more.jsonl").write_text(json.dumps({"id": "line", "input": values[0]}))
    ran = run("prove-batch", "in", "other.json", "-k", QUARTIC / "circuit.zkey", "--summary", "-")
    assert json.loads(ran.out)["jobs"]["proved"] == 17, ran.err
    names = {f"{name}-{i}.proof.json" for name in ("many", "other") for i in range(8)}
    assert proved(tmp_path / "proofs") == names | {"line.proof.json"}
    (tmp_path / "bad.json").write_text(json.dumps(values[:2])[:-1] + ', 7, {"x"')
    (tmp_path / "none.json").write_text(" []")
    ran = run("prove-batch", "bad.json", "none.json", "-k", QUARTIC / "circuit.zkey", "-o", "p")
    assert ran.code == 1
    assert "failed bad-2: element 2 of bad.json is not a JSON object [BAD_LINE]" in ran.err
    assert "failed bad-3: bad.json is not JSON (at character" in ran.err
    assert "failed none-0: none.json is an empty array, without inputs [BAD_LINE]" in ran.err
    assert "2 proved, 3 failed" in ran.err


def test_lines_of_results_are_no_jobs(run: Runner, tmp_path: Path) -> None:
    shutil.copytree(QUARTIC / "witnesses", tmp_path / "w")
    where = ("w", "-k", QUARTIC / "circuit.zkey")
    assert run("prove-batch", *where, "-o", "w/results.jsonl", "-q").code == 0
    ran = run("prove-batch", *where, "--summary", "-")
    assert json.loads(ran.out)["jobs"]["proved"] == 8


def test_only_keys_that_have_jobs_are_checked(run: Runner, tmp_path: Path) -> None:
    for name in ("quartic", "membership"):
        put(SAMPLES / name / "circuit.zkey", tmp_path / "c" / name / "c.zkey")
    put(QUARTIC / "witnesses" / "0000.wtns", tmp_path / "in" / "quartic.wtns")
    ran = run("prove-batch", "in", "--circuits", "c", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert ran.code == 0
    assert "checking key c/quartic/c.zkey" in ran.err
    assert "membership" not in ran.err
    assert proved(tmp_path / "proofs") == {"quartic/quartic.proof.json"}, "as with jobs of both"


@pytest.mark.parametrize("name", ["groth16_vkey.json", "q.vkey.json", "q_vkey.json", "verification_key.json"])
def test_a_verification_key_is_found_by_its_name_too(run: Runner, tmp_path: Path, name: str) -> None:
    put(W0, tmp_path / "in" / "w.wtns")
    assert run("prove-batch", "in", "-k", KEY, "-o", "proofs/q", "-q").code == 0
    put(QUARTIC / "verification_key.json", tmp_path / "proofs" / name)
    assert run("prove-batch", "verify", "proofs/q").out == "the proof is valid\n"
    put(MEMBERSHIP / "verification_key.json", tmp_path / "proofs" / "other.vkey.json")
    ran = run("prove-batch", "verify", "proofs/q")
    assert ran.code == (2 if name == "groth16_vkey.json" else 0), (
        "its circuit's, or the one without a circuit"
    )


@needs_native
def test_sources_of_several_circuits_each_beside_its_key(run: Runner, tmp_path: Path) -> None:
    ran = run("prove-batch", QUARTIC, MEMBERSHIP, "--summary", "-")
    assert (ran.code, json.loads(ran.out)["jobs"]["proved"]) == (0, 16), ran.err
    assert len(list((tmp_path / "proofs" / "membership").glob("*.proof.json"))) == 8
    ran = run("prove-batch", QUARTIC / "inputs" / "0000.json", MEMBERSHIP / "witnesses", "-o", "-")
    assert ran.code == 0, ran.err
    assert [line["circuitId"] for line in ran.lines].count("membership") == 8
    assert [line["circuitId"] for line in ran.lines].count("quartic") == 1
    for name in ("one", "other"):
        put(QUARTIC / "circuit.zkey", tmp_path / name / "q" / "circuit.zkey")
        put(QUARTIC / "witnesses" / "0000.wtns", tmp_path / name / "q" / "a.wtns")
    ran = run("prove-batch", "one/q", "other/q")
    assert ran.code == 2
    assert "[SEVERAL_KEYS]" in ran.err


@needs_native
def test_a_packed_key_among_several_is_told_with_what_unpacks_it(run: Runner, tmp_path: Path) -> None:
    for name in ("there", "packed"):
        (tmp_path / "circuits" / name).mkdir(parents=True)
        (tmp_path / "in" / name).mkdir(parents=True)
        shutil.copy(QUARTIC / "witnesses" / "0000.wtns", tmp_path / "in" / name)
    put(QUARTIC / "circuit.zkey", tmp_path / "circuits" / "there" / "a.zkey")
    put(QUARTIC / "circuit.zkey", tmp_path / "circuits" / "packed" / "b.zkey.gz")
    words = "circuits/packed/b.zkey.gz is compressed: run gunzip -k circuits/packed/b.zkey.gz"
    for quiet in ((), ("-q",)):
        assert words in run("prove-batch", "in", "--circuits", "circuits", *quiet).err
    assert words in run("prove-batch", "in", PROVE_BATCH_CIRCUITS="circuits").err
    put(QUARTIC / "circuit.zkey", tmp_path / "circuits" / "packed" / "b.zkey")
    assert "is packed" not in run("prove-batch", "in", "--circuits", "circuits").err, "it is there unpacked"
