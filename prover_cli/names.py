"""Names that come from outside: ids, circuits, files, signals. One rule for what is valid, one way to show
them.

An id is Unicode text without halves of surrogate pairs. A file's name is judged by its bytes, which are UTF-8
or are not, whatever the locale: `ß.wtns` has the same id under C, Latin-1 and UTF-8.
"""

import os
from pathlib import Path

MOST_SHOWN = 60
"""Characters of a name that a message quotes: enough to recognise it, whatever was sent in its place."""


def is_text(name: str) -> bool:
    """Whether the name is valid Unicode: no half of a surrogate pair, no byte of a file name that is not
    UTF-8."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def of_file(path: "str | os.PathLike[str]") -> str:
    """A file's name as its bytes say it in UTF-8; bytes that are not UTF-8 become lone surrogates (PEP
    383)."""
    return os.fsencode(path).decode("utf-8", "surrogateescape")


def to_file(name: str) -> str:
    """The inverse of `of_file`: what this process calls the file with this name in UTF-8."""
    return os.fsdecode(name.encode("utf-8", "surrogateescape"))


def as_written(path: Path) -> Path:
    """An absolute path that leads through the links which the given one names."""
    return Path(os.path.abspath(path))  # noqa: PTH100  (`Path.resolve` would replace links)


def stem(path: Path) -> str:
    """The id of a file's job: its name without the last ending."""
    return of_file(path.stem)


def as_text(text: str) -> str:
    """The text with an escape for each character that is not Unicode: `\\xff` for a byte, `\\ud800` for half
    of a surrogate pair. What goes into messages, logs and JSON."""
    return text if is_text(text) else "".join(map(_valid, text))


def printable(text: str) -> str:
    """A message as a terminal may have it: nothing in it can move the cursor or change the order of
    letters."""
    return text if text.isprintable() else "".join(map(_printable, text))


def shown(name: str, most: int = MOST_SHOWN) -> str:
    """A name as a message quotes it: printable, and at most so long."""
    return printable(name[:most]) + "…" * (len(name) > most)


def _valid(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return f"\\u{ord(character):04x}" if "\ud800" <= character <= "\udfff" else character


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    escaped = _valid(character)
    if escaped != character:
        return escaped
    number = ord(character)
    return f"\\u{number:04x}" if number < 1 << 16 else f"\\U{number:08x}"
