"""The native engine: the Rust extension, with its errors put into words."""

import mmap
import secrets
from collections.abc import Sequence

from prover_cli import _native
from prover_cli.faults import Code, SetupFault
from prover_cli.formats.curves import Curve
from prover_cli.formats.points import G1, G2, g1_bytes, g2_bytes
from prover_cli.formats.wtns import Witness, not_reduced
from prover_cli.needs import INTERPRETER_BYTES, Needs
from prover_cli.systems import engine
from prover_cli.systems.arithmetic import chosen_cpu
from prover_cli.systems.constraints import Constraints, Sizes
from prover_cli.systems.groth16.blinding import Blinding
from prover_cli.systems.groth16.entries import corrupt_entry
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.groth16.opened import OpenedKey
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.groth16.verification_key import VerificationKey
from prover_cli.systems.native_faults import of_a_job, words
from prover_cli.systems.native_verifier import ExtensionVerifier
from prover_cli.systems.tables import MANY_PROOFS, Shape, TablePlan, Tables

BYTES_PER_POINT = 32 * 20
"""Peak bytes per point of the domain: a, b, c, the quotient and the twiddles are 32 bytes each, and the
product over C and H has two bases per point with 8 bytes for each of their windows. For 2^20 constraints the
estimate is 760 MB; 522 MB were measured without tables and 793 MB with them."""

BYTES_PER_SIGNAL = 32 * 3
"""The witness three times: as a file, as bytes and as scalars."""


