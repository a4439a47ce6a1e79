"""PLONK as the registry sees it: how its files are read and its proofs exported."""

import json
from collections.abc import Mapping
from pathlib import Path

from prover_cli.faults import Code, SetupFault
from prover_cli.formats.curves import Curve
from prover_cli.formats.snarkjs import snarkjs_text
from prover_cli.formats.targets import ENDINGS, Target
from prover_cli.systems import protocols
from prover_cli.systems.ceremony import Ceremony
from prover_cli.systems.insecure_setup import Circuit, Progress
from prover_cli.systems.own import own
from prover_cli.systems.plonk.calldata import abi_encoded, solidity_calldata
from prover_cli.systems.plonk.mapped import MappedKey
from prover_cli.systems.plonk.proof import EVALUATIONS, POINTS, Proof
from prover_cli.systems.plonk.validation import NOT_CHECKED, is_known_valid
from prover_cli.systems.plonk.verification_key import VerificationKey
from prover_cli.systems.proof_schema import DECIMAL, POINT, proof_schema
from prover_cli.systems.registry import require_target, verifier_for


class Plonk:
    """See `protocols.System`."""

    name = "plonk"
    targets: tuple[Target, ...] = ("snarkjs", "calldata")
    proof_schema = proof_schema(
        "plonk", {**dict.fromkeys(POINTS, POINT), **dict.fromkeys(EVALUATIONS, DECIMAL)}
    )
    uncontributed = (
        "powers of tau",
        "tau is 1",
        "`snarkjs powersoftau contribute`, and setup again, make a key that can be used",
    )
    checks = "every number and point, the gates, the copies and the commitments"
    not_checked: tuple[str, ...] = NOT_CHECKED
    rows_of_a_sum = 2
    has_custom_gates = False

    def map_key(self, path: Path) -> MappedKey:
        return MappedKey(path)

    def is_known_valid(self, key: protocols.ProvingKey) -> bool:
        return is_known_valid(own(key, MappedKey))

    def proof_from_bytes(self, data: bytes, curve: Curve) -> Proof:
        return Proof.from_bytes(data, curve)

    def proof_from_json(self, value: object) -> Proof:
        return Proof.from_json(value)

    def verification_key_from_json(self, value: object) -> VerificationKey:
        return VerificationKey.from_json(value)

    def export_json(self, target: Target, proof: protocols.Proof, signals: tuple[int, ...]) -> dict[str, str]:
        require_target(self, target)
        given = own(proof, Proof)
        return {
            "arguments": solidity_calldata(given, signals),
            "abi": "0x" + abi_encoded(given, signals).hex(),
        }

    def export_files(
        self, target: Target, proof: protocols.Proof, signals: tuple[int, ...]
    ) -> dict[str, bytes]:
        if target == "snarkjs":
            return {}
        (ending,) = ENDINGS["calldata"]
        return {ending: json.dumps(self.export_json(target, proof, signals), indent=1).encode()}

    def calldata(self, proof: protocols.Proof, signals: tuple[int, ...], *, abi: bool) -> str:
        given = own(proof, Proof)
        return "0x" + abi_encoded(given, signals).hex() if abi else solidity_calldata(given, signals)

    def solidity(self, key: protocols.VerificationKey, name: str) -> str:
        raise SetupFault(
            Code.BAD_OPTION,
            "PLONK contracts are not written here; snarkjs zkey export solidityverifier does, from the key",
        )

    def export_verification_key(self, key: protocols.ProvingKey, target: Target) -> bytes:
        found = own(key, MappedKey).verification_key
        verifier_for(found)  # rejects points outside their groups
        require_target(self, target)
        return snarkjs_text(found.to_json())

    def write_insecure_key(
        self, circuit: Circuit, log: int, path: Path, curve: Curve, *, threads: int, progress: Progress
    ) -> None:
        from prover_cli.systems.plonk.insecure_key import write_insecure_key

        write_insecure_key(circuit, log, path, curve, threads=threads, progress=progress)

    def ceremony_of(self, key: protocols.ProvingKey) -> Ceremony | None:
        """None: a key does not record the ceremony of its powers of tau."""
        return None

    def is_uncontributed(self, key: protocols.VerificationKey) -> bool:
        """Whether τ is 1, with which `snarkjs powersoftau new` begins. Keys show no more of that ceremony."""
        return own(key, VerificationKey).x2 == key.curve.generator2

    def facts(self, key: protocols.ProvingKey) -> Mapping[str, int]:
        layout = own(key, MappedKey).layout
        return {
            "gates": layout.n_gates,
            "domain": layout.domain_size,
            "signals": layout.n_vars,
            "public_signals": layout.n_public,
            "additions": layout.n_additions,
        }
