"""Where a report comes from: the command line, the host and its processor."""

import platform
import re
import shlex
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from prover_cli.names import printable

HIDDEN = "***"

_LOGIN = re.compile(r"(?<=://)[^/@\s]*@")
_QUERY = re.compile(r"(://[^?]*\?).*", re.DOTALL)
"""What may hold the password of a URL: `user:password@` and what follows its question mark."""


@dataclass(frozen=True)
class Origin:
    """What the head of a report says about the run, besides its result."""

    command_line: str
    """As it could be typed, without secrets."""
    host: str
    cpu: str
    """The processor's name."""


def origin(command: str, arguments: Sequence[str], hidden: Collection[str]) -> Origin:
    """That of this process. The values of the options `hidden` are not shown."""
    return Origin(command_line(command, arguments, hidden), platform.node() or "unknown host", processor())


def command_line(command: str, arguments: Sequence[str], hidden: Collection[str]) -> str:
    """The command as it could be typed. Values of `hidden` options and logins in URLs become `***`."""
    words, hides = [command], False
    for argument in arguments:
        flag, equals, _ = argument.partition("=")
        if hides:
            words.append(HIDDEN)
        elif equals and flag in hidden:
            words.append(f"{flag}={HIDDEN}")
        else:
            shown = _QUERY.sub(rf"\1{HIDDEN}", _LOGIN.sub(f"{HIDDEN}@", argument))
            words.append(shlex.quote(shown))
        hides = not hides and argument in hidden
    return printable(" ".join(words))


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name, or at least its architecture."""
    with suppress(OSError, UnicodeDecodeError):
        found = re.search(r"^model name\s*:\s*(\S.*)$", cpuinfo.read_text("utf-8"), re.MULTILINE)
        if found:
            return printable(" ".join(found[1].split()))
    return platform.processor() or platform.machine() or "unknown processor"
