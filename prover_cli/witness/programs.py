"""Compiled programs of calculators, kept in the cache folder by the hash of their `.wasm`.

A file also says when there is no program, and why, so that no run tries again. Another version of the package
has other names for them, because a program is only good for the code that made it.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from prover_cli import _native
from prover_cli.cache_folder import cache_folder
from prover_cli.faults import shortage
from prover_cli.systems.arithmetic import chosen_cpu
from prover_cli.version import __version__
from prover_cli.witness.source import ProgramFile
from prover_cli.writing import write_atomically

COMPILING_SECONDS = 60.0
"""Most that compiling may take. A circuit of a million constraints takes less than 30 s."""


def kept_program(wasm: bytes) -> ProgramFile | None:
    """What an earlier run has made of this code; None if none has, or its file cannot be trusted."""
    path = _path(wasm)
    return ProgramFile(path=str(path)) if _open(ProgramFile(path=str(path))) is not None else None


def make_program(wasm: bytes) -> ProgramFile | None:
    """Compiles the code and keeps the result, or the reason why there is none. None where there is not even
    that: memory is short, or the compiler has a defect."""
    try:
        made = _native.compile_witness(wasm, COMPILING_SECONDS)
    except (_native.NativeFault, MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and shortage(error) is None:
            raise
        return None
    with suppress(OSError):  # a cache that cannot be written costs time, not correctness
        write_atomically(_path(wasm), made, mode=0o600)
        return ProgramFile(path=str(_path(wasm)))
    return ProgramFile(data=made)


def open_program(file: ProgramFile) -> _native.WitnessProgram | None:
    """The program; None if there is none, or its file is gone, damaged or not ours alone."""
    program = _open(file)
    return program if program is not None and program.reason is None else None


def why_no_program(file: ProgramFile) -> str | None:
    """Why there is no program; None if there is one."""
    program = _open(file)
    return program.reason if program is not None else "its file in the cache cannot be read"


def _path(wasm: bytes) -> Path:
    name = f"{hashlib.sha256(wasm).hexdigest()}-{__version__}.program"
    return cache_folder() / "calculators" / name


def _open(file: ProgramFile) -> _native.WitnessProgram | None:
    data = file.data
    if file.path is not None:
        path = Path(file.path)
        try:
            status = path.stat()
            # Whoever can write the file decides what is proved.
            if os.name == "posix" and (status.st_uid != os.geteuid() or status.st_mode & 0o022):
                return None
            data = path.read_bytes()
        except OSError:
            return None
    with suppress(_native.Mismatch):
        return _native.WitnessProgram(data or b"", chosen_cpu())
    return None
