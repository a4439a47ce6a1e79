"""What is wrong with a job before anything is proved: its names, its circuit, an id that came before."""

import hashlib
from collections.abc import Callable

from prover_cli.faults import Code, Fault, JobFault
from prover_cli.formats.curves import Curve
from prover_cli.intake.asked import check_name
from prover_cli.intake.jobs import Job, check_file_id
from prover_cli.names import shown


class Refusals:
    """Of one run, whose ids it remembers by their digests (16 bytes each). With `file_ids` ids are names of
    files."""

    def __init__(self, curve_of: Callable[[str], Curve], *, file_ids: bool) -> None:
        self._curve_of = curve_of
        self._file_ids = file_ids
        self._seen: set[bytes] = set()

    def refusal(self, job: Job) -> Fault | None:
        """Why a job cannot be proved: what its source says of it, or what its names are; None if it can be
        tried."""
        if job.fault is not None:
            return job.fault
        try:
            check_name(job.id, "id")
            check_name(job.circuit, "circuit")
            self._curve_of(job.circuit)
            if self._file_ids:
                check_file_id(job.id)
                self._claim(job)
        except JobFault as fault:
            return fault
        return None

    def _claim(self, job: Job) -> None:
        """Ids are compared without regard to case, for every disk is to hold them. Raises JobFault
        DUPLICATE_ID."""
        name = f"{job.circuit}/{job.id.casefold()}".encode()
        digest = hashlib.blake2b(name, digest_size=16).digest()
        if digest in self._seen:
            raise JobFault(
                Code.DUPLICATE_ID,
                f'an earlier job in this run has the id "{shown(job.id)}" too; the first one keeps it',
            )
        self._seen.add(digest)
