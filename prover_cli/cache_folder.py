"""The user's cache folder: prepared data about keys, and the secret for manifests."""

import os
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path

from prover_cli.temporary_folder import temporary_folder
from prover_cli.writing import write_atomically


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/prove-batch`, or the platform's equivalent. It is not created here."""
    try:
        if sys.platform == "win32":
            base = os.environ.get("LOCALAPPDATA")
            root = Path(base) if base else Path.home() / "AppData" / "Local"
        elif sys.platform == "darwin":
            root = Path.home() / "Library" / "Caches"
        else:
            base = os.environ.get("XDG_CACHE_HOME")
            root = Path(base) if base else Path.home() / ".cache"
    except RuntimeError:
        return _homeless()
    return root / "prove-batch"


def _homeless() -> Path:
    """The folder for a user without an entry in the system's user database, as in containers: a private
    folder in the one for temporary files. A folder created by somebody else is not used, because compiled
    code is loaded from it. Windows has no such users."""
    if not hasattr(os, "getuid"):
        return Path(os.devnull) / "prove-batch"
    folder = Path(temporary_folder()) / f"prove-batch-{os.getuid()}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077:
            return folder
    return Path(os.devnull) / "prove-batch"  # not writable, which only costs time


def is_ours_alone(status: os.stat_result) -> bool:
    """Whether nobody else can write a file with this status. Code is only taken from such files, because
    whoever writes it decides what runs here."""
    return os.name != "posix" or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def manifest_secret() -> bytes:
    """The key for witness digests, created once and stored with mode 0600.

    If the cache folder is not writable, a secret for this run only is returned. Digests then do not match
    those of later runs, and `--resume` proves again instead of trusting what it cannot check.
    """
    path = cache_folder() / "manifest-secret"
    with suppress(OSError):
        found = path.read_bytes()
        if len(found) == 32:
            return found
    secret = secrets.token_bytes(32)
    with suppress(OSError):
        write_atomically(path, secret, mode=0o600)
        return path.read_bytes()
    return secret
