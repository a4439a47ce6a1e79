"""The main job, as a user runs it: commands, files, exit codes."""

import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import test_parsers
from conftest import NAMES, SAMPLES, Ran, needs_native

from prover_cli.cli.key import app as key_app
from prover_cli.cli.program import COMMANDS
from prover_cli.formats.curves import BN254
from prover_cli.formats.wtns import Witness, parse_witness, write_witness

pytestmark = needs_native
Runner = Callable[..., Ran]

QUARTIC = SAMPLES / "quartic"
KEY = QUARTIC / "circuit.zkey"
W0 = QUARTIC / "witnesses" / "0000.wtns"


def numbers(path: Path) -> list[str]:
    witness = parse_witness(path.read_bytes(), "w")
    return [
        str(int.from_bytes(witness.values[i : i + 32], "little")) for i in range(0, 32 * witness.count, 32)
    ]


def broken(path: Path, to: Path) -> Path:
    """A witness that breaks a constraint."""
    witness = parse_witness(path.read_bytes(), "w")
    values = witness.values[:-32] + (99).to_bytes(32, "little")
    to.write_bytes(write_witness(Witness(witness.curve, values, 0)))
    return to


def test_a_folder_of_witnesses_becomes_a_folder_of_proofs(
    any_sample: Path, run: Runner, tmp_path: Path
) -> None:
    ran = run("prove-batch", any_sample / "witnesses", "--summary", "s.json")
    assert ran.code == 0
    assert ran.out == ""
    names = {path.name for path in (tmp_path / "proofs").iterdir()}
    expected = {f"{i:04}.{kind}.json" for i in range(8) for kind in ("proof", "public")}
    assert names == expected | {"manifest.jsonl", ".prove-batch.lock"}
    assert "8 proved in " in ran.err
    assert ran.err.rstrip().endswith(" → proofs/")
    assert "estimated" not in ran.err, "how it was sized is said with -v"
    assert "peak memory" in ran.err
    summary = json.loads((tmp_path / "s.json").read_text())
    assert summary["jobs"] == {"total": 8, "proved": 8, "failed": 0, "skipped": 0, "left": 0}
    assert sum(worker["proofs"] for worker in summary["workers"]) == 8
    assert run("prove-batch", "verify", "proofs", "--vkey", any_sample / "verification_key.json").code == 0


def test_the_summary_has_the_promised_fields(run: Runner) -> None:
    ran = run("prove-batch", QUARTIC / "witnesses", "--summary", "-", "-qq")
    summary = json.loads(ran.out)
    assert {
        "version", "command", "engine", "strategy", "jobs", "seconds", "proofs_per_second", "latency",
        "sizing", "workers", "failures", "deterministic",
    } <= set(summary)  # fmt: skip
    assert set(summary["latency"]) == {"mean", "p50", "p95", "p99", "max"}
    assert {
        "worker", "pid", "proofs", "failures", "restarts", "restart_reasons", "busy_seconds", "stuck_seconds",
        "cpu_seconds", "utilization",
        "peak_private_bytes", "peak_pss_bytes", "mean_seconds", "p95_seconds",
    } == set(summary["workers"][0])  # fmt: skip
    assert summary["engine"] == "native"
    assert summary["workers"][0]["cpu_seconds"] > 0
    assert ran.err == ""


def test_the_three_forms_of_witness_prove_the_same(run: Runner, tmp_path: Path) -> None:
    shutil.copy(W0, tmp_path / "here.wtns")
    jobs = [
        {"id": "path", "witness": "here.wtns"},
        {"id": "base64", "witness": base64.b64encode(W0.read_bytes()).decode()},
        {"id": "numbers", "witness": numbers(W0), "note": "kept", "big": 2**70},
        {"witness": "here.wtns"},
    ]
    text = "\n".join(json.dumps(job) for job in jobs).encode()
    ran = run("prove-batch", "-", "-o", "-", "--key", KEY, "--ordered", stdin=text)
    assert ran.code == 0, ran.err
    lines = ran.lines
    assert [line["id"] for line in lines] == ["path", "base64", "numbers", "000004"]
    assert all(line["success"] and line["circuitId"] == "quartic" for line in lines)
    assert len({json.dumps(line["publicSignals"]) for line in lines}) == 1
    assert lines[2]["extra"] == {"note": "kept", "big": 2**70}
    assert len({json.dumps(line["proof"]) for line in lines}) == 4, "each is blinded afresh"


