"""Compiled `.wasm`, kept in the cache folder by hash: compiling takes a second, opening it again 15 ms."""

import hashlib
import os
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import wasmtime

from prover_cli.cache_folder import cache_folder
from prover_cli.faults import Code, SetupFault
from prover_cli.formats.mistaken import what_it_is
from prover_cli.regular_file import read_regular
from prover_cli.writing import write_atomically


def is_no_memory(error: Exception) -> bool:
    """Whether the system has none to give, as wasmtime words it."""
    return "mmap" in str(error) or "Cannot allocate" in str(error)


def load_module(engine: wasmtime.Engine, path: Path, kind: str) -> wasmtime.Module:
    """`kind` names the engine's settings: code that was compiled with others cannot be used.

    Raises SetupFault WASM_UNREADABLE, WASM_CORRUPT."""
    try:
        code = read_regular(path)
    except OSError as error:
        raise SetupFault(Code.WASM_UNREADABLE, f"{path} cannot be read: {error.strerror or error}") from None
    name = f"{hashlib.sha256(code).hexdigest()}-{version('wasmtime')}-{kind}.cwasm"
    kept = cache_folder() / "calculators" / name
    # Native code is only taken from a file that is ours alone: whoever writes it decides what runs here.
    with suppress(OSError, wasmtime.WasmtimeError):
        status = kept.stat()
        if os.name != "posix" or (status.st_uid == os.geteuid() and not status.st_mode & 0o022):
            return wasmtime.Module.deserialize_file(engine, str(kept))
    try:
        module = wasmtime.Module(engine, code)
    except wasmtime.WasmtimeError as error:
        if is_no_memory(error):
            raise MemoryError from None
        known = what_it_is(code, path.name) if not code.startswith(b"\0asm") else None
        why = known or "compile the circuit again"
        raise SetupFault(Code.WASM_CORRUPT, f"{path} is no WebAssembly: {why}") from None
    with suppress(OSError):
        write_atomically(kept, bytes(module.serialize()), mode=0o600)
    return module
