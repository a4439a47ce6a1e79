"""What circom's calculators ask for and offer, version by version, and what others are that look like one.

Found by building the compilers of all these tags:

- 2.0.0 and 2.0.1 cannot tell how many inputs there are (`getInputSize`), and none before 2.0.4 how many
values a signal has (`getInputSignalSize`): their memory holds it, see `input_map`. - Before 2.0.7 a failed
assert has its message in the buffer when the exception comes; since then it is handed over before that
(`printErrorMessage`). Logs have text since then as well. - 2.2.0 alone asks for one function more,
`printDebug`. - circom 1 has another interface altogether.
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
"""What it takes to read the map of inputs out of the memory, where the two are missing."""

CIRCOM_1 = {"getFrLen", "getPWitness", "getSignalOffset32"}


def check_interface(module: wasmtime.Module, path: Path) -> None:
    """Raises SetupFault WASM_UNSUPPORTED where the code is no calculator of circom 2."""
    exports = {str(export.name) for export in module.exports}
    if exports >= CIRCOM_1:
        raise SetupFault(
            Code.WASM_UNSUPPORTED,
            f"{path} is a calculator of circom 1, which is not run here. Keys of circom 1 can be used: "
            "calculate the witnesses with snarkjs wtns calculate and give the .wtns; or compile the circuit "
            "with circom 2 and make its key again",
        )
    for needed in module.imports:
        if needed.module != "runtime" or not isinstance(needed.type, wasmtime.FuncType):
            raise foreign(path, f"it asks for {needed.module}.{needed.name}")
    for name in sorted(EXPORTS - exports):
        raise foreign(path, f"it has no {name}")
    if not {SIZE_OF_ALL, SIZE_OF_ONE} <= exports and not exports >= MAP_EXPORTS:
        raise foreign(path, f"it has no {min({SIZE_OF_ALL, SIZE_OF_ONE} - exports)}")


def foreign(path: Path, why: str) -> SetupFault:
    """The fault for WebAssembly that is no calculator."""
    return SetupFault(
        Code.WASM_UNSUPPORTED,
        f"{path} is no witness calculator of circom: {why}; give the .wasm that circom --wasm writes into "
        "NAME_js",
    )
