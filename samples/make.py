"""Makes every file of the samples anew from the circuits' sources and a counter.

Development only. It needs circom2 and snarkjs from npm on the PATH and takes a minute:
    npm install --prefix tests && PATH="$PWD/tests/node_modules/.bin:$PATH" python samples/make.py
The keys come from a one-person ceremony with a fixed contribution: good for tests, never for use.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
BN254 = 21888242871839275222246405745257275088548364400416034343698204186575808495617
DEPTH, ROUNDS, COUNT = 8, 42, 8


def compress(key: int, message: int) -> int:
    """The circuit's Compress template, outside the circuit."""
    state = message
    for i in range(ROUNDS):
        state = pow((state + key + 7919 ** (i + 3) + i) % BN254, 5, BN254)
    return (state + key + message) % BN254


def membership_inputs() -> Iterator[dict[str, object]]:
    for n in range(COUNT):
        secret = compress(n, 1000)
        siblings = [compress(n, 2000 + level) for level in range(DEPTH)]
        path = [(37 * n >> level) & 1 for level in range(DEPTH)]
        node = compress(secret, 1)
        for bit, sibling in zip(path, siblings, strict=True):
            node = compress(sibling, node) if bit else compress(node, sibling)
        yield {
            "root": str(node),
            "topic": str(n % 3),
            "secret": str(secret),
            "siblings": [str(s) for s in siblings],
            "path": [str(b) for b in path],
        }


def quartic_inputs() -> Iterator[dict[str, object]]:
    for n in range(COUNT):
        yield {"k": str(n + 2), "x": str(3**n + n)}


def run(*command: str | Path, cwd: Path) -> None:
    subprocess.run([str(part) for part in command], cwd=cwd, check=True, stdout=subprocess.DEVNULL)


def make(
    name: str,
    prime: str,
    curve: str,
    power: int,
    inputs: Iterator[dict[str, object]],
    system: str = "groth16",
) -> None:
    folder = HERE / name
    for old in ("inputs", "witnesses"):
        shutil.rmtree(folder / old, ignore_errors=True)
        (folder / old).mkdir()
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        run(
            "circom2",
            folder / "circuit.circom",
            "--r1cs",
            "--wasm",
            "--sym",
            "--O2",
            "--prime",
            prime,
            "-o",
            work,
            cwd=work,
        )
        run("snarkjs", "powersoftau", "new", curve, str(power), "pot0.ptau", cwd=work)
        run(
            "snarkjs",
            "powersoftau",
            "contribute",
            "pot0.ptau",
            "pot1.ptau",
            "--name=samples",
            "-e=prove-batch samples",
            cwd=work,
        )
        run("snarkjs", "powersoftau", "prepare", "phase2", "pot1.ptau", "pot.ptau", cwd=work)
        if system == "groth16":
            run("snarkjs", "groth16", "setup", "circuit.r1cs", "pot.ptau", "circuit0.zkey", cwd=work)
            run(
                "snarkjs",
                "zkey",
                "contribute",
                "circuit0.zkey",
                "circuit.zkey",
                "--name=samples",
                "-e=prove-batch samples",
                cwd=work,
            )
        else:
            run("snarkjs", system, "setup", "circuit.r1cs", "pot.ptau", "circuit.zkey", cwd=work)
        run("snarkjs", "zkey", "export", "verificationkey", "circuit.zkey", "verification_key.json", cwd=work)
        wasm = work / "circuit_js" / "circuit.wasm"
        for n, values in enumerate(inputs):
            told = folder / "inputs" / f"{n:04}.json"
            told.write_text(json.dumps(values, indent=1) + "\n")
            run("snarkjs", "wtns", "calculate", wasm, told, folder / "witnesses" / f"{n:04}.wtns", cwd=work)
        for made_file in (
            work / "circuit.r1cs",
            work / "circuit.sym",
            work / "circuit.zkey",
            work / "verification_key.json",
            wasm,
        ):
            shutil.copy(made_file, folder / made_file.name)


if __name__ == "__main__":
    make("quartic", "bn128", "bn128", 5, quartic_inputs())
    make("quartic-bls12381", "bls12381", "bls12-381", 5, quartic_inputs())
    make("quartic-plonk", "bn128", "bn128", 5, quartic_inputs(), "plonk")
    make("quartic-fflonk", "bn128", "bn128", 6, quartic_inputs(), "fflonk")
    make("membership", "bn128", "bn128", 12, membership_inputs())
