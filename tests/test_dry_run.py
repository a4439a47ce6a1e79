"""`--dry-run`: what a run would do, told beforehand; and `doctor`, which looks at the same things."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import SAMPLES, Ran, needs_native

from prover_cli.intake import ignored
from prover_cli.intake.ignored import Ignored, ignored_warnings

pytestmark = needs_native

QUARTIC = SAMPLES / "quartic"
KEY = QUARTIC / "circuit.zkey"
Runner = Callable[..., Ran]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A circuit with witnesses, inputs, and a file that is neither."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("circuit.zkey", "circuit.wasm", "circuit.r1cs", "circuit.sym"):
        shutil.copy(QUARTIC / name, folder / name.replace("circuit", "quartic"))
    for number in range(3):
        shutil.copy(QUARTIC / "witnesses" / f"{number:04}.wtns", folder / f"w{number}.wtns")
    for number in range(2):
        shutil.copy(QUARTIC / "inputs" / f"{number:04}.json", folder / f"i{number}.json")
    (folder / "notes.txt").write_text("")
    return folder


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if ".cache" not in path.parts}


def facts(ran: Ran) -> Any:
    return json.loads(ran.out)


def test_what_would_be_done_is_listed_and_nothing_is_done(run: Runner, project: Path, tmp_path: Path) -> None:
    before = files(tmp_path)
    ran = run("prove-batch", project, "--dry-run", "-o", "there", "--prepare", "never")
    assert ran.code == 0, ran.err
    for words in (
        *("circuit quartic", "quartic.zkey (groth16 over bn128)", "quartic.wasm", "quartic.r1cs"),
        *("3 witnesses and 2 inputs", "tables not built: --prepare never", "notes.txt"),
        *("results  there/", "dry run: 5 to prove; nothing was written"),
    ):
        assert words in ran.out
    assert files(tmp_path) == before
    told = facts(run("prove-batch", project, "--dry-run", "--summary", "-"))
    assert told["jobs"] == {"to_prove": 5, "skipped": 0, "refused": 0}
    assert [Path(path).name for path in told["ignored"]] == ["notes.txt"]
    assert (told["circuits"][0]["witnesses"], told["circuits"][0]["inputs"]) == (3, 2)
    assert told["estimate"] is None
    assert told["sizing"]["workers"] >= 1
    done = facts(run("prove-batch", project, "--summary", "-"))
    assert done["jobs"]["proved"] == 5, "as it was told"


def test_resume_says_what_it_would_skip_and_why_not_the_rest(
    run: Runner, project: Path, tmp_path: Path
) -> None:
    assert run("prove-batch", project).code == 0
    made = tmp_path / "proofs"
    (made / "w0.public.json").unlink()
    shutil.copy(project / "w2.wtns", project / "w1.wtns")
    shutil.copy(QUARTIC / "inputs" / "0005.json", project / "i1.json")
    shutil.copy(project / "w2.wtns", project / "new.wtns")
    before = {path: path.read_bytes() for path in made.iterdir()}
    ran = run("prove-batch", project, "--dry-run", "--resume", "--summary", "-")
    told = facts(ran)
    assert told["jobs"] == {"to_prove": 4, "skipped": 2, "refused": 0}
    assert told["circuits"][0]["proved_because"] == {
        "its files are missing or changed": 1,
        "the witness changed": 1,
        "the input changed": 1,
        "not proved before": 1,
    }
    assert {path: path.read_bytes() for path in made.iterdir()} == before
    lines = run("prove-batch", project, "--dry-run", "--resume").out
    assert "2 skipped: already proved, and nothing has changed" in lines
    assert "1 to prove: the witness changed" in lines
    assert "2 skipped" in run("prove-batch", project, "--resume").err, "as it was told"

    manifest = made / "manifest.jsonl"
    keys = manifest.read_text()
    manifest.write_text(keys.replace('"key_sha256":"', '"key_sha256":"00'))
    because = facts(run("prove-batch", project, "--dry-run", "--resume", "--summary", "-"))["circuits"][0]
    assert because["proved_because"] == {"the key changed": 6}
    manifest.write_text(keys.replace('"verified":true', '"verified":false'))
    because = facts(run("prove-batch", project, "--dry-run", "--resume", "--summary", "-"))["circuits"][0]
    assert because["proved_because"] == {"its proof was not verified": 6}


def test_a_sample_is_proved_and_thrown_away_and_the_time_of_all_estimated(
    run: Runner, project: Path, tmp_path: Path
) -> None:
    before = files(tmp_path)
    ran = run("prove-batch", project, "--dry-run", "--sample", "2", "--summary", "-")
    assert ran.code == 0, ran.err
    estimate = facts(ran)["estimate"]
    assert (estimate["sampled"], estimate["failed"]) == (2, 0)
    workers = facts(ran)["sizing"]["workers"]
    assert estimate["seconds"] == pytest.approx(estimate["seconds_per_proof"] * 5 / workers, abs=0.01)
    assert estimate["seconds_per_proof"] > 0
    assert files(tmp_path) == before
    assert "for 5 jobs (2 proofs took " in run("prove-batch", project, "--dry-run", "--sample", "2").out

    (project / "i0.json").write_text('{"nope": 1}')
    ran = run("prove-batch", project, "--dry-run", "--sample", "1")
    assert ran.code == 1
    assert "[INPUT_UNKNOWN]" in ran.err
    assert "unknown: none of 1 job could be proved" in ran.out
    assert "dry run: 5 to prove, 1 of 1 tried failed; nothing was written" in ran.out


def test_jobs_that_cannot_be_proved_are_told_beforehand(run: Runner, project: Path) -> None:
    lines = project / "more.jsonl"
    lines.write_text('{"id":"c","input":{}}\nno line\n{"id":"b","input":{"a":1}}\n')
    ran = run("prove-batch", project / "w0.wtns", lines, "--key", project / "quartic.zkey", "--dry-run")
    assert ran.code == 1
    assert "[BAD_LINE]" in ran.out
    assert "dry run: 3 to prove, 1 refused; nothing was written" in ran.out
    lines.write_text('{"id":"W0","input":{}}\n')
    told = facts(run("prove-batch", project / "w0.wtns", lines, "--key", KEY, "--dry-run", "--summary", "-"))
    assert [one["error"]["code"] for one in told["refused"]] == ["DUPLICATE_ID"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nowhere",), "NO_SOURCE"),
        (("project", "--sample", "1"), "OPTIONS_CONFLICT"),
        (("project", "--key", "project/quartic.wasm"), "KEY_CORRUPT"),
        (("project", "--resume", "-o", "-"), "OPTIONS_CONFLICT"),
    ],
)
def test_what_ends_a_run_before_it_begins_ends_a_dry_run_too(
    run: Runner, project: Path, arguments: tuple[str, ...], code: str
) -> None:
    dry = () if "--sample" in arguments else ("--dry-run",)
    ran = run("prove-batch", *arguments, *dry)
    assert ran.code == 2
    assert f"[{code}]" in ran.err


def test_doctor_says_what_the_run_would_do_and_ends_with_1_where_something_is_wrong(
    run: Runner, project: Path
) -> None:
    ran = run("prove-batch", "doctor", project)
    assert ran.code == 0, ran.out
    assert "3 witnesses and 2 inputs" in ran.out
    assert "problem" not in ran.out
    told = facts(run("prove-batch", "doctor", project, "--json"))
    assert told["run"]["jobs"]["to_prove"] == 5

    wrong = run("prove-batch", "doctor", "nowhere")
    assert wrong.code == 1
    assert "problem      source nowhere does not exist [NO_SOURCE]" in wrong.out
    (project / "quartic.wasm").write_bytes(b"\0asm")
    wrong = run("prove-batch", "doctor", project, "--json")
    assert wrong.code == 1
    assert "[WASM_" in facts(wrong)["problems"][0]
    (project / "quartic.wasm").unlink()
    (project / "w0.wtns").rename(project / "a.wtns")
    shutil.copy(project / "a.wtns", project / "A.wtns")
    wrong = run("prove-batch", "doctor", project)
    assert wrong.code == 1
    assert "[DUPLICATE_ID]" in wrong.out


def test_doctor_checks_the_keys_and_calculators_that_nobody_has_jobs_for_yet(
    run: Runner, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shutil.copy(KEY, tmp_path / name / "circuit.zkey")
    (tmp_path / "one" / "circuit.zkey").write_bytes(KEY.read_bytes()[:500])
    (tmp_path / "two" / "circuit.wasm").write_bytes(b"no code")
    wrong = run("prove-batch", "doctor", "--circuits", ".")
    assert wrong.code == 1
    for words in ("problem      circuit one: ", "[KEY_TRUNCATED]", "problem      circuit two: ", "[WASM_"):
        assert words in wrong.out, wrong.out
    shutil.copy(tmp_path / "one" / "circuit.zkey", tmp_path / "circuit.zkey")
    assert "[KEY_TRUNCATED]" in run("prove-batch", "doctor").out, "what a run here would find"
    assert "[WASM_CORRUPT]" in run("prove-batch", "doctor", "--key", KEY, "--wasm", "two/circuit.wasm").out
    (tmp_path / "empty").mkdir()
    assert "[NO_KEY]" in run("prove-batch", "doctor", "--circuit", "q=empty").out, "somebody named it"
    assert run("prove-batch", "doctor", "--circuits", SAMPLES).code == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("-o", "file"), "cannot write to file: it is not a folder"),
        (("-o", "file/below"), "cannot write to file/below: file is not a folder"),
        (("-o", "file/x.jsonl"), "cannot write file/x.jsonl: file is not a folder"),
        (("-o", "a" * 300), "File name too long"),
        (("--summary", "project"), "cannot write project: it is a folder"),
        (("--report", "file/x.html"), "file is not a folder"),
        (("--seed", "s", "--check-fixtures", "nowhere"), "--check-fixtures nowhere is not a folder"),
    ],
)
def test_results_that_have_no_place_are_told_before_anything_is_done(
    run: Runner, project: Path, arguments: tuple[str, ...], says: str
) -> None:
    (project.parent / "file").write_text("kept")
    for dry in ((), ("--dry-run",)):
        ran = run("prove-batch", "project", *arguments, *dry)
        assert (ran.code, says in ran.err) == (2, True), ran.err
    for sources in (("project",), ()):
        ran = run("prove-batch", "doctor", *sources, *arguments)
        assert (ran.code, f"problem      {says[:20]}" in ran.out or says in ran.out) == (1, True), ran.out
    assert (project.parent / "file").read_text() == "kept"
    assert not (project.parent / "proofs").exists()


def test_a_sample_is_of_all_circuits(run: Runner, tmp_path: Path) -> None:
    for name, count in (("membership", 4), ("quartic", 3)):
        (tmp_path / "in" / name).mkdir(parents=True)
        for number in range(count):
            shutil.copy(SAMPLES / name / "witnesses" / f"{number:04}.wtns", tmp_path / "in" / name)
    (tmp_path / "in" / "quartic" / "0000.wtns").write_bytes(b"")
    both = ("prove-batch", "in", "--circuits", SAMPLES, "--dry-run", "--summary", "-")
    ran = run(*both, "--sample", "2")
    assert ran.code == 1, "the first of the second circuit is broken"
    assert (facts(ran)["estimate"]["sampled"], facts(ran)["estimate"]["failed"]) == (2, 1)
    assert facts(run(*both, "--sample", "1"))["estimate"]["failed"] == 0
    assert facts(run(*both, "--sample", "100"))["estimate"]["sampled"] == 7


def test_doctor_needs_no_circuit_where_nobody_named_one(run: Runner) -> None:
    ran = run("prove-batch", "doctor", "--json")
    assert (ran.code, facts(ran)["problems"], facts(ran)["run"]) == (0, [], None)
    ran = run("prove-batch", "doctor", PROVE_BATCH_WOKERS="2")
    assert ran.code == 1
    assert "problem      PROVE_BATCH_WOKERS is set, but no command has such an option" in ran.out


def test_of_very_many_folders_only_the_first_are_looked_through(
    run: Runner, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        (project / f"sub{number}").mkdir()
        (project / f"sub{number}" / "more.txt").write_text("")
    monkeypatch.setattr(ignored, "MOST_FOLDERS", 3)
    found = Ignored()
    found.look_into(project, set())
    assert [path.parent.name for path in found.files if path.name == "more.txt"] == ["sub0", "sub1"]
    assert found.unseen == [project]
    assert "has more than 3 folders below it" in list(ignored_warnings(found))[-1]
    monkeypatch.setattr(ignored, "MOST_FOLDERS", 6)
    found = Ignored()
    found.look_into(project, set())
    assert (len([path for path in found.files if path.name == "more.txt"]), found.unseen) == (5, [])


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.json", '{"in": 1}'), ("notes.txt", "notes"), ("x.circom", "pragma circom 2.0.0;"), ("x", "")],
)
def test_a_file_that_can_be_no_job_ends_the_command_as_its_folder_does(
    run: Runner, tmp_path: Path, name: str, content: str
) -> None:
    key = tmp_path / "key" / "circuit.zkey"
    key.parent.mkdir()
    shutil.copy(KEY, key)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / name).write_text(content)
    codes = {run("prove-batch", source, "--key", key).code for source in (folder, folder / name)}
    assert codes == {2}
    ran = run("prove-batch", folder / name, QUARTIC / "witnesses" / "0000.wtns", "--key", key)
    assert ran.code == 1
    assert "1 proved, 1 failed" in ran.err, "beside a witness it fails alone"


def test_what_is_known_to_be_no_input_is_told_as_such(run: Runner) -> None:
    ran = run("prove-batch", QUARTIC / "verification_key.json", "--key", KEY)
    assert ran.code == 2
    assert "it is a verification key" in ran.err
