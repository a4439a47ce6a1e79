"""The Rust extension, as Python sees it; its source is in native/src/python.rs."""

import mmap

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
    ) -> ProvingKey: ...
    def check(self, section: int, start: int, count: int, threads: int) -> None: ...
    def prove(self, witness: bytes, r1: bytes, r2: bytes, threads: int) -> bytes: ...

class Verifier:
    def __new__(cls, curve: str, key: bytes) -> Verifier: ...
    def verify(self, proof: bytes, public: bytes) -> bool: ...

def cpus() -> list[str]: ...
def cpu_features() -> list[str]: ...
