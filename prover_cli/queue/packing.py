"""A job ready for the queue: its name, its data, and the witness that its result is checked against."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prover_cli.circuits.keys import Keys
from prover_cli.formats.wtns import Witness, check_witness, write_witness
from prover_cli.pool.job import ProveJob
from prover_cli.queue.naming import job_name
from prover_cli.witness.reading import Reader


@dataclass(frozen=True, repr=False)
class Packed:
    """A job ready to be enqueued."""

    name: str
    data: Mapping[str, str]
    witness: Witness
    digest: str
    reduced: str | None
    """The first input that was not below the prime."""


class Packer:
    """Packs jobs of the given circuits."""

    def __init__(self, keys: Keys, secret: bytes, witness_root: Path | None, *, strict_inputs: bool) -> None:
        self._keys = keys
        self._secret = secret
        self._readers = {
            circuit: Reader(
                keys.circuit(circuit).calculator,
                keys.circuit(circuit).symbols,
                strict=strict_inputs,
                key=(mapped.layout, mapped.path),
                code=keys.solvers.code_of(circuit),
            )
            for circuit, mapped in keys.mapped.items()
        }
        self._root = witness_root.resolve() if witness_root is not None else None

    def pack(self, job: ProveJob) -> Packed:
        """Packs a job. Errors in its witness are reported here, not by a remote worker. Raises JobFault
        WITNESS_…"""
        name = job.witness.path or job.id
        key = self._keys.mapped[job.circuit]
        read = self._readers[job.circuit].read(job.witness, name, self._secret)
        witness = read.witness
        check_witness(witness, key.layout.curve, key.layout.n_vars, name)
        return Packed(
            job_name(self._secret, job.id, job.circuit, key.sha256, read.digest),
            {
                "id": job.id,
                "circuitId": job.circuit,
                "witness": self._sent(job, witness),
                "keySha256": key.sha256,
            },
            witness,
            read.digest,
            read.reduced,
        )

    def _sent(self, job: ProveJob, witness: Witness) -> str:
        """A path below the witness root, or base64. Inputs are converted to a witness here, because results
        are checked against our own witness."""
        if self._root is not None and job.witness.path is not None and not job.witness.is_input:
            resolved = Path(job.witness.path).resolve()
            if resolved.is_relative_to(self._root):
                return resolved.relative_to(self._root).as_posix()
        return base64.b64encode(write_witness(witness)).decode()
