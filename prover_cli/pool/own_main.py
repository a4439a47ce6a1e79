"""Workers start without the caller's `__main__`.

multiprocessing has each new process import the file that the program was started with. A script without
`if __name__ == "__main__"` would run again in every worker. Workers need nothing from it: whatever they are
sent belongs to this package.
"""

from multiprocessing import spawn
from typing import Any

from prover_cli.pool.forkserver import OUR_PROCESSES

MAIN = ("init_main_from_name", "init_main_from_path")
"""What multiprocessing tells a new process about `__main__`."""


def leave_out_main() -> None:
    """From now on, for the pool's own processes. Those that the caller starts are told what they always were:
    the name of the process decides, so no lock is needed."""
    told = spawn.get_preparation_data
    if isinstance(told, _WithoutMain):
        return
    spawn.get_preparation_data = _WithoutMain(told)


class _WithoutMain:
    """In place of `multiprocessing.spawn.get_preparation_data`."""

    def __init__(self, told: Any) -> None:
        self._told = told

    def __call__(self, name: str) -> dict[str, Any]:
        data: dict[str, Any] = self._told(name)
        if name.startswith(OUR_PROCESSES):
            for field in MAIN:
                data.pop(field, None)
        return data
