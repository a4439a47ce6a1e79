"""The choice between the two engines, and the reason if it is not the fast one."""

from dataclasses import dataclass

from prover_cli.faults import Code, SetupFault


@dataclass(frozen=True)
class Choice:
    """The engine of a run."""

    engine: str
    """native or reference."""
    slow_because: str | None
    """Why it is not the fast one. None if it is."""


def native_error() -> str | None:
    """Why the native engine cannot be used, or None if it can."""
    try:
        import prover_cli._native  # noqa: F401  (only to see whether the import works)
    except ImportError as error:
        return str(error)
    return None


def choose_engine(wanted: str) -> Choice:
    """`auto` chooses the native engine if it is available. Raises SetupFault ENGINE_MISSING."""
    if wanted == "reference":
        return Choice("reference", "you chose it")
    missing = native_error()
    if missing is None:
        return Choice("native", None)
    if wanted == "native":
        raise SetupFault(
            Code.ENGINE_MISSING,
            f"the native engine is not available ({missing}); install a wheel for this platform, or install "
            "Rust (https://rustup.rs) and then reinstall prove-batch",
        )
    return Choice("reference", f"the native engine is not available ({missing})")