def test_jsonl_files_name_paths_from_where_they_lie(run: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    shutil.copy(W0, folder / "w.wtns")
    (folder / "jobs.jsonl").write_text('{"witness":"w.wtns"}\r\n\n{"id":"b","witness":"w.wtns"}')
    ran = run("prove-batch", folder / "jobs.jsonl", "--key", KEY, "-qq")
    assert ran.code == 0
    assert (tmp_path / "proofs" / "jobs-000001.proof.json").exists()
    assert (tmp_path / "proofs" / "b.proof.json").exists()


def test_a_checkout_in_the_working_directory_is_not_taken_for_the_installed_package(
    run: Runner, tmp_path: Path
) -> None:
    (tmp_path / "prover_cli").mkdir()
    (tmp_path / "prover_cli" / "__init__.py").write_text("raise SystemExit('the wrong package')")
    ran = run("prove-batch", QUARTIC / "witnesses", "-qq")
    assert (ran.code, ran.err) == (0, "")


def test_standard_input_is_the_source_when_none_is_given(run: Runner) -> None:
    line = json.dumps({"witness": str(W0)}).encode()
    ran = run("prove-batch", "-o", "-", "--key", KEY, stdin=line)
    assert ran.code == 0
    assert ran.lines[0]["id"] == "000001"
    assert run("prove-batch", "-o", "-", "--key", KEY, stdin=b"").code == 2, "nothing was given"
    assert run("prove-batch", "-", "-o", "-", "--key", KEY, stdin=b"").code == 0, "a stream without jobs"


def test_several_circuits_in_one_run(run: Runner, tmp_path: Path) -> None:
    source = tmp_path / "in"
    for name in NAMES:
        (source / name).mkdir(parents=True)
        for number in range(2):
            shutil.copy(SAMPLES / name / "witnesses" / f"{number:04}.wtns", source / name)
    ran = run("prove-batch", source, "--circuits", SAMPLES, "--summary", "-", "-q")
    assert ran.code == 0
    assert json.loads(ran.out)["jobs"]["proved"] == 2 * len(NAMES)
    for name in NAMES:
        vkey = SAMPLES / name / "verification_key.json"
        assert run("prove-batch", "verify", f"proofs/{name}", "--vkey", vkey).code == 0
    assert run("prove-batch", "verify", "proofs", "--circuits", SAMPLES).code == 0

    jobs = [
        {"id": "same", "circuitId": n, "witness": str(SAMPLES / n / "witnesses/0000.wtns")} for n in NAMES
    ]
    jobs += [{"id": "none", "witness": str(W0)}, {"id": "who", "circuitId": "other", "witness": str(W0)}]
    jobs += [{"id": "cross", "circuitId": "membership", "witness": str(W0)}]
    text = "\n".join(map(json.dumps, jobs)).encode()
    pairs = [("--circuit", f"{n}={SAMPLES / n}") for n in NAMES]
    ran = run("prove-batch", "-", "-o", "-", *(x for pair in pairs for x in pair), "--ordered", stdin=text)
    assert ran.code == 1
    assert [line["success"] for line in ran.lines] == [True] * len(NAMES) + [False] * 3
    assert [line["error"]["code"] for line in ran.lines[len(NAMES) :]] == [
        "UNKNOWN_CIRCUIT", "UNKNOWN_CIRCUIT", "WITNESS_COUNT",
    ]  # fmt: skip


def test_bad_jobs_fail_alone(run: Runner, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    good = W0.read_bytes()
    for number in range(3):
        shutil.copy(QUARTIC / "witnesses" / f"{number:04}.wtns", source / f"good{number}.wtns")
    (source / "cut.wtns").write_bytes(good[:100])
    (source / "empty.wtns").write_bytes(b"")
    (source / "noise.wtns").write_bytes(os.urandom(300))
    (source / "dir.wtns").mkdir()
    broken(W0, source / "broken.wtns")
    shutil.copy(SAMPLES / "quartic-bls12381/witnesses/0000.wtns", source / "curve.wtns")
    shutil.copy(SAMPLES / "membership/witnesses/0000.wtns", source / "count.wtns")
    (source / "large.wtns").write_bytes(good[:-32] + b"\xff" * 32)
    (source / "first.wtns").write_bytes(good[:76] + b"\x02" + good[77:])
    (source / "gone.wtns").symlink_to(tmp_path / "nowhere")
    ran = run("prove-batch", source, "--key", KEY, "--summary", "s.json")
    assert ran.code == 1
    summary = json.loads((tmp_path / "s.json").read_text())
    assert {failure["id"]: failure["code"] for failure in summary["failures"]} == {
        "cut": "WITNESS_TRUNCATED",
        "empty": "WITNESS_TRUNCATED",
        "noise": "WITNESS_CORRUPT",
        "dir": "WITNESS_UNREADABLE",
        "broken": "WITNESS_UNSATISFIED",
        "curve": "WITNESS_CURVE",
        "count": "WITNESS_COUNT",
        "large": "WITNESS_NOT_REDUCED",
        "first": "WITNESS_FIRST_SIGNAL",
        "gone": "WITNESS_UNREADABLE",
    }
    assert summary["jobs"] == {"total": 13, "proved": 3, "failed": 10, "skipped": 0, "left": 0}
    made = {path.name for path in (tmp_path / "proofs").glob("*.json")}
    assert made == {f"good{i}.{kind}.json" for i in range(3) for kind in ("proof", "public")}
    assert all(f"[{code}]" in ran.err for code in ("WITNESS_TRUNCATED", "WITNESS_UNSATISFIED"))


def test_malformed_lines_are_failed_jobs(run: Runner) -> None:
    good = json.dumps({"id": "good", "witness": str(W0)})
    text = "\n".join(
        [
            "not json", "[1,2]", '{"id":"x"}', '{"id":5.5,"witness":"a.wtns"}', '{"id":"b","witness":"%%%"}',
            '{"id":"n","witness":["1","two"]}', '{"id":"o","witness":{}}', '{"id":"i","input":{"x":1}}',
            "[" * 100_000,
            '{"id":"c","circuitId":7,"witness":"a.wtns"}', '{"id":"gone","witness":"gone.wtns"}',
            good,
        ]
    ).encode() + b'\n\xff\xfe{"id"\n{"id":"last","witness":"'  # fmt: skip
    ran = run("prove-batch", "-", "-o", "-", "--key", KEY, "--ordered", stdin=text)
    assert ran.code == 1
    codes = [line["error"]["code"] if not line["success"] else "" for line in ran.lines]
    assert codes == [
        "BAD_LINE", "BAD_LINE", "BAD_LINE", "BAD_LINE", "BAD_WITNESS", "WITNESS_CORRUPT", "BAD_WITNESS",
        "INPUT_MISSING", "BAD_LINE", "BAD_LINE", "WITNESS_UNREADABLE", "", "BAD_LINE", "BAD_LINE",
    ]  # fmt: skip
    assert "line 1 " in ran.lines[0]["error"]["message"]
    assert ran.lines[0]["id"] == "000001"


def test_deeply_nested_lines_are_refused_by_the_reference_engine_too(run: Runner) -> None:
    """Its library lets the process recurse until the stack overflows, unless that is taken back."""
    lines = b"[" * 300_000 + b"\n" + b'{"id": "n", "input": {"x": ' + b"[" * 300_000 + b"\n"
    ran = run("prove-batch", "-", "-o", "-", "--key", KEY, "--engine", "reference", stdin=lines)
    assert ran.code == 1
    assert [line["error"]["code"] for line in ran.lines] == ["BAD_LINE", "BAD_LINE"]


def test_ids_that_are_no_file_names_fail_alone(run: Runner, tmp_path: Path) -> None:
    ids = ["../up", "a/b", ".dot", "x" * 201, "bell\a", "", "nul\0", "ok", "OK", "ok"]
    text = "\n".join(json.dumps({"id": i, "witness": str(W0)}) for i in ids).encode()
    ran = run("prove-batch", "-", "--key", KEY, "--summary", "-", "--ordered", stdin=text)
    assert ran.code == 1
    failures = json.loads(ran.out)["failures"]
    assert [f["code"] for f in failures] == ["BAD_ID"] * 5 + ["BAD_LINE", "BAD_ID"] + ["DUPLICATE_ID"] * 2
    assert {p.name for p in (tmp_path / "proofs").glob("*.json")} == {"ok.proof.json", "ok.public.json"}
    assert not (tmp_path / "up.proof.json").exists()
    ran = run("prove-batch", "-", "-o", "-", "--key", KEY, stdin=text)
    assert sum(line["success"] for line in ran.lines) == 9, "on standard output any id goes"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["missing"], "NO_SOURCE", "does not exist"),
        (["empty", "--key", KEY], "EMPTY_DIRECTORY", "nothing to prove in"),
        ([W0, "--key", "none.zkey"], "KEY_UNREADABLE", "none.zkey"),
        ([W0, "--key", W0], "KEY_CORRUPT", "wtns"),
        (["lonely"], "NO_KEY", "--key"),
        (["twokeys"], "SEVERAL_KEYS", "--key"),
        ([W0, "--key", KEY, "--circuits", SAMPLES], "OPTIONS_CONFLICT", "--key"),
        ([W0, "--circuit", "x"], "KEY_UNREADABLE", "there is no key or folder x"),
        ([W0, "--circuit", "x="], "NO_CIRCUIT", "ID=PATH"),
        ([W0, "--circuits", "empty"], "NO_CIRCUIT", "empty"),
        ([W0, "--key", KEY, "-o", "-", "--summary", "-"], "OPTIONS_CONFLICT", "standard output"),
        ([W0, "--key", KEY, "-o", "-", "--resume"], "OPTIONS_CONFLICT", "--resume"),
        (["-", "-", "--key", KEY], "OPTIONS_CONFLICT", "only once"),
        ([W0, "--key", KEY, "--workers", "many"], "BAD_NUMBER", "--workers"),
        ([W0, "--key", KEY, "--workers", "0"], "BAD_NUMBER", "--workers"),
        ([W0, "--key", KEY, "--overhead", "lots"], "BAD_SIZE", "lots"),
        ([W0, "--key", KEY, "-o", "afile"], "OUTPUT_NOT_WRITABLE", "afile"),
        ([W0, "--key", "keys/cut.zkey"], "KEY_TRUNCATED", "byte"),
        ([W0, "--key", "keys/other.zkey"], "KEY_PROTOCOL", "protocol 9"),
        ([W0, "--key", "keys/bad.zkey"], "KEY_CORRUPT", "section 9"),
    ],
)
def test_what_is_wrong_with_the_command_is_said_before_anything_starts(
    run: Runner, tmp_path: Path, arguments: list[str | Path], code: str, says: str
) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("lonely", "twokeys"):
        (tmp_path / name).mkdir()
        shutil.copy(W0, tmp_path / name)
    shutil.copy(KEY, tmp_path / "twokeys" / "a.zkey")
    shutil.copy(KEY, tmp_path / "twokeys" / "b.zkey")
    (tmp_path / "afile").write_text("")
    data = KEY.read_bytes()
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "cut.zkey").write_bytes(data[:-10])
    (keys / "other.zkey").write_bytes(data[:24] + b"\x09" + data[25:])
    at = test_parsers.section(data, 9)[0]
    (keys / "bad.zkey").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    ran = run("prove-batch", *arguments)
    assert ran.code == 2, ran.err
    assert f"[{code}]" in ran.err
    assert says in ran.err
    assert ran.out == ""
    assert not list(tmp_path.glob("proofs/*.json"))


