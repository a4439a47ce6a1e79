"""The examples in README.md and the documentation: where they are, and what they say is printed.

`readers.py` runs a page from top to bottom in a folder that holds `samples/`, as a clone of the repository
does. What a fence says after the language:

    ```console                  commands after "$ ", each followed by what it prints
    ```console background       a command that goes on until the page ends; what it prints is waited for
    ```sh                       a script
    ```python                   a program; a ```text block right after it is what it prints
    ```yaml                     a workflow: its calls of prove-batch are run
    ```… in=FOLDER              where it runs
    ```toml file=NAME           a file that later examples use
    ```console unrun            an example that no test can run; test_docs.py lists each with its reason

Where a page shows what a command prints, the two are compared: "…" stands for any text, and alone on a line
for one or more lines. Times, rates, sizes and long numbers may differ. A command may fail only where the page
shows how.

    python tests/readers.py --write     brings what the pages show up to date, and writes errors.md
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "prover_cli" / "docs"
README = ROOT / "README.md"
PAGES = [README, *sorted(DOCS.glob("*.md"))]

SECONDS = 300
"""No example takes as long, on any machine."""

_VARYING = re.compile(r"\d+[.]\d+|\b[1-9]\d{3,}\b|\b\d+(?=\s?(?:s|ms|h|KB|MB|GB|%|/s|minutes?)(?!\w))")


_LONG = re.compile(r"\b(?:0x)?[0-9a-f]{20,}\b")
"""Hashes and values of signals, which nobody reads: "…" in a page."""


@dataclass(frozen=True)
class Example:
    """A fenced block of a page."""

    page: Path
    line: int
    """Where its text begins, counted from 0."""
    language: str
    marks: tuple[str, ...]
    text: str

    @property
    def runs(self) -> bool:
        return "unrun" not in self.marks and self.language in ("console", "sh", "python")

    @property
    def end(self) -> int:
        """The line after its last."""
        return self.line + len(self.text.splitlines())

    @property
    def title(self) -> str:
        """Page and first line: the name by which test_docs.py lists it."""
        return f"{self.page.name}: {self.text.splitlines()[0]}"

    def mark(self, name: str) -> str | None:
        """The value of name=value in its fence."""
        return next((mark.partition("=")[2] for mark in self.marks if mark.startswith(f"{name}=")), None)


def examples(page: Path) -> list[Example]:
    """All fenced blocks of a page, in order."""
    found: list[Example] = []
    opened: tuple[int, str] | None = None
    lines = page.read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        if opened is None and line.startswith("```"):
            opened = number + 1, line[3:]
        elif opened is not None and line == "```":
            start, (language, *marks) = opened[0], opened[1].split()
            found.append(Example(page, start, language, tuple(marks), "\n".join(lines[start:number])))
            opened = None
    assert opened is None, f"{page} ends inside a fence"
    return found


@dataclass(frozen=True)
class Step:
    """A command, and the lines that the page says it prints."""

    command: str
    expected: list[str]
    line: int
    """Of the page, where the expected lines begin, counted from 0."""


def steps(example: Example) -> Iterator[Step]:
    """The commands of a console example."""
    lines = example.text.splitlines()
    assert lines[0].startswith("$ "), f"{example.title} begins without a command"
    at = 0
    while at < len(lines):
        command = [lines[at][2:]]
        while command[-1].endswith("\\"):
            at += 1
            command.append(lines[at].removeprefix("> "))
        at += 1
        start = at
        while at < len(lines) and not lines[at].startswith("$ "):
            at += 1
        expected = lines[start:at]
        while expected and not expected[-1]:
            expected.pop()
        yield Step("\n".join(command), expected, example.line + start)


def printed(text: str) -> list[str]:
    """What a command printed, without the progress that a terminal takes back and empty ends. Jobs fail in
    the order in which workers come to them: a page has them by name."""
    lines = [
        line.rstrip()
        for line in text.splitlines()
        if not re.match(r"(checking|preparing) key .*: \d+%$", line)
    ]
    while lines and not lines[-1]:
        lines.pop()
    parts = groupby(lines, key=lambda line: line.startswith("failed "))
    return [line for failed, part in parts for line in (sorted(part) if failed else part)]


def differs(expected: list[str], got: list[str]) -> str | None:
    """What a page says that did not come; None where it is right."""
    wanted = r"\n".join(r"(?:.*\n)*.*" if line.strip() == "…" else _pattern(line) for line in expected)
    if re.fullmatch(wanted, "\n".join(map(_steady, got))):
        return None
    return "the page says:\n" + "\n".join(expected) + "\nand this came:\n" + "\n".join(got)


def _steady(line: str) -> str:
    return " ".join(_VARYING.sub("#", line).split())


def _pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in _steady(line).split("…"))


def rewritten(page: Path, outputs: dict[int, tuple[int, list[str]]]) -> str:
    """The page with what its commands really print: from which line, instead of how many, which."""
    lines = page.read_text("utf-8").splitlines()
    for start in sorted(outputs, reverse=True):
        count, got = outputs[start]
        lines[start : start + count] = corrected(lines[start : start + count], got)
    return "\n".join(lines) + "\n"


def corrected(expected: list[str], got: list[str]) -> list[str]:
    """What came, as a page should say it: a page that leaves some of it out goes on leaving that out."""
    if not any("…" in line for line in expected):
        return [_LONG.sub("…", line) for line in got]
    return [line if line.strip() == "…" else _alike(line, got) for line in expected]


def _alike(line: str, got: list[str]) -> str:
    """The line if it came, else the one that came and is most like it."""
    if any(re.fullmatch(_pattern(line), _steady(each)) for each in got):
        return line
    return max(got, key=lambda each: SequenceMatcher(None, line, each).ratio(), default=line)
