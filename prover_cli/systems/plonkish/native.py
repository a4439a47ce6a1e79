"""The native engine for keys of gates: the Rust extension, with its errors put into words."""

import mmap
from collections.abc import Sequence
from typing import Generic, TypeVar

from prover_cli import _native
from prover_cli.faults import Code, SetupFault
from prover_cli.formats.wtns import Witness
from prover_cli.needs import INTERPRETER_BYTES, Needs
from prover_cli.systems import engine
from prover_cli.systems.arithmetic import chosen_cpu
from prover_cli.systems.constraints import Constraints, Sizes
from prover_cli.systems.native_faults import of_a_job, words
from prover_cli.systems.native_verifier import ExtensionVerifier
from prover_cli.systems.opened_key import SATISFIED
from prover_cli.systems.plonkish.opened import B, K, OpenedKey
from prover_cli.systems.plonkish.proof import Proof
from prover_cli.systems.plonkish.verification_key import VerificationKey
from prover_cli.systems.tables import MANY_PROOFS, Shape, TablePlan, Tables

BYTES_PER_SIGNAL = 32 * 4
"""The witness as a file, as bytes, as integers and as field elements."""


V = TypeVar("V", bound=VerificationKey)


class NativeEngine(engine.NativeEngine[K, V, B]):
    """Our own transforms and multi-scalar products, over arkworks' fields and curves."""

    bytes_per_point: int
    """Peak bytes of a proof per point of the domain, without points of G1."""
    rows_per_point: int
    """Stored points of G1 that take as much as the points of a proof do, per point of the domain."""

    def needs(self, layout: Sizes) -> Needs:
        per_point = self.bytes_per_point + self.rows_per_point * layout.curve.g1_size
        a_proof = per_point * layout.domain_size + BYTES_PER_SIGNAL * layout.n_vars
        return Needs(INTERPRETER_BYTES, a_proof)


class NativeKey(OpenedKey[K, B], engine.NativeOpened[K, B], Generic[K, B]):
    """A mapped key opened by the extension."""

    proof_type: type[Proof]

    def __init__(self, mapped: K, tables: Tables | None = None, cpu: str | None = None) -> None:
        super().__init__(mapped)
        layout = mapped.layout
        # Rows must be read by the arithmetic that packed them.
        cpu = cpu or (chosen_cpu(layout.curve.name) if tables is None else tables.description.rows)
        self.rows = cpu
        place = None
        if tables is not None:
            (table,) = tables.description.tables
            place = (tables.data, (table.shape, table.index_at, table.rows_at))
        try:
            self._key = _native.PlonkishKey(
                mapped.system,
                layout.curve.name,
                mapped.data,
                [layout.n_signals, layout.n_public, layout.domain_size, layout.n_additions, layout.n_gates],
                [section.span for section in layout.sections],
                cpu,
                place,
            )
        except _native.NativeFault as fault:
            raise SetupFault(Code.KEY_CORRUPT, f"key {mapped.path}: {words(fault)}") from None

    def prove(self, witness: Witness, blinding: B, threads: int, cancel: bytearray | None = None) -> Proof:
        curve = self.layout.curve
        with of_a_job(witness, curve):
            proof = self._key.prove(witness.values, self._factors(blinding), threads, cancel)
        return self.proof_type.from_bytes(proof, curve)

    def _factors(self, blinding: B) -> bytes:
        size = self.layout.curve.n8r
        return b"".join(factor.to_bytes(size, "little") for factor in blinding.factors)

    def stages(self, witness: Witness) -> list[tuple[str, float]]:
        """Proves on one thread, discards the proof, and returns the steps with their seconds."""
        return self._key.stages(witness.values, self._factors(self.fresh_blinding()))

    @property
    def doubling_costs(self) -> Sequence[int]:
        return (1,)

    def plan_tables(
        self,
        budget: int,
        folded: bytes | None = None,
        *,
        sample: Witness | None = None,
        proofs: int = MANY_PROOFS,
    ) -> TablePlan | None:
        """The table that saves the most within `budget` bytes and pays within so many `proofs`. The witness
        does not matter: coefficients are as long as the field. None if nothing fits."""
        found = self._key.plan_tables(budget, proofs)
        if found is None:
            return None
        shapes, (unprepared, prepared, preparation) = found
        return TablePlan(shapes, unprepared, prepared, preparation)

    def fold(self, constraints: Constraints, threads: int) -> bytes:
        """Raises SetupFault BAD_OPTION: there is no matrix to be folded."""
        system = self._mapped.system.upper()
        raise SetupFault(
            Code.BAD_OPTION,
            f"--r1cs is for Groth16 keys, and {self._mapped.path} is for {system}; leave it out",
        )

    def table_index(self, table: int, folded: bytes | None = None) -> bytes:
        """Which scalars the bases are multiplied by: each by its own."""
        return self._key.table_index()

    def fill_table(
        self,
        table: int,
        shape: Shape,
        file: mmap.mmap,
        index_at: int,
        rows_at: int,
        block: int,
        threads: int,
        folded: bytes | None = None,
    ) -> None:
        """Fills a block of rows in place. Raises SetupFault KEY_CORRUPT."""
        try:
            self._key.fill_table(shape, file, index_at, rows_at, block, threads)
        except _native.NativeFault as fault:
            raise SetupFault(Code.KEY_CORRUPT, f"key {self._mapped.path}: {words(fault)}") from None

    def broken_gate(self, witness: Witness, threads: int) -> int:
        with of_a_job(witness, self.layout.curve):
            broken = self._key.broken(witness.values, 1, threads)
        return next(iter(broken), SATISFIED)

    def check(self, section: int, threads: int) -> None:
        try:
            self._key.check(section, threads)
        except _native.CorruptEntry as fault:
            found, index, reason = fault.args
            raise self.checks.corrupt_entry(self._mapped, found, index, reason) from None


class NativeVerifier(ExtensionVerifier):
    """A verification key, prepared. Raises SetupFault VKEY_CORRUPT if a point is invalid."""

    def __init__(self, key: VerificationKey, kind: type[Proof], points: Sequence[str]) -> None:
        """`points` names what the key's bytes begin with."""
        try:
            prepared = _native.PlonkishVerifier(
                key.system, key.curve.name, key.to_bytes(), key.n_public, key.power
            )
        except _native.CorruptEntry as fault:
            _, index, reason = fault.args
            raise SetupFault(Code.VKEY_CORRUPT, f"verification key, {points[index]}: {reason}") from None
        except _native.Mismatch as fault:
            raise SetupFault(Code.VKEY_CORRUPT, f"verification key: {words(fault)}") from None
        super().__init__(key, kind, prepared)
