"""What the docs folder gives to operators: that it speaks of options, metrics and extras that there are."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Ran, command, free_port, needs_native, read_metrics, wait_for
from queueing import MEMBERSHIP, Machine, Redis, machines

DOCS = ROOT / "prover_cli" / "deploy"
Runner = Callable[..., Ran]


def options_of(run: Runner, command: str) -> str:
    return run("prove-batch", command, "--help", COLUMNS="300", TERM="dumb").out


def assert_known(run: Runner, words: list[str]) -> None:
    """Every option of a command line is one that its command has."""
    assert Path(words[0]).name == "prove-batch"
    told = options_of(run, words[1])
    for word in words[2:]:
        if word.startswith("--"):
            assert re.search(rf"{word}\b", told), word


@pytest.mark.parametrize("name", ["work", "serve"])
def test_units_start_commands_that_there_are(name: str, run: Runner) -> None:
    path = DOCS / f"prove-batch-{name}.service"
    unit = configparser.ConfigParser(strict=True, interpolation=None, delimiters=("=",))
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text())
    assert_known(run, shlex.split(unit["Service"]["ExecStart"]))
    assert unit["Service"]["KillMode"] == "mixed"
    assert unit["Service"]["RestartPreventExitStatus"] == "2"
    verify = shutil.which("systemd-analyze")
    if verify is not None:
        told = subprocess.run([verify, "verify", path], capture_output=True, text=True, check=False).stderr
        ours = [line for line in told.splitlines() if path.name in line and "is not executable" not in line]
        assert not ours, ours


def test_the_container_file_installs_extras_that_there_are_and_starts_the_service(run: Runner) -> None:
    text = (DOCS / "Containerfile").read_text()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    asked = re.search(r"/source\[([a-z,]+)\]", text)
    assert asked
    assert set(asked[1].split(",")) == {"serve", "queue", "wasm"} == set(extras) - {"dev"}
    entry = json.loads(re.search(r"^ENTRYPOINT (.*)$", text, re.MULTILINE)[1])  # type: ignore[index]
    words = json.loads(re.search(r"^CMD (.*)$", text, re.MULTILINE)[1])  # type: ignore[index]
    assert_known(run, [*entry, *words])
    worker = re.search(r"prove-batch (work .*)$", text, re.MULTILINE)
    assert worker
    assert_known(run, ["prove-batch", *shlex.split(worker[1])])


@needs_native
def test_the_dashboard_asks_for_metrics_that_a_worker_tells(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    server, port = Redis(folder), free_port()
    machine = Machine(server.url, "--metrics-port", port, cwd=tmp_path)
    try:
        with machines(machine):
            subprocess.run(
                [command("prove-batch"), "enqueue", MEMBERSHIP / "witnesses", "--redis", server.url,
                 "--circuit",
                 f"membership={MEMBERSHIP}"], check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            wait_for(lambda: server.count("completed") == 8)
            seen = read_metrics(port)
    finally:
        server.stop()
    assert seen["prover_proofs_total", ("membership", "proved")] == 8
    told = {name for name, _ in seen}
    dashboard = json.loads((DOCS / "grafana.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(expressions) >= 8
    for expression in expressions:
        asked = set(re.findall(r"\bprover_[a-z_]+", expression))
        assert asked
        assert asked <= told, expression
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
