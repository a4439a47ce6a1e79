"""Compiled `.wasm`, kept in the cache folder by hash: compiling takes seconds, reopening takes 15 ms.

The main process compiles a circuit's code once and passes it to its workers, as the file in the cache folder
or, if that is not writable, as bytes.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import wasmtime

from prover_cli.cache_folder import is_ours_alone
from prover_cli.cache_room import mark_used
from prover_cli.faults import Code, SetupFault
from prover_cli.formats.mistaken import what_it_is
from prover_cli.regular_file import read_regular
from prover_cli.witness.kept import make_room, path_of
from prover_cli.witness.source import CompiledCode
from prover_cli.writing import write_atomically


@dataclass(frozen=True, repr=False)
class Loaded:
    """A module, and its compiled code for other processes."""

    module: wasmtime.Module
    code: CompiledCode


def is_no_memory(error: Exception) -> bool:
    """Whether wasmtime's error means that the system is out of memory."""
    return "mmap" in str(error) or "Cannot allocate" in str(error)


def load_module(engine: wasmtime.Engine, path: Path, kind: str, code: CompiledCode | None = None) -> Loaded:
    """`kind` names the engine's settings. Code compiled with different settings cannot be used. `code` was
    compiled by another process.

    Raises SetupFault WASM_UNREADABLE, WASM_CORRUPT."""
    if code is not None and code.kind == kind:
        module = _handed_over(engine, code)
        if module is not None:
            return Loaded(module, code)
    try:
        text = read_regular(path)
    except OSError as error:
        raise SetupFault(Code.WASM_UNREADABLE, f"{path} cannot be read: {error.strerror or error}") from None
    kept = path_of(hashlib.sha256(text).hexdigest(), f"{version('wasmtime')}-{kind}.cwasm")
    mark_used(kept)
    module = _kept(engine, kept)
    if module is not None:
        return Loaded(module, CompiledCode(kind, path=str(kept)))
    try:
        module = wasmtime.Module(engine, text)
    except wasmtime.WasmtimeError as error:
        if is_no_memory(error):
            raise MemoryError from None
        known = what_it_is(text, path.name) if not text.startswith(b"\0asm") else None
        why = known or "compile the circuit again"
        raise SetupFault(Code.WASM_CORRUPT, f"{path} is not WebAssembly: {why}") from None
    compiled = bytes(module.serialize())
    with suppress(OSError):
        make_room(len(compiled), kept)
        write_atomically(kept, compiled, mode=0o600)
        return Loaded(module, CompiledCode(kind, path=str(kept)))
    return Loaded(module, CompiledCode(kind, data=compiled))


def _handed_over(engine: wasmtime.Engine, code: CompiledCode) -> wasmtime.Module | None:
    if code.path is not None:
        return _kept(engine, Path(code.path))
    with suppress(wasmtime.WasmtimeError):
        return wasmtime.Module.deserialize(engine, code.data or b"")
    return None


def _kept(engine: wasmtime.Engine, kept: Path) -> wasmtime.Module | None:
    """The code in a file, or None if there is none that can be trusted and used."""
    with suppress(OSError, wasmtime.WasmtimeError):
        if is_ours_alone(kept.stat()):
            return wasmtime.Module.deserialize_file(engine, str(kept))
    return None
