"""Readers of README.md and the documentation, each with what his page takes for granted.

python tests/readers.py [--write] [PAGE…]     shows what is wrong in the pages, or corrects it
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from conftest import SAMPLES, free_port
from documentation import DOCS, PAGES, README, ROOT, rewritten
from page_reader import SECONDS, Reader
from queueing import Redis


@contextmanager
def reader_of(page: Path, folder: Path, patience: float = SECONDS) -> Iterator[Reader]:
    """Somebody with a clone of the repository and with the servers that the page speaks of."""
    shutil.copytree(SAMPLES, folder / "samples")
    (folder / "node_modules").symlink_to(ROOT / "tests" / "node_modules")
    replaced: dict[str, str] = {}
    with ExitStack() as stack:
        if page == README:
            tutorial(folder / "multiplier2")
        text = page.read_text("utf-8")
        if "localhost:8080" in text:
            replaced["8080"] = str(free_port())
        if "localhost:6379" in text:
            (folder / "redis").mkdir()
            server = Redis(folder / "redis")
            stack.callback(server.stop)
            replaced["localhost:6379"] = f"127.0.0.1:{server.port}"
        yield stack.enter_context(closing(Reader(folder, replaced, patience)))


def tutorial(folder: Path) -> None:
    """What somebody has who has just finished circom's tutorial."""
    folder.mkdir(parents=True)
    (folder / "multiplier2.circom").write_text(MULTIPLIER)
    (folder / "input.json").write_text('{"a": "3", "b": "11"}')
    bin = ROOT / "tests" / "node_modules" / ".bin"
    for words in (
        "circom2 multiplier2.circom --r1cs --wasm --sym",
        "snarkjs powersoftau new bn128 4 pot4_0000.ptau",
        "snarkjs powersoftau contribute pot4_0000.ptau pot4_0001.ptau --name=first -e=text",
        "snarkjs powersoftau prepare phase2 pot4_0001.ptau pot4_final.ptau",
        "snarkjs groth16 setup multiplier2.r1cs pot4_final.ptau multiplier2_0000.zkey",
        "snarkjs zkey contribute multiplier2_0000.zkey multiplier2_0001.zkey --name=mine -e=text",
        "snarkjs zkey export verificationkey multiplier2_0001.zkey verification_key.json",
    ):
        name, *more = words.split()
        subprocess.run([bin / name, *more], cwd=folder, check=True, stdout=subprocess.DEVNULL)


MULTIPLIER = """pragma circom 2.0.0;

template Multiplier2 () {
    signal input a;
    signal input b;
    signal output c;
    c <== a * b;
}

component main = Multiplier2();
"""


def main() -> None:
    """Shows what the pages have wrong; with --write, corrects what they print."""
    from prover_cli.cli.explain import page as errors

    write = "--write" in sys.argv
    if write:
        (DOCS / "errors.md").write_text(errors(), "utf-8")
    wanted = [word for word in sys.argv[1:] if word != "--write"]
    for path in PAGES:
        if wanted and path.name not in wanted:
            continue
        with (
            tempfile.TemporaryDirectory() as made,
            reader_of(path, Path(made), 10 if write else SECONDS) as reader,
        ):
            for problem in reader.page(path):
                print(f"{path.name}: {problem}\n")
        if write and reader.outputs:
            path.write_text(rewritten(path, reader.outputs), "utf-8")


if __name__ == "__main__":
    main()
