"""Makes README.md's picture, `.github/run.svg`, from what real commands print at a terminal of 80 columns.

python tests/picture.py
"""

import fcntl
import io
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import tempfile
import termios
from pathlib import Path

from conftest import ROOT, SAMPLES, command
from rich.console import Console
from rich.text import Text

COLUMNS, ROWS = 80, 24
COMMANDS = (
    "prove-batch membership/inputs",
    "prove-batch explain INPUT_MISSING",
    "prove-batch verify proofs --vkey membership/verification_key.json",
)
"""In a folder with a sample, one input of which lacks a signal."""
_CONTROL = re.compile(r"(\x1b\[[?0-9;]*[A-Za-z]|\r|\n)")


def at_a_terminal(words: list[str], folder: Path) -> str:
    """What a command writes to a terminal, raw."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = os.environ | {"TERM": "xterm-256color", "XDG_CACHE_HOME": str(folder / ".cache")}
    process = subprocess.Popen(
        words, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True
    )
    os.close(theirs)
    written = bytearray()
    while True:
        try:
            read = os.read(ours, 1 << 16)
        except OSError:  # the terminal is closed once the command has ended
            break
        if not read:
            break
        written += read
    os.close(ours)
    process.wait()
    return written.decode()


def screen(written: str) -> list[str]:
    """The lines that stay, with their colours: the display goes up and erases what it draws anew."""
    lines, row = [""], 0
    for part in _CONTROL.split(written):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part.startswith("\x1b[") and part.endswith("A"):
            row = max(0, row - int(part[2:-1] or 1))
        elif part.startswith("\x1b[") and part.endswith("K"):
            lines[row] = ""
        elif part.startswith("\x1b[") and not part.endswith("m"):
            continue  # shows or hides the cursor
        elif part != "\r":
            lines[row] += part
    while lines and not Text.from_ansi(lines[-1]).plain.strip():
        lines.pop()
    return lines


def main() -> None:
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        shutil.copytree(SAMPLES / "membership", folder / "membership")
        incomplete = folder / "membership" / "inputs" / "0005.json"
        signals = json.loads(incomplete.read_text())
        del signals["secret"]
        incomplete.write_text(json.dumps(signals))
        for typed in COMMANDS:
            console.print(Text.assemble(("$ ", "bold green"), (typed, "bold")))
            name, *words = typed.split()
            for line in screen(at_a_terminal([command(name), *words], folder)):
                console.print(Text.from_ansi(line))
    svg = console.export_svg(title="prove-batch", unique_id="run")
    (ROOT / ".github" / "run.svg").write_text(svg, "utf-8")


if __name__ == "__main__":
    main()
