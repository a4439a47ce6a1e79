"""What a run says while it goes and at its end, and how much of it."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SAMPLES, Ran, command, needs_native, wait_for

from prover_cli.batch.failure_limit import FailureLimit, parse_failure_limit
from prover_cli.circuits.opening import excess_warning, threads_per_proof
from prover_cli.circuits.options import PoolOptions, Wanted
from prover_cli.cli.display.events import Events
from prover_cli.cli.display.pace import Pace
from prover_cli.cli.display.table import worker_columns
from prover_cli.cli.display.words import duration, progress, worker_line
from prover_cli.faults import SetupFault
from prover_cli.outcomes.records import Record
from prover_cli.pool.executor import Running
from prover_cli.pool.pool_events import PoolEvent
from prover_cli.pool.sizing import plan_workers
from prover_cli.pool.statistics import WorkerStatistics

QUARTIC = SAMPLES / "quartic"
KEY = QUARTIC / "circuit.zkey"
Runner = Callable[..., Ran]


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Thirty inputs that fail in one way, then eight that are proved."""
    folder = tmp_path / "in"
    shutil.copytree(QUARTIC / "inputs", folder)
    for path in folder.glob("*.json"):
        path.rename(path.with_stem(f"z{path.stem}"))
    for number in range(30):
        (folder / f"b{number}.json").write_text('{"nope": 1}')
    return folder


def failures(ran: Ran) -> list[str]:
    return [line for line in ran.err.splitlines() if line.startswith("failed ")]


@needs_native
def test_the_same_failure_is_told_five_times_and_then_counted(run: Runner, mixed: Path) -> None:
    ran = run("prove-batch", mixed, "--key", KEY)
    assert (ran.code, len(failures(ran))) == (1, 5)
    assert ran.err.count("… further failures with INPUT_UNKNOWN are only counted") == 1
    lines = ran.err.splitlines()
    tally = lines.index(
        "30 failed with INPUT_UNKNOWN: The input names a signal that the circuit does not have."
    )
    table = next(i for i, line in enumerate(lines) if line.startswith("worker "))
    assert tally < table < len(lines) - 1, "failures, statistics, one line that sums up"
    assert lines[-1].startswith("8 proved, 30 failed in ")
    assert len(failures(run("prove-batch", mixed, "--key", KEY, "-v"))) == 30


@needs_native
def test_quiet_is_failures_and_the_last_line_and_very_quiet_is_nothing(run: Runner, mixed: Path) -> None:
    ran = run("prove-batch", mixed, "--key", KEY, "-q")
    lines = ran.err.splitlines()
    assert [line.split()[0] for line in lines] == ["failed"] * 5 + ["…", "30", "8"]
    for silent in ("-qq", "--silent"):
        ran = run("prove-batch", mixed, "--key", KEY, silent)
        assert (ran.code, ran.err, ran.out) == (1, "", "")
    ran = run("prove-batch", mixed, "--key", "gone.zkey", "-qq")
    assert ran.err == "error: there is no key or folder gone.zkey [KEY_UNREADABLE]\n", (
        "what ends a run is told"
    )


