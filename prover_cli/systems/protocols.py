"""What every proof system offers: keys, provers, proofs, verifiers, and the engines that make them.

The pool, sinks, resume, queue and service depend on these protocols and the registry, never on one system.
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
from prover_cli.systems.ceremony import Ceremony
from prover_cli.systems.constraints import Constraints, Sizes
from prover_cli.systems.insecure_setup import Circuit
from prover_cli.systems.insecure_setup import Progress as Telling
from prover_cli.systems.proof_schema import Schema
from prover_cli.systems.tables import Tables

Progress = Callable[[int, int], None]
"""Called with the number of entries done and the total."""


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
        """What is sent between processes. `System.proof_from_bytes` is the inverse."""
        ...


@runtime_checkable
class VerificationKey(Protocol):
    """What a verifier needs to know about a circuit."""

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
        """The fields of snarkjs' object that differ between the two."""
        ...


class Verifier(Protocol):
    """A verification key ready for use."""

    def verify(self, proof: Proof, public_signals: tuple[int, ...]) -> bool:
        """Whether the proof is valid for these public signals. False for anything malformed."""
        ...

    def verify_all(self, claims: Sequence[tuple[Proof, tuple[int, ...]]], threads: int) -> list[bool]:
        """The same for many proofs, at a lower cost per proof."""
        ...


class ProvingKey(Protocol):
    """A `.zkey` mapped into memory, its structure checked."""

    @property
    def system(self) -> str: ...
    @property
    def path(self) -> Path: ...
    @property
    def status(self) -> os.stat_result:
        """The file's status when it was mapped."""
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
        """SHA-256 of the whole file, in hex."""
        ...

    @property
    def bases_sha256(self) -> str:
        """What its tables of multiples are bound to, in hex: keys with the same bases share them."""
        ...

    @property
    def n_tables(self) -> int:
        """How many tables of multiples it can have: one for each kind of bases."""
        ...

    @property
    def is_unchanged(self) -> bool:
        """Whether the file has not been modified since it was mapped."""
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
        """Checks every entry that is used in proofs, unless this was done before. Raises SetupFault:
        KEY_CORRUPT, VKEY_CORRUPT."""
        ...

    def difference(self, constraints: Constraints, threads: int) -> str | None:
        """Describes the first constraint that differs from the key's. None if there is no difference. The
        constraints must have the key's curve and number of wires."""
        ...


@runtime_checkable
class Timed(Protocol):
    """An opened key that can report how long each step of a proof takes."""

    def stages(self, witness: Witness) -> list[tuple[str, float]]:
        """Proves on one thread, discards the proof, and returns the steps with their seconds."""
        ...


@dataclass(frozen=True)
class Made:
    """A proof, verified unless verification was turned off."""

    proof: Proof
    defect: bool = False
    """Whether the fast path's proof was invalid and the plain path's is valid, which is a bug of ours."""


@runtime_checkable
class Prover(Protocol):
    """A key with everything that a batch needs: verifier, blinding, and the diagnosis of invalid proofs. Safe
    to share among threads."""

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
        """One proof. A nonzero byte in `cancel` ends it at the next step. With a `seed`, the same witness
        always gives the same proof.

        Raises JobFault: WITNESS_CURVE, WITNESS_COUNT, WITNESS_FIRST_SIGNAL, WITNESS_NOT_REDUCED,
        WITNESS_UNSATISFIED, KEY_MISMATCH, ENGINE_FAILED, CANCELLED."""
        ...

    def are_valid(self, claims: Sequence[tuple[Proof, tuple[int, ...]]], threads: int = 1) -> list[bool]:
        """Whether each proof is valid for its public signals. See `Verifier.verify_all`."""
        ...

    def diagnose(self, witness: Witness, name: str, *, threads: int = 1, seed: bytes | None = None) -> Made:
        """For a witness whose proof, made without verification, is not valid: the plain path's proof, if that
        is. Raises JobFault like `prove`."""
        ...

    def drop_tables(self) -> None:
        """Stops using the tables for the rest of the run, after a defect."""
        ...


