"""The choice between the two engines, and the reason if it is not the fast one."""

from dataclasses import dataclass

from prover_cli.faults import Code, SetupFault

SECONDS_PER_VERIFICATION = 3
"""Of the reference engine: up to four pairings, measured with py_ecc 8 on CPython 3.11."""

GET_IT = (
    "install a wheel for this platform, or install a Rust compiler (https://rustup.rs) and then prove-batch "
    "again"
)
"""How to get the native engine."""


@dataclass(frozen=True)
class Choice:
    """The engine of a run."""

    engine: str
    """native or reference."""
    slow_because: str | None
    fell_back: bool = False
    """Whether the user did not choose the slow engine."""

    def slow_words(self, seconds_to_prove: float) -> str:
        """A warning about the slow engine; see `registry.reference_seconds`."""
        seconds = round(seconds_to_prove + SECONDS_PER_VERIFICATION)
        return (
            f"SLOW ENGINE: proving with the reference engine, because {self.slow_because}. Expect about "
            f"{seconds} s per proof. For the fast engine, {_how_to_get_it()}."
        )


def native_error() -> str | None:
    """Why the native engine cannot be used, or None if it can."""
    try:
        import prover_cli._native  # noqa: F401  (only to see whether the import works)
    except ImportError as error:
        from prover_cli.systems.shadowing import OURS, hidden_install

        hidden = hidden_install()
        if hidden is None:
            return str(error)
        return f"{OURS} has no compiled engine, and it hides {hidden}, which has one"
    return None


def arithmetic_of(engine: str) -> str | None:
    """What an engine's workers are to calculate with, or None if they have no choice. Raises SetupFault
    CPU_UNAVAILABLE."""
    if choose_engine(engine).engine != "native":
        return None
    from prover_cli.systems.arithmetic import chosen_cpu

    return chosen_cpu()


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
            f"the native engine is not available ({missing}); {_how_to_get_it()}",
        )
    return Choice("reference", f"the native engine is not available ({missing})", fell_back=True)


def _how_to_get_it() -> str:
    from prover_cli.systems.shadowing import hidden_install

    return "run in another folder, or build this copy" if hidden_install() else GET_IT