def test_inputs_are_refused_where_the_circuit_has_no_calculator(run: Runner, tmp_path: Path) -> None:
    key = shutil.copy(KEY, tmp_path / "alone.zkey")
    ran = run("prove-batch", QUARTIC / "inputs", "--key", key)
    assert ran.code == 2
    assert "/inputs: inputs need the circuit's .wasm" in ran.err
    ran = run("prove-batch", QUARTIC / "inputs" / "0000.json", "--key", key)
    assert ran.code == 2, "a file as its folder"
    assert "INPUT_UNSUPPORTED" in ran.err


def test_the_key_is_found_where_the_promise_says(run: Runner, tmp_path: Path) -> None:
    source = tmp_path / "c" / "witnesses"
    source.mkdir(parents=True)
    shutil.copy(W0, source)
    shutil.copy(KEY, tmp_path / "c" / "circuit.zkey")
    assert run("prove-batch", source, "-q").code == 0, "the parent of the source"
    (tmp_path / "c" / "circuit.zkey").rename(tmp_path / "q_final.zkey")
    ran = run("prove-batch", source, "-o", "-")
    assert ran.lines[0]["circuitId"] == "q", "the working directory, and ceremonies' suffixes go"
    (tmp_path / "q_final.zkey").unlink()
    assert run("prove-batch", source, "-q").code == 2
    assert run("prove-batch", source, "-q", PROVE_BATCH_KEY=str(KEY)).code == 0
    assert run("prove-batch", source, "-q", PROVE_BATCH_CIRCUITS=str(SAMPLES)).code == 2, "which of three?"
    (tmp_path / "c" / "prove-batch.toml").write_text(f'workers = 1\n[circuits]\nmine = "{KEY}"\n')
    ran = run("prove-batch", source, "-o", "-")
    assert (ran.code, ran.lines[0]["circuitId"]) == (0, "mine")


