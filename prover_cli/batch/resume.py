"""What an earlier run left, looked at again: manifest, files, witness, and the proof itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from prover_cli.batch.manifest import Entry, load_manifest
from prover_cli.batch.sinks import PROOF, PUBLIC, ResultFolder
from prover_cli.faults import Fault
from prover_cli.formats.snarkjs import parse_public
from prover_cli.formats.wtns import parse_witness
from prover_cli.intake.jobs import Job
from prover_cli.regular_file import read_regular
from prover_cli.systems.protocols import ProvingKey, Verifier
from prover_cli.systems.registry import system_named, verifier_for
from prover_cli.witness.reading import input_digest, is_too_large

NEW = "not proved before"


class Resume:
    """Tells which jobs need not be proved again."""

    def __init__(
        self,
        results: ResultFolder,
        keys: Mapping[str, ProvingKey],
        secret: bytes,
        *,
        engine: str,
        verify: bool,
        seed: str | None,
    ) -> None:
        self._entries: dict[tuple[str, str], Entry] = load_manifest(results.folder)
        self._results = results
        self._keys = keys
        self._secret = secret
        self._engine = engine
        self._verify = verify
        self._seed = seed
        self._verifiers: dict[str, Verifier] = {}

    def stands(self, job: Job) -> bool:
        """Whether an earlier run proved this witness with this key, and its files hold that proof."""
        return self.again(job) is None

    def again(self, job: Job) -> str | None:
        """Why a job is to be proved, in words; None where an earlier run's proof stands.

        With verification on the proof is verified once more (2 ms): a disk that filled up or lost power may
        have left files that only look whole.
        """
        entry = self._entries.get((job.circuit, job.id))
        if entry is None or job.witness is None:
            return NEW
        key = self._keys[job.circuit]
        if entry.key_sha256 != key.sha256:
            return "the key changed"
        if entry.seed != self._seed:
            return "the seed changed"
        if self._verify and not entry.verified:
            return "its proof was not verified"
        try:
            path = job.witness.path
            if path is not None and not job.witness.is_input and is_too_large(path, key.layout):
                return "the witness changed"
            data, public = job.witness.read(), None
            if job.witness.is_input:
                digest = input_digest(data, self._secret)
            else:
                witness = parse_witness(data, job.id)
                digest, public = witness.digest(self._secret), witness.public_signals(key.layout.n_public)
        except (OSError, ValueError, Fault):
            return "its witness cannot be read"  # the worker will say why
        if digest != entry.witness_digest:
            return "the input changed" if job.witness.is_input else "the witness changed"
        return self._damage(job, public)

    def _damage(self, job: Job, public: Sequence[int] | None) -> str | None:
        """What is wrong with the files of a proof; None where they hold it. `public` are the signals of its
        witness, where they are known."""
        try:
            system = system_named(self._keys[job.circuit].system)
            proof = system.proof_from_json(self._read(job, PROOF))
            signals = parse_public(self._read(job, PUBLIC), proof.curve)
            if not self._results.holds(job.circuit, job.id, proof, signals):
                return "its files are missing or changed"
        except (OSError, ValueError, Fault):
            return "its files are missing or changed"
        if public is not None and signals != public:
            return "its files are missing or changed"
        if self._verify and not self._verifier(job.circuit).verify(proof, signals):
            return "its proof is not valid"
        return None

    def _read(self, job: Job, ending: str) -> object:
        value: object = orjson.loads(read_regular(self._results.path(job.circuit, job.id, ending)))
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
