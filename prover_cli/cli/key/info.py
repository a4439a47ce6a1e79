"""`prove-batch key info`: what a proving key is, and whether it is whole."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prover_cli.cli.json_output import print_json
from prover_cli.cli.key.argument import KeyArgument
from prover_cli.faults import Code, SetupFault
from prover_cli.names import shown

if TYPE_CHECKING:
    from prover_cli.systems.ceremony import Ceremony
    from prover_cli.systems.protocols import OpenKey, ProvingKey

EPILOG = "Example: prove-batch key info circuit.zkey"


def command(
    file: KeyArgument,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Check every point and number in the key, and compare it with the circuit's .r1cs if there "
            "is one.",
        ),
    ] = False,
    r1cs: Annotated[
        Path | None,
        typer.Option("--r1cs", help="The circuit's .r1cs. Default: the one beside the key.", metavar="FILE"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show curve, sizes, hash and ceremony of a key."""
    from prover_cli.cli.verification_keys import tell_if_uncontributed
    from prover_cli.options.sizes import format_size
    from prover_cli.pool.limits import machine_limits
    from prover_cli.systems.choice import choose_engine
    from prover_cli.systems.constraints import constraints_beside
    from prover_cli.systems.registry import engine_for, map_key, system_named

    mapped = map_key(file)
    layout, system = mapped.layout, system_named(mapped.system)
    engine = engine_for(mapped.system, choose_engine("auto").engine)
    compared = None
    if check:
        opened = engine.open(mapped)
        opened.ensure_valid(threads=machine_limits().cpus)
        compared = _compared(mapped, opened, r1cs or constraints_beside(file))
    counts = system.facts(mapped)
    ceremony = system.ceremony_of(mapped)
    is_uncontributed = system.is_uncontributed(mapped.verification_key)
    facts = {
        "file": str(file),
        "protocol": mapped.system,
        "curve": layout.curve.name,
        **counts,
        "bytes": mapped.size,
        "sha256": mapped.sha256,
        "bases_sha256": mapped.bases_sha256,
        "checked": system.is_known_valid(mapped),
        "coefficients_compared_with": compared,
        "not_checked": system.not_checked,
        "contributions": _contributions(ceremony),
        "anybody_can_forge": is_uncontributed,
        "memory_per_proof_mb": round(engine.needs(layout).memory / (1 << 20), 1),
    }
    tell_if_uncontributed(file, mapped.verification_key)
    if as_json:
        print_json(facts)
        return
    words = {
        "constraints": f"{counts.get('constraints')} (those with a term in A or B, which is all that a key "
        "shows)",
        "bytes": f"{mapped.size} ({format_size(mapped.size)})",
        "checked": system.checks if facts["checked"] else "structure only (--check)",
        "coefficients_compared_with": compared
        or (
            "nothing: there is no .r1cs beside the key, or more than one"
            if check
            else "not compared (--check)"
        ),
        "not_checked": "; ".join(system.not_checked),
        "contributions": _contributions_in_words(ceremony, is_none=is_uncontributed),
        "memory_per_proof_mb": f"{facts['memory_per_proof_mb']} MB",
    }
    labels = {
        "bases_sha256": "sha256 for tables",
        "memory_per_proof_mb": "memory per proof",
        "coefficients_compared_with": "compared with",
    }
    for name, value in facts.items():
        if name == "anybody_can_forge":
            continue  # a warning has said it
        if name == "bases_sha256" and value == mapped.sha256:
            continue
        print(f"{labels.get(name, name.replace('_', ' ')):<20} {words.get(name, value)}")


def _contributions(ceremony: "Ceremony | None") -> list[dict[str, object]] | None:
    if ceremony is None or ceremony.contributions is None or not ceremony.ends_here:
        return None
    return [
        {"name": one.name, "beacon": one.is_beacon, "hash": one.digest.hex()}
        for one in ceremony.contributions
    ]


def _contributions_in_words(ceremony: "Ceremony | None", *, is_none: bool) -> str:
    """Each with its hash below the other, as many words of eight digits in a line as snarkjs prints."""
    if ceremony is None:
        return "no record"
    if ceremony.contributions is None:
        return "a record that cannot be read, or is too long"
    if not ceremony.contributions and not is_none:
        return "no record"
    if not ceremony.ends_here:
        return "the record belongs to another key"
    if is_none:
        return "none"
    lines = [str(len(ceremony.contributions))]
    for number, one in enumerate(ceremony.contributions, 1):
        digits = one.digest.hex()
        words = [digits[at : at + 8] for at in range(0, len(digits), 8)]
        name = " ".join(filter(None, (shown(one.name), "(beacon)" if one.is_beacon else "")))
        lines.append(f"{'':<20} {number} {name}".rstrip())
        lines += [f"{'':<23}{' '.join(words[at : at + 4])}" for at in range(0, len(words), 4)]
    return "\n".join(lines)


def _compared(mapped: "ProvingKey", opened: "OpenKey", path: Path | None) -> str | None:
    """The constraints whose A and B are the key's. Raises SetupFault KEY_MISMATCH, R1CS_…"""
    from prover_cli.pool.limits import machine_limits
    from prover_cli.systems.constraints import Constraints, most_unpacked

    if path is None:
        return None
    constraints = Constraints(path, most_unpacked(mapped.layout))
    difference = "the sizes differ"
    if constraints.fits(mapped.layout):
        difference = opened.difference(constraints, machine_limits().cpus) or ""
    if difference:
        raise SetupFault(
            Code.KEY_MISMATCH,
            f"key {mapped.path} does not belong to the circuit of {path} ({difference}): it is damaged, or "
            "was made from another version; copy it again, or make it from this .r1cs",
        )
    return str(path)
