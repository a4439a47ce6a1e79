"""Witnesses from inputs, ours and those of others: batches of inputs, and one at a time.

What a player gets is a file with the paths of a batch's inputs. All that it takes from parsed JSON to the
values counts, and reading and parsing the JSON as well. The seconds are those of one witness.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from prover_cli.benchmark.players import KeptProcess, Player, contestant, snarkjs_calculator
from prover_cli.benchmark.rounds import Measured, compare
from prover_cli.faults import Code, SetupFault

BATCH = 16
"""Inputs of a batch."""

WASM = "wasm"
"""The name of circom's own code, run by wasmtime, among the peers."""

ALONE = "… one at a time"


def compare_calculators(
    wasm: Path, inputs: Sequence[Path], against: Sequence[str], rounds: int
) -> tuple[list[Measured], list[Measured]]:
    """Ours, in batches and one at a time, and the peers: `wasm` and `snarkjs[=PATH]`.

    Raises SetupFault: NO_PEER, PEER_FAILED, OPTIONS_CONFLICT."""
    makers = peers(against)
    with _batches(inputs) as batches, ExitStack() as stack:
        ours: list[Player] = [
            contestant("program", "prove-batch", wasm),
            contestant("program-alone", ALONE, wasm),
        ]
        others: list[Player] = [make(wasm) for make in makers]
        for player in [*ours, *others]:
            stack.callback(player.close)
        measured = compare([*ours, *others], batches, rounds)
    return measured[: len(ours)], measured[len(ours) :]


def peers(against: Sequence[str]) -> list[Callable[[Path], KeptProcess]]:
    """How the peers are opened. Raises SetupFault OPTIONS_CONFLICT for one that calculates no witnesses."""
    return [_peer(text) for text in against]


def _peer(text: str) -> Callable[[Path], KeptProcess]:
    name, _, path = text.partition("=")
    if name == "snarkjs":
        return lambda wasm: snarkjs_calculator(wasm, path)
    if text == WASM:
        return lambda wasm: contestant("calculator", WASM, wasm)
    raise SetupFault(
        Code.OPTIONS_CONFLICT, f"--witness compares with snarkjs[=PATH] and {WASM}, not with {text}"
    )


def batch_of(inputs: Sequence[Path], first: int = 0) -> list[Path]:
    """All inputs in turn, and again if there are few."""
    return [inputs[(first + i) % len(inputs)] for i in range(BATCH)]


@contextmanager
def _batches(inputs: Sequence[Path]) -> Iterator[list[Path]]:
    """Files with the paths of a batch each."""
    with tempfile.TemporaryDirectory(prefix="prove-batch-bench-") as folder:
        files = []
        for number, first in enumerate(range(0, len(inputs), BATCH)):
            batch = [str(path.absolute()) for path in batch_of(inputs, first)]
            file = Path(folder) / f"{number}.json"
            file.write_text(json.dumps(batch))
            files.append(file)
        yield files
