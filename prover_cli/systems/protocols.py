"""What every proof system offers: keys, provers, proofs, verifiers, and the engines that make them.

Pool, sinks, resume, queue and service know these protocols and the registry, never a system by name.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from prover_cli.formats.container import Buffer
from prover_cli.formats.curves import Curve
from prover_cli.formats.targets import Target
from prover_cli.formats.wtns import Witness
from prover_cli.needs import Needs
from prover_cli.systems.constraints import Constraints, Sizes
from prover_cli.systems.tables import Tables

Progress = Callable[[int, int], None]
"""Called with the entries done and the entries in all."""


@runtime_checkable
class Proof(Protocol):
    """A proof of one system."""

    @property
    def system(self) -> str: ...
    @property
    def curve(self) -> Curve: ...
    def to_json(self) -> dict[str, Any]:
        """The object that snarkjs writes."""
        ...

    def to_bytes(self) -> bytes:
        """What crosses process borders; `System.proof_from_bytes` is the inverse."""
        ...


@runtime_checkable
class VerificationKey(Protocol):
    """What a verifier needs to know of a circuit."""

    @property
    def system(self) -> str: ...
    @property
    def curve(self) -> Curve: ...
    @property
    def n_public(self) -> int: ...
    def to_json(self) -> dict[str, Any]:
        """The object that snarkjs writes."""
        ...

    def differences(self, other: "VerificationKey") -> list[str]:
        """The fields of snarkjs' object in which the two differ."""
        ...


class Verifier(Protocol):
    """A verification key ready for use."""

    def verify(self, proof: Proof, public_signals: tuple[int, ...]) -> bool:
        """Whether the proof is valid for these public signals; False for anything malformed."""
        ...

    def verify_all(self, claims: Sequence[tuple[Proof, tuple[int, ...]]], threads: int) -> list[bool]:
        """The same for many proofs, at less than the price of each."""
        ...


class ProvingKey(Protocol):
    """A `.zkey` mapped into memory, its structure checked."""

    @property
    def system(self) -> str: ...
    @property
    def path(self) -> Path: ...
    @property
    def status(self) -> os.stat_result:
        """Of the file when it was mapped."""
        ...

    @property
    def data(self) -> Buffer: ...
    @property
    def size(self) -> int:
        """Bytes of the file."""
        ...

    @property
    def layout(self) -> Sizes: ...
    @property
    def sha256(self) -> str:
        """Of the whole file, in hex."""
        ...

    @property
    def is_unchanged(self) -> bool:
        """Whether nobody has written into the file since it was mapped."""
        ...

    @property
    def verification_key(self) -> VerificationKey: ...


class OpenKey(Protocol):
    """A key ready to prove with. Safe to use from several threads."""

    @property
    def layout(self) -> Sizes: ...
    @property
    def n_public(self) -> int: ...
    @property
    def verification_key(self) -> VerificationKey: ...

    def ensure_valid(self, *, threads: int = 1, progress: Progress | None = None) -> None:
        """Checks every entry that proofs are made of, unless that was done before. Raises SetupFault:
        KEY_CORRUPT, VKEY_CORRUPT."""
        ...

    def difference(self, constraints: Constraints, threads: int) -> str | None:
        """The first constraint that is not the key's, in words; None where all are. Their curve and the
        number of wires are those of the key."""
        ...


@runtime_checkable
class Timed(Protocol):
    """An opened key that can say where the time of a proof goes."""

    def stages(self, witness: Witness) -> list[tuple[str, float]]:
        """Proves on one thread and throws the proof away: the steps and their seconds."""
        ...


@dataclass(frozen=True)
class Made:
    """A proof, verified where that was asked for."""

    proof: Proof
    defect: bool = False
    """Whether the fast path's proof was wrong and the plain path's is valid: a defect of ours."""