@needs_native
def test_input_that_is_left_out_is_told_where_only_failures_are(run: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(QUARTIC / "witnesses", folder)
    (folder / "0008.WTNS").write_text("")
    ran = run("prove-batch", folder, "--key", KEY, "-q")
    assert re.match("warning: ignored 1 file .*0008.WTNS\n8 proved in ", ran.err), ran.err
    assert run("prove-batch", folder, "--key", KEY, "-qq").err == ""


@needs_native
def test_a_run_without_jobs_says_so(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "blank.jsonl").write_bytes(b"\n \n")
    for source in ("empty.jsonl", "blank.jsonl", "-"):
        ran = run("prove-batch", source, "--key", KEY, "-q", stdin=b"")
        assert (ran.code, ran.err) == (0, "0 jobs: the sources are empty\n")
    for words in (("--key", KEY), ("witness", "--wasm", QUARTIC)):
        ran = run("prove-batch", *words, stdin=b"\n")
        assert (ran.code, "standard input is empty" in ran.err) == (2, True), "nobody named a stream"
    assert run("prove-batch", "witness", "-", "--wasm", QUARTIC, stdin=b"").code == 0


def test_of_many_lost_workers_the_first_are_told_and_the_rest_counted() -> None:
    lost = PoolEvent("ended", 1, job="a", reason="crashed", detail="it ended with signal 9")
    told = [Events(verbose=False), Events(verbose=True)]
    lines, each = ([events.line(lost) for _ in range(20)] for events in told)
    assert [line is not None and line.startswith("replacing worker 1") for line in lines] == [True] * 5 + [
        False
    ] * 15
    assert lines[5] is not None and "further replaced workers" in lines[5]
    assert lines[6:] == [None] * 14
    assert None not in each
    assert told[0].line(PoolEvent("fewer", proofs_at_a_time=2)) is not None, "what is no loss is told"


@needs_native
@pytest.mark.parametrize("limit", ["3", "5%"])
def test_a_run_ends_when_too_many_jobs_have_failed(run: Runner, mixed: Path, limit: str) -> None:
    for number in range(100, 200):  # more than all workers take at a time
        (mixed / f"b{number}.json").write_text('{"nope": 1}')
    ran = run("prove-batch", mixed, "--key", KEY, "--max-failures", limit, "--summary", "-")
    assert ran.code == 1
    jobs = json.loads(ran.out)["jobs"]
    assert 2 <= jobs["failed"] < 100
    left = 138 - jobs["failed"] - jobs["proved"]
    assert ran.err.endswith(f"(ended by --max-failures {limit}, {left} left; --resume continues)\n")
    ran = run("prove-batch", mixed, "--key", KEY, "--fail-fast", "--ordered")
    assert "(ended by --fail-fast, " in ran.err
    ran = run("prove-batch", mixed, "--key", KEY, "--max-failures", "0")
    assert (ran.code, "[BAD_NUMBER]" in ran.err) == (2, True)


def test_a_share_of_an_unknown_number_of_jobs_is_of_those_that_ended() -> None:
    limit = parse_failure_limit("5%")
    assert limit is not None
    assert [limit.is_reached(failed, 99, None) for failed in (5, 99)] == [False, False]
    assert [limit.is_reached(failed, 100, None) for failed in (4, 5)] == [False, True]
    assert [limit.is_reached(failed, 10, 1000) for failed in (9, 49, 50)] == [False, False, True]
    assert FailureLimit("2", count=2).is_reached(2, 2, None)
    for wrong in ("", "-1", "101%", "0%", "x", "1.5", "%"):
        with pytest.raises(SetupFault, match="--max-failures"):
            parse_failure_limit(wrong)


@needs_native
def test_jobs_that_all_fail_alike_point_to_the_key(run: Runner, mixed: Path) -> None:
    ran = run("prove-batch", mixed, "--key", KEY, "--ordered")
    assert (
        ran.err.count(
            "the first 20 jobs all failed with INPUT_UNKNOWN: the .wasm probably belongs to another"
        )
        == 1
    )
    (mixed / "a.json").write_text((QUARTIC / "inputs" / "0000.json").read_text())
    ran = run("prove-batch", mixed, "--key", KEY, "--ordered", "-o", "other")
    assert "the first 20 jobs" not in ran.err, "the first was proved"
    ran = run("prove-batch", QUARTIC / "witnesses", "--key", SAMPLES / "membership" / "circuit.zkey")
    assert "all 8 jobs failed with WITNESS_COUNT: the key probably belongs to another circuit" in ran.err


@needs_native
def test_what_no_worker_had_has_its_row_and_the_rows_add_up(run: Runner) -> None:
    good = json.dumps({"witness": str(QUARTIC / "witnesses" / "0000.wtns")})
    ran = run("prove-batch", "-", "--key", KEY, stdin=f"{good}\nno line\n[]\n{good}\n".encode())
    head, *rows, last = (line.split() for line in ran.err.splitlines()[-4:])
    assert head[:4] == ["worker", "pid", "proofs", "failures"]
    assert (rows[0][2], rows[0][3]) == ("2", "0")
    assert rows[1][:4] == ["none", "–", "0", "2"]
    assert last[:4] == ["2", "proved,", "2", "failed"]


@needs_native
def test_the_table_has_room_on_a_narrow_terminal(run: Runner, mixed: Path) -> None:
    ran = run("prove-batch", mixed, "--key", KEY, COLUMNS="60")
    lines = ran.err.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("worker "))
    assert lines[start].split() == ["worker", "proofs", "failures", "busy", "mean", "memory"]
    assert max(map(len, lines[start:-1])) <= 60


def test_stuck_time_is_no_busy_time_and_columns_are_said_where_there_is_something() -> None:
    calm = WorkerStatistics(0, 7, proofs=2, busy_seconds=1.0, durations=array("d", [0.4, 0.6]))
    plain = worker_columns([calm], 30.0)
    assert list(plain) == ["worker", "pid", "proofs", "busy", "mean", "p95", "peak memory"]
    stuck = WorkerStatistics(1, 8, failures=1, restarts=1, busy_seconds=2.0, stuck_seconds=28.0)
    columns = worker_columns([calm, stuck], 30.0)
    assert columns["busy"] == ["3%", "7%"]
    assert columns["stuck"] == ["0", "28.0 s"]
    assert columns["mean"] == ["0.500 s", "–"]
    assert columns["restarts"] == ["0", "1"]


