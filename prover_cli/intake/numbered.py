"""The texts of the objects in an array, in a row or in lines, each with the id that it gets if it names none.

Runs and `prove-batch witness` number them alike."""

from collections.abc import Iterator
from dataclasses import dataclass

from prover_cli.faults import JobFault
from prover_cli.intake import documents
from prover_cli.intake.arrays import BEGINNING, elements
from prover_cli.intake.lines import BadLine, read_lines


@dataclass(frozen=True, repr=False)
class Numbered:
    """One object, or the reason why there is none."""

    id: str
    where: str
    """What messages call it."""
    text: bytes | JobFault


def in_array(data: bytes, where: str, prefix: str, *, first: int = 0, digits: int = 1) -> Iterator[Numbered]:
    """The elements of an array, by default as those of a file are numbered: `PREFIX0`, `PREFIX1`, …"""
    number = first
    try:
        for text in elements(data, where):
            yield Numbered(f"{prefix}{number:0{digits}}", f"element {number} of {where}", text)
            number += 1
    except JobFault as fault:
        yield Numbered(f"{prefix}{number:0{digits}}", where, fault)


def in_row(data: bytes, where: str, prefix: str) -> Iterator[Numbered]:
    """Objects one after the other, numbered as lines are."""
    for number, text in enumerate(documents.objects(data), start=1):
        yield Numbered(f"{prefix}{number:06}", f"object {number} of {where}", text)


def on_standard_input(data: bytes) -> Iterator[Numbered]:
    """The elements of an array, or objects in a row: either is numbered as lines are."""
    where = "standard input"
    if BEGINNING.match(data):
        return in_array(data, where, "", first=1, digits=6)
    return in_row(data, where, "")


def in_lines(stream: Iterator[bytes], prefix: str) -> Iterator[Numbered]:
    """The lines of a stream that are not blank: `PREFIX000001`, … Raises OSError."""
    for number, line in enumerate(read_lines(stream), start=1):
        text = line.at(number) if isinstance(line, BadLine) else line
        if isinstance(text, JobFault) or text.strip():
            yield Numbered(f"{prefix}{number:06}", f"line {number}", text)