@runtime_checkable
class Prover(Protocol):
    """A key with all that a batch's proofs need: verifier, blinding, and what decides where a proof is not
    valid. Safe to share among threads."""

    @property
    def path(self) -> Path:
        """The key's file."""
        ...

    @property
    def layout(self) -> Sizes: ...
    @property
    def n_public(self) -> int: ...
    @property
    def verification_key(self) -> VerificationKey: ...

    def prove(
        self,
        witness: Witness,
        name: str,
        *,
        threads: int = 1,
        verify: bool = True,
        cancel: bytearray | None = None,
        seed: bytes | None = None,
    ) -> Made:
        """One proof. A byte that is not zero in `cancel` ends it at its next step. With a `seed` it is the
        same again for the same witness.

        Raises JobFault: WITNESS_CURVE, WITNESS_COUNT, WITNESS_FIRST_SIGNAL, WITNESS_NOT_REDUCED,
        WITNESS_UNSATISFIED, KEY_MISMATCH, ENGINE_FAILED, CANCELLED."""
        ...

    def drop_tables(self) -> None:
        """After a defect: what is left of the run does not trust the tables again."""
        ...


class Engine(Protocol):
    """A way to make proofs of one system."""

    name: str

    def open(self, key: ProvingKey, tables: Tables | None = None) -> OpenKey:
        """With tables where the key was prepared for this engine. Raises SetupFault (KEY_…)."""
        ...

    def prover(
        self,
        key: ProvingKey,
        tables: Tables | None = None,
        *,
        sha256: str | None = None,
        constraints: Path | None = None,
    ) -> Prover:
        """`sha256` is the key's, where somebody knows it already; `constraints` is the circuit's `.r1cs`,
        where it is not beside the key. Raises SetupFault (KEY_…, VKEY_CORRUPT)."""
        ...

    def verifier(self, key: VerificationKey) -> Verifier:
        """Raises SetupFault VKEY_CORRUPT."""
        ...

    def needs(self, layout: Sizes) -> Needs:
        """An estimate of what a proof takes, interpreter included."""
        ...


class System(Protocol):
    """A proof system: how its keys and proofs are read, and what they are made into."""

    name: str
    not_checked: tuple[str, ...]
    """Parts of a key that nobody looks at, for no proof of ours uses them."""

    def map_key(self, path: Path) -> ProvingKey:
        """Raises SetupFault: KEY_UNREADABLE, KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE."""
        ...

    def is_known_valid(self, key: ProvingKey) -> bool:
        """Whether `OpenKey.ensure_valid` looked at this very key before."""
        ...

    def proof_from_bytes(self, data: bytes, curve: Curve) -> Proof: ...
    def proof_from_json(self, value: object) -> Proof:
        """Raises Fault: JSON_CORRUPT, CURVE_UNKNOWN, PROOF_PROTOCOL."""
        ...

    def verification_key_from_json(self, value: object) -> VerificationKey:
        """Raises Fault: JSON_CORRUPT, CURVE_UNKNOWN, PROOF_PROTOCOL."""
        ...

    def export_json(self, target: Target, proof: Proof, signals: tuple[int, ...]) -> dict[str, str]:
        """The field that a JSON line gets for a target other than snarkjs. Raises JobFault CALLDATA_CURVE."""
        ...

    def export_files(self, target: Target, proof: Proof, signals: tuple[int, ...]) -> dict[str, bytes]:
        """The files that a target adds: contents by ending. Raises JobFault CALLDATA_CURVE."""
        ...

    def calldata(self, proof: Proof, signals: tuple[int, ...], *, abi: bool) -> str:
        """Arguments of snarkjs' Solidity verifier: as text, or ABI-encoded in hex. Raises JobFault
        CALLDATA_CURVE."""
        ...

    def solidity(self, key: VerificationKey, name: str) -> str:
        """The source of a contract called so that verifies the key's proofs. Raises SetupFault:
        CALLDATA_CURVE, BAD_OPTION."""
        ...

    def export_verification_key(self, key: ProvingKey, target: Target) -> bytes:
        """The verification key that a proving key has, its points checked. Raises SetupFault: KEY_CORRUPT,
        VKEY_CORRUPT."""
        ...

    def facts(self, key: ProvingKey) -> Mapping[str, int]:
        """Counts that `prove-batch key info` shows, by name."""
        ...
