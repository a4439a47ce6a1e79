"""PLONK as the registry sees it: how its files are read and its proofs exported."""

from pathlib import Path

from prover_cli.formats.curves import Curve
from prover_cli.systems.insecure_setup import Circuit, Progress
from prover_cli.systems.plonk.mapped import MappedKey
from prover_cli.systems.plonk.proof import EVALUATIONS, POINTS, Proof
from prover_cli.systems.plonk.validation import CHECKS, NOT_CHECKED
from prover_cli.systems.plonk.verification_key import VerificationKey
from prover_cli.systems.plonkish.system import GateSystem
from prover_cli.systems.proof_schema import DECIMAL, POINT, proof_schema


class Plonk(GateSystem[MappedKey, Proof, VerificationKey]):
    """See `protocols.System`."""

    name = "plonk"
    seconds_per_point = 0.07
    proof_schema = proof_schema(
        "plonk", {**dict.fromkeys(POINTS, POINT), **dict.fromkeys(EVALUATIONS, DECIMAL)}
    )
    not_checked = NOT_CHECKED
    key_type = MappedKey
    proof_type = Proof
    verification_key_type = VerificationKey
    key_checks = CHECKS
    quote = '"'
    between_arguments = ""

    def write_insecure_key(
        self, circuit: Circuit, log: int, path: Path, curve: Curve, *, threads: int, progress: Progress
    ) -> None:
        from prover_cli.systems.plonk.insecure_key import write_insecure_key

        write_insecure_key(circuit, log, path, curve, threads=threads, progress=progress)