class NativeKey(OpenedKey, engine.NativeOpened[MappedKey, Blinding]):
    """A mapped key opened by the extension."""

    def __init__(self, mapped: MappedKey, tables: Tables | None = None, cpu: str | None = None) -> None:
        super().__init__(mapped)
        layout = mapped.layout
        # Rows must be read by the arithmetic that packed them. The others would misread them ("scalar" keeps
        # them below 2p, "portable" needs them below p). Tables may come from an earlier run, which may have
        # measured another arithmetic to be the fastest.
        cpu = cpu or (chosen_cpu(layout.curve.name) if tables is None else tables.description.rows)
        self.rows = cpu
        self.is_prepared = tables is not None
        places = None
        if tables is not None:
            a, b, ch = ((table.shape, table.index_at, table.rows_at) for table in tables.description.tables)
            places = (tables.data, (a, b, ch), tables.description.folded)
        try:
            self._key = _native.ProvingKey(
                layout.curve.name,
                mapped.data,
                (layout.n_vars, layout.n_public, layout.domain_size),
                (
                    layout.header.span,
                    layout.coefficients.span,
                    layout.a.span,
                    layout.b1.span,
                    layout.b2.span,
                    layout.c.span,
                    layout.h.span,
                ),
                cpu,
                places,
            )
        except _native.NativeFault as fault:
            raise SetupFault(Code.KEY_CORRUPT, f"key {mapped.path}: {words(fault)}") from None

    def prove(
        self, witness: Witness, blinding: Blinding, threads: int, cancel: bytearray | None = None
    ) -> Proof:
        curve = self.layout.curve
        with of_a_job(witness, curve):
            proof = self._key.prove(witness.values, *self._factors(blinding), threads, cancel)
        return Proof.from_bytes(proof, curve)

    def _factors(self, blinding: Blinding) -> tuple[bytes, bytes]:
        size = self.layout.curve.n8r
        return blinding.r1.to_bytes(size, "little"), blinding.r2.to_bytes(size, "little")

    def stages(self, witness: Witness) -> list[tuple[str, float]]:
        """Proves on one thread, discards the proof, and returns the steps with their seconds."""
        return self._key.stages(witness.values, *self._factors(Blinding.fresh(self.layout.curve)))

    @property
    def doubling_costs(self) -> Sequence[int]:
        """A point over G2 takes three times as long; its row is twice as long."""
        return (1, 3, 1)

    def plan_tables(
        self,
        budget: int,
        folded: bytes | None = None,
        *,
        sample: Witness | None = None,
        proofs: int = MANY_PROOFS,
    ) -> TablePlan | None:
        """The tables that save the most within `budget` bytes, for witnesses like `sample`, and pay
        within so many `proofs`. None if nothing fits.

        Raises JobFault WITNESS_NOT_REDUCED.
        """
        try:
            values = None if sample is None else sample.values
            found = self._key.plan_tables(budget, folded, values, proofs)
        except _native.NotReduced as fault:
            offset = 0 if sample is None else sample.offset
            raise not_reduced(None, fault.args[0], self.layout.curve, offset) from None
        if found is None:
            return None
        shapes, (unprepared, prepared, preparation) = found
        return TablePlan(shapes, unprepared, prepared, preparation, folded)

    def fold(self, constraints: Constraints, threads: int) -> bytes:
        """Bases for all signals that include the circuit's matrix C, encoded like the points in a key. Proofs
        over them need four transforms instead of six. Takes a minute for 2^16 constraints on one core.

        Raises SetupFault: R1CS_MISMATCH, R1CS_CORRUPT.
        """
        curve = self.layout.curve
        if constraints.layout.curve is not curve:
            raise SetupFault(
                Code.R1CS_MISMATCH,
                f"constraints {constraints.path} are not over the key's curve, {curve.name}",
            )
        try:
            return self._key.fold(constraints.data, constraints.place, self._challenge(), threads)
        except _native.NativeFault as fault:
            raise SetupFault(
                Code.R1CS_MISMATCH,
                f"constraints {constraints.path} do not match the key {self._mapped.path}: {words(fault)}; "
                "pass the .r1cs that the key was made from",
            ) from None

    def difference(self, constraints: Constraints, threads: int) -> str | None:
        try:
            self._key.matches(constraints.data, constraints.place, self._challenge(), threads)
        except (_native.CorruptEntry, _native.Mismatch) as fault:
            return words(fault)
        return None

    def _challenge(self) -> bytes:
        curve = self.layout.curve
        return secrets.randbelow(curve.r).to_bytes(curve.n8r, "little")

    def table_index(self, table: int, folded: bytes | None = None) -> bytes:
        """Which scalars the bases of a table are multiplied by."""
        return self._key.table_index(table, folded)

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
            self._key.fill_table(table, shape, file, index_at, rows_at, block, threads, folded)
        except _native.NativeFault as fault:
            raise SetupFault(Code.KEY_CORRUPT, f"key {self._mapped.path}: {words(fault)}") from None

    def check(self, section: int, start: int, count: int, threads: int) -> None:
        try:
            self._key.check(section, start, count, threads)
        except _native.CorruptEntry as fault:
            _, index, reason = fault.args
            raise corrupt_entry(self._mapped, section, index, reason) from None

    def same_scalar(self, curve: Curve, in_g1: G1, in_g2: G2) -> bool:
        return _native.same_scalar(curve.name, g1_bytes(in_g1, curve), g2_bytes(in_g2, curve))


class NativeVerifier(ExtensionVerifier):
    """A verification key, prepared. Raises SetupFault VKEY_CORRUPT if a point is invalid."""

    def __init__(self, key: VerificationKey) -> None:
        try:
            prepared = _native.Verifier(key.curve.name, key.to_bytes())
        except _native.CorruptEntry as fault:
            _, index, reason = fault.args
            names = ["alpha1", "beta2", "gamma2", "delta2"]
            name = names[index] if index < 4 else f"IC[{index - 4}]"
            raise SetupFault(Code.VKEY_CORRUPT, f"verification key, {name}: {reason}") from None
        super().__init__(key, Proof, prepared)


class NativeEngine(engine.NativeEngine[MappedKey, VerificationKey, Blinding]):
    """Our own transforms and multi-scalar products, over arkworks' fields and curves."""

    key_type = MappedKey
    verification_key_type = VerificationKey
    opened_type = NativeKey

    def verifier_of(self, key: VerificationKey) -> NativeVerifier:
        return NativeVerifier(key)

    def needs(self, layout: Sizes) -> Needs:
        a_proof = BYTES_PER_POINT * layout.domain_size + BYTES_PER_SIGNAL * layout.n_vars
        return Needs(INTERPRETER_BYTES, a_proof)
