"""The page about Python: its examples run as they stand there, with each warning an error.

test_docs.py runs most of them too, but not those that need tqdm."""

import ast
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import ROOT, SAMPLES, needs_native

import prover_cli

PAGE = (ROOT / "prover_cli" / "docs" / "python.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python(?: unrun)?\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@needs_native
@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_runs(tmp_path: Path, example: str) -> None:
    if "tqdm" in example and find_spec("tqdm") is None:
        pytest.skip("tqdm is not there")
    (tmp_path / "samples").symlink_to(SAMPLES)
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    if "tqdm" not in example:
        assert ran.stderr == ""


def test_examples_use_the_interface_and_nothing_else() -> None:
    used: set[str] = set()
    for example in EXAMPLES:
        for node in ast.walk(ast.parse(example)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("prover_cli"):
                assert node.module == "prover_cli", f"an example imports from {node.module}"
                used |= {alias.name for alias in node.names}
    assert {"prove", "prove_many", "load_circuit", "verify"} <= used <= set(prover_cli.__all__)
