"""From one witness to one verified proof: the order of checks that every path shares, and what happens if a
proof is invalid."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic

from prover_cli.counting import counted
from prover_cli.formats.wtns import Witness, check_witness
from prover_cli.names import of_file, shown
from prover_cli.systems.constraints import Sizes, constraints_beside
from prover_cli.systems.judge import Judge
from prover_cli.systems.opened_key import B, OpenedKey, Unsatisfied
from prover_cli.systems.protocols import Made, Proof, ProvingKey, VerificationKey, Verifier
from prover_cli.systems.registry import verifier_for
from prover_cli.systems.tables import Tables


class CheckedProver(Generic[B]):
    """See `protocols.Prover`."""

    def __init__(
        self,
        mapped: ProvingKey,
        open_key: Callable[[Tables | None], OpenedKey[B]],
        open_plain: Callable[[], OpenedKey[B] | None],
        verifier: Verifier,
        *,
        tables: Tables | None = None,
        sha256: str | None = None,
        constraints: Path | None = None,
    ) -> None:
        """`open_plain` opens the key with the simplest arithmetic, or returns None if none is simpler."""
        self._mapped = mapped
        self._open_key = open_key
        self._key = open_key(tables)
        self._verifier = verifier
        self._sha256 = sha256
        self._judge = Judge(
            open_plain,
            constraints or constraints_beside(mapped.path),
            folded=tables is not None and tables.description.folded,
        )

    def __repr__(self) -> str:
        layout = self.layout
        return (
            f"<Prover {shown(of_file(self.path.name))}: {self._mapped.system} over {layout.curve.name}, "
            f"{counted(layout.n_vars, 'signal')}, {layout.n_public} public>"
        )

    @property
    def path(self) -> Path:
        return self._mapped.path

    @property
    def layout(self) -> Sizes:
        return self._key.layout

    @property
    def n_public(self) -> int:
        return self._key.n_public

    @property
    def verification_key(self) -> VerificationKey:
        return self._key.verification_key

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
        return prove_checked(
            self._key,
            witness,
            name,
            threads=threads,
            verifier=self._verifier,
            verify=verify,
            judge=self._judge,
            cancel=cancel,
            blinding=self._blinding(witness, seed),
        )

    def are_valid(self, claims: Sequence[tuple[Proof, tuple[int, ...]]], threads: int = 1) -> list[bool]:
        return self._verifier.verify_all(claims, threads)

    def diagnose(self, witness: Witness, name: str, *, threads: int = 1, seed: bytes | None = None) -> Made:
        blinding = self._blinding(witness, seed)
        return _diagnosed(self._key, witness, name, self._verifier, self._judge, threads, blinding)

    def _blinding(self, witness: Witness, seed: bytes | None) -> B | None:
        """None if it is to be drawn."""
        if seed is None:
            return None
        return self._key.seeded_blinding(seed, self._sha256 or self._mapped.sha256, witness)

    def drop_tables(self) -> None:
        self._key = self._open_key(None)


def prove_checked(
    key: OpenedKey[B],
    witness: Witness,
    name: str,
    *,
    threads: int = 1,
    verifier: Verifier | None = None,
    verify: bool = True,
    judge: Judge[B] | None = None,
    cancel: bytearray | None = None,
    blinding: B | None = None,
) -> Made:
    """Proves, then verifies the proof. Passing a `verifier` saves preparing one for each proof. `judge` is
    called if the proof is invalid. Without `blinding`, fresh secrets are drawn.

    Raises JobFault: WITNESS_CURVE, WITNESS_COUNT, WITNESS_FIRST_SIGNAL, WITNESS_NOT_REDUCED,
    WITNESS_UNSATISFIED, KEY_MISMATCH.
    """
    check_witness(witness, key.layout.curve, key.layout.n_vars, name)
    try:
        proof = key.prove(witness, key.fresh_blinding() if blinding is None else blinding, threads, cancel)
    except Unsatisfied:
        proof = None
    if proof is not None and not verify:
        return Made(proof)
    verifier = verifier or verifier_for(key.verification_key)
    if proof is not None and verifier.verify(proof, witness.public_signals(key.n_public)):
        return Made(proof)
    return _diagnosed(key, witness, name, verifier, judge or Judge(lambda: None), threads, blinding)


def _diagnosed(
    key: OpenedKey[B],
    witness: Witness,
    name: str,
    verifier: Verifier,
    judge: Judge[B],
    threads: int,
    blinding: B | None,
) -> Made:
    signals = witness.public_signals(key.n_public)

    def holds(proof: Proof) -> bool:
        return verifier.verify(proof, signals)

    return Made(judge.decide(key, witness, name, holds, threads, blinding), defect=True)