def test_options_come_from_line_then_environment_then_file(run: Runner, tmp_path: Path) -> None:
    def workers(*arguments: str, **environment: str) -> int:
        ran = run("prove-batch", QUARTIC / "witnesses", "-q", "--summary", "-", *arguments, **environment)
        return int(json.loads(ran.out)["sizing"]["workers"])

    (tmp_path / "prove-batch.toml").write_text("workers = 3\n")
    assert workers() == 3
    assert workers(PROVE_BATCH_WORKERS="2") == 2
    assert workers("--workers", "1", PROVE_BATCH_WORKERS="2") == 1
    (tmp_path / "prove-batch.toml").write_text("wokers = 3\n")
    ran = run("prove-batch", QUARTIC / "witnesses")
    assert ran.code == 2
    assert "wokers" in ran.err
    (tmp_path / "prove-batch.toml").write_text("workers = \n")
    assert "[CONFIG_CORRUPT]" in run("prove-batch", QUARTIC / "witnesses").err


def test_a_configuration_beside_something_that_is_no_source_does_not_count(
    run: Runner, tmp_path: Path
) -> None:
    (tmp_path / "keys").mkdir()
    shutil.copy(KEY, tmp_path / "keys")
    (tmp_path / "keys" / "prove-batch.toml").write_text("workers = 3\n")
    ran = run("prove-batch", "--key", "keys/circuit.zkey", "-q", QUARTIC / "witnesses", "--summary", "-")
    assert json.loads(ran.out)["sizing"]["workers"] != 3


