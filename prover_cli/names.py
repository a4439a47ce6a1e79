"""Names that come from outside: ids, circuits, files, signals. There is one rule for validity, and one way to
show them.

An id is Unicode text without lone surrogates. A file name is interpreted as UTF-8 bytes, whatever the locale:
`ß.wtns` has the same id under C, Latin-1 and UTF-8.
"""

import os
from pathlib import Path

MOST_SHOWN = 60
"""Characters of a name that a message quotes: enough to recognise it, however long it is."""


def is_text(name: str) -> bool:
    """Whether the name is valid Unicode: without lone surrogates, and without bytes of a file name that are
    not UTF-8."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def of_file(path: "str | os.PathLike[str]") -> str:
    """A file's name, decoded as UTF-8. Bytes that are not UTF-8 become lone surrogates (PEP 383)."""
    return os.fsencode(path).decode("utf-8", "surrogateescape")


def to_file(name: str) -> str:
    """The inverse of `of_file`: this process's name for the file with this name in UTF-8."""
    return os.fsdecode(name.encode("utf-8", "surrogateescape"))


def as_written(path: Path) -> Path:
    """The absolute path, with links left unresolved."""
    return Path(os.path.abspath(path))  # noqa: PTH100  (`Path.resolve` would replace links)


def stem(path: Path) -> str:
    """The id of a file's job: the file name without its last ending."""
    return of_file(path.stem)


def as_text(text: str) -> str:
    """The text with each invalid character escaped, for messages, logs and JSON: `\\xff` for a byte,
    `\\ud800` for a lone surrogate."""
    return text if is_text(text) else "".join(map(_valid, text))


def printable(text: str) -> str:
    """A message that is safe for a terminal: nothing in it can move the cursor or reorder characters."""
    return text if text.isprintable() else "".join(map(_printable, text))


def shown(name: str, most: int = MOST_SHOWN) -> str:
    """A name as quoted in messages: printable and shortened to `most` characters."""
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
