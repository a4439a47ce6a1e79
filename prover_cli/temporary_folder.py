"""The folder for temporary files: sockets, and results in transit. No witness is left there."""

import os
import tempfile

from prover_cli.faults import Code, MachineFault

MORE_PLACES = ("/tmp", "/var/tmp", "/dev/shm")


def temporary_folder(longest: int | None = None) -> str:
    """The system's choice (`tempfile.gettempdir`), or another folder if that one is not writable or its path
    has more than `longest` bytes. Raises MachineFault NO_TEMPORARY_FOLDER."""
    try:
        wanted = tempfile.gettempdir()
    except FileNotFoundError:
        wanted = ""
    more = (os.environ.get("XDG_RUNTIME_DIR", ""), *MORE_PLACES)
    usable = [wanted, *(place for place in more if place and os.access(place, os.W_OK | os.X_OK))]
    for place in usable:
        if place and (longest is None or len(os.fsencode(place)) <= longest):
            return place
    if not wanted:
        raise MachineFault(
            Code.NO_TEMPORARY_FOLDER,
            "no writable folder for temporary files; set TMPDIR to one, and check ulimit -f",
        )
    return wanted