class Engine(Protocol):
    """A way to make proofs of one system."""

    name: str

    def open(self, key: ProvingKey, tables: Tables | None = None) -> OpenKey:
        """Opens a key, with its tables if it was prepared for this engine. Raises SetupFault (KEY_…)."""
        ...

    def prover(
        self,
        key: ProvingKey,
        tables: Tables | None = None,
        *,
        sha256: str | None = None,
        constraints: Path | None = None,
    ) -> Prover:
        """`sha256` is the key's, if already known. `constraints` is the circuit's `.r1cs`, if it is not next
        to the key. Raises SetupFault (KEY_…, VKEY_CORRUPT)."""
        ...

    def verifier(self, key: VerificationKey) -> Verifier:
        """Raises SetupFault VKEY_CORRUPT."""
        ...

    def needs(self, layout: Sizes) -> Needs:
        """An estimate of the memory that a proof takes, including the interpreter."""
        ...


class System(Protocol):
    """A proof system: how its keys and proofs are read and exported."""

    name: str
    targets: tuple[Target, ...]
    """The formats that its proofs can be written in."""

    proof_schema: Schema
    """The JSON schema of the object that `Proof.to_json` makes."""

    uncontributed: tuple[str, str, str]
    """Where `is_uncontributed`: what nobody has contributed to, how a key shows it, and what to do."""

    checks: str
    """What `OpenKey.ensure_valid` looks at, in words."""

    not_checked: tuple[str, ...]
    """Parts of a key that are not checked."""

    rows_of_a_sum: int
    """Points of the domain that a constraint takes which multiplies a sum of two signals by another."""

    seconds_per_point: float
    """Those that a proof by the reference engine takes, per point of the domain."""

    def map_key(self, path: Path) -> ProvingKey:
        """Raises SetupFault: KEY_UNREADABLE, KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL, KEY_CURVE."""
        ...

    def is_known_valid(self, key: ProvingKey) -> bool:
        """Whether `OpenKey.ensure_valid` has already checked this exact key."""
        ...

    def proof_from_bytes(self, data: bytes, curve: Curve) -> Proof: ...
    def proof_from_json(self, value: object) -> Proof:
        """Raises Fault: JSON_CORRUPT, CURVE_UNKNOWN, PROOF_PROTOCOL."""
        ...

    def verification_key_from_json(self, value: object) -> VerificationKey:
        """Raises Fault: JSON_CORRUPT, CURVE_UNKNOWN, PROOF_PROTOCOL."""
        ...

    def export_json(self, target: Target, proof: Proof, signals: tuple[int, ...]) -> dict[str, str]:
        """The field added to a JSON line for a target other than snarkjs. Raises JobFault CALLDATA_CURVE."""
        ...

    def export_files(self, target: Target, proof: Proof, signals: tuple[int, ...]) -> dict[str, bytes]:
        """The files that a target adds: contents by file ending. Raises JobFault CALLDATA_CURVE."""
        ...

    def calldata(self, proof: Proof, signals: tuple[int, ...], *, abi: bool) -> str:
        """Arguments for snarkjs' Solidity verifier, as text or ABI-encoded in hex. Raises JobFault
        CALLDATA_CURVE."""
        ...

    def solidity(self, key: VerificationKey, name: str) -> str:
        """The source of a contract called `name` that verifies the key's proofs. Raises SetupFault:
        CALLDATA_CURVE, BAD_OPTION."""
        ...

    def export_verification_key(self, key: ProvingKey, target: Target) -> bytes:
        """The verification key in a proving key, after a check of its points. Raises SetupFault: KEY_CORRUPT,
        VKEY_CORRUPT."""
        ...

    def write_insecure_key(
        self, circuit: Circuit, log: int, path: Path, curve: Curve, *, threads: int, progress: Telling
    ) -> None:
        """Writes a key over a domain of 2^log points, made with a known setup, for benchmarks."""
        ...

    def ceremony_of(self, key: ProvingKey) -> Ceremony | None:
        """What a key records of its ceremony; None if it has no record."""
        ...

    def is_uncontributed(self, key: VerificationKey) -> bool:
        """Whether nobody has contributed to the ceremony of a key, so that anybody can forge its proofs."""
        ...

    def facts(self, key: ProvingKey) -> Mapping[str, int]:
        """Counts that `prove-batch key info` shows, by name."""
        ...