def test_progress_says_what_its_figures_are() -> None:
    assert progress(4, 20, 0, 4.2) == "4/20 · 4.2/s · 4 s left"
    assert progress(4, 20, 2, 0.1) == "4/20 · 2 failed · 6.0/min · 2 min 40 s left"
    assert progress(0, 20, 0, 0.0) == "0/20"
    assert progress(7, None, 0, 12.0) == "7 done · 12/s"
    assert progress(20, 20, 0, 12.0) == "20/20 · 12/s"
    assert [duration(s) for s in (0.2, 59, 61, 3720)] == ["1 s", "59 s", "1 min 1 s", "1 h 2 min"]
    fast = WorkerStatistics(0, proofs=40, busy_seconds=4.0)
    assert worker_line(Running(0, 1, "a", 0.05), fast, 5.0).split() == [
        "worker",
        "0",
        "40",
        "proofs",
        "·",
        "8.0/s",
    ]
    slow = WorkerStatistics(0, proofs=2, busy_seconds=40.0)
    assert worker_line(Running(0, 1, "a", 12.3), slow, 50.0).split() == ["worker", "0", "12.3", "s", "a"]
    assert worker_line(Running(0, 1, None, 0.0), slow, 50.0).split() == ["worker", "0", "idle"]


@needs_native
def test_the_first_ctrl_c_says_what_it_waits_for_and_gives_back_the_rest(run: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(3000):
        (folder / f"{number}.wtns").symlink_to(QUARTIC / "witnesses" / "0000.wtns")
    words = [command("prove-batch"), str(folder), "--key", str(KEY), "--workers", "1", "--max-queue", "500"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, cwd=tmp_path, text=True)
    wait_for(lambda: any((tmp_path / "proofs").glob("*.proof.json")))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert re.search(
        r"^interrupted: (proofs that have started are|1 proof is) being finished; Ctrl-C again stops now$",
        err,
        re.M,
    ), err
    ended = re.search(r"(\d+) proved .*\(interrupted, (\d+) left; --resume continues\)", err)
    assert ended is not None, err
    proved, left = map(int, ended.groups())
    assert proved + left == 3000
    assert proved == len(list((tmp_path / "proofs").glob("*.proof.json")))
    ran = run("prove-batch", folder, "--key", KEY, "--resume")
    assert (ran.code, f"{left} proved, {proved} skipped" in ran.err) == (0, True)


def test_one_worker_for_want_of_cores_gets_all_of_them_but_one() -> None:
    options = PoolOptions(wanted=Wanted())
    for cores, workers, threads in ((1, 1, 1), (2, 1, 1), (3, 1, 2), (4, 2, 1), (8, 6, 1)):
        sizing = plan_workers(64_000, cores)
        assert (sizing.workers, threads_per_proof(options, sizing)) == (workers, threads), cores
    little = plan_workers(5_000, 8)  # one for want of memory
    assert (little.workers, threads_per_proof(options, little)) == (1, 6)


def test_more_than_the_machine_has_is_told() -> None:
    def told(memory: int, **asked: int) -> str | None:
        options = PoolOptions(wanted=Wanted(), **asked)  # type: ignore[arg-type]  # (numbers only)
        sizing = plan_workers(memory, 4)
        workers = options.workers or sizing.workers
        return excess_warning(options, sizing.__class__(**{**vars(sizing), "workers": workers}))

    assert told(64_000, workers=4) is None
    assert told(64_000, threads_per_proof=2) is None
    assert told(64_000) is None
    assert told(64_000, workers=5) == "--workers 5: 5 threads share 4 cores"
    assert "--workers 2 and --threads-per-proof 3: 6 threads share" in str(
        told(64_000, workers=2, threads_per_proof=3)
    )
    assert "by the formula memory is enough for 1" in str(told(5_000, workers=3))


@needs_native
def test_github_is_told_in_its_words(run: Runner, mixed: Path, tmp_path: Path) -> None:
    place = tmp_path / "summary.md"
    ran = run("prove-batch", mixed, "--key", KEY, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(place))
    told = [line for line in ran.err.splitlines() if line.startswith("::error title=INPUT_UNKNOWN::b")]
    assert len(told) == 10, "GitHub shows no more"
    text = place.read_text()
    assert text.startswith("### prove-batch: 8 proved, 30 failed in ")
    assert "| worker | pid | proofs | failures |" in text
    assert "::error" not in run("prove-batch", mixed, "--key", KEY, GITHUB_ACTIONS="").err


@needs_native
def test_machines_get_the_workers_figures_too(run: Runner, mixed: Path) -> None:
    ran = run("prove-batch", mixed, "--key", KEY, "--log-format", "json")
    (ended,) = (json.loads(line) for line in ran.err.splitlines() if '"run_ended"' in line)
    (worker,) = ended["workers"]
    assert (worker["proofs"], worker["failures"], ended["proved"], ended["failed"]) == (8, 30, 8, 30)
    assert {"busy_seconds", "stuck_seconds", "mean_seconds", "p95_seconds", "restarts"} <= set(worker)


@needs_native
def test_fixtures_are_compared_in_words(run: Runner, tmp_path: Path) -> None:
    words = ("prove-batch", QUARTIC / "witnesses", "--key", KEY, "--seed", "s")
    assert run(*words, "-o", "f").code == 0
    assert not (tmp_path / "f" / "manifest.jsonl").exists(), "nothing in the folder changes from run to run"
    check = (*words, "--check-fixtures", "f", "-q")
    assert re.fullmatch(r"compared in \S+ s: 8 match\n", run(*check).err)
    public = tmp_path / "f" / "0002.public.json"
    public.write_text(public.read_text().replace("1", "2"))
    ran = run(*check)
    assert ran.code == 1
    assert ": 7 match, 1 differs in its public signals: the input or the circuit changed" in ran.err
    assert "failed 0002: f/0002.public.json differs; its public signals differ" in ran.err
    proof = tmp_path / "f" / "0001.proof.json"
    proof.write_text(proof.read_text() + " ")
    (tmp_path / "f" / "0003.proof.json").unlink()
    (tmp_path / "f" / "old.proof.json").touch()
    ran = run(*check)
    for part in ("5 match", "1 differs in its proof only: seed, key or version changed", "1 is missing",
                 "1 has no job anymore"):  # fmt: skip
        assert part in ran.err
    assert "1 fixture has no job anymore: f/old.proof.json" in run(*check[:-1]).err


@needs_native
def test_a_seeded_run_that_did_not_prove_all_keeps_its_manifest(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "bad.wtns").write_bytes(b"wtns")
    words = ("prove-batch", QUARTIC / "witnesses", "bad.wtns", "--key", KEY, "--seed", "s", "-q")
    assert run(*words).code == 1
    assert (tmp_path / "proofs" / "manifest.jsonl").exists()
    assert "8 skipped" in run(*words, "--resume").err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--zkey", "x"), "prove-batch has no option --zkey; did you mean --key? [BAD_OPTION]"),
        (("--worker", "x"), "prove-batch has no option --worker; did you mean --workers? [BAD_OPTION]"),
        (("--retries", "x"), "--retries takes a whole number"),
        (("--retries", "-1"), "--retries takes a number of at least 0"),
        (("--strategy", "x"), "--strategy takes processes, threads or queue"),
        (("--key",), "--key needs a value; see prove-batch --help [BAD_OPTION]"),
        (("plan", "x"), "prove-batch plan does not take x; see prove-batch plan --help [BAD_OPTION]"),
        (("key", "infp"), "prove-batch key has no command infp; did you mean info? [BAD_OPTION]"),
        (("check",), "prove-batch check needs FILE.wtns"),
        (("verify", "--vkeys", "x"), "prove-batch verify has no option --vkeys; did you mean --vkey?"),
    ],
)
def test_what_the_parser_refuses_is_told_as_all_errors_are(
    run: Runner, words: tuple[str, ...], said: str
) -> None:
    ran = run("prove-batch", *words)
    assert (ran.code, ran.err.startswith(f"error: {said}")) == (2, True), ran.err
    assert ran.err.count("\n") == 1


