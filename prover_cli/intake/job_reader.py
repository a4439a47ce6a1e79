"""Jobs out of files and streams, one at a time. A stream is read as its jobs are taken."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from prover_cli.faults import Code, Fault, JobFault
from prover_cli.formats.wtns import MAGIC as WITNESS_MAGIC
from prover_cli.intake import documents, numbered
from prover_cli.intake.arrays import BEGINNING
from prover_cli.intake.asked import Circuits as Known
from prover_cli.intake.asked import refuse_input
from prover_cli.intake.contents import is_no_input
from prover_cli.intake.jobs import Job
from prover_cli.intake.jsonl import parse_object
from prover_cli.intake.lines import jsonl_stem
from prover_cli.intake.numbered import Numbered
from prover_cli.intake.streams import TooLong, chunks, first_bytes, gathered
from prover_cli.intake.unfit import no_input, unclear_circuit
from prover_cli.names import as_text, is_text, of_file, shown, stem
from prover_cli.regular_file import read_regular
from prover_cli.stop import Stop
from prover_cli.witness.source import WitnessSource

FIRST_LINE = f"{1:06}"
LARGEST_PIPED = 1 << 30
"""Bytes of a witness or an input that comes through a pipe and so is held in memory; 32 million signals."""


class JobReader:
    """Makes jobs of what a source holds. A bad file or line is a job at fault, and costs no other."""

    def __init__(self, known: Known, stop: Stop) -> None:
        self._known = known
        self._stop = stop

    def of_named_file(self, path: Path, circuit: str | None) -> Job:
        """The job of a file that was named as a source, which nobody has looked at yet."""
        if path.suffix == ".json" and is_no_input(path):
            fault = JobFault(Code.INPUT_CORRUPT, no_input(path))
            return Job(as_text(stem(path)), circuit or "", fault=fault)
        return self.of_file(path, circuit)

    def of_file(self, path: Path, circuit: str | None, folder: Path | None = None) -> Job:
        """The job of a file that a worker is to read; it has the name of `folder`, where there is one."""
        source = WitnessSource(path=str(path), is_input=path.suffix == ".json")
        return self._job(path, circuit, source, None if folder is None else of_file(folder.name))

    def array(self, path: Path, circuit: str | None) -> Iterator[Job]:
        """The jobs of a file that holds an array of inputs."""
        try:
            data = read_regular(path)
        except OSError as error:
            yield _unreadable(path, circuit, error)
        else:
            yield from self._jobs(numbered.in_array(data, str(path), _prefix(path)), path.parent, circuit)

    def _jobs(
        self, objects: Iterator[Numbered], base: Path, circuit: str | None, hint: str = ""
    ) -> Iterator[Job]:
        """The job of each object; `circuit` is that of objects which name none."""
        for one in objects:
            if isinstance(one.text, JobFault):
                yield Job(one.id, circuit or "", fault=one.text)
            else:
                yield parse_object(
                    one.text,
                    one.id,
                    one.where,
                    base=base,
                    only_circuit=circuit,
                    circuits=self._known,
                    hint=hint,
                )

    def _job(self, path: Path, circuit: str | None, witness: WitnessSource, name: str | None = None) -> Job:
        """A job with the name of a file; at fault where it can have none or nobody knows its circuit."""
        identifier = stem(path) if name is None else name
        try:
            if not is_text(identifier):
                raise JobFault(
                    Code.BAD_ID, f'the name of "{shown(of_file(path), 200)}" is not UTF-8; rename the file'
                )
            if circuit is None:
                raise JobFault(Code.UNKNOWN_CIRCUIT, unclear_circuit(path))
            if witness.is_input:
                refuse_input(circuit, str(path), self._known)
        except Fault as fault:
            return Job(as_text(identifier), circuit or "", fault=fault)
        return Job(identifier, circuit, witness)

    def piped(self, path: Path, circuit: str | None) -> Iterator[Job]:
        """What comes through a pipe: a whole witness, known by its first bytes, a whole input or an array of
        them, or lines. Workers get it as bytes, since only this process can read the pipe."""
        try:
            stream = chunks(path, self._stop)
            is_witness, is_document, whole = _looked_at(stream, is_witness=path.suffix == ".wtns")
            if not (is_witness or is_document or path.suffix == ".json"):
                yield from self._lines(whole, _prefix(path), path.parent, circuit)
                return
            data = gathered(whole, LARGEST_PIPED)
            if is_document and BEGINNING.match(data):
                objects = numbered.in_array(data, str(path), _prefix(path))
                yield from self._jobs(objects, path.parent, circuit)
            elif is_document and path.suffix != ".json":
                objects = numbered.in_row(data, str(path), _prefix(path))
                yield from self._jobs(objects, path.parent, circuit)
            else:
                yield self._job(path, circuit, WitnessSource(data=data, is_input=not is_witness))
        except OSError as error:
            yield _unreadable(path, circuit, error)
        except TooLong:
            yield Job(as_text(stem(path)), circuit or "", fault=_too_long(str(path)))

    def standard_input(self, circuit: str | None) -> Iterator[Job]:
        """Lines; or a whole witness, known by its first bytes, an array, or objects over several lines each,
        as `jq` writes them. A single job has the id of a first line."""
        is_witness, is_document, whole = _looked_at(chunks(0, self._stop))
        if not is_witness and not is_document:
            yield from self._lines(whole, "", Path(), circuit)
            return
        try:
            data = gathered(whole, LARGEST_PIPED)
        except TooLong:
            yield Job(FIRST_LINE, circuit or "", fault=_too_long("standard input"))
            return
        if is_witness:
            yield self._witness_of_stream(data, circuit)
        else:
            yield from self._jobs(numbered.on_standard_input(data), Path(), circuit)

    def _witness_of_stream(self, data: bytes, circuit: str | None) -> Job:
        if circuit is not None:
            return Job(FIRST_LINE, circuit, WitnessSource(data=data))
        words = (
            "standard input holds a witness, but there are several circuits: choose one with --circuit "
            'ID=PATH or --key, or send a JSON line with "circuitId"'
        )
        return Job(FIRST_LINE, "", fault=JobFault(Code.UNKNOWN_CIRCUIT, words))

    def lines_of(self, path: Path, circuit: str | None) -> Iterator[Job]:
        """The jobs of a `.jsonl`; `circuit` is that of lines which name none."""
        try:
            yield from self._lines(chunks(path, self._stop), _prefix(path), path.parent, circuit)
        except OSError as error:
            yield _unreadable(path, circuit, error)

    def _lines(self, stream: Iterator[bytes], prefix: str, base: Path, circuit: str | None) -> Iterator[Job]:
        return self._jobs(
            numbered.in_lines(stream, prefix), base, circuit, hint="; write one object per line"
        )


def _looked_at(stream: Iterator[bytes], *, is_witness: bool = False) -> tuple[bool, bool, Iterator[bytes]]:
    """Whether a stream is a whole witness, whether it holds documents, and the stream from its beginning.
    Raises OSError."""
    first = first_bytes(stream, len(WITNESS_MAGIC))
    whole = chain([first], stream)
    if is_witness or first.startswith(WITNESS_MAGIC):
        return True, False, whole
    return False, *documents.is_document(whole)


def _prefix(path: Path) -> str:
    """What the ids of a file's jobs begin with."""
    name = jsonl_stem(path)
    return f"{as_text(stem(path)) if name is None else name}-"


def _too_long(where: str) -> JobFault:
    return JobFault(
        Code.WITNESS_TOO_LARGE, f"{where} holds more than {LARGEST_PIPED >> 20} MB; pass a file instead"
    )


def _unreadable(path: Path, circuit: str | None, error: OSError) -> Job:
    fault = JobFault(Code.SOURCE_UNREADABLE, f"{path} cannot be read: {error.strerror or error}")
    return Job(as_text(stem(path)), circuit or "", fault=fault)
