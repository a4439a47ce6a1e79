"""Files of circuits that the user named: `--wasm`, `--r1cs` and `--sym`, each `PATH` or `ID=PATH`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from prover_cli.circuits.circuit import Circuit
from prover_cli.circuits.options import Wanted
from prover_cli.faults import Code, SetupFault
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
                f'--{kind}: no circuit has the id "{shown(identifier)}"; there is {known}',
            )
    if not identifier and len(circuits) > 1:
        known = ", ".join(map(shown, sorted(circuits)[:8]))
        raise SetupFault(
            Code.OPTIONS_CONFLICT,
            f"--{kind} {path}: of which circuit? Write --{kind} ID={path}, with one of {known}",
        )
    if not path.exists():
        raise SetupFault(UNREADABLE[kind], f"--{kind} {path} does not exist")
    return identifier or next(iter(circuits)), path
