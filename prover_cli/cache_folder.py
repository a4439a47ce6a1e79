"""The user's cache folder: what was learned about keys, and the secret of the manifests."""

import os
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path

from prover_cli.temporary_folder import temporary_folder
from prover_cli.writing import write_atomically


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/prove-batch`, or what the platform has in its place. Not made here."""
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
    """For a user whom the system does not know, as containers have them: a folder of his own among the
    temporary ones. One that somebody else made is not used, for compiled code is read from it. On Windows
    there are no such users."""
    if not hasattr(os, "getuid"):
        return Path(os.devnull) / "prove-batch"
    folder = Path(temporary_folder()) / f"prove-batch-{os.getuid()}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077:
            return folder
    return Path(os.devnull) / "prove-batch"  # nothing can be written there, which costs time only


def manifest_secret() -> bytes:
    """The key of the witness digests, made once and kept with mode 0600.

    Where the cache folder cannot be written, a secret of this run alone: digests then match no later
    run, and `--resume` proves again rather than trusting what it cannot check.
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
