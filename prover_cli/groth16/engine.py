"""The engine protocol: open a key, prove a witness. And the choice between the two engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from prover_cli.errors import SetupFault
from prover_cli.formats.proof import Proof
from prover_cli.formats.verification_key import VerificationKey
from prover_cli.formats.wtns import Witness
from prover_cli.formats.zkey import ZkeyLayout
from prover_cli.groth16.blinding import Blinding
from prover_cli.groth16.mapped import MappedKey


class OpenKey(Protocol):
    """A key ready to prove with. Safe to use from several threads."""

    @property
    def layout(self) -> ZkeyLayout: ...
    @property
    def n_public(self) -> int: ...
    @property
    def verification_key(self) -> VerificationKey: ...

    def prove(self, witness: Witness, blinding: Blinding, threads: int) -> Proof:
        """The blinded proof; not verified. Raises JobFault (WITNESS_NOT_REDUCED, ENGINE_FAILED)."""
        ...

    def check(self, section: int, start: int, count: int, threads: int) -> None:
        """Checks entries of a section in full. Raises SetupFault (KEY_CORRUPT)."""
        ...


class Engine(Protocol):
    """A way to make proofs."""

    name: str

    def open(self, key: MappedKey) -> OpenKey:
        """Raises SetupFault (KEY_…)."""
        ...

    def memory_per_proof(self, layout: ZkeyLayout) -> int:
        """Estimate of a worker's private bytes at the peak of a proof, interpreter included."""
        ...


@dataclass(frozen=True)
class Choice:
    """The engine of a run, and why it is not the fast one where it is not."""

    engine: Engine
    slow_because: str | None


def native_error() -> str | None:
    """Why the native engine cannot be used, or None where it can."""
    try:
        import prover_cli._native  # noqa: F401  (imported to see whether it can be)
    except ImportError as error:
        return str(error)
    return None


def _native() -> Engine:
    from prover_cli.groth16.native import NativeEngine

    return NativeEngine()


def _reference() -> Engine:
    from prover_cli.groth16.reference import ReferenceEngine

    return ReferenceEngine()


def choose_engine(wanted: str) -> Choice:
    """`auto` takes the native engine where it is there. Raises SetupFault ENGINE_MISSING."""
    makers: dict[str, Callable[[], Engine]] = {"native": _native, "reference": _reference}
    if wanted == "reference":
        return Choice(makers["reference"](), "it was asked for")
    missing = native_error()
    if missing is None:
        return Choice(makers["native"](), None)
    if wanted == "native":
        raise SetupFault(
            "ENGINE_MISSING",
            f"the native engine is not there ({missing}); install a wheel for this platform, or a Rust "
            "compiler (https://rustup.rs) and then prove-batch again",
        )
    return Choice(makers["reference"](), f"the native engine is not there ({missing})")
