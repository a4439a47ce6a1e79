"""The reference engine: PLONK in plain Python over py_ecc, written to be read alongside the paper (sections
8.3 and 8.4). See `plonkish.reference`.
"""

from prover_cli.formats.wtns import Witness
from prover_cli.needs import Needs
from prover_cli.systems import engine
from prover_cli.systems.constraints import Sizes
from prover_cli.systems.plonk.blinding import Blinding
from prover_cli.systems.plonk.mapped import MappedKey
from prover_cli.systems.plonk.proof import Proof
from prover_cli.systems.plonk.reference_verifier import ReferenceVerifier
from prover_cli.systems.plonk.validation import CHECKS
from prover_cli.systems.plonk.verification_key import VerificationKey
from prover_cli.systems.plonkish import reference


class ReferenceKey(reference.ReferenceKey[MappedKey, Blinding]):
    """A mapped key read number by number."""

    blinding_type = Blinding
    checks = CHECKS

    def prove(
        self, witness: Witness, blinding: Blinding, threads: int, cancel: bytearray | None = None
    ) -> Proof:
        """The five rounds. One thread."""
        from prover_cli.systems.plonk.reference_rounds import Rounds

        return Rounds(self, witness, blinding, cancel).proof()

    def check(self, section: int, threads: int) -> None:
        from prover_cli.systems.plonk.reference_check import Check

        Check(self).section(section)


class ReferenceEngine(engine.ReferenceEngine[MappedKey, VerificationKey, Blinding]):
    """py_ecc, one gate at a time."""

    key_type = MappedKey
    verification_key_type = VerificationKey
    opened_type = ReferenceKey

    def verifier_of(self, key: VerificationKey) -> ReferenceVerifier:
        return ReferenceVerifier(key)

    def needs(self, layout: Sizes) -> Needs:
        # A 256-bit integer in a list takes 68 bytes: polynomials over domains of up to eight times the size.
        return Needs(64 << 20, 68 * (64 * layout.domain_size + 2 * layout.n_vars))
