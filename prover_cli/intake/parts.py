"""What the sources of a run are made of."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Listed:
    """Files of a folder, each one job or an array of them, of one circuit."""

    circuit: str | None
    """None where there are several circuits and nothing says which."""
    paths: list[Path]
    named_by_folder: bool = False
    """Whether each is a `witness.wtns` in a folder that has its input's name, as circomkit writes them."""


@dataclass(frozen=True)
class Lines:
    """A `.jsonl` or `.jsonl.gz`."""

    path: Path
    circuit: str | None
    """That of lines which name none."""


@dataclass(frozen=True)
class Piped:
    """A pipe or a device, which this process reads as a stream. Workers cannot open it."""

    path: Path


@dataclass(frozen=True)
class StandardInput:
    """The stream that `-` stands for."""


@dataclass(frozen=True)
class Single:
    """A file that was named as a source."""

    path: Path
    circuit: str | None


Part = Listed | Lines | Piped | StandardInput | Single
