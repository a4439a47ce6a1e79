"""Files of circuits that the user named: `--wasm`, `--r1cs` and `--sym`, each `PATH` or `ID=PATH`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from prover_cli.circuits.circuit import Circuit
from prover_cli.circuits.options import Wanted
from prover_cli.faults import Code, SetupFault
from prover_cli.formats.gzip_stream import MAGIC
from prover_cli.formats.mistaken import LOOKED_AT, what_it_is
from prover_cli.names import of_file, shown

Kind = Literal["wasm", "r1cs", "sym"]
UNREADABLE: dict[Kind, Code] = {
    "wasm": Code.WASM_UNREADABLE,
    "r1cs": Code.R1CS_UNREADABLE,
    "sym": Code.SYMBOLS_UNREADABLE,
}


def with_named_files(circuits: Sequence[Circuit], wanted: Wanted) -> list[Circuit]:
    """The circuits, with the files that were named for them. Raises SetupFault NO_CIRCUIT,
    OPTIONS_CONFLICT, WASM_UNREADABLE, R1CS_UNREADABLE, SYMBOLS_UNREADABLE."""
    found = {circuit.id: circuit for circuit in circuits}
    given: dict[Kind, Sequence[str]] = {"wasm": wanted.wasm, "r1cs": wanted.r1cs, "sym": wanted.sym}
    for kind, texts in given.items():
        for text in texts:
            circuit, path = _named(kind, text, found)
            changed: dict[str, Any] = {kind: path}
            found[circuit] = replace(found[circuit], **changed)
    return list(found.values())


def _named(kind: Kind, text: str, circuits: dict[str, Circuit]) -> tuple[str, Path]:
    """Whose file it is, and its path."""
    identifier, separator, name = text.partition("=")
    identifier, path = (of_file(identifier), Path(name)) if separator else ("", Path(text))
    if separator and identifier not in circuits:
        known = ", ".join(map(shown, sorted(circuits)[:8]))
        if Path(text).exists():  # a path with an equals sign in it
            identifier, path = "", Path(text)
        else:
            raise SetupFault(
                Code.NO_CIRCUIT,
                f'--{kind}: there is no circuit "{shown(identifier)}"; known circuits: {known}',
            )
    if not identifier and len(circuits) > 1:
        known = ", ".join(map(shown, sorted(circuits)[:8]))
        raise SetupFault(
            Code.OPTIONS_CONFLICT,
            f"--{kind} {path}: which circuit is it for? Write --{kind} ID={path}, where ID is one of {known}",
        )
    if not path.exists():
        raise SetupFault(UNREADABLE[kind], f"--{kind} {path} does not exist")
    wrong = _wrong(kind, path)
    if wrong is not None:
        raise SetupFault(UNREADABLE[kind], f"--{kind} {path}: {wrong}")
    return identifier or next(iter(circuits)), path


def _wrong(kind: Kind, path: Path) -> str | None:
    """What a file is instead of what it was named for; None where nothing says so. A .wasm is looked at when
    it is opened."""
    if kind == "wasm" or not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            head = file.read(LOOKED_AT)
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    if kind == "r1cs":
        if head.startswith((b"r1cs", MAGIC)):
            return None
        return what_it_is(head, path.name) or "it is not an .r1cs file"
    return what_it_is(head, path.name)
