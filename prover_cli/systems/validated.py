"""Which keys were checked before: a marker in the cache folder for each SHA-256."""

from contextlib import suppress

from prover_cli.cache_folder import cache_folder
from prover_cli.writing import write_atomically


def was_validated(sha256: str, version: int) -> bool:
    """Whether an earlier run checked this exact key. `version` is that of the checks."""
    with suppress(PermissionError):
        return (cache_folder() / "validated" / f"{sha256}.v{version}").exists()
    return False


def note_validated(sha256: str, version: int) -> None:
    """A cache that cannot be written costs time, not correctness."""
    with suppress(OSError):
        write_atomically(cache_folder() / "validated" / f"{sha256}.v{version}", b"")
