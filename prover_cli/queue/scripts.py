"""Finds the command that Redis refused inside one of BullMQ's scripts.

Redis reports the script's SHA-1 and the line (`script: 10f8…, on @user_script:314`), but not the command.
"""

import hashlib
import re
from functools import cache
from importlib.resources import files

_PLACE = re.compile(r"script: ([0-9a-f]{40}), on @user_script:(\d+)")
_CALL = re.compile(r"\b(?:rcall|redis\.p?call)\(\s*['\"](\w+)['\"]")


def refused_command(words: str) -> str | None:
    """`XADD (in addStandardJob)` for an error in a script. None if it is not from one of BullMQ's scripts."""
    place = _PLACE.search(words)
    if place is None or place[1] not in _scripts():
        return None
    name, lines = _scripts()[place[1]]
    for line in reversed(lines[: int(place[2])]):  # a call may span several lines
        call = _CALL.search(line)
        if call is not None:
            return f"{call[1].upper()} (in {name})"
    return None


@cache
def _scripts() -> dict[str, tuple[str, list[str]]]:
    found = {}
    for file in files("bullmq").joinpath("commands").iterdir():
        if file.name.endswith(".lua"):
            text = file.read_text()
            sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
            found[sha] = (file.name.rsplit("-", 1)[0], text.splitlines())
    return found
