"""Which proof system, and which engine for it: the one place that knows all of them.

A system is loaded when it is first needed, so that commands and workers do not load the others.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from prover_cli.faults import Code, Fault, SetupFault
from prover_cli.formats.targets import Target
from prover_cli.formats.zkey import PROTOCOLS, protocol_of
from prover_cli.regular_file import mapped, open_regular
from prover_cli.systems.choice import choose_engine
from prover_cli.systems.protocols import Engine, Proof, ProvingKey, System, VerificationKey, Verifier

USUAL = "groth16"
"""The system of snarkjs files that do not name one."""

OF_THE_USUAL = {"pi_a", "pi_b", "pi_c", "vk_alpha_1", "IC"}
"""Fields that its proofs and verification keys have."""


def _groth16() -> System:
    from prover_cli.systems.groth16.system import Groth16

    return Groth16()


def _groth16_native() -> Engine:
    from prover_cli.systems.groth16.native import NativeEngine

    return NativeEngine()


def _groth16_reference() -> Engine:
    from prover_cli.systems.groth16.reference import ReferenceEngine

    return ReferenceEngine()


def _plonk() -> System:
    from prover_cli.systems.plonk.system import Plonk

    return Plonk()


def _plonk_native() -> Engine:
    from prover_cli.systems.plonk.native import NativeEngine

    return NativeEngine()


def _plonk_reference() -> Engine:
    from prover_cli.systems.plonk.reference import ReferenceEngine

    return ReferenceEngine()


def _fflonk() -> System:
    from prover_cli.systems.fflonk.system import Fflonk

    return Fflonk()


def _fflonk_native() -> Engine:
    from prover_cli.systems.fflonk.native import NativeEngine

    return NativeEngine()


def _fflonk_reference() -> Engine:
    from prover_cli.systems.fflonk.reference import ReferenceEngine

    return ReferenceEngine()


SYSTEMS: Mapping[str, Callable[[], System]] = {"groth16": _groth16, "plonk": _plonk, "fflonk": _fflonk}

ENGINES: Mapping[tuple[str, str], Callable[[], Engine]] = {
    ("groth16", "native"): _groth16_native,
    ("groth16", "reference"): _groth16_reference,
    ("plonk", "native"): _plonk_native,
    ("plonk", "reference"): _plonk_reference,
    ("fflonk", "native"): _fflonk_native,
    ("fflonk", "reference"): _fflonk_reference,
}
"""By system and engine."""


@cache
def system_named(name: str) -> System:
    """The system with this name, as given by a key, a proof or an answer."""
    return SYSTEMS[name]()


@cache
def engine_for(system: str, engine: str) -> Engine:
    """`engine` is native or reference; see `choose_engine`."""
    return ENGINES[system, engine]()


def require_target(system: System, target: Target) -> None:
    """Raises SetupFault BAD_OPTION if proofs of the system cannot be written in a format."""
    if target not in system.targets:
        raise SetupFault(
            Code.BAD_OPTION,
            f"--format {target} is not for {system.name} keys; it takes {' or '.join(system.targets)}",
        )


def verifier_for(key: VerificationKey, engine: str = "auto") -> Verifier:
    """A verifier for `key`. `engine` is auto, native or reference. Raises SetupFault: VKEY_CORRUPT,
    ENGINE_MISSING."""
    return engine_for(key.system, choose_engine(engine).engine).verifier(key)


def map_key(path: Path) -> ProvingKey:
    """A `.zkey` of any system. Raises SetupFault: KEY_UNREADABLE, KEY_TRUNCATED, KEY_CORRUPT, KEY_PROTOCOL,
    KEY_CURVE."""
    named = PROTOCOLS.get(_protocol(path) or 0, "")
    # The usual system reports what is wrong with a file that is not a key or has an unknown system.
    return system_named(named if named in SYSTEMS else USUAL).map_key(path)


def reference_seconds(keys: Iterable[ProvingKey]) -> float:
    """An estimate of the seconds that the reference engine takes for a proof with the slowest of these."""
    return max(system_named(key.system).seconds_per_point * key.layout.domain_size for key in keys)


def proof_from_json(value: object) -> Proof:
    """A `proof.json` of any system. Raises Fault: JSON_CORRUPT, CURVE_UNKNOWN, PROOF_PROTOCOL."""
    return _of(value, "the proof").proof_from_json(value)


def verification_key_from_json(value: object) -> VerificationKey:
    """A `verification_key.json` of any system. Raises Fault: JSON_CORRUPT, CURVE_UNKNOWN, PROOF_PROTOCOL."""
    return _of(value, "the key").verification_key_from_json(value)


def _of(value: Any, what: str) -> System:
    """The proof system of one of snarkjs' JSON objects."""
    fields = value if isinstance(value, dict) else {}
    named = fields.get("protocol", USUAL)
    *others, last = SYSTEMS
    known = f"{', '.join(others)} or {last}"
    if not isinstance(named, str) or named not in SYSTEMS:
        raise Fault(Code.PROOF_PROTOCOL, f"{what} is for {named!s:.40}, not {known}")
    if fields and "protocol" not in fields and not fields.keys() & OF_THE_USUAL:
        raise Fault(Code.PROOF_PROTOCOL, f"{what} does not name its protocol: {known}")
    return system_named(named)


def _protocol(path: Path) -> int | None:
    """The protocol that a key file names. None if it cannot be determined."""
    try:
        with open_regular(path) as file:
            return protocol_of(mapped(file))
    except OSError:
        return None
