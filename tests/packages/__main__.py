"""Circuits as others lay them out, proved in their own folders with no file moved: packages from npm, and a
project that hardhat-circom builds.

    python tests/packages
    python tests/packages @unirep/circuits hardhat-circom

Installs what package.json names (1.3 GB), makes inputs with the packages' own libraries, proves them with
the prove-batch of this environment, and has snarkjs verify every proof with the package's own verification
key. It takes a few minutes and a network, so the tests do not run it.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SNARKJS = HERE.parent / "node_modules" / ".bin" / "snarkjs"
HARDHAT = "hardhat-circom"
MULTIPLIER = """pragma circom 2.0.0;
template Multiplier2() { signal input a; signal input b; signal output c; c <== a * b; }
component main = Multiplier2();
"""
HARDHAT_CONFIGURATION = """require("hardhat-circom");
const circuits = [{ name: "init" }, { name: "play" }];
const circom = { inputBasePath: "./circuits", ptau: "final.ptau", circuits };
module.exports = { solidity: "0.8.20", circom };
"""


@dataclass(frozen=True)
class Package:
    """What is proved of a package."""

    name: str
    circuits: int
    verification_key: Callable[[str], str]
    """From a circuit's id to the path in the package."""
    single: bool = False
    """Whether there is one circuit, whose inputs and proofs have no folders of its name."""

    @property
    def folder(self) -> Path:
        """Where npm puts it."""
        return HERE / "node_modules" / self.name


PACKAGES = (
    Package("@zk-kit/semaphore-artifacts", 32, "{}.json".format),
    Package("@unirep/circuits", 6, "zksnarkBuild/{}.vkey.json".format),
    Package("@pcd/proto-pod-gpc-artifacts", 9, "{}-vkey.json".format),
    Package("@sismo-core/hydra-s1", 1, "lib/esm/{}-verification-key.json".format, single=True),
)


def main() -> int:
    """The exit code: 0 where every proof was made, and is valid to snarkjs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*(package.name for package in PACKAGES), HARDHAT]
    parser.add_argument("package", nargs="*", metavar="PACKAGE", help=f"{', '.join(names)}; default: all")
    wanted = parser.parse_args().package or names
    unknown = set(wanted) - set(names)
    if unknown:
        parser.error(f"no package {', '.join(sorted(unknown))}")
    if not SNARKJS.exists():
        _run("npm", "ci", "--no-audit", "--no-fund", "--silent", cwd=HERE.parent)
    # Scripts of packages are not run: these circuits need none.
    _run("npm", "ci", "--no-audit", "--no-fund", "--silent", "--ignore-scripts", cwd=HERE)
    good = True
    if HARDHAT in wanted:
        with tempfile.TemporaryDirectory() as folder:
            _build_and_prove(Path(folder))
    for package in PACKAGES:
        if package.name in wanted:
            with tempfile.TemporaryDirectory() as folder:
                good &= _prove(package, Path(folder))
    return 0 if good else 1


def _prove(package: Package, work: Path) -> bool:
    """Whether all proofs of a package were made and are valid."""
    inputs, proofs = work / "inputs", work / "proofs"
    _run("node", "inputs.cjs", inputs, package.name, cwd=HERE)
    before = _listing(package.folder)
    source = next(inputs.iterdir()) if package.single else inputs
    started = time.monotonic()
    _run(_program(), source, "--circuits", package.folder, "-o", proofs, "-q", cwd=work)
    seconds = time.monotonic() - started
    _run(_program(), "verify", proofs, "--circuits", package.folder, cwd=work)
    jobs = sorted(inputs.glob("*/*.json"))
    valid = 0
    for job in jobs:
        circuit = job.parent.name
        place = proofs if package.single else proofs / circuit
        vkey = package.folder / package.verification_key(circuit)
        _run(SNARKJS, "groth16", "verify", vkey, place / f"{job.stem}.public.json",
             place / f"{job.stem}.proof.json", cwd=work)  # fmt: skip
        valid += 1
    circuits = {job.parent.name for job in jobs}
    print(
        f"{package.name}: {valid} proofs of {len(circuits)} circuits in {seconds:.1f} s, valid to snarkjs",
        flush=True,
    )
    if len(circuits) != package.circuits or _listing(package.folder) != before:
        print(f"{package.name}: not all circuits, or the package was written into", file=sys.stderr)
        return False
    return True


def _build_and_prove(work: Path) -> None:
    """hardhat-circom's own output, in the project's folder where it is written."""
    circuits = work / "circuits"
    circuits.mkdir()
    (work / "node_modules").symlink_to(HERE / "node_modules")
    (work / "hardhat.config.js").write_text(HARDHAT_CONFIGURATION)
    for name in ("init", "play"):
        (circuits / f"{name}.circom").write_text(MULTIPLIER)
        (circuits / f"{name}.json").write_text('{"a": "3", "b": "11"}')
    _run(SNARKJS, "powersoftau", "new", "bn128", "8", "first.ptau", cwd=circuits)
    _run(SNARKJS, "powersoftau", "contribute", "first.ptau", "next.ptau", "-n=x", "-e=y", cwd=circuits)
    _run(SNARKJS, "powersoftau", "prepare", "phase2", "next.ptau", "final.ptau", cwd=circuits)
    _run(work / "node_modules" / ".bin" / "hardhat", "circom", cwd=work)
    _run(_program(), "circuits", "-q", cwd=work)
    _run(_program(), "verify", "proofs", "--circuits", "circuits", cwd=work)
    for name in ("init", "play"):
        proof = work / "proofs" / name / name
        _run(SNARKJS, "groth16", "verify", circuits / f"{name}.vkey.json", f"{proof}.public.json",
             f"{proof}.proof.json", cwd=work)  # fmt: skip
    print(f"{HARDHAT}: 2 proofs of 2 circuits, valid to snarkjs", flush=True)


def _listing(folder: Path) -> set[tuple[Path, int]]:
    return {(path, path.stat().st_size) for path in folder.rglob("*")}


def _program() -> str:
    beside = Path(sys.executable).with_name("prove-batch")
    found = str(beside) if beside.exists() else shutil.which("prove-batch")
    if found is None:
        sys.exit("prove-batch is not installed here: pip install -e .[dev]")
    return found


def _run(*words: str | Path, cwd: Path) -> None:
    ran = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"{' '.join(map(str, words))} ended with {ran.returncode}\n{ran.stdout}{ran.stderr}")


if __name__ == "__main__":
    sys.exit(main())
