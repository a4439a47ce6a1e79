"""The Python interface, by the examples of its page; test_docs.py runs them too, in a clone."""

import ast
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SAMPLES, needs_native
from documentation import DOCS, examples

pytestmark = needs_native

QUARTIC = SAMPLES / "quartic"
EXAMPLES = [example.text for example in examples(DOCS / "python.md") if example.language == "python"]


def example_with(word: str) -> str:
    (found,) = (example for example in EXAMPLES if word in example)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from prover_cli import load_key, prove
    from prover_cli.formats.snarkjs import format_public, snarkjs_text

    shutil.copytree(QUARTIC / "witnesses", tmp_path / "witnesses")
    for name in ("circuit.zkey", "verification_key.json"):
        shutil.copy(QUARTIC / name, tmp_path / name)
    proof, signals = prove(load_key(QUARTIC / "circuit.zkey"), QUARTIC / "witnesses" / "0003.wtns")
    (tmp_path / "proof.json").write_bytes(snarkjs_text(proof.to_json()))
    (tmp_path / "public.json").write_bytes(snarkjs_text(format_public(signals)))
    (tmp_path / "witnesses" / "cut.wtns").write_bytes(
        (tmp_path / "witnesses" / "0000.wtns").read_bytes()[:90]
    )
    return tmp_path


def run(folder: Path, example: str) -> str:
    script = folder / "example.py"
    script.write_text(example)
    ran = subprocess.run(
        [sys.executable, script], cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


def test_each_example_does_what_it_says(folder: Path) -> None:
    run(folder, example_with("proof_from_json"))
    lines = run(folder, example_with("as_completed")).splitlines()
    assert sorted(line.split()[0] for line in lines) == [f"{i:04}" for i in range(8)] + ["cut"]
    assert [line for line in lines if line.startswith("cut WITNESS_TRUNCATED")]
    assert run(folder, example_with("sqlite3")) == "8 proved 1 failed\n"
    with sqlite3.connect(folder / "proofs.db") as rows:
        stored = rows.execute("SELECT id, proof IS NOT NULL, error FROM proofs").fetchall()
    assert stored == [*((f"{i:04}", 1, None) for i in range(8)), ("cut", 0, "WITNESS_TRUNCATED")], "in order"


def test_a_proof_that_was_changed_is_told(folder: Path) -> None:
    (folder / "public.json").write_text('["1"]')
    with pytest.raises(AssertionError, match="AssertionError"):
        run(folder, example_with("proof_from_json"))


def test_the_documentation_uses_nothing_that_is_private() -> None:
    import prover_cli

    used: set[str] = set()
    for example in EXAMPLES:
        for node in ast.walk(ast.parse(example)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("prover_cli"):
                assert node.module == "prover_cli", f"an example imports from {node.module}"
                used |= {alias.name for alias in node.names}
    assert {"load_key", "WorkerPool"} <= used <= set(prover_cli.__all__)


def test_every_public_name_is_there() -> None:
    import prover_cli

    assert dir(prover_cli) == sorted(prover_cli.__all__)
    for name in prover_cli.__all__:
        assert getattr(prover_cli, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'prove_nothing'"):
        _ = prover_cli.prove_nothing


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"strategy": "thread"}, "strategy is one of processes, threads, not 'thread'"),
        ({"balance": "fair"}, "balance is one of least-loaded, round-robin, not 'fair'"),
        ({"engine": "gpu"}, "engine is one of auto, native, reference, not 'gpu'"),
        ({"workers": 0}, "workers is at least 1, not 0"),
        ({"workers": "2"}, "workers is a whole number, not '2'"),
        ({"capacity": 0}, "capacity is at least 1, not 0"),
        ({"retries": -1}, "retries is at least 0, not -1"),
        ({"timeout": 0.0}, "timeout is a number of seconds above 0, not 0.0"),
        ({"circuits": ["circuit.zkey"]}, "circuits has a str; each is to be a CircuitFile"),
        ({"circuits": "circuit.zkey"}, "circuits is a list of CircuitFile; see CircuitFile.of"),
    ],
)
def test_wrong_arguments_of_a_pool_are_told_in_a_sentence(
    arguments: dict[str, object], sentence: str
) -> None:
    from prover_cli import CircuitFile, WorkerPool

    given: dict[str, object] = {
        "circuits": [CircuitFile.of("q", str(QUARTIC / "circuit.zkey"))],
        "workers": 1,
    }
    with pytest.raises((ValueError, TypeError), match=f"^{re.escape(sentence)}$"):
        WorkerPool(**(given | arguments))  # type: ignore[arg-type]  # (wrong on purpose)