@needs_native
def test_near_misses_in_the_environment_and_the_file_are_told(run: Runner, tmp_path: Path) -> None:
    ran = run("prove-batch", QUARTIC / "witnesses" / "0000.wtns", "--key", KEY, PROVE_BATCH_WORKER="2")
    assert ran.code == 0
    said = "PROVE_BATCH_WORKER is set, but no command has such an option; did you mean PROVE_BATCH_WORKERS?"
    assert f"warning: {said}" in ran.err
    (tmp_path / "prove-batch.toml").write_text("worker = 2\n")
    ran = run("prove-batch", "-", "--key", KEY, stdin=b"")
    assert (
        'prove-batch.toml: "worker" is not an option of a run; did you mean "workers"? [CONFIG_UNKNOWN]'
        in ran.err
    )


@needs_native
def test_signs_that_a_stream_lacks_are_written_with_those_it_has(run: Runner) -> None:
    ran = run("prove-batch", QUARTIC / "witnesses", "--key", KEY, PYTHONIOENCODING="ascii")
    assert ran.code == 0
    assert " -> proofs/" in ran.err
    assert "\\u" not in ran.err


@needs_native
def test_an_empty_stream_that_nobody_named_is_told_in_one_line(run: Runner) -> None:
    ran = run("prove-batch", "--key", KEY, stdin=b"")
    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith("error: nothing to prove: ")
    assert "0 proved" not in ran.err
    assert "worker" not in ran.err


