"""A job's witness, from a `.wtns` or from inputs for the circuit's calculator."""

import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prover_cli.counting import counted
from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.formats.wtns import Witness, parse_witness
from prover_cli.systems.constraints import Sizes
from prover_cli.witness.source import CALCULATION_SECONDS, CompiledCode, WitnessSource

if TYPE_CHECKING:
    from prover_cli.witness.solver import Solved, Solver


@dataclass(frozen=True, repr=False)
class Read:
    """A job's witness."""

    witness: Witness
    digest: str
    """Keyed. For inputs it is computed from their bytes, so they are recognised without calculating."""
    reduced: str | None = None
    """The first input that was not below the prime, like `digest[2]`."""


class Reader:
    """Reads witnesses for one circuit. Safe to share among threads; one calculates at a time."""

    def __init__(
        self,
        wasm: Path | None,
        symbols: Path | None,
        seconds: float = CALCULATION_SECONDS,
        stuck: Callable[[], None] | None = None,
        *,
        strict: bool = False,
        key: tuple[Sizes, Path],
        code: CompiledCode | None = None,
    ) -> None:
        """The calculator is opened for the first inputs, and must match the key's circuit. A calculation may
        take `seconds`; after that, `stuck` is called. With `strict`, values that are not below the prime are
        refused. `code` is the calculator's compiled code."""
        self._wasm, self._symbols, self._strict = wasm, symbols, strict
        self._seconds, self._stuck = seconds, stuck
        self._code = code
        self._solver: Solver | None = None
        self._key = key
        self._calculating = threading.Lock()

    def read(self, source: WitnessSource, name: str, secret: bytes) -> "Read":
        """Raises JobFault: WITNESS_…, INPUT_…, ASSERT_FAILED, KEY_MISMATCH."""
        kind = "input" if source.is_input else "witness"
        try:
            data = source.read()
        except OSError as error:
            code = Code.INPUT_UNREADABLE if source.is_input else Code.WITNESS_UNREADABLE
            raise JobFault(code, f"{kind} {name} cannot be read: {error.strerror or error}") from None
        if not source.is_input:
            witness = parse_witness(data, name)
            return Read(witness, witness.digest(secret))
        calculated = self._calculated(data, f"input {name}")
        return Read(calculated.witness, input_digest(data, secret), calculated.reduced)

    def _calculated(self, data: bytes, where: str) -> "Solved":
        from prover_cli.witness.inputs import parse_inputs
        from prover_cli.witness.solver import Given

        given = Given(parse_inputs(data, where), where)
        with self._calculating:
            try:
                (solved,) = self._open().solve([given])
            except SetupFault as fault:
                raise JobFault(fault.kind, fault.message) from None
        if isinstance(solved, JobFault):
            raise solved
        return solved

    def _open(self) -> "Solver":
        if self._solver is None:
            if self._wasm is None:
                raise JobFault(Code.INPUT_UNSUPPORTED, "the circuit has no .wasm next to its key")
            from prover_cli.witness.calculator import Calculator

            self._solver = Calculator(
                self._wasm,
                self._symbols,
                seconds=self._seconds,
                overdue=self._stuck,
                strict=self._strict,
                code=self._code,
            )
        check_pair(self._solver, self._wasm, *self._key)
        return self._solver


def check_pair(solver: "Solver", wasm: Path | None, layout: Sizes, key: Path) -> None:
    """Checks, by the size of its witnesses, that a calculator can belong to the key's circuit. If not, the
    inputs are not to blame. Raises JobFault KEY_MISMATCH."""
    if (solver.curve, solver.count) != (layout.curve, layout.n_vars):
        raise JobFault(
            Code.KEY_MISMATCH,
            f"{wasm} makes witnesses of {counted(solver.count, 'value')} over {solver.curve.name}, but the "
            f"key {key} is for {layout.n_vars} over {layout.curve.name}: they are from different circuits or "
            "versions; compile the circuit and make its key again",
        )


def input_digest(data: bytes, secret: bytes) -> str:
    """HMAC-SHA256 of the bytes of inputs, in hex. Never equal to that of a witness."""
    return hmac.new(secret, b"input\0" + data, hashlib.sha256).hexdigest()
