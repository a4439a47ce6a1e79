"""Groth16 as the registry sees it: how its files are read and its proofs exported."""

from collections.abc import Mapping
from pathlib import Path

from prover_cli.formats.curves import Curve
from prover_cli.formats.snarkjs import snarkjs_text
from prover_cli.formats.targets import Target
from prover_cli.systems import protocols
from prover_cli.systems.ceremony import Ceremony
from prover_cli.systems.groth16.ceremony import ceremony_of, is_uncontributed
from prover_cli.systems.groth16.layout import beta1_delta1
from prover_cli.systems.groth16.mapped import MappedKey
from prover_cli.systems.groth16.proof import Proof
from prover_cli.systems.groth16.validation import NOT_CHECKED, check_header, is_known_valid
from prover_cli.systems.groth16.verification_key import VerificationKey
from prover_cli.systems.insecure_setup import Circuit, Progress
from prover_cli.systems.own import own
from prover_cli.systems.proof_schema import POINT, POINT_2, proof_schema
from prover_cli.systems.registry import verifier_for


class Groth16:
    """See `protocols.System`."""

    name = "groth16"
    targets: tuple[Target, ...] = ("snarkjs", "calldata", "arkworks", "gnark")
    proof_schema = proof_schema("groth16", {"pi_a": POINT, "pi_b": POINT_2, "pi_c": POINT})
    uncontributed = (
        "setup",
        "delta equals gamma",
        "`snarkjs zkey contribute` makes a key that can be used",
    )
    checks = "every point, and the range of each coefficient"
    not_checked: tuple[str, ...] = NOT_CHECKED
    rows_of_a_sum = 1
    seconds_per_point = 0.1

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
        from prover_cli.systems.groth16.targets import target_json

        return target_json(target, own(proof, Proof), signals)

    def export_files(
        self, target: Target, proof: protocols.Proof, signals: tuple[int, ...]
    ) -> dict[str, bytes]:
        if target == "snarkjs":
            return {}
        from prover_cli.systems.groth16.targets import target_files

        return target_files(target, own(proof, Proof), signals)

    def calldata(self, proof: protocols.Proof, signals: tuple[int, ...], *, abi: bool) -> str:
        from prover_cli.systems.groth16.calldata import abi_encoded, solidity_calldata

        given = own(proof, Proof)
        return "0x" + abi_encoded(given, signals).hex() if abi else solidity_calldata(given, signals)

    def solidity(self, key: protocols.VerificationKey, name: str) -> str:
        from prover_cli.systems.groth16.solidity import solidity_contract

        given = own(key, VerificationKey)
        verifier_for(given)  # rejects points outside their groups
        return solidity_contract(given, name)

    def export_verification_key(self, key: protocols.ProvingKey, target: Target) -> bytes:
        from prover_cli.systems.groth16 import arkworks, gnark
        from prover_cli.systems.groth16.pairing import alphabeta
        from prover_cli.systems.groth16.reference import ReferenceKey

        mapped = own(key, MappedKey)
        found = mapped.verification_key
        verifier_for(found)  # rejects points outside their groups
        if target == "arkworks":
            return arkworks.verification_key_bytes(found)
        if target == "gnark":
            check_header(mapped, ReferenceKey(mapped).same_scalar)
            return gnark.verification_key_bytes(found, *beta1_delta1(mapped.data, mapped.layout))
        return snarkjs_text(found.to_json(alphabeta(found.curve, found.alpha1, found.beta2)))

    def write_insecure_key(
        self, circuit: Circuit, log: int, path: Path, curve: Curve, *, threads: int, progress: Progress
    ) -> None:
        from prover_cli.systems.groth16.insecure_key import write_insecure_key

        write_insecure_key(circuit, log, path, curve, threads=threads, progress=progress)

    def ceremony_of(self, key: protocols.ProvingKey) -> Ceremony | None:
        return ceremony_of(own(key, MappedKey))

    def is_uncontributed(self, key: protocols.VerificationKey) -> bool:
        return is_uncontributed(own(key, VerificationKey))

    def facts(self, key: protocols.ProvingKey) -> Mapping[str, int]:
        layout = own(key, MappedKey).layout
        return {
            "constraints": _constraints(own(key, MappedKey)),
            "domain": layout.domain_size,
            "signals": layout.n_vars,
            "public_signals": layout.n_public,
            "coefficients": layout.n_coefficients,
        }


def _constraints(mapped: MappedKey) -> int:
    """The highest row of the matrices, less the rows that bind the public signals."""
    layout = mapped.layout
    size, start = layout.coefficient_size, layout.coefficients.offset
    highest = max(
        (
            int.from_bytes(mapped.data[at + 4 : at + 8], "little")
            for at in range(start, layout.coefficients.end, size)
        ),
        default=-1,
    )
    return max(0, highest - layout.n_public)
