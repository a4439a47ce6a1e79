"""What to tell people who lack an optional part of the package."""


def how_to_install(extra: str) -> str:
    """There is no release on PyPI yet, so it is installed from a clone."""
    return f"run pip install '.[{extra}]' in your clone of prove-batch"
