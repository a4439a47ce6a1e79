"""`prove_many` in a real notebook: PyPI's jupyter runs it, with tqdm's bar and Rich's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import ROOT, SAMPLES, needs_native

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("tqdm")

pytestmark = needs_native

BEGIN = f"""
import itertools, os
import psutil
from rich.progress import track
from tqdm.auto import tqdm
from prover_cli import load_circuit, prove_many

circuit = load_circuit({str(SAMPLES / "quartic")!r})
job = {{"x": 1, "k": 2}}
circuit
"""


COUNT = """
def workers():
    return sum(child.ppid() != os.getpid() for child in psutil.Process().children(recursive=True))
"""
"""Processes of the kernel, in the notebook, besides the fork server and its tracker."""


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A notebook that runs."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    notebook = nbformat.v4.new_notebook()
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    with client.setup_kernel():
        yield client


def run(kernel: Any, code: str) -> str:
    """A cell: what it showed, as text."""
    cell = nbformat.v4.new_code_cell(code)
    kernel.nb.cells.append(cell)
    kernel.execute_cell(cell, len(kernel.nb.cells) - 1)
    shown = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stdout":
            shown.append(output.text)
        elif output.output_type == "execute_result":
            shown.append(output.data["text/plain"])
    return "\n".join(shown).strip()


def test_a_notebook_proves_with_bars_and_leaves_no_worker(kernel: Any) -> None:
    assert run(kernel, BEGIN) == "<Circuit quartic: circuit.zkey, circuit.wasm, circuit.r1cs, circuit.sym>"
    run(kernel, COUNT)
    assert run(kernel, "sum(r.ok for r in tqdm(prove_many([job] * 9, circuit, workers=2)))") == "9"
    code = """
with tqdm(total=9) as bar:
    results = list(prove_many([job] * 9, circuit, workers=2, progress=bar.update))
bar.n, results[0].public_signals
"""
    assert run(kernel, code) == "(9, (8, 2))"
    assert run(kernel, "sum(r.ok for r in track(prove_many([job] * 9, circuit, workers=2)))") == "9"
    code = """
for result in prove_many(itertools.repeat(job), circuit, workers=2):
    break
workers()
"""
    assert run(kernel, code) == "0"


def test_the_stop_button_ends_a_batch_and_the_kernel_goes_on(kernel: Any) -> None:
    run(kernel, BEGIN + COUNT)
    code = """
import signal, threading
threading.Timer(1.0, lambda: os.killpg(os.getpgid(0), signal.SIGINT)).start()  # as jupyter sends it
for result in prove_many(itertools.repeat(job), circuit, workers=2):
    pass
"""
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="KeyboardInterrupt"):
        run(kernel, code)
    assert run(kernel, "workers()") == "0"
    assert run(kernel, "sum(r.ok for r in prove_many([job] * 9, circuit, workers=2))") == "9"


def test_a_kernel_that_is_killed_takes_its_workers_along(kernel: Any) -> None:
    run(kernel, BEGIN)
    code = "results = prove_many(itertools.repeat(job), circuit, workers=2); next(results); os.getpid()"
    process = psutil.Process(int(run(kernel, code)))
    children = process.children(recursive=True)
    assert len(children) >= 3
    process.kill()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not [child for child in alive if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
