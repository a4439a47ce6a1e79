"""The Rust extension, as Python sees it; its source is in native/src/python.rs."""

import mmap

_TableShape = tuple[int, int, int, int, int]
_TablePlace = tuple[_TableShape, int, int]

class NativeFault(Exception): ...

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
        ],
        cpu: str,
        tables: tuple[mmap.mmap, tuple[_TablePlace, _TablePlace, _TablePlace]] | None = None,
    ) -> ProvingKey: ...
    def check(self, section: int, start: int, count: int, threads: int) -> None: ...
    def stages(self, witness: bytes, r1: bytes, r2: bytes) -> list[tuple[str, float]]: ...
    def plan_tables(
        self, budget: int
    ) -> tuple[tuple[_TableShape, _TableShape, _TableShape], tuple[int, int, int]] | None: ...
    def table_index(self, table: int) -> bytes: ...
    def fill_table(
        self,
        table: int,
        shape: _TableShape,
        file: mmap.mmap,
        index_at: int,
        rows_at: int,
        block: int,
        threads: int,
    ) -> None: ...
    def prove(self, witness: bytes, r1: bytes, r2: bytes, threads: int) -> bytes: ...

class Verifier:
    def __new__(cls, curve: str, key: bytes) -> Verifier: ...
    def verify(self, proof: bytes, public: bytes) -> bool: ...
    def verify_all(self, claims: list[tuple[bytes, bytes]], factors: bytes, threads: int) -> list[bool]: ...

def generator_multiples(curve: str, group: int, scalars: bytes, threads: int) -> bytes: ...
def cpus() -> list[str]: ...
def cpu_features() -> list[str]: ...
