"""Whether results can be written where they are to go, found out before anything is begun.

Nothing is created for it, so a dry run and `prove-batch doctor` ask the same.
"""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from prover_cli.batch.options import RunOptions
from prover_cli.faults import Code, SetupFault
from prover_cli.intake.jobs import why_no_file_name
from prover_cli.names import shown
from prover_cli.regular_file import is_folder

FOLDER_ADVICE = "choose another folder with -o DIR, or -o - for lines on standard output"


def check_output(options: RunOptions) -> None:
    """Raises SetupFault OUTPUT_NOT_WRITABLE, NO_FIXTURES."""
    if options.check_fixtures is not None:
        check_fixtures(options.check_fixtures)
    elif options.lines_file is not None:
        check_file(options.lines_file, "choose another with -o")
    elif options.to_folder:
        if options.folder.suffix == ".json" and not is_folder(options.folder):
            raise SetupFault(
                Code.BAD_OPTION,
                f"-o {options.out}: results go to a folder, or as lines to FILE.jsonl; for a summary of the "
                "run there is --summary FILE.json",
            )
        check_folder(options.folder)
    files = {"--summary": options.summary, "--report": options.report}
    for option, given in files.items():
        if given is not None and str(given) != "-":
            check_file(Path(given), f"give another file with {option}")


def check_folder(folder: Path) -> None:
    """A folder that results are to be written into. Raises SetupFault OUTPUT_NOT_WRITABLE."""
    why = _why_no_folder(folder, folder)
    if why is not None:
        raise cannot_write_into(folder, why)


def check_fixtures(folder: Path) -> None:
    """Raises SetupFault NO_FIXTURES."""
    if not is_folder(folder):
        raise SetupFault(
            Code.NO_FIXTURES, f"--check-fixtures {folder} is not a folder; make it with -o and --seed"
        )


def check_circuit_folders(circuits: Sequence[str]) -> None:
    """The results of several circuits lie in folders that are named after them. Raises SetupFault BAD_ID."""
    for circuit in circuits if len(circuits) > 1 else ():
        reason = why_no_file_name(circuit)
        if reason is not None:
            raise SetupFault(
                Code.BAD_ID,
                f'circuit "{shown(circuit)}" {reason}, but its results go into a folder of that name; '
                "rename it with --circuit ID=PATH",
            )


def cannot_write_into(folder: Path, why: str) -> SetupFault:
    """What is said of a folder of results that cannot be one."""
    return SetupFault(Code.OUTPUT_NOT_WRITABLE, f"cannot write to {folder}: {why}; {FOLDER_ADVICE}")


def _why_no_folder(folder: Path, named: Path) -> str | None:
    """Why a folder cannot be written into, or cannot be made; None where nothing is known against it. The
    sentence is about `named`."""
    place = folder
    while True:
        try:
            place.lstat()
            break
        except (FileNotFoundError, NotADirectoryError):
            if place == place.parent:
                return None
            place = place.parent
        except OSError as error:  # such as of a name that is too long
            return error.strerror or str(error)
    if not is_folder(place):
        return "it is not a folder" if place == named else f"{place} is not a folder"
    if not os.access(place, os.W_OK | os.X_OK):
        return "Permission denied"
    return None


def check_file(path: Path, advice: str) -> None:
    """A file that results are to be written to. Raises SetupFault OUTPUT_NOT_WRITABLE."""
    why = _why_no_file(path)
    if why is not None:
        raise SetupFault(Code.OUTPUT_NOT_WRITABLE, f"cannot write {path}: {why}; {advice}")


def _why_no_file(path: Path) -> str | None:
    if is_folder(path):
        return "it is a folder"
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return _why_no_folder(path.parent, path)
    except OSError as error:
        return error.strerror or str(error)
    # Whoever opens a link follows it, and finds what is wrong there.
    return None if stat.S_ISLNK(mode) or os.access(path, os.W_OK) else "Permission denied"