def test_resume_proves_only_what_is_missing(run: Runner, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for number in range(4):
        shutil.copy(QUARTIC / "witnesses" / f"{number:04}.wtns", source)
    again = ("prove-batch", source, "--key", KEY, "-q", "--summary", "-", "--resume")

    def jobs() -> dict[str, int]:
        counts: dict[str, int] = json.loads(run(*again).out)["jobs"]
        return counts

    assert jobs() == {"total": 4, "proved": 4, "failed": 0, "skipped": 0, "left": 0}
    first = (tmp_path / "proofs/0000.proof.json").read_bytes()
    assert jobs() == {"total": 4, "proved": 0, "failed": 0, "skipped": 4, "left": 0}
    assert (tmp_path / "proofs/0000.proof.json").read_bytes() == first
    (tmp_path / "proofs/0001.public.json").unlink()
    assert jobs()["proved"] == 1
    shutil.copy(QUARTIC / "witnesses/0007.wtns", source / "0002.wtns")
    assert jobs()["proved"] == 1, "another witness under an old id"
    with (tmp_path / "proofs/manifest.jsonl").open("ab") as file:
        file.write(b'{"id":"0003","circ')
    assert jobs()["skipped"] == 4, "a torn last line"
    broken(W0, source / "0003.wtns")
    assert jobs() == {"total": 4, "proved": 0, "failed": 1, "skipped": 3, "left": 0}
    assert not (tmp_path / "proofs/0003.proof.json").exists(), "the old proof is not of this witness"
    assert jobs()["failed"] == 1
    ran = run("prove-batch", source, "--key", KEY, "-q", "--summary", "-")
    assert json.loads(ran.out)["jobs"] == {"total": 4, "proved": 3, "failed": 1, "skipped": 0, "left": 0}


def test_the_manifest_says_what_happened_and_nothing_secret(
    run: Runner, own_cache: Path, tmp_path: Path
) -> None:
    import hashlib

    assert run("prove-batch", QUARTIC / "witnesses", "-q").code == 0
    entries = [json.loads(line) for line in (tmp_path / "proofs/manifest.jsonl").read_text().splitlines()]
    assert len(entries) == 8
    for entry in entries:
        assert entry["key_sha256"] == hashlib.sha256(KEY.read_bytes()).hexdigest()
        assert (entry["outcome"], entry["verified"], entry["circuit"]) == ("proved", True, "quartic")
        witness = (QUARTIC / "witnesses" / f"{entry['id']}.wtns").read_bytes()
        values = parse_witness(witness, "w").values
        assert entry["witness_hmac"] not in {hashlib.sha256(x).hexdigest() for x in (witness, values)}
    secret = own_cache / "prove-batch" / "manifest-secret"
    assert secret.stat().st_mode & 0o777 == 0o600


def test_unverified_results_say_so(run: Runner, tmp_path: Path) -> None:
    bad = broken(W0, tmp_path / "bad.wtns")
    ran = run("prove-batch", bad, "--key", KEY, "--no-verify", "-o", "-")
    assert ran.lines[0]["verified"] is False
    assert run("prove-batch", bad, "--key", KEY, "--no-verify", "-q").code == 0
    assert json.loads((tmp_path / "proofs/bad.proof.json").read_text())["verified"] is False
    assert run("prove-batch", "verify", "proofs", "--key", KEY).code == 1


def test_the_first_failure_ends_the_run_when_asked(run: Runner, tmp_path: Path) -> None:
    lines = [json.dumps({"id": "bad", "witness": "none.wtns"})]
    lines += [json.dumps({"id": f"n{i}", "witness": str(W0)}) for i in range(200)]
    ran = run(
        "prove-batch", "-", "--key", KEY, "--fail-fast", "--summary", "-", stdin="\n".join(lines).encode()
    )
    assert ran.code == 1
    assert json.loads(ran.out)["jobs"]["total"] < 100


@pytest.mark.parametrize("strategy", ["processes", "threads"])
@pytest.mark.parametrize("threads", ["1", "2"])
def test_strategies_and_threads_prove_the_same_jobs(run: Runner, strategy: str, threads: str) -> None:
    ran = run(
        "prove-batch", QUARTIC / "witnesses", "--strategy", strategy, "--workers", "2",
        "--threads-per-proof", threads, "-o", "-", "--ordered",
    )  # fmt: skip
    assert ran.code == 0
    assert [line["id"] for line in ran.lines] == [f"{i:04}" for i in range(8)]
    assert {line["worker"] for line in ran.lines} == {0, 1}


def test_the_reference_engine_is_announced_and_works(run: Runner) -> None:
    ran = run("prove-batch", W0, "--key", KEY, "--engine", "reference", "--summary", "-")
    assert ran.code == 0
    assert "SLOW ENGINE" in ran.err
    assert json.loads(ran.out)["engine"] == "reference"


def test_without_the_extension_a_run_works_and_says_why_it_is_slow(tmp_path: Path) -> None:
    import sys

    code = (
        "import sys; sys.modules['prover_cli._native'] = None\n"
        "from prover_cli.cli import prove_batch\n"
        f"sys.argv = ['prove-batch', {str(W0)!r}, '--key', {str(KEY)!r}]\n"
        "if __name__ == '__main__': prove_batch()\n"
    )
    script = tmp_path / "without.py"
    script.write_text(code)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert "SLOW ENGINE" in done.stderr
    assert "rustup" in done.stderr


def test_nothing_of_a_witness_is_ever_shown(run: Runner, tmp_path: Path) -> None:
    marker = 123456789012345678901234567890123456789
    witness = parse_witness(W0.read_bytes(), "w")
    values = witness.values[:-32] + marker.to_bytes(32, "little")
    (tmp_path / "secret.wtns").write_bytes(write_witness(Witness(BN254, values, 0)))
    lines = [
        {"id": "a", "witness": "secret.wtns"},
        {"id": "b", "witness": ["1", str(marker), "x" + str(marker)]},
        {"id": "c", "witness": [str(marker)] * 6},
    ]
    ran = run(
        "prove-batch",
        "-",
        "--key",
        KEY,
        "-v",
        "--summary",
        "-",
        stdin="\n".join(map(json.dumps, lines)).encode(),
    )
    assert ran.code == 1
    shown = ran.out + ran.err + (tmp_path / "proofs/manifest.jsonl").read_text()
    assert str(marker) not in shown
    assert hex(marker)[2:] not in shown


def test_a_full_disk_ends_the_run_with_what_is_done_kept(run: Runner, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], check=False)
    if mounted.returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        ran = run("prove-batch", SAMPLES / "quartic" / "witnesses", "-o", small / "out")
        assert ran.code == 3, ran.err
        assert "[DISK_FULL]" in ran.err
        for path in (small / "out").glob("*.proof.json"):
            json.loads(path.read_text())
        assert not list((small / "out").glob(".*.part"))
        kept = len(list((small / "out").glob("*.proof.json")))
        assert kept < 8
        subprocess.run(["mount", "-o", "remount,size=1m", small], check=True)
        again = ("-o", small / "out", "--resume", "-q", "--summary", "-")
        jobs = json.loads(run("prove-batch", SAMPLES / "quartic" / "witnesses", *again).out)["jobs"]
        assert jobs["skipped"] in (kept, kept - 1), "the manifest's line may be what had no room"
        assert jobs["skipped"] + jobs["proved"] == 8
    finally:
        subprocess.run(["umount", small], check=True)


def test_every_command_has_its_help_with_an_example(run: Runner) -> None:
    assert "prove-batch 0." in run("prove-batch", "--version").out
    told = run("prove-batch", "--help").out
    for name in COMMANDS:
        assert re.search(rf"\b{name}\b", told), name
        ran = run("prove-batch", name, "--help")
        assert ran.code == 0
        assert "Example: prove-batch" in ran.out or name == "key"
    for sub in (str(one.name) for one in key_app.registered_commands):
        assert "Example: prove-batch key" in run("prove-batch", "key", sub, "--help").out


def test_a_word_that_is_a_command_is_the_command(run: Runner, tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "quartic" / "witnesses", tmp_path / "verify")
    ran = run("prove-batch", "verify", "--key", KEY)
    assert ran.code == 2
    assert 'note: running the command "verify"; to prove the folder of that name, write ./verify' in ran.err
    assert run("prove-batch", "./verify", "--key", KEY, "-q").code == 0
    ran = run("prove-batch", "verfy", "--key", KEY)
    assert (ran.code, "did you mean the command verify?" in ran.err) == (2, True)
