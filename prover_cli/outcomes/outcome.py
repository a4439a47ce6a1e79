"""What a worker answers: one proof, in bytes, as it crosses process borders."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """One proof made. With slots, the names of the fields are not sent with each."""

    system: str
    """The proof system, by the name that the registry knows."""
    proof: bytes
    """In the bytes of its system; see System.proof_from_bytes."""
    public: bytes
    """n_public × n8r bytes; empty while `public_file` is set."""
    verified: bool
    seconds: float
    """Wall time in the worker, reading and verification included."""
    cpu_seconds: float
    witness_digest: str
    """HMAC-SHA256 of the witness' values, in hex."""
    public_file: str | None = None
    """Where `public` lies while it is too large for the pipe; see pool.parcel."""
    worker: int = -1
    """Index of the slot that made it."""
    attempts: int = 1
    defect: bool = False
    """Whether only the plain path's proof held: a defect of ours."""
    reduced: str | None = None
    """The first input that was not below the prime, by name and place; None where there was none."""

    def __repr__(self) -> str:
        return f"<Outcome: {self.system} proof in {self.seconds:.2f} s by worker {self.worker}>"
