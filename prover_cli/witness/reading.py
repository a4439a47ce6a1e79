"""A job's witness, from a `.wtns` or from inputs for the circuit's calculator."""

import hashlib
import hmac
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prover_cli.counting import counted
from prover_cli.faults import Code, Fault, JobFault, SetupFault
from prover_cli.formats.wtns import Witness, parse_witness
from prover_cli.systems.constraints import Sizes
from prover_cli.witness.source import CALCULATION_SECONDS, CompiledCode, ProgramFile, WitnessSource

if TYPE_CHECKING:
    from prover_cli.witness.native import NativeSolver
    from prover_cli.witness.solver import Given, Solved, Solver, Solves


MOST_MISSED = 16
"""Witnesses that our program may leave to circom's code in vain before it is not asked any more."""


@dataclass(frozen=True, repr=False)
class Read:
    """A job's witness."""

    witness: Witness
    digest: str
    """Keyed. For inputs it is computed from their bytes, so they are recognised without calculating."""
    reduced: str | None = None
    """The first input that was not below the prime, like `digest[2]`."""
    is_native: bool = False
    """Whether it was calculated by a program of ours rather than circom's code."""
    defect: bool = False
    """Whether our program was found to calculate something else than circom's code: a defect of ours."""


SPARE = 64 << 20
"""Bytes by which a witness may be too large and still be read, to say how many values it has."""


def is_too_large(path: str, layout: Sizes) -> bool:
    """Whether a file cannot be a witness for a key, judging by its size. Raises OSError."""
    return Path(path).stat().st_size > layout.n_vars * layout.curve.n8r + SPARE


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
        program: ProgramFile | None = None,
    ) -> None:
        """The calculator is opened for the first inputs, and must match the key's circuit. A calculation may
        take `seconds`; after that, `stuck` is called. With `strict`, values that are not below the prime are
        refused. `code` is the calculator's compiled code, and `program` what was compiled of it."""
        self._wasm, self._symbols, self._strict = wasm, symbols, strict
        self._seconds, self._stuck = seconds, stuck
        self._code = code
        self._program = program
        self._native: NativeSolver | None = None
        self._solver: Solver | None = None
        self._found_wrong = False
        self._missed = 0
        """Witnesses that our program left to circom's code although nothing was wrong with them, less those
        that it calculated."""
        self._key = key
        self._calculating = threading.Lock()

    def read(self, source: WitnessSource, name: str, secret: bytes, *, exactly: bool = False) -> "Read":
        """With `exactly`, inputs are for circom's own code alone.

        Raises JobFault: WITNESS_…, INPUT_…, ASSERT_FAILED, KEY_MISMATCH."""
        data = self._bytes(source, name)
        if not source.is_input:
            witness = parse_witness(data, name)
            return Read(witness, witness.digest(secret))
        (found,) = self._calculated([(data, name)], secret, exactly=exactly)
        if isinstance(found, JobFault):
            raise found
        assert found is not None, "alone, everything is calculated"
        return found

    def read_together(
        self, sources: Sequence[tuple[WitnessSource, str]], secret: bytes
    ) -> "list[Read | None]":
        """Witnesses of several inputs, calculated at once. None for those that must be read one by one: they
        are at fault, or circom's own code must calculate them."""
        found: list[Read | None] = [None] * len(sources)
        given: dict[int, tuple[bytes, str]] = {}
        for place, (source, name) in enumerate(sources):
            with suppress(Fault):
                if source.is_input:
                    given[place] = (self._bytes(source, name), name)
        if len(given) > 1 and self._program is not None:
            with suppress(Fault):
                calculated = self._calculated([*given.values()], secret, alone=False)
                for place, read in zip(given, calculated, strict=True):
                    found[place] = read if isinstance(read, Read) else None
        return found

    @property
    def lanes(self) -> int:
        """Witnesses that are calculated at a time."""
        return self._program.lanes if self._program is not None else 1

    def _bytes(self, source: WitnessSource, name: str) -> bytes:
        try:
            if source.path is not None and not source.is_input:
                self._refuse_huge(source.path, name)
            return source.read()
        except OSError as error:
            code = Code.INPUT_UNREADABLE if source.is_input else Code.WITNESS_UNREADABLE
            kind = "input" if source.is_input else "witness"
            raise JobFault(code, f"{kind} {name} cannot be read: {error.strerror or error}") from None

    def _refuse_huge(self, path: str, name: str) -> None:
        """A file that is not a witness of this circuit may be larger than memory. Raises JobFault
        WITNESS_COUNT, OSError."""
        layout, key = self._key
        if is_too_large(path, layout):
            size, own = Path(path).stat().st_size, layout.n_vars * layout.curve.n8r
            raise JobFault(
                Code.WITNESS_COUNT,
                f"witness {name} has {counted(size, 'byte')}, but the {layout.n_vars} signals of the key "
                f"{key} take {own}; it is not a witness, or it is from a different circuit or version",
            )

    def _calculated(
        self, inputs: Sequence[tuple[bytes, str]], secret: bytes, *, exactly: bool = False, alone: bool = True
    ) -> "list[Read | JobFault | None]":
        """`alone` also calculates what our program cannot; otherwise that is None."""
        from prover_cli.witness.inputs import parse_inputs
        from prover_cli.witness.solver import Given

        found: list[Read | JobFault | None] = [None] * len(inputs)
        given: dict[int, Given] = {}
        for place, (data, name) in enumerate(inputs):
            where = f"input {name}"
            try:
                given[place] = Given(parse_inputs(data, where), where)
            except JobFault as fault:
                found[place] = fault
        with self._calculating:
            solved = self._solved([*given.values()], exactly=exactly, alone=alone)
        for place, (one, is_native) in zip(given, solved, strict=True):
            if one is None or isinstance(one, JobFault):
                found[place] = one
            else:
                digest = input_digest(inputs[place][0], secret)
                found[place] = Read(one.witness, digest, one.reduced, is_native, self._found_wrong)
                self._found_wrong = False
        return found

    def _solved(
        self, given: "Sequence[Given]", *, exactly: bool, alone: bool
    ) -> "list[tuple[Solved | JobFault | None, bool]]":
        """What was calculated, and whether our program did it."""
        from prover_cli.witness.solver import Solved

        native = self._open_native() if not exactly else None
        attempted = native.attempt(given) if native is not None else [None] * len(given)
        found: list[tuple[Solved | JobFault | None, bool]] = []
        for one, inputs in zip(attempted, given, strict=True):
            if one is not None or not alone:
                found.append((one, True))
                self._missed -= isinstance(one, Solved)
                continue
            try:
                (solved,) = self._open().solve([inputs])
            except SetupFault as fault:
                solved = JobFault(fault.kind, fault.message)
            found.append((solved, False))
            self._missed += native is not None and isinstance(solved, Solved)
        if self._missed > MOST_MISSED:
            self._program = self._native = None
        return found

    def _open_native(self) -> "NativeSolver | None":
        if self._native is None and self._program is not None:
            from prover_cli.witness.native import open_native

            self._native = open_native(
                self._program, self._symbols, self._open, strict=self._strict, wrong=self._note_wrong
            )
            if self._native is None:
                self._program = None  # circom's own code does it
        if self._native is not None:
            check_pair(self._native, self._wasm, *self._key)
        return self._native

    def _note_wrong(self) -> None:
        self._found_wrong = True

    def distrust(self) -> None:
        """From now on, circom's own code calculates everything: our program was wrong."""
        with self._calculating:
            self._program = self._native = None

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


def check_pair(solver: "Solves", wasm: Path | None, layout: Sizes, key: Path) -> None:
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
