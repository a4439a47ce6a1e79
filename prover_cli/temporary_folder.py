"""Where temporary files lie: sockets, and results on their way. No witness is written there to stay."""

import os
import tempfile

from prover_cli.faults import Code, MachineFault

MORE_PLACES = ("/tmp", "/var/tmp", "/dev/shm")


def temporary_folder(longest: int | None = None) -> str:
    """The system's choice (`tempfile.gettempdir`), or another place where that one cannot be written or has
    more than `longest` bytes in its name. Raises MachineFault NO_TEMPORARY_FOLDER."""
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
            "no folder for temporary files can be written to; set TMPDIR to one that can, and see ulimit -f",
        )
    return wanted
