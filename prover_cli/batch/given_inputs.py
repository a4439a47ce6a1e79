"""The inputs that `prove-batch witness` is given, in all the forms that a run takes them.

Folders of `.json` and `.jsonl`, with their `inputs/`; single files, which may hold an array or packed lines;
standard input, with lines or with one object.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from prover_cli.faults import Code, Fault, JobFault, SetupFault
from prover_cli.intake import documents, numbered
from prover_cli.intake.asked import KNOWN
from prover_cli.intake.contents import Content, content_of, holds_jobs
from prover_cli.intake.folder import files, input_files
from prover_cli.intake.ignored import Ignored
from prover_cli.intake.job_reader import FIRST_LINE, LARGEST_PIPED
from prover_cli.intake.jsonl import identifier_of
from prover_cli.intake.lines import jsonl_stem
from prover_cli.intake.members import NotAnObject, members
from prover_cli.intake.numbered import Numbered
from prover_cli.intake.sources import STDIN
from prover_cli.intake.streams import Stopped, TooLong, chunks, gathered
from prover_cli.names import as_text, stem
from prover_cli.regular_file import is_piped, read_regular
from prover_cli.stop import Stop


@dataclass(frozen=True, repr=False)
class Inputs:
    """One witness to calculate: a file, or bytes that were read already, or what is wrong with them."""

    id: str
    path: Path | None = None
    data: bytes | None = None
    fault: Fault | None = None


class GivenInputs:
    """What the sources hold. Folders are listed at once; files and streams are read as they are taken."""

    def __init__(self, names: Sequence[str], stop: Stop) -> None:
        """Raises SetupFault EMPTY_DIRECTORY, SOURCE_UNREADABLE."""
        self.ignored = Ignored()
        """What lies in the folders and is not an input; a witness may lie there."""
        self._stop = stop
        self._parts: list[Path | None] = []
        """Files; None is standard input."""
        for name in names:
            path = Path(name)
            if name == STDIN:
                self._parts.append(None)
            elif path.is_dir():
                self._parts += self._listed(path)
            else:
                self._parts.append(path)

    def _listed(self, folder: Path) -> list[Path]:
        """The files of inputs in a folder, and in `inputs/` where it is a circuit's."""
        places = [folder, *(place for place in [folder / "inputs"] if place.is_dir())]
        found = [path for place in places for path in input_files(place)]
        lines = (path for place in places for path in files(place, ".jsonl", ".jsonl.gz"))
        found += [path for path in lines if holds_jobs(path)]
        if not found:
            raise SetupFault(
                Code.EMPTY_DIRECTORY, f"no inputs in {folder}: it has no .json or .jsonl, nor has its inputs/"
            )
        beside = Ignored()
        beside.look_into(folder, set(found))
        self.ignored.files += [path for path in beside.files if path.suffix != ".wtns"]
        self.ignored.unseen += beside.unseen
        return found

    def __iter__(self) -> Iterator[Inputs]:
        for part in self._parts:
            with suppress(Stopped):
                yield from self._standard_input() if part is None else self._of_file(part)

    def _of_file(self, path: Path) -> Iterator[Inputs]:
        name = jsonl_stem(path)
        try:
            if name is not None:
                yield from _of_objects(numbered.in_lines(chunks(path, self._stop), f"{name}-"))
            elif is_piped(path):
                yield _gathered(chunks(path, self._stop), stem(path), str(path))
            elif path.suffix == ".json" and content_of(path) in (Content.ARRAY, Content.EMPTY_ARRAY):
                prefix = f"{as_text(stem(path))}-"
                yield from _of_objects(numbered.in_array(read_regular(path), str(path), prefix))
            else:
                yield Inputs(stem(path), path=path)
        except OSError as error:
            fault = JobFault(Code.INPUT_UNREADABLE, f"input {path} cannot be read: {error.strerror or error}")
            yield Inputs(stem(path), fault=fault)

    def _standard_input(self) -> Iterator[Inputs]:
        """Lines, an array, or objects over several lines each, as `jq` writes them."""
        is_document, whole = documents.is_document(chunks(0, self._stop))
        if not is_document:
            yield from _of_objects(numbered.in_lines(whole, ""))
            return
        given = _gathered(whole, FIRST_LINE, "standard input")
        if given.data is None:
            yield given
        else:
            yield from _of_objects(numbered.on_standard_input(given.data))


def _gathered(stream: Iterator[bytes], identifier: str, where: str) -> Inputs:
    """The whole of a stream as one input. Raises OSError."""
    try:
        return Inputs(identifier, data=gathered(stream, LARGEST_PIPED))
    except TooLong:
        fault = JobFault(
            Code.INPUT_TOO_LARGE, f"{where} holds more than {LARGEST_PIPED >> 20} MB; give it as a file"
        )
        return Inputs(identifier, fault=fault)


def _of_objects(objects: Iterator[Numbered]) -> Iterator[Inputs]:
    for one in objects:
        if isinstance(one.text, JobFault):
            yield Inputs(one.id, fault=one.text)
        else:
            yield _of_object(one.text, one.id, one.where)


def _of_object(text: bytes, identifier: str, where: str) -> Inputs:
    """An object of inputs, or `{"id", "input"}`; messages call it `where`."""
    try:
        fields = members(text)
        if fields and not fields.keys() & KNOWN:
            return Inputs(identifier, data=text)
        if "id" in fields:
            identifier = identifier_of(fields["id"].value, where)
        if "input" not in fields and "witness" in fields:
            raise JobFault(Code.BAD_LINE, f'{where} has a "witness" already; give an "input"')
        if "input" not in fields or not isinstance(fields["input"].value, dict):
            raise JobFault(Code.BAD_LINE, f'{where} is not an object of inputs, and has no object "input"')
        return Inputs(identifier, data=fields["input"].text.encode())
    except NotAnObject as error:
        return Inputs(identifier, fault=JobFault(Code.BAD_LINE, f"{where} {error}"))
    except JobFault as fault:
        return Inputs(identifier, fault=fault)
