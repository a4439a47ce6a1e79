"""One proof from the command to its exit, on all cores, as a CI job or a new machine makes its first: with an
empty cache, and with the cache that an earlier run has left."""

import shlex
import site
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from prover_cli.benchmark.players import Command, Peers, Player
from prover_cli.benchmark.rounds import Measured, compare

EMPTY, SECOND = "empty cache", "second run"

ENTRY = "from prover_cli.cli import prove_batch; prove_batch()"


class OurRun(Command):
    """`prove-batch WITNESS --key KEY`, with a cache folder of its own."""

    def __init__(self, key: Path, *, keeps_cache: bool) -> None:
        self._keeps_cache = keeps_cache
        self._cache = tempfile.TemporaryDirectory(prefix="prove-batch-bench-")
        words = f"{shlex.quote(sys.executable)} -P -c {shlex.quote(ENTRY)}"
        super().__init__(
            f"{words} {{wtns}} --key {{zkey}} -o proofs -q --reserve-cores 0",
            key,
            SECOND if keeps_cache else EMPTY,
            _environment(self._cache.name),
            measures_cpu=False,
        )

    def prove(self, witness: Path, *, counted: bool) -> None:
        if not self._keeps_cache:
            self._cache.cleanup()
            Path(self._cache.name).mkdir(mode=0o700)
        super().prove(witness, counted=counted)

    def close(self) -> None:
        self._cache.cleanup()
        super().close()


def _environment(cache: str) -> dict[str, str]:
    """Where `cache_folder` finds the cache."""
    if sys.platform == "darwin":
        # Packages that the user installed lie below the home folder as well.
        return {"HOME": cache, "PYTHONUSERBASE": site.getuserbase()}
    return {"XDG_CACHE_HOME": cache, "LOCALAPPDATA": cache}


def compare_starts(
    key: Path, witnesses: Sequence[Path], peers: Peers, rounds: int
) -> tuple[list[Measured], list[Measured]]:
    """Wall time of ours and of the peers. Workers are not our children, so that their CPU time is not known.
    The key is in the system's page cache: each prover has read it once before. Raises SetupFault."""
    with ExitStack() as stack:
        ours: list[Player] = [OurRun(key, keeps_cache=False), OurRun(key, keeps_cache=True)]
        others = peers.opened(key, as_used=True)
        for player in (*ours, *others):
            stack.callback(player.close)
        measured = [Measured(one.name, (), one.wall) for one in compare([*ours, *others], witnesses, rounds)]
    return measured[:2], measured[2:]
