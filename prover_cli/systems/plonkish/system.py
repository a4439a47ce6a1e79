"""A system of gates as the registry sees it: what PLONK and FFLONK have in common."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from prover_cli.faults import Code, SetupFault
from prover_cli.formats.curves import Curve
from prover_cli.formats.snarkjs import snarkjs_text
from prover_cli.formats.targets import ENDINGS, Target
from prover_cli.systems import protocols
from prover_cli.systems.abi import words
from prover_cli.systems.ceremony import Ceremony
from prover_cli.systems.insecure_setup import Circuit, Progress
from prover_cli.systems.own import own
from prover_cli.systems.plonkish.mapped import MappedKey
from prover_cli.systems.plonkish.proof import Proof
from prover_cli.systems.plonkish.validation import Checks
from prover_cli.systems.plonkish.verification_key import VerificationKey
from prover_cli.systems.proof_schema import Schema
from prover_cli.systems.registry import require_target, verifier_for

K = TypeVar("K", bound=MappedKey)
P = TypeVar("P", bound=Proof)
V = TypeVar("V", bound=VerificationKey)


class GateSystem(ABC, Generic[K, P, V]):
    """See `protocols.System`. K are its keys, P its proofs, and V its verification keys."""

    name: str
    targets: tuple[Target, ...] = ("snarkjs", "calldata")
    proof_schema: Schema
    uncontributed = (
        "powers of tau",
        "tau is 1",
        "`snarkjs powersoftau contribute`, and setup again, make a key that can be used",
    )
    checks = "every number and point, the gates, the copies and the commitments"
    not_checked: tuple[str, ...]
    rows_of_a_sum = 2
    seconds_per_point: float

    key_type: type[K]
    proof_type: type[P]
    verification_key_type: type[V]
    key_checks: Checks
    quote: str
    """What stands around each number of calldata in snarkjs' text."""
    between_arguments: str
    """What stands between the proof and the public signals there."""

    @abstractmethod
    def write_insecure_key(
        self, circuit: Circuit, log: int, path: Path, curve: Curve, *, threads: int, progress: Progress
    ) -> None: ...
    def is_uncontributed(self, key: protocols.VerificationKey) -> bool:
        """Whether τ is 1, with which `snarkjs powersoftau new` begins. Keys show no more of that ceremony."""
        return own(key, self.verification_key_type).x2 == key.curve.generator2

    def map_key(self, path: Path) -> K:
        return self.key_type(path)

    def is_known_valid(self, key: protocols.ProvingKey) -> bool:
        return self.key_checks.is_known_valid(own(key, self.key_type))

    def proof_from_bytes(self, data: bytes, curve: Curve) -> P:
        return self.proof_type.from_bytes(data, curve)

    def proof_from_json(self, value: object) -> P:
        return self.proof_type.from_json(value)

    def verification_key_from_json(self, value: object) -> V:
        return self.verification_key_type.from_json(value)

    def export_json(self, target: Target, proof: protocols.Proof, signals: tuple[int, ...]) -> dict[str, str]:
        require_target(self, target)
        return {
            "arguments": self.calldata(proof, signals, abi=False),
            "abi": self.calldata(proof, signals, abi=True),
        }

    def export_files(
        self, target: Target, proof: protocols.Proof, signals: tuple[int, ...]
    ) -> dict[str, bytes]:
        if target == "snarkjs":
            return {}
        (ending,) = ENDINGS["calldata"]
        return {ending: json.dumps(self.export_json(target, proof, signals), indent=1).encode()}

    def calldata(self, proof: protocols.Proof, signals: tuple[int, ...], *, abi: bool) -> str:
        given = own(proof, self.proof_type)
        if abi:
            return "0x" + words((*given.numbers, *signals), given.curve).hex()
        first, *others = given.numbers
        # As `snarkjs zkey export soliditycalldata` prints it, with a space after the first number alone.
        arguments = f"[{self._listed([first])}, {self._listed(others)}]"
        return f"{arguments}{self.between_arguments}[{self._listed(signals)}]"

    def _listed(self, numbers: Iterable[int]) -> str:
        return ",".join(f"{self.quote}0x{number:064x}{self.quote}" for number in numbers)

    def solidity(self, key: protocols.VerificationKey, name: str) -> str:
        raise SetupFault(
            Code.BAD_OPTION,
            f"{self.name.upper()} contracts are not written here; snarkjs zkey export solidityverifier does, "
            "from the key",
        )

    def export_verification_key(self, key: protocols.ProvingKey, target: Target) -> bytes:
        found = own(key, self.key_type).verification_key
        verifier_for(found)  # rejects points outside their groups
        require_target(self, target)
        return snarkjs_text(found.to_json())

    def ceremony_of(self, key: protocols.ProvingKey) -> Ceremony | None:
        """None: a key does not record the ceremony of its powers of tau."""
        return None

    def facts(self, key: protocols.ProvingKey) -> Mapping[str, int]:
        layout = own(key, self.key_type).layout
        return {
            "gates": layout.n_gates,
            "domain": layout.domain_size,
            "signals": layout.n_vars,
            "public_signals": layout.n_public,
            "additions": layout.n_additions,
        }
