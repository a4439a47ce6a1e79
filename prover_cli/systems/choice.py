"""The choice between the two engines, and why it is not the fast one where it is not."""

from dataclasses import dataclass

from prover_cli.faults import Code, SetupFault


@dataclass(frozen=True)
class Choice:
    """The engine of a run, and why it is not the fast one where it is not."""

    engine: str
    """native or reference."""
    slow_because: str | None


def native_error() -> str | None:
    """Why the native engine cannot be used, or None where it can."""
    try:
        import prover_cli._native  # noqa: F401  (imported to see whether it can be)
    except ImportError as error:
        return str(error)
    return None


def arithmetic_of(engine: str) -> str | None:
    """What an engine's workers are to calculate with, or None if they have no choice. Raises SetupFault
    CPU_UNAVAILABLE."""
    if choose_engine(engine).engine != "native":
        return None
    from prover_cli.systems.arithmetic import chosen_cpu

    return chosen_cpu()


def choose_engine(wanted: str) -> Choice:
    """`auto` takes the native engine where it is there. Raises SetupFault ENGINE_MISSING."""
    if wanted == "reference":
        return Choice("reference", "it was asked for")
    missing = native_error()
    if missing is None:
        return Choice("native", None)
    if wanted == "native":
        raise SetupFault(
            Code.ENGINE_MISSING,
            f"the native engine is not there ({missing}); install a wheel for this platform, or a Rust "
            "compiler (https://rustup.rs) and then prove-batch again",
        )
    return Choice("reference", f"the native engine is not there ({missing})")
