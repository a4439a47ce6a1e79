"""What a `.json` or `.jsonl` in a folder of jobs is, by its content.

Its name does not decide: an input may be called `package.json` or `age.proof.json`. A file with such a name
counts as an input only if it looks like one, since Node projects and earlier runs leave such files too.
"""

import json
import re
from enum import Enum
from pathlib import Path
from typing import Any

from prover_cli.formats.targets import ENDINGS
from prover_cli.intake.arrays import BEGINNING as BEGINNING_OF_ARRAY
from prover_cli.regular_file import open_regular, read_regular

RESULT_ENDINGS = (
    ".proof.json",
    ".public.json",
    *(ending for endings in ENDINGS.values() for ending in endings),
)
PROJECT_NAMES = {"package.json", "package-lock.json", "tsconfig.json", "circomkit.json"}
"""Files of Node projects."""

BEGINNING = 64 << 10
"""Bytes that are searched: a verification key with its members in any order is smaller, unless it has
hundreds of public signals. Such a key names its protocol in its first or its last bytes."""
END = 4 << 10

PROTOCOL = re.compile(rb'"protocol"\s*:\s*"(?:groth16|groth|plonk|fflonk)"')
"""What snarkjs writes into proofs and verification keys. No signal can have such a value."""
OTHER_BEGINNINGS = re.compile(
    rb"""(?:\xef\xbb\xbf)?\s*(?:
        \[\s*["0-9-]                                   # public signals
      | \{\s*"version"\s*:\s*"[^"]*",\s*"command"\s*:  # a run's summary
      | \{\s*"arguments"\s*:\s*"\[                     # calldata
      | \{\s*"constraints"\s*:\s*\[\s*\[               # circom --json
    )""",
    re.VERBOSE,
)
EMPTY_ARRAY = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*\]\s*$")
OUR_LINES = re.compile(rb'\{"id":"[^"]*",(?:"circuitId":"[^"]*","success":|"circuit":"[^"]*","outcome":)')
"""How each line of our results and of our manifest begins."""
NUMBER = re.compile(r"-?[0-9]+|0[xX][0-9a-fA-F]+")


class Content(Enum):
    """What a `.json` is."""

    INPUT = "an input, or a file that a worker can say more about"
    ARRAY = "an array of inputs"
    OTHER = "a verification key, a proof, public signals, calldata, a summary, or a project's own file"
    EMPTY_ARRAY = "an array without inputs"
    UNCLEAR = "a file that is called like a result, and is neither a result nor an input"


def content_of(path: Path) -> Content:
    """What a `.json` holds. A file that cannot be read counts as an input: the worker says what is wrong."""
    try:
        # Opening a pipe or a device would block. The worker refuses what is not a regular file.
        with open_regular(path) as file:
            head = file.read(BEGINNING)
            tail = b""
            if len(head) == BEGINNING:
                file.seek(max(BEGINNING, file.seek(0, 2) - END))
                tail = file.read()
    except OSError:
        return Content.INPUT
    if _names_protocol(head) or _names_protocol(tail) or OTHER_BEGINNINGS.match(head):
        return Content.OTHER
    if EMPTY_ARRAY.match(head):
        return Content.OTHER if path.name.endswith("public.json") else Content.EMPTY_ARRAY
    if path.name in PROJECT_NAMES and not _looks_like_inputs(path):
        return Content.OTHER
    if has_result_name(path) and not _looks_like_inputs(path):
        return Content.UNCLEAR
    return Content.ARRAY if BEGINNING_OF_ARRAY.match(head) else Content.INPUT


def is_object(data: bytes) -> bool:
    """Whether bytes begin as a JSON object does, as inputs do and no `.wtns` does."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def is_no_input(path: Path) -> bool:
    """Whether a `.json` is known to be something other than a circuit's inputs."""
    return content_of(path) in (Content.OTHER, Content.UNCLEAR)


def holds_jobs(lines: Path) -> bool:
    """Whether a `.jsonl` is neither our manifest nor our results."""
    try:
        with open_regular(lines) as file:
            return OUR_LINES.match(file.read(BEGINNING)) is None
    except OSError:
        return True  # whoever reads it says why it cannot be read


def has_result_name(path: Path) -> bool:
    """Whether a file is called as we call results."""
    return path.name.endswith(RESULT_ENDINGS)


def _names_protocol(part: bytes) -> bool:
    # A plain search first: it takes a hundredth of the time of the expression.
    return b'"protocol"' in part and PROTOCOL.search(part) is not None


def _looks_like_inputs(path: Path) -> bool:
    """Whether each value is a number, or an array or an object of numbers."""
    try:
        # Numbers stay text: Python refuses to convert those of more than 4300 digits.
        value = json.loads(read_regular(path), parse_int=str, parse_float=lambda _: None)
    except (OSError, ValueError, RecursionError):
        return False
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(isinstance(one, dict) and one and _is_numeric(one) for one in values)


def _is_numeric(value: Any) -> bool:
    if isinstance(value, str):
        return NUMBER.fullmatch(value) is not None
    if isinstance(value, dict):
        return all(map(_is_numeric, value.values()))
    if isinstance(value, list):
        return all(map(_is_numeric, value))
    return isinstance(value, bool)
