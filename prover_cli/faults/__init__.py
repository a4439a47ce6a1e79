"""What can go wrong, in three kinds that are handled in three ways, with three exit codes.

A `Fault` carries a stable code for programs and a sentence for people: what was wrong, where, and what
to do next. It never carries a value of a witness.
"""

import errno
import os
import re

from prover_cli.faults.codes import CODES, Blame, Code
from prover_cli.names import as_text

__all__ = [
    "CODES",
    "Blame",
    "Code",
    "Fault",
    "JobFault",
    "MachineFault",
    "SetupFault",
    "refused_name",
    "shortage",
    "unexpected",
]


class Fault(Exception):
    """An error to show to the user. `code` is stable; `str(fault)` is the sentence."""

    exit_code = 1

    def __init__(self, kind: Code, message: str) -> None:
        # A message quotes names of files, which need not be text; what shows or stores it takes text only.
        message = as_text(message)
        super().__init__(kind, message)
        self.kind = kind
        self.code = kind.name
        self.message = message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code}: {self.message})"

    def __str__(self) -> str:
        return self.message


class JobFault(Fault):
    """One job is at fault (a bad witness, a bad line). Only this job fails. Exit code 1."""


class SetupFault(Fault):
    """The command, a key or the configuration is wrong. Nothing is started. Exit code 2."""

    exit_code = 2


class MachineFault(Fault):
    """The machine failed (disk full, no worker can start). The run stops early. Exit code 3."""

    exit_code = 3


REFUSED_NAMES = {errno.ENAMETOOLONG, errno.ELOOP, errno.EACCES, errno.EPERM}
"""What systems say of a name that nothing can have, of links in a circle, and of a folder that one may not
look into."""


CIRCLE = re.compile("Symlink loop from '(.*)'")
"""What `Path.resolve` raises before Python 3.13, as a RuntimeError."""


def refused_name(error: BaseException) -> SetupFault | None:
    """The fault for a path that the system refuses to look at; None for other errors. pathlib raises for such
    names where it is only asked whether something is there, so they can come out of any command."""
    circle = CIRCLE.match(str(error)) if isinstance(error, RuntimeError) else None
    if circle is not None:
        return SetupFault(Code.FILE_UNREADABLE, f"{circle[1]} cannot be read: its links lead in a circle")
    if not isinstance(error, OSError) or error.filename is None or error.errno not in REFUSED_NAMES:
        return None
    name = error.filename if isinstance(error.filename, str | bytes) else str(error.filename)
    return SetupFault(Code.FILE_UNREADABLE, f"{os.fsdecode(name)} cannot be read: {error.strerror}")


def unexpected(error: BaseException) -> str:
    """A sentence about an unexpected exception: its kind and place, never its text, which might quote a
    witness."""
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f" at {place.tb_frame.f_code.co_name}:{place.tb_lineno}" if place else ""
    return f"unexpected {type(error).__name__}{where}; please report this"


def shortage(error: BaseException) -> str | None:
    """What the machine is short of, in words, if that caused an unexpected exception; else None."""
    words = str(error)
    if isinstance(error, RuntimeError) and "start new thread" in words:
        return (
            "the system refuses to start another thread for this process; raise `ulimit -u` and `ulimit -v`"
        )
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, MemoryError):  # which a library may have wrapped
        cause = cause.__cause__ or cause.__context__
    no_memory = cause is not None or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
    if no_memory or (
        # A library that cannot be loaded comes without a number.
        isinstance(error, OSError | ImportError)
        and ("Cannot allocate memory" in words or "failed to map segment" in words)
    ):
        return "the system is out of memory for this process; raise `ulimit -v`, or run fewer workers"
    return None
