"""FFLONK as the registry sees it: how its files are read and its proofs exported."""

from pathlib import Path

from prover_cli.faults import Code, SetupFault
from prover_cli.formats.curves import Curve
from prover_cli.systems.fflonk.layout import FORMAT
from prover_cli.systems.fflonk.mapped import MappedKey
from prover_cli.systems.fflonk.proof import EVALUATIONS, POINTS, Proof
from prover_cli.systems.fflonk.validation import CHECKS, NOT_CHECKED
from prover_cli.systems.fflonk.verification_key import VerificationKey
from prover_cli.systems.insecure_setup import Circuit, Progress
from prover_cli.systems.plonkish.system import GateSystem
from prover_cli.systems.proof_schema import DECIMAL, POINT, object_of, proof_schema


class Fflonk(GateSystem[MappedKey, Proof, VerificationKey]):
    """See `protocols.System`."""

    name = "fflonk"
    seconds_per_point = 0.19
    proof_schema = proof_schema(
        "fflonk",
        {
            "polynomials": object_of(dict.fromkeys(POINTS, POINT)),
            "evaluations": object_of(dict.fromkeys(EVALUATIONS, DECIMAL)),
        },
        FORMAT.curves,
    )
    not_checked = NOT_CHECKED
    key_type = MappedKey
    proof_type = Proof
    verification_key_type = VerificationKey
    key_checks = CHECKS
    quote = ""
    between_arguments = ","

    def write_insecure_key(
        self, circuit: Circuit, log: int, path: Path, curve: Curve, *, threads: int, progress: Progress
    ) -> None:
        """Raises SetupFault BAD_OPTION over a curve that FFLONK does not work over."""
        from prover_cli.systems.fflonk.insecure_key import write_insecure_key

        if curve not in FORMAT.curves:
            raise SetupFault(Code.BAD_OPTION, f"FFLONK does not work over {curve.name}; choose bn128")
        write_insecure_key(circuit, log, path, curve, threads=threads, progress=progress)
