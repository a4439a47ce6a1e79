"""What an earlier run left, looked at again: manifest, files, witness, and the proof itself."""

from collections.abc import Mapping
from pathlib import Path

import orjson

from prover_cli.batch.manifest import Entry, load_manifest
from prover_cli.batch.sinks import PROOF, PUBLIC, FileSink
from prover_cli.faults import Fault
from prover_cli.formats.snarkjs import parse_public
from prover_cli.formats.wtns import parse_witness
from prover_cli.intake.jobs import Job
from prover_cli.regular_file import read_regular
from prover_cli.systems.protocols import ProvingKey, Verifier
from prover_cli.systems.registry import system_named, verifier_for
from prover_cli.witness.reading import input_digest


class Resume:
    """Tells which jobs need not be proved again."""

    def __init__(
        self, sink: FileSink, keys: Mapping[str, ProvingKey], secret: bytes, *, engine: str, verify: bool
    ) -> None:
        self._entries: dict[tuple[str, str], Entry] = load_manifest(sink.folder)
        self._sink = sink
        self._keys = keys
        self._secret = secret
        self._engine = engine
        self._verify = verify
        self._verifiers: dict[str, Verifier] = {}

    def stands(self, job: Job) -> bool:
        """Whether an earlier run proved this very witness with this very key, and its files hold that proof.

        With verification on the proof is verified once more (2 ms): a disk that filled up or lost power may
        have left files that only look whole.
        """
        entry = self._entries.get((job.circuit, job.id))
        if entry is None or job.witness is None:
            return False
        key = self._keys[job.circuit]
        if entry.key_sha256 != key.sha256 or (self._verify and not entry.verified):
            return False
        try:
            data, public = job.witness.read(), None
            if job.witness.is_input:
                digest = input_digest(data, self._secret)
            else:
                witness = parse_witness(data, job.id)
                digest, public = witness.digest(self._secret), witness.public_signals(key.layout.n_public)
            if digest != entry.witness_digest:
                return False
            proof = system_named(key.system).proof_from_json(self._read(job, PROOF))
            signals = parse_public(self._read(job, PUBLIC), proof.curve)
            if not self._sink.holds(job.circuit, job.id, proof, signals):
                return False
        except (OSError, ValueError, Fault):
            return False  # proved again; where the witness is at fault the worker will say so
        if public is not None and signals != public:
            return False
        return not self._verify or self._verifier(job.circuit).verify(proof, signals)

    def _read(self, job: Job, ending: str) -> object:
        value: object = orjson.loads(read_regular(self._sink.path(job.circuit, job.id, ending)))
        return value

    def _verifier(self, circuit: str) -> Verifier:
        if circuit not in self._verifiers:
            self._verifiers[circuit] = verifier_for(self._keys[circuit].verification_key, self._engine)
        return self._verifiers[circuit]


def remove_leftovers(folder: Path) -> None:
    """Removes half-written files of a run that was killed. The folder's lock is held: nobody writes."""
    for pattern in (".*.part", "*/.*.part"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
