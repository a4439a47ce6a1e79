"""Runs the examples of a page, one after the other; `documentation.py` says how they are written."""

import json
import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

from documentation import ROOT, Example, Step, differs, examples, printed, steps

SECONDS = 300
"""No example takes as long, on any machine."""


class Reader:
    """Runs the examples of a page, one after the other, in a folder of its own."""

    def __init__(self, folder: Path, replaced: dict[str, str], patience: float) -> None:
        """`replaced` has words of the page, like a port, and what stands for them here; `patience` is the
        seconds that a server may take to print what it should."""
        self._folder, self._replaced, self._patience = folder, replaced, patience
        self._started: list[subprocess.Popen[bytes]] = []
        self.outputs: dict[int, tuple[int, list[str]]] = {}
        """What was printed that the page does not say: the line where it begins, how many lines the page has
        there, and what came."""

    def page(self, page: Path) -> list[str]:
        """What is wrong with its examples."""
        found = examples(page)
        wrong: list[str] = []
        following: list[Example | None] = [*found[1:], None]
        try:
            for example, after in zip(found, following, strict=True):
                wrong += [f"{example.title}: {problem}" for problem in self._example(example, after)]
        finally:
            self.close()
        return wrong

    def _example(self, example: Example, after: Example | None) -> Iterator[str]:
        name, folder = example.mark("file"), self._folder / (example.mark("in") or ".")
        if "unrun" in example.marks:
            return
        if name is not None:
            (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_text(self._here(example.text) + "\n", "utf-8")
        if example.language == "console" and "background" in example.marks:
            yield from self._background(example)
        elif example.language == "console":
            for step in steps(example):
                yield from self._step(step, folder)
        elif example.language == "sh":
            code, out = self._run(["bash", "-euo", "pipefail", "-c", self._here(example.text)], folder)
            if code:
                yield f"ended with {code}\n{out}"
        elif example.language == "python" and name is None:
            yield from self._program(example, after, folder)
        elif example.language == "yaml":
            for command in re.findall(r"- run: (prove-batch .*)", example.text):
                yield from self._step(Step(command, [], 0), folder)
        elif example.language == "json":
            for line in [example.text] if example.text.startswith("{\n") else example.text.splitlines():
                json.loads(line)
        elif example.language == "toml":
            tomllib.loads(example.text)

    def _step(self, step: Step, folder: Path) -> Iterator[str]:
        code, out = self._run(["bash", "-o", "pipefail", "-c", self._here(step.command)], folder)
        got = printed(out)
        if not step.expected:
            if code:
                yield f"{step.command} ended with {code}\n{out}"
        elif (told := differs(step.expected, got)) is not None:
            self.outputs[step.line] = len(step.expected), got
            yield told

    def _program(self, example: Example, after: Example | None, folder: Path) -> Iterator[str]:
        script = folder / "example.py"
        script.write_text(example.text, "utf-8")
        code, out = self._run([sys.executable, script.name], script.parent)
        if code:
            yield f"ended with {code}\n{out}"
        elif after is not None and after.language == "text" and after.line == example.end + 3:
            told = differs(after.text.splitlines(), printed(out))
            if told is not None:
                self.outputs[after.line] = len(after.text.splitlines()), printed(out)
                yield told

    def _background(self, example: Example) -> Iterator[str]:
        (step,) = steps(example)
        log = self._folder / f"background-{example.line}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {self._here(step.command)}"], cwd=self._folder, env=self._environment(),
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._started.append(process)
        told: str | None = "nothing came"
        end = time.monotonic() + self._patience
        while told is not None and process.poll() is None and time.monotonic() < end:
            got = printed(self._back(log.read_text("utf-8")))
            told = differs(step.expected, got[: len(step.expected)])
            time.sleep(0.05)
        if told is not None:
            self.outputs[step.line] = len(step.expected), printed(self._back(log.read_text("utf-8")))
            yield told

    def _run(self, command: list[str], folder: Path) -> tuple[int, str]:
        done = subprocess.run(
            command, cwd=folder, env=self._environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=SECONDS, check=False,
        )  # fmt: skip
        return done.returncode, self._back(done.stdout.decode())

    def _environment(self) -> dict[str, str]:
        """Commands are found beside the interpreter, print 110 columns, and have a cache of their own."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
        cache = str(self._folder / ".cache")
        return kept | {"PATH": path, "COLUMNS": "110", "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": cache}

    def _here(self, text: str) -> str:
        for said, here in self._replaced.items():
            text = text.replace(said, here)
        return text

    def _back(self, text: str) -> str:
        for said, here in self._replaced.items():
            text = text.replace(here, said)
        return text

    def close(self) -> None:
        """Ends what goes on in the background."""
        for process in self._started:
            process.terminate()
        for process in self._started:
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
