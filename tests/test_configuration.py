"""Where options come from, help that fits, and completion."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SAMPLES, Ran, needs_native

pytestmark = needs_native
QUARTIC = SAMPLES / "quartic"
Runner = Callable[..., Ran]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(SAMPLES / "quartic" / "circuit.zkey", tmp_path / "circuit.zkey")
    shutil.copytree(SAMPLES / "quartic" / "witnesses", tmp_path / "w")
    (tmp_path / "prove-batch.toml").write_text('reserve-cores = 0\nworkers = 3\noverhead = "64MB"\n')
    return tmp_path


def test_doctor_tells_where_each_value_comes_from(run: Runner, folder: Path) -> None:
    ran = run("prove-batch", "doctor", "--json", "w", "--workers", "2", "-v",
              PROVE_BATCH_WORKERS="5", PROVE_BATCH_OVERHEAD="32MB", PROVE_BATCH_SEED="hush hush")  # fmt: skip
    told = json.loads(ran.out)
    found = {option["name"]: (option["value"], option["source"]) for option in told["options"]}
    file = str(folder / "prove-batch.toml")
    assert found["workers"] == ("2", "command line")
    assert found["verbose"] == (True, "command line")
    assert found["overhead"] == ("32MB", "PROVE_BATCH_OVERHEAD")
    assert found["reserve-cores"][0] == 0
    assert Path(found["reserve-cores"][1]).resolve() == Path(file).resolve()
    assert found["retries"] == (1, "default")
    assert folder / told["circuits"][folder.name] == folder / "circuit.zkey"
    assert told["problems"] == []
    assert "hush hush" not in ran.out
    shown = run("prove-batch", "doctor", "w").out
    assert re.search(r"workers +3 +.*prove-batch\.toml", shown)
    assert "retries" not in shown
    assert re.search(r"retries +1 +default", run("prove-batch", "doctor", "w", "--all").out)


def test_doctor_tells_what_would_keep_a_run_from_starting(run: Runner, folder: Path) -> None:
    def problems(**environment: str) -> str:
        return "\n".join(json.loads(run("prove-batch", "doctor", "--json", **environment).out)["problems"])

    assert "PROVE_BATCH_WOKERS is set and is no option" in problems(PROVE_BATCH_WOKERS="2")
    assert "[BAD_OPTION]" in problems(PROVE_BATCH_RETRIES="many")
    shutil.copy(folder / "circuit.zkey", folder / "other.zkey")
    assert "other.zkey" in problems()
    (folder / "prove-batch.toml").write_text("wokers = 3")
    assert "[CONFIG_UNKNOWN]" in problems()


@pytest.mark.parametrize("name", [("prove-batch",), ("prove-batch", "serve"), ("prove-batch", "work")])
def test_help_fits_a_screen_and_all_of_it_is_there_when_asked(run: Runner, name: tuple[str, ...]) -> None:
    brief = run(*name, "--help", COLUMNS="80").out
    assert len(brief.splitlines()) <= 40
    assert max(map(len, brief.splitlines())) <= 80
    assert "Example" in brief
    every = run(*name, "--help-all", COLUMNS="100").out
    options = set(re.findall(r"--[a-z][a-z-]+", every.split("Example")[0])) - {"--no-verify"}
    assert len(options) > 15
    assert options <= set(re.findall(r"--[a-z][a-z-]+", brief)), "each is at least named"
    assert run(*name, "-h", COLUMNS="80").out == brief


def test_shells_are_told_how_to_complete(run: Runner) -> None:
    for typed, expected in (
        ("--reta", ""), ("--rep", "--report"), ("doc", "doctor"), ("verify --vk", "--vkey"),
        ("./w --rep", "--report"), ("key pre", "prepare"), ("./w doc", ""), ("", "verify"),
    ):  # fmt: skip
        words = {"COMP_WORDS": f"prove-batch {typed}", "COMP_CWORD": str(len(typed.split(" ")))}
        told = run("prove-batch", _PROVE_BATCH_COMPLETE="complete_bash", **words).out.split()
        assert (expected in told) if expected else not told, typed
    assert "_PROVE_BATCH_COMPLETE" in run("prove-batch", "--show-completion", "bash").out


def test_a_file_that_cannot_be_read_is_told_by_its_place(run: Runner, folder: Path) -> None:
    file = folder / "prove-batch.toml"
    file.write_bytes(b'workers = "\xff"\n')
    ran = run("prove-batch", "w")
    assert (ran.code, "prove-batch.toml is not UTF-8 (at byte 11) [CONFIG_CORRUPT]" in ran.err) == (2, True)
    file.unlink()
    file.mkdir()
    ran = run("prove-batch", "w")
    assert (ran.code, "cannot be read: it is a folder [CONFIG_CORRUPT]" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("workers", 'takes a number from 1 to 4096 or auto, not "abc"'),
        ("threads_per_proof", 'takes a number from 1 to 4096 or auto, not "abc"'),
        ("memory_per_proof", ': "abc" is not a size'),
        ("max_failures", "takes a number from 1 or a percentage"),
        ("metrics_port", "takes a port or HOST:PORT"),
        ("timeout", "takes a number"),
    ],
)
def test_a_bad_value_is_blamed_on_what_it_was_given_by(
    run: Runner, tmp_path: Path, name: str, says: str
) -> None:
    source, flag = QUARTIC / "witnesses", f"--{name.replace('_', '-')}"
    variable = f"PROVE_BATCH_{name.upper()}"
    given = {
        flag: run("prove-batch", source, flag, "abc"),
        variable: run("prove-batch", source, **{variable: "abc"}),
    }
    (tmp_path / "prove-batch.toml").write_text(f"{flag[2:]} = 'abc'")
    given[f"prove-batch.toml: {flag[2:]}"] = run("prove-batch", source)
    for by, ran in given.items():
        assert (ran.code, ran.err.startswith(f"error: {by}"), says in ran.err) == (2, True, True), ran.err
    assert f"prove-batch.toml: {flag[2:]}" in run("prove-batch", "doctor").out
