"""The provers that a benchmark compares, each in its own processes. Ours and libraries run as a process that
keeps its key (`contestant`). Other provers run as a command that is started for each proof, as in use."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

from prover_cli.faults import Code, SetupFault
from prover_cli.systems.registry import map_key

ENVIRONMENT = {"RAYON_NUM_THREADS": "1"}
"""One thread per proof, for provers that respect this variable (arkworks' parallel feature does)."""


class Player(Protocol):
    """A prover that takes its turns."""

    name: str
    cpu: list[float]
    wall: list[float]

    def prove(self, witness: Path, *, counted: bool) -> None:
        """Raises SetupFault PEER_FAILED."""
        ...

    def close(self) -> None: ...


class KeptProcess:
    """A prover that loads its key once, and reports when it is ready. Raises SetupFault: NO_PEER,
    PEER_FAILED."""

    def __init__(self, shown: str, words: Sequence[str], advice: str) -> None:
        self.name = shown
        self.cpu: list[float] = []
        self.wall: list[float] = []
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | ENVIRONMENT
        )
        answer = self._answer()
        if "error" in answer:
            raise SetupFault(Code.NO_PEER, f"{shown} is not installed ({answer['error']}); {advice}")

    def _pipe(self, pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None, "both pipes were asked for"
        return pipe

    def _answer(self) -> dict[str, float]:
        line = self._pipe(self._process.stdout).readline()
        if not line:
            raise SetupFault(Code.PEER_FAILED, f"{self.name} exited with code {self._process.wait()}")
        answer: dict[str, float] = json.loads(line)
        return answer

    def prove(self, witness: Path, *, counted: bool) -> None:
        pipe = self._pipe(self._process.stdin)
        pipe.write(os.fsencode(witness) + b"\n")
        pipe.flush()
        took = self._answer()
        if "error" in took:
            raise SetupFault(Code.PEER_FAILED, f"{self.name}, {witness}: {took['error']}")
        if counted:
            self.cpu.append(took["cpu"])
            self.wall.append(took["wall"])

    def close(self) -> None:
        self._pipe(self._process.stdin).close()
        self._process.wait()
        self._pipe(self._process.stdout).close()


class Command:
    """A prover that is started for each proof. Starting it and reading the key count, as they do in use."""

    def __init__(
        self,
        template: str,
        key: Path,
        name: str | None = None,
        environment: Mapping[str, str] = ENVIRONMENT,
        *,
        measures_cpu: bool = True,
    ) -> None:
        """Without `measures_cpu`, wall time alone is measured, which every system can do."""
        self._environment = dict(environment)
        self._cpu_so_far = _children_cpu if measures_cpu else lambda: 0.0
        try:
            self._words = shlex.split(template)
        except ValueError as error:
            raise SetupFault(Code.BAD_COMMAND, f'--against-command "{template}": {error}') from None
        if not self._words or "{wtns}" not in template or "{zkey}" not in template:
            raise SetupFault(
                Code.BAD_COMMAND,
                f'--against-command "{template}" must contain {{zkey}} and {{wtns}}, and {{proof}} and '
                "{public} for its output",
            )
        program = shutil.which(self._words[0])
        if program is None:
            raise SetupFault(Code.NO_PEER, f"{self._words[0]} is not a program, here or on the PATH")
        self.name = name or Path(self._words[0]).name
        self._words[0] = str(Path(program).absolute())  # it is started in another folder
        self._writes_proof = "{proof}" in template
        self.cpu: list[float] = []
        self.wall: list[float] = []
        self._key = key.resolve()
        self._folder = tempfile.TemporaryDirectory(prefix="prove-batch-bench-")

    def prove(self, witness: Path, *, counted: bool) -> None:
        folder = Path(self._folder.name)
        places = {
            "{zkey}": str(self._key),
            "{wtns}": str(witness.resolve()),
            "{proof}": str(folder / "proof.json"),
            "{public}": str(folder / "public.json"),
        }
        words = []
        for word in self._words:
            for name, path in places.items():
                word = word.replace(name, path)  # noqa: PLW2901  (each place in turn)
            words.append(word)
        before, start = self._cpu_so_far(), time.perf_counter()
        done = subprocess.run(
            words, capture_output=True, cwd=folder, env=os.environ | self._environment, check=False
        )
        wall, cpu = time.perf_counter() - start, self._cpu_so_far() - before
        if done.returncode:
            lines = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
            said = f": {lines[-1][:200]}" if lines else ""
            raise SetupFault(Code.PEER_FAILED, f"{self.name} exited with code {done.returncode}{said}")
        if self._writes_proof and not (folder / "proof.json").exists():
            raise SetupFault(Code.PEER_FAILED, f"{self.name} exited with code 0 but wrote no proof")
        (folder / "proof.json").unlink(missing_ok=True)
        if counted:
            self.cpu.append(cpu)
            self.wall.append(wall)

    def close(self) -> None:
        self._folder.cleanup()


def _children_cpu() -> float:
    """CPU seconds of all children that have ended. Raises SetupFault NO_PEER if the system does not report
    them."""
    try:
        import resource
    except ImportError:
        raise SetupFault(
            Code.NO_PEER, "this system does not report the CPU time of commands; use --against instead"
        ) from None
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def contestant(name: str, shown: str, *files: Path) -> KeptProcess:
    """One of `contestant.CONTESTANTS`, with the files that it opens at the start."""
    # -P: in a checkout, its package without the extension must not be taken for the installed one.
    words = [sys.executable, "-P", "-m", "prover_cli.benchmark.contestant", name, *map(str, files)]
    return KeptProcess(shown, words, f"pip install {name}")


def snarkjs_calculator(wasm: Path, binary: str = "") -> KeptProcess:
    """snarkjs' witness calculator. Raises SetupFault NO_PEER."""
    node, snarkjs = shutil.which("node"), binary or _snarkjs()
    if node is None:
        raise SetupFault(Code.NO_PEER, "node is not on the PATH, and snarkjs needs it")
    script = Path(__file__).with_name("calculator.cjs")
    words = [node, str(script), str(Path(snarkjs).resolve().parent), str(wasm)]
    return KeptProcess("snarkjs", words, "npm install snarkjs")


def _snarkjs() -> str:
    """The path of snarkjs: installed by npm in a project, here or above, or globally. Raises SetupFault
    NO_PEER."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        binary = folder / "node_modules" / ".bin" / "snarkjs"
        if binary.exists():
            return str(binary)
    found = shutil.which("snarkjs")
    if found is None:
        raise SetupFault(
            Code.NO_PEER,
            "no snarkjs in node_modules/.bin here or above, nor on the PATH; run npm install snarkjs, or use "
            "--against snarkjs=PATH",
        )
    return found


LIBRARIES = ("groth16py", "reference")
TEMPLATES = {
    "snarkjs": "{system} prove {zkey} {wtns} {proof} {public}",
    "rapidsnark": "{zkey} {wtns} {proof} {public}",
}
"""The arguments of the others, after the path of their binaries. The system is the key's."""


class Peers:
    """The provers to compare with: `NAME` or `NAME=PATH`, and commands. Raises SetupFault BAD_OPTION."""

    def __init__(self, against: Sequence[str], commands: Sequence[str]) -> None:
        self._commands = list(commands)
        self._named: list[tuple[str, str]] = []
        for text in against:
            name, _, path = text.partition("=")
            if name not in (*LIBRARIES, *TEMPLATES) or (path and name in LIBRARIES):
                raise SetupFault(
                    Code.BAD_OPTION,
                    f'--against takes rapidsnark=PATH, snarkjs[=PATH], groth16py or reference, not "{text}"',
                )
            if name == "rapidsnark" and not path:
                raise SetupFault(
                    Code.BAD_OPTION, "--against rapidsnark=PATH takes the path of its binary, called prover"
                )
            self._named.append((name, path))

    def opened(self, key: Path, *, as_used: bool = False) -> list[Player]:
        """The provers, ready to prove. With `as_used`, commands take as many threads as they like, only their
        wall time is measured, and libraries, which have no command, are refused.

        Raises SetupFault: NO_PEER, PEER_FAILED, BAD_COMMAND, OPTIONS_CONFLICT."""
        environment: Mapping[str, str] = {} if as_used else ENVIRONMENT

        def command(template: str, name: str | None = None) -> Command:
            return Command(template, key, name, environment, measures_cpu=not as_used)

        found: list[Player] = []
        for name, path in self._named:
            if name not in LIBRARIES:
                binary = shlex.quote(path or _snarkjs())
                words = TEMPLATES[name].replace("{system}", map_key(key).system)
                found.append(command(f"{binary} {words}", name))
            elif as_used:
                raise SetupFault(
                    Code.OPTIONS_CONFLICT, f"--cold starts commands; {name} is a library, and has none"
                )
            else:
                found.append(contestant(name, name, key))
        return found + [command(template) for template in self._commands]
