"""The imports and exports of circom's calculators, version by version, and how to recognise other modules.

Determined by building the compilers of all these tags:

- 2.0.0 and 2.0.1 have no function for the number of inputs (`getInputSize`), and before 2.0.4 there is none
  for the number of values of a signal (`getInputSignalSize`). Both are in their memory; see `input_map`.
- Before 2.0.7, the message of a failed assert is in the buffer when the exception is raised. Since then it is
  passed on before that (`printErrorMessage`), and logs can have text.
- 2.2.0 is the only version that imports `printDebug`.
- circom 1 has an entirely different interface.
"""

from pathlib import Path

import wasmtime

from prover_cli.faults import Code, SetupFault

EXPORTS = {
    *("getVersion", "getFieldNumLen32", "getRawPrime", "getWitnessSize", "setInputSignal", "init"),
    *("getWitness", "readSharedRWMemory", "writeSharedRWMemory", "getMessageChar"),
}

SIZE_OF_ALL, SIZE_OF_ONE = "getInputSize", "getInputSignalSize"

MAP_EXPORTS = {"memory", "getSharedRWMemoryStart"}
"""What is needed to read the map of inputs from memory, if the two functions are missing."""

CIRCOM_1 = {"getFrLen", "getPWitness", "getSignalOffset32"}


def check_interface(module: wasmtime.Module, path: Path) -> None:
    """Raises SetupFault WASM_UNSUPPORTED if the code is not a circom 2 calculator."""
    exports = {str(export.name) for export in module.exports}
    if exports >= CIRCOM_1:
        raise SetupFault(
            Code.WASM_UNSUPPORTED,
            f"{path} is a circom 1 calculator, which is not supported. Keys of circom 1 are supported: "
            "calculate the witnesses with snarkjs wtns calculate and pass the .wtns; or compile the circuit "
            "with circom 2 and make a new key",
        )
    for needed in module.imports:
        if needed.module != "runtime" or not isinstance(needed.type, wasmtime.FuncType):
            raise foreign(path, f"it imports {needed.module}.{needed.name}")
    for name in sorted(EXPORTS - exports):
        raise foreign(path, f"it has no {name}")
    if not {SIZE_OF_ALL, SIZE_OF_ONE} <= exports and not exports >= MAP_EXPORTS:
        raise foreign(path, f"it has no {min({SIZE_OF_ALL, SIZE_OF_ONE} - exports)}")


def foreign(path: Path, why: str) -> SetupFault:
    """The fault for WebAssembly that is not a calculator."""
    return SetupFault(
        Code.WASM_UNSUPPORTED,
        f"{path} is not a circom witness calculator: {why}; pass the .wasm that circom --wasm writes into "
        "NAME_js",
    )
