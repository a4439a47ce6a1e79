"""Workers never import the caller's `__main__`, however they are started."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SAMPLES, needs_native

pytestmark = needs_native

QUARTIC = SAMPLES / "quartic"

PROVES = f"""
import multiprocessing, sys
from pathlib import Path

with Path(sys.argv[1]).open("a") as file:
    file.write("imported\\n")

from prover_cli import CircuitFile, ProveJob, WitnessSource, WorkerPool

with WorkerPool([CircuitFile.of("q", "{QUARTIC}/circuit.zkey")], workers=2) as pool:
    jobs = [pool.execute(ProveJob(str(i), "q", WitnessSource(path=f"{QUARTIC}/witnesses/000{{i}}.wtns")))
            for i in range(4)]
    print(sum(job.result().verified for job in jobs), "proved")
"""
"""A script without `if __name__ == "__main__"`."""

HOST = """
import multiprocessing

def of_the_host(number):
    return number * 2

if __name__ == "__main__":
    {start}
    from prover_cli.pool.own_main import leave_out_main
    leave_out_main()
    with multiprocessing.Pool(1) as pool:
        print(pool.map(of_the_host, [21]))
"""
"""A program whose own workers need its `__main__`."""

METHODS = multiprocessing.get_all_start_methods()


def run(*words: str | Path) -> str:
    ran = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=100, check=False, cwd=SAMPLES.parent
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


@pytest.mark.parametrize("method", ["", *METHODS])
def test_a_script_without_a_guard_runs_once(tmp_path: Path, method: str) -> None:
    script, seen = tmp_path / "script.py", tmp_path / "seen"
    start = f"import multiprocessing; multiprocessing.set_start_method({method!r})\n" if method else ""
    script.write_text(start + PROVES)
    assert run(script, seen) == "4 proved\n"
    assert seen.read_text() == "imported\n"


def test_a_module_that_is_run_by_name_runs_once(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(PROVES)
    seen = tmp_path / "seen"
    text = f"import sys, runpy; sys.path.insert(0, {str(tmp_path)!r}); sys.argv[1:] = [{str(seen)!r}]; "
    text += "runpy.run_module('job', run_name='__main__', alter_sys=True)"
    assert run("-c", text) == "4 proved\n"
    assert seen.read_text() == "imported\n"


@pytest.mark.skipif("spawn" not in METHODS, reason="spawn is not there")
def test_workers_that_are_spawned_do_not_import_it_either(tmp_path: Path) -> None:
    """macOS and Windows have no fork server that is safe to use."""
    script, seen = tmp_path / "script.py", tmp_path / "seen"
    by_spawn = "import prover_cli.pool.slot as slot\nslot.start_method = lambda: 'spawn'\n"
    script.write_text(by_spawn + PROVES)
    assert run(script, seen) == "4 proved\n"
    assert seen.read_text() == "imported\n"


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_the_callers_own_processes_still_get_theirs(tmp_path: Path, method: str) -> None:
    if method not in METHODS:
        pytest.skip(f"{method} is not there")
    script = tmp_path / "host.py"
    script.write_text(HOST.format(start=f"multiprocessing.set_start_method({method!r})"))
    assert run(script) == "[42]\n"
