"""Counts of things in messages."""


def counted(number: int, one: str, several: str | None = None) -> str:
    """ "1 job", "2 jobs". `several` is the plural if it is not formed with "s"."""
    return f"{number} {one if number == 1 else several or f'{one}s'}"
