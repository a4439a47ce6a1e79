"""The Rust extension as seen from Python. Its source is in native/src/python/."""

import mmap

_TableShape = tuple[int, int, int, int, int]
_TablePlace = tuple[_TableShape, int, int]

_Constraints = tuple[tuple[int, int], int, int]

class NativeFault(Exception):
    """Base class of the extension's own exceptions."""

class NotReduced(NativeFault):
    """A value of a witness is not below the scalar field's prime."""

    args: tuple[int]

class Unsatisfied(NativeFault):
    """The witness breaks a gate, or the key is damaged."""

class Cancelled(NativeFault):
    """The caller's flag was set before the work was done."""

class CorruptEntry(NativeFault):
    """An invalid entry: its section, its index in the section, and the reason."""

    args: tuple[int, int, str]

class Mismatch(NativeFault):
    """The arguments do not belong together. The argument is the reason."""

    args: tuple[str]

class Panicked(NativeFault):
    """A bug in the extension. The argument is the file and line where it was noticed."""

    args: tuple[str]

class ProvingKey:
    def __new__(
        cls,
        curve: str,
        file: mmap.mmap | bytes,
        sizes: tuple[int, int, int],
        spans: tuple[
            tuple[int, int],
            tuple[int, int],
            tuple[int, int],
            tuple[int, int],
            tuple[int, int],
            tuple[int, int],
            tuple[int, int],
        ],
        cpu: str,
        tables: tuple[mmap.mmap, tuple[_TablePlace, _TablePlace, _TablePlace], bool] | None = None,
    ) -> ProvingKey: ...
    def check(self, section: int, start: int, count: int, threads: int) -> None: ...
    def stages(self, witness: bytes, r1: bytes, r2: bytes) -> list[tuple[str, float]]: ...
    def plan_tables(
        self, budget: int, folded: bytes | None = None, witness: bytes | None = None, proofs: int = 1000
    ) -> tuple[list[_TableShape], tuple[int, int, int]] | None: ...
    def table_index(self, table: int, folded: bytes | None = None) -> bytes: ...
    def fold(
        self, constraints: mmap.mmap | bytes, place: _Constraints, challenge: bytes, threads: int
    ) -> bytes: ...
    def matches(
        self, constraints: mmap.mmap | bytes, place: _Constraints, challenge: bytes, threads: int
    ) -> None: ...
    def fill_table(
        self,
        table: int,
        shape: _TableShape,
        file: mmap.mmap,
        index_at: int,
        rows_at: int,
        block: int,
        threads: int,
        folded: bytes | None = None,
    ) -> None: ...
    def prove(
        self, witness: bytes, r1: bytes, r2: bytes, threads: int, cancel: bytearray | None = None
    ) -> bytes: ...

class Verifier:
    def __new__(cls, curve: str, key: bytes) -> Verifier: ...
    def verify(self, proof: bytes, public: bytes) -> bool: ...
    def verify_all(self, claims: list[tuple[bytes, bytes]], factors: bytes, threads: int) -> list[bool]: ...

class PlonkishKey:
    """A key of PLONK or FFLONK, opened for proving."""

    def __new__(
        cls,
        system: str,
        curve: str,
        file: mmap.mmap | bytes,
        sizes: list[int],
        spans: list[tuple[int, int]],
        cpu: str,
        table: tuple[mmap.mmap, _TablePlace] | None = None,
    ) -> PlonkishKey: ...
    def check(self, section: int, threads: int) -> None: ...
    def prove(
        self, witness: bytes, blinding: bytes, threads: int, cancel: bytearray | None = None
    ) -> bytes: ...
    def broken(self, witness: bytes, most: int, threads: int) -> list[int]: ...
    def stages(self, witness: bytes, blinding: bytes) -> list[tuple[str, float]]: ...
    def plan_tables(
        self, budget: int, proofs: int = 1000
    ) -> tuple[list[_TableShape], tuple[int, int, int]] | None: ...
    def table_index(self) -> bytes: ...
    def fill_table(
        self,
        shape: _TableShape,
        file: mmap.mmap,
        index_at: int,
        rows_at: int,
        block: int,
        threads: int,
    ) -> None: ...

class PlonkishVerifier:
    """A verification key of PLONK or FFLONK."""

    def __new__(cls, system: str, curve: str, key: bytes, public: int, log: int) -> PlonkishVerifier: ...
    def verify(self, proof: bytes, public: bytes) -> bool: ...
    def verify_all(self, claims: list[tuple[bytes, bytes]], factors: bytes, threads: int) -> list[bool]: ...

def interpolated(curve: str, values: bytes, threads: int) -> bytes:
    """A polynomial as keys of PLONK and FFLONK store it, coefficients and 4n values, from its values on the
    domain."""

def same_scalar(curve: str, in_g1: bytes, in_g2: bytes) -> bool: ...
def generator_multiples(curve: str, group: int, scalars: bytes, threads: int) -> bytes: ...
def broken_constraints(
    curve: str, file: mmap.mmap | bytes, place: _Constraints, witness: bytes, most: int, threads: int
) -> list[int]: ...
def keep_memory(reserved: int) -> None: ...
def give_back_memory() -> None: ...
def cpus(curve: str | None = None) -> list[str]: ...
def works(cpu: str, curve: str | None = None) -> bool: ...
def cpu_features() -> list[str]: ...
def compile_witness(wasm: bytes, seconds: float) -> bytes:
    """Compiles a calculator, in at most this time. Returns the bytes of a file for `WitnessProgram`."""

class WitnessProgram:
    """A compiled calculator."""

    def __new__(cls, file: bytes, arithmetic: str) -> WitnessProgram:
        """`arithmetic` is one of `cpus()`. Raises Mismatch if the bytes are damaged or of another version."""
    @property
    def reason(self) -> str | None:
        """Why there is no program; None if there is one."""
    @property
    def curve(self) -> str | None:
        """The curve of its witnesses; None if there is no program."""
    @property
    def lanes(self) -> int:
        """Witnesses that are calculated at once."""
    @property
    def count(self) -> int:
        """Values in a witness."""
    @property
    def inputs(self) -> list[tuple[int, int, int]]:
        """Of each input the hash of its name, where its values begin among those of all, and their number. A
        bus and its fields have the same values."""
    @property
    def input_count(self) -> int:
        """Values of all inputs."""
    def solve(self, inputs: list[bytes]) -> list[bytes | None]:
        """Witnesses from the values of all inputs, little-endian integers below the prime. None for those
        that fail an assert, or leave the ground that the program was compiled for."""
