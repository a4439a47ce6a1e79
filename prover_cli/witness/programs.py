"""Compiled programs of calculators, kept in the cache folder by the hash of their `.wasm`.

A file also says when there is no program, and why, so that no run tries again. Another version of the package
has other names for them, because a program is only good for the code that made it.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from prover_cli import _native
from prover_cli.cache_folder import is_ours_alone
from prover_cli.cache_room import mark_used
from prover_cli.faults import shortage
from prover_cli.systems.arithmetic import chosen_cpu
from prover_cli.version import __version__
from prover_cli.witness.kept import make_room, path_of
from prover_cli.witness.source import ProgramFile
from prover_cli.writing import write_atomically

COMPILING_SECONDS = 60.0
"""Most that compiling may take. A circuit of a million constraints takes less than 30 s."""


LONGEST_REASON = 4096
"""Bytes of a file without a program. A list need not open larger ones."""


@dataclass(frozen=True, repr=False)
class Compiled:
    """What was made of a calculator: the file for other processes, and what it holds."""

    file: ProgramFile
    program: _native.WitnessProgram
    """With a reason in the place of a program, if there is none."""


def kept_program(wasm: bytes) -> Compiled | None:
    """What an earlier run has made of this code; None if none has, or its file cannot be trusted."""
    path = _path(wasm)
    mark_used(path)
    return _opened(ProgramFile(path=str(path)))


def make_program(wasm: bytes) -> Compiled | None:
    """Compiles the code and keeps the result, or the reason why there is none. None where there is not even
    that: memory is short, or the compiler has a defect."""
    try:
        made = _native.compile_witness(wasm, COMPILING_SECONDS)
    except (_native.NativeFault, MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and shortage(error) is None:
            raise
        return None
    path = _path(wasm)
    with suppress(OSError):  # a cache that cannot be written costs time, not correctness
        make_room(len(made), path)
        write_atomically(path, made, mode=0o600)
        return _opened(ProgramFile(path=str(path)))
    return _opened(ProgramFile(data=made))


def open_program(file: ProgramFile) -> _native.WitnessProgram | None:
    """The program; None if there is none, or its file is gone, damaged or not ours alone."""
    found = _opened(file)
    return found.program if found is not None and found.program.reason is None else None


def said_of(path: Path) -> str:
    """What a list says of a program in the cache: `program`, or why there is none."""
    try:
        if path.stat().st_size > LONGEST_REASON:
            return "program"
    except OSError:
        return "gone"
    found = _opened(ProgramFile(path=str(path)))
    if found is None:
        return "damaged, or from another version"
    return f"no program: {found.program.reason}" if found.program.reason else "program"


def _path(wasm: bytes) -> Path:
    return path_of(hashlib.sha256(wasm).hexdigest(), f"{__version__}.program")


def _opened(file: ProgramFile) -> Compiled | None:
    with suppress(OSError, _native.Mismatch):
        data = file.data or b""
        if file.path is not None:
            path = Path(file.path)
            if not is_ours_alone(path.stat()):
                return None
            data = path.read_bytes()
        program = _native.WitnessProgram(data, chosen_cpu())
        return Compiled(replace(file, lanes=program.lanes), program)
    return None
