"""A `.json` that holds an array of inputs: as many jobs, `NAME-0`, `NAME-1`, …

The file is held in memory as text; its elements are parsed one at a time, as they are taken.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from prover_cli.faults import Code, JobFault
from prover_cli.intake.members import after_space
from prover_cli.regular_file import read_regular

BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[")


def elements(data: bytes, where: str) -> Iterator[bytes]:
    """The text of each element, at least one. `where` is what messages call the array. Raises JobFault
    BAD_LINE where it is empty or damaged, after the elements before that."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _damaged(where, f"is not UTF-8 (at byte {error.start})") from None
    # Numbers stay text: Python refuses to convert those of more than 4300 digits.
    decoder = json.JSONDecoder(parse_int=str, parse_float=str)
    at = after_space(text, after_space(text, 0) + 1)
    if text[at : at + 1] == "]":
        raise _damaged(where, "is an empty array, without inputs")
    while True:
        try:
            _, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise _damaged(where, f"is not JSON (at character {error.pos + 1})") from None
        except RecursionError:
            raise _damaged(where, "is nested too deeply") from None
        yield text[at:end].encode()
        at = after_space(text, end)
        if text[at : at + 1] == "]":
            _ended(where, text, at)
            return
        if text[at : at + 1] != ",":
            raise _damaged(where, f"is not JSON (at character {at + 1})")
        at = after_space(text, at + 1)


def count(path: Path) -> int:
    """How many jobs it is; one more where its end is damaged. A file that cannot be read is one."""
    found = 0
    try:
        for _ in elements(read_regular(path), str(path)):
            found += 1
    except (JobFault, OSError):
        return found + 1
    return found


def _ended(where: str, text: str, at: int) -> None:
    end = after_space(text, at + 1)
    if end < len(text):
        raise _damaged(where, f"goes on after its array (at character {end + 1})")


def _damaged(where: str, what: str) -> JobFault:
    return JobFault(Code.BAD_LINE, f"{where} {what}")
