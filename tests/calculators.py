"""Calculators written by hand, in the interface of circom's: hostile ones, and one that never ends."""

import shutil
from pathlib import Path

import wasmtime
from conftest import SAMPLES

from prover_cli.formats.curves import BN254
from prover_cli.pool.job import CircuitFile
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.witness.source import WitnessSource

ENDLESS = "(loop $l (br $l))"

HANGS = WitnessSource(data=b'{"a": 1}', is_input=True)
"""Inputs whose witness an endless calculator never has."""


def hostile(path: Path, body: str, *, prime: int = BN254.r, witness_size: int = 1, asked: str = "") -> Path:
    """A calculator over a field, with one input of one value, whose `init` does something else. It does
    `asked` before it says how large its witnesses are."""
    size = -(-prime.bit_length() // 32)
    image = "".join(f"\\{byte:02x}" for byte in prime.to_bytes(4 * size, "little"))
    path.write_bytes(
        wasmtime.wat2wasm(f"""(module
      (import "runtime" "exceptionHandler" (func $fault (param i32)))
      (memory (export "memory") 1)
      (func (export "getVersion") (result i32) (i32.const 2))
      (func (export "getFieldNumLen32") (result i32) (i32.const {size}))
      (func (export "getRawPrime"))
      (func (export "readSharedRWMemory") (param $i i32) (result i32)
        (i32.load (i32.mul (local.get $i) (i32.const 4))))
      (data (i32.const 0) "{image}")
      (func (export "writeSharedRWMemory") (param i32 i32))
      (func (export "setInputSignal") (param i32 i32 i32))
      (func (export "getInputSignalSize") (param i32 i32) (result i32) (i32.const 1))
      (func (export "getInputSize") (result i32) (i32.const 1))
      (func (export "getWitnessSize") (result i32) {asked} (i32.const {witness_size}))
      (func (export "getWitness") (param i32))
      (func (export "getMessageChar") (result i32) (i32.const 65))
      (func $again (export "init") (param i32) {body}))""")
    )
    return path


def endless(folder: Path, sample: str = "membership") -> Path:
    """The key of a sample's circuit beside a calculator that never ends: its witnesses prove, and inputs
    hang."""
    folder.mkdir(exist_ok=True)
    key = Path(shutil.copy(SAMPLES / sample / "circuit.zkey", folder))
    hostile(folder / "endless.wasm", ENDLESS, witness_size=MappedKey(key).layout.n_vars)
    return key


def endless_circuit(folder: Path, name: str = "endless") -> CircuitFile:
    """The same as a pool takes it."""
    key = endless(folder)
    return CircuitFile.of(name, str(key), wasm=str(folder / "endless.wasm"))
