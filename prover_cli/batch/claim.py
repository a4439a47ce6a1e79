"""One run at a time into a folder: a lock that ends with its process, however that ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from prover_cli.faults import Code, SetupFault
from prover_cli.writing import write_failed

NAME = ".prove-batch.lock"


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Raises SetupFault OUTPUT_IN_USE, MachineFault."""
    lock = FileLock(folder / NAME, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise SetupFault(
            Code.OUTPUT_IN_USE,
            f"another run is writing to {folder}; wait until it has ended, or choose another folder "
            "with -o DIR",
        ) from None
    except OSError as error:
        raise write_failed(folder / NAME, error) from None
    try:
        yield
    finally:
        lock.release()
