"""circom's compiler and snarkjs, as npm installed them for the tests."""

import os
import subprocess
from pathlib import Path

import pytest

BIN = Path(__file__).parent / "node_modules" / ".bin"


def tool(cwd: Path, *words: str) -> None:
    """Runs a tool of npm's in a folder."""
    if not (BIN / words[0]).exists():
        # Only for a checkout without npm's packages: .ci/run installs them, and fails where this is skipped.
        pytest.skip(f"needs {words[0]}: npm ci --prefix tests")
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        [str(BIN / words[0]), *words[1:]], cwd=cwd, env=os.environ | {"PATH": path}, capture_output=True,
        text=True, timeout=600, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, (words, ran.stdout, ran.stderr)