@needs_native
def test_the_figures_of_a_run_that_ends_early_add_up_everywhere(run: Runner, mixed: Path) -> None:
    ran = run("prove-batch", mixed, "--key", KEY, "--max-failures", "2", "--log-format", "json",
              "--summary", "-")  # fmt: skip
    told = json.loads(ran.out)
    jobs = told["jobs"]
    assert jobs["total"] == 38 == jobs["proved"] + jobs["failed"] + jobs["skipped"] + jobs["left"]
    assert told["ended_by"] == "--max-failures 2"
    (ended,) = [line for line in map(json.loads, ran.err.splitlines()) if line["event"] == "run_ended"]
    assert (ended["left"], ended["ended_by"]) == (jobs["left"], "--max-failures 2")


@needs_native
def test_fixtures_are_counted_in_json_too(run: Runner, tmp_path: Path) -> None:
    where = (QUARTIC / "inputs", "--key", KEY, "--seed", "s")
    assert run("prove-batch", *where, "-o", "f").code == 0
    (tmp_path / "f" / "0000.public.json").write_text("[]")
    (tmp_path / "f" / "0001.proof.json").unlink()
    ran = run("prove-batch", *where, "--check-fixtures", "f", "--summary", "-")
    assert json.loads(ran.out)["fixtures"] == {
        "match": 6, "differ_in_signals": 1, "differ_in_proof": 0, "missing": 1, "orphans": 0,
    }  # fmt: skip
    assert ": 6 match, 1 differs in its public signals: the input or the circuit changed" in ran.err


@needs_native
def test_more_than_one_q_is_silence_and_what_ends_a_command_is_told_as_asked(run: Runner) -> None:
    for quiet in (("-q", "-q"), ("-qqq",), ("--quiet", "-q")):
        assert run("prove-batch", QUARTIC / "witnesses", "--key", KEY, *quiet).err == ""
    ran = run("prove-batch", QUARTIC, "--log-format", "json", "--zkey", "x")
    assert json.loads(ran.err)["code"] == "BAD_OPTION"
    assert "takes no value" in run("prove-batch", QUARTIC, "--resume=yes").err
    ran = run("prove-batch", QUARTIC, "--key", "nope", GITHUB_ACTIONS="true")
    assert "::error title=KEY_UNREADABLE::there is no key or folder nope" in ran.err
    ran = run("prove-batch", QUARTIC / "inputs", "--key", SAMPLES / "membership" / "circuit.zkey", "-qq",
              GITHUB_ACTIONS="true")  # fmt: skip
    assert (ran.code, ran.err) == (1, "")


def test_skipped_jobs_say_nothing_about_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    pace = Pace()
    for _ in range(50):
        pace.count(Record("a", "c", skipped=True))
    for _ in range(10):
        pace.count(Record("a", "c"))
    now = 105.0
    assert (pace.done, pace.per_second) == (60, 2.0)


@needs_native
def test_a_worker_that_stood_still_and_went_on_was_stuck_and_not_busy(run: Runner, tmp_path: Path) -> None:
    many = tmp_path / "w"
    many.mkdir()
    for number in range(3):
        shutil.copy(QUARTIC / "witnesses" / "0000.wtns", many / f"{number}.wtns")
    with subprocess.Popen(
        [command("prove-batch"), many, "--key", KEY, "--engine", "reference", "-j", "1",
         "--log-format", "json", "--summary", "s.json"], cwd=tmp_path, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stderr is not None
        pid = next(json.loads(line)["pid"] for line in running.stderr if '"worker_started"' in line)
        next(line for line in running.stderr if '"circuit_opened"' in line)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(13)
        os.kill(pid, signal.SIGCONT)
        running.stderr.read()
    assert running.returncode == 0
    (worker,) = json.loads((tmp_path / "s.json").read_text())["workers"]
    assert worker["restarts"] == 0
    assert worker["stuck_seconds"] > 10
    assert worker["busy_seconds"] > 0
