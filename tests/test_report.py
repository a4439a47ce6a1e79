"""--report: one file that tells the run, to be read on a screen, in the dark and on paper."""

import json
import platform
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import SAMPLES, Ran, browser, command, needs_native
from hypothesis import given
from hypothesis import strategies as st
from looking import DESK, PHONE, look, too_wide

from prover_cli.pool.pool_events import PoolEvent
from prover_cli.pool.sizing import plan_workers
from prover_cli.pool.statistics import WorkerStatistics
from prover_cli.report.charts import seconds, short, ticks
from prover_cli.report.origin import Origin, command_line, processor
from prover_cli.report.page import render
from prover_cli.report.recording import FAILED, PROVED, Bins, Recording, Spans, merged
from prover_cli.report.result import Result, Totals
from prover_cli.report.sizing import decision, waited_for_cores
from prover_cli.report.summary import RunFacts
from prover_cli.version import __version__

pytestmark = needs_native
Runner = Callable[..., Ran]

QUARTIC, MEMBERSHIP = SAMPLES / "quartic", SAMPLES / "membership"


def spans_of(page: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/json" id="spans">(.*?)</script>', page)
    spans: dict[str, Any] = json.loads(found)
    return spans


def test_a_run_with_every_kind_of_end_is_told(tmp_path: Path) -> None:
    source = tmp_path / "in"
    for sample in (QUARTIC, MEMBERSHIP):
        shutil.copytree(sample / "witnesses", source / sample.name)
    (source / "quartic" / "cut.wtns").write_bytes((QUARTIC / "witnesses/0000.wtns").read_bytes()[:90])
    for number in range(60):
        (source / "membership" / f"more{number}.wtns").symlink_to(MEMBERSHIP / "witnesses" / "0000.wtns")
    circuits = [f"--circuit={sample.name}={sample}" for sample in (QUARTIC, MEMBERSHIP)]
    options = ["--workers=2", "--report=deep/r.html", "--summary=s.json", "--log-format=json"]
    run = subprocess.Popen(
        [command("prove-batch"), "in", *circuits, *options], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    assert run.stderr is not None
    for line in run.stderr:
        event = json.loads(line)
        if event["event"] == "job_proved":
            worker = next(child for child in psutil.Process(run.pid).children(recursive=True)
                          if "forkserver" in " ".join(child.cmdline()) and not child.children())  # fmt: skip
            worker.send_signal(signal.SIGKILL)
            break
    rest = run.stderr.read()
    assert run.wait(300) == 1, rest
    page = (tmp_path / "deep" / "r.html").read_text()
    summary = json.loads((tmp_path / "s.json").read_text())
    kinds = [kind for worker in spans_of(page)["workers"] for kind in worker["kinds"]]
    assert kinds.count(PROVED) == summary["jobs"]["proved"] == 76
    assert kinds.count(FAILED) == summary["jobs"]["failed"] == 1
    assert "SIGKILL [died]" in page
    assert "<code>WITNESS_TRUNCATED</code>" in page
    headings = ["Failures", "Timeline", "Jobs per second", "How long proofs took", "Circuits", "Workers",
                "Memory per worker", "Why this many workers", "Worker events"]  # fmt: skip
    assert re.findall("<h2>(.*?)</h2>", page) == headings, "failures come first"
    typed = " ".join([*circuits, *options])
    assert f'<code class="command">prove-batch in {typed}</code>' in page
    assert f"{platform.node()}: {processor()}, " in page
    assert f"prove-batch {__version__}, native engine, processes" in page
    assert "<b>2 workers</b>, as set with <code>--workers</code>; the formula gives " in page
    assert "http" not in page.replace("http-equiv", ""), "nothing comes from elsewhere"
    for value in json.loads((tmp_path / "proofs/membership/0000.public.json").read_text()):
        assert len(value) < 6 or value not in page


def test_it_goes_with_lines_and_with_inputs_and_its_place_is_looked_at_first(
    run: Runner, tmp_path: Path
) -> None:
    key = QUARTIC / "circuit.zkey"
    ran = run("prove-batch", QUARTIC / "inputs", "--key", key, "-o", "-", "--report", "r.html")
    assert (ran.code, len(ran.lines)) == (0, 8)
    assert "all proved" in (tmp_path / "r.html").read_text()
    refused = run("prove-batch", QUARTIC / "inputs", "--key", key, "--report", tmp_path)
    assert (refused.code, "[OUTPUT_NOT_WRITABLE]" in refused.err) == (2, True)
    assert not (tmp_path / "proofs").exists()


def long_run(jobs: int, workers: int) -> str:
    """The page of a run that was not run: each worker makes a proof a second."""
    now = 0.0
    recording = Recording(clock=lambda: now)
    counted = [WorkerStatistics(i, pid=i + 1) for i in range(workers)]
    for number in range(jobs):
        now = 1 + number / workers
        worker = number % workers
        how = "failed" if number % 1000 == 999 else "proved"
        name = f"job-{number}" if number != 5 else "</script><b>5"
        recording.pool_event(PoolEvent("answered", worker, job=name, circuit="c", seconds=0.9, reason=how))
        counted[worker].proved(0.9, 0.9)
    result = Result(Totals(proved=jobs, failed=1), failures=[("<b>4", "BAD", "<i>why</i>")])
    facts = RunFacts("prove-batch", "native", "processes", None, now, counted)
    return render(recording, result, facts, {"c": "0" * 64}, Origin("prove-batch in", "host", "a CPU"))


def test_ten_thousand_jobs_are_drawn_in_a_browser_in_both_colours(tmp_path: Path) -> None:
    page = tmp_path / "long.html"
    page.write_text(long_run(10_000, 16))
    spans = spans_of(page.read_text())
    assert sum(len(worker["names"]) for worker in spans["workers"]) == 10_000
    assert "</script><b>5" in spans["workers"][5]["names"]
    assert "<td class=words>&lt;b&gt;4</td><td class=words>&lt;i&gt;why&lt;/i&gt;</td>" in page.read_text()
    dom = browser(tmp_path, "--dump-dom", page.as_uri())
    assert '<html lang="en" class="drawn">' in dom
    # The script draws what a screen has room for, at any size of the run; its picture is looked at by people.
    pictures = []
    for name, scheme in (("light", "1"), ("dark", "0")):
        shot = tmp_path / f"{name}.png"
        browser(
            tmp_path, f"--screenshot={shot}", f"--blink-settings=preferredColorScheme={scheme}", page.as_uri()
        )
        pictures.append(shot.read_bytes())
    assert pictures[0] != pictures[1]
    printed = tmp_path / "paper.pdf"
    browser(tmp_path, f"--print-to-pdf={printed}", page.as_uri())
    assert printed.read_bytes().startswith(b"%PDF")


VISIBLE_TEXT = """[...document.querySelectorAll("svg text, p, td, th, dt, dd, summary, code")]
  .filter((one) => one.getClientRects().length && one.closest("main, header"))
  .map((one) => { const svg = one.closest("svg");
    const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    return scale * parseFloat(getComputedStyle(one).fontSize); })"""
"""In the page: how large each piece of text is, in CSS pixels."""


@pytest.mark.parametrize("width", [DESK, 768, 600, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_at_any_width_and_axe_finds_nothing_serious(
    tmp_path: Path, width: int, scheme: str
) -> None:
    page = tmp_path / "r.html"
    page.write_text(long_run(2_000, 4))
    seen = look(page.as_uri(), tmp_path, width=width, scheme=scheme, ask=too_wide())
    assert seen.serious == []
    assert seen.passes >= 20, "Axe has looked"
    assert seen.asked == [], "nothing sticks out of the window"
    sizes = look(page.as_uri(), tmp_path, width=width, scheme=scheme, ask=VISIBLE_TEXT, axe=False).asked
    assert len(sizes) > 60
    assert min(sizes) >= (11 if width == PHONE else 9)


@pytest.mark.parametrize(
    ("memory_mb", "cpus", "more", "sentence"),
    [
        (64 * 1024, 2, {}, "1 worker: the minimum. The memory is enough for 24, but the formula keeps 2 of "
         "2 cores free (--reserve-cores)."),
        (1024, 2, {}, "1 worker: the minimum. By the formula, both the memory and the cores are too small "
         "for one."),
        (1024, 16, {}, "1 worker: the minimum. The cores are enough for 14, but the memory is too small "
         "for one."),
        (64 * 1024, 8, {}, "6 workers: 8 cores minus 2 kept free leave 6, and the memory is enough for 24."),
        (8 * 1024, 16, {}, "2 workers: the memory is enough for 2, and the cores are enough for 14 (16 cores "
         "minus 2 kept free)."),
        (64 * 1024, 8, {"workers": 3, "decided_by": "--workers"}, "3 workers, as set with --workers; the "
         "formula gives 6."),
        (64 * 1024, 8, {"workers": 2, "decided_by": "jobs"}, "2 workers, because there were no more jobs; "
         "the formula gives 6."),
    ],
)  # fmt: skip
def test_the_sentence_about_sizing_is_true(
    memory_mb: float, cpus: int, more: dict[str, Any], sentence: str
) -> None:
    sizing = replace(plan_workers(memory_mb, cpus), **more)
    assert re.sub("<[^>]*>", "", decision(sizing, 1)) == sentence
    assert decision(sizing, 4).endswith(" Each proof uses 4 threads.")


def proving(workers: int, cpus: int, share: float, threads: int = 1) -> RunFacts:
    """A run of a hundred proofs per worker that had this share of a core."""
    counted = [WorkerStatistics(i) for i in range(workers)]
    for worker in counted:
        for _ in range(100):
            worker.proved(0.5, 0.5 * share)
    sizing = replace(plan_workers(64 * 1024, cpus), workers=workers)
    return RunFacts("prove-batch", "native", "processes", sizing, 50.0, counted, threads_per_proof=threads)


def test_a_hint_says_when_workers_waited_for_cores() -> None:
    hint = waited_for_cores(proving(8, 2, 0.25))
    assert "<b>Workers waited for cores.</b>" in hint
    assert "took 400 s in all, but had only 100 s of processor time" in hint
    assert "8 workers shared 2 cores; try <code>--workers 2</code>" in hint
    hint = waited_for_cores(proving(4, 8, 0.5, threads=4))
    assert "4 workers with 4 threads each shared 8 cores; try <code>--workers 2</code>" in hint
    assert "Other programs may have used the cores" in waited_for_cores(proving(2, 8, 0.25))
    assert waited_for_cores(proving(2, 2, 0.9)) == ""
    assert waited_for_cores(replace(proving(8, 2, 0.25), sizing=None)) == ""


def test_the_command_line_shows_no_secret() -> None:
    url = "rediss://me:s3cret@host:1/0?password=s3cret"
    arguments = ["my inputs", "--seed", "s3cret", "--seed=s3cret", "--redis", url, f"--redis={url}"]
    told = command_line("prove-batch", arguments, {"--seed"})
    shown = "rediss://***@host:1/0?***"
    assert told == f"prove-batch 'my inputs' --seed *** --seed=*** --redis '{shown}' '--redis={shown}'"


def test_a_real_run_shows_no_seed(run: Runner, tmp_path: Path) -> None:
    key = QUARTIC / "circuit.zkey"
    run("prove-batch", QUARTIC / "inputs", "--key", key, "--seed", "s3cret-seed", "--report", "r.html")
    page = (tmp_path / "r.html").read_text()
    assert "--seed ***" in page
    assert "s3cret-seed" not in page


def test_the_processor_has_a_name_or_an_architecture(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Some  CPU @ 2GHz\nprocessor\t: 1\n")
    assert processor(cpuinfo) == "Some CPU @ 2GHz"
    cpuinfo.write_text("processor\t: 0\nBogoMIPS\t: 50.00\n")
    assert processor(cpuinfo)
    assert processor(tmp_path / "none")


def test_it_stays_small_however_long_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prover_cli.report.recording.MOST_SPANS", 1000)
    page = long_run(20_000, 4)
    assert "19,000 later jobs are not drawn here" in page
    assert len(page) < 200_000


def test_128_workers_have_room(tmp_path: Path) -> None:
    page = long_run(3_000, 128)
    assert len(spans_of(page)["workers"]) == 128
    assert len(page) < 1_500_000


@given(st.lists(st.tuples(st.floats(0, 1e6), st.booleans()), max_size=200))
def test_stretches_of_time_lose_no_job(done: list[tuple[float, bool]]) -> None:
    bins = Bins()
    for at, proved in done:
        bins.add(at, proved=proved)
    for counted in (bins, bins.coarser()):
        assert sum(counted.proved) == sum(proved for _, proved in done)
        assert sum(counted.failed) == sum(not proved for _, proved in done)
        assert len(counted.proved) == len(counted.failed) <= 240


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 5), st.sampled_from([PROVED, FAILED])), max_size=60),
    st.floats(0.001, 10),
)
def test_what_is_merged_covers_every_failure(
    given_spans: list[tuple[float, float, int]], fine: float
) -> None:
    spans = Spans()
    for start, length, kind in given_spans:
        spans.starts.append(start)
        spans.seconds.append(length)
        spans.kinds.append(kind)
    drawn = merged(spans, fine)
    for start, length, kind in given_spans:
        if kind == FAILED:
            assert any(a <= start and start + length <= b for a, b, k in drawn if k == FAILED)
    assert len(drawn) <= len(given_spans)


def test_numbers_are_written_as_people_read_them() -> None:
    assert [short(value) for value in (0, 0.01234, 1.5, 12.34, 1234567)] == [
        "0",
        "0.0123",
        "1.5",
        "12.3",
        "1,234,567",
    ]
    assert [seconds(value) for value in (0, 2e-5, 0.0123, 1.5, 5400)] == [
        "0 s",
        "20 µs",
        "12.3 ms",
        "1.5 s",
        "90 min",
    ]
    assert ticks(10, 5) == [0, 2, 4, 6, 8, 10]
    assert ticks(0) == [0]
