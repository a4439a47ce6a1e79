"""The gates of a key beside those of a circuit's constraints."""

from prover_cli.faults import Code, SetupFault
from prover_cli.formats.r1cs import rows
from prover_cli.systems.constraints import Constraints
from prover_cli.systems.plonkish.arithmetisation import arithmetise
from prover_cli.systems.plonkish.layout import BLOWUP
from prover_cli.systems.plonkish.mapped import MappedKey


def difference(mapped: MappedKey, constraints: Constraints) -> str | None:
    """Describes the first gate or addition of a key that differs from those of the constraints. None if there
    is no difference. Raises SetupFault (R1CS_…)."""
    layout, data, curve = mapped.layout, mapped.data, mapped.layout.curve
    if constraints.layout.curve is not curve:
        raise SetupFault(Code.R1CS_MISMATCH, f"constraints {constraints.path} are over another curve")
    all_rows = rows(constraints.data, constraints.layout, str(constraints.path))
    made = arithmetise(all_rows, layout.n_vars, layout.n_public, curve.r, mapped.rules)
    plain = pow(1 << (8 * curve.n8r), -1, curve.r)

    def stored(at: int) -> int:
        return int.from_bytes(data[at : at + curve.n8r], "little") * plain % curve.r

    def word(at: int) -> int:
        return int.from_bytes(data[at : at + 4], "little")

    counts = (len(made.gates), len(made.additions))
    if counts != (layout.n_gates, layout.n_additions):
        return (
            f"the key has {layout.n_gates} gates and {layout.n_additions} additions, the constraints make "
            f"{counts[0]} and {counts[1]}"
        )
    for index, addition in enumerate(made.additions):
        at = layout.additions.offset + index * layout.addition_size
        if addition != (word(at), word(at + 4), stored(at + 8), stored(at + 8 + curve.n8r)):
            return f"addition {index} differs from the key's"
    values, step = layout.domain_size * curve.n8r, BLOWUP * curve.n8r
    for index, (signals, selectors) in enumerate(made.gates):
        key_signals = tuple(word(place.offset + 4 * index) for place in layout.maps)
        key_selectors = tuple(stored(place.offset + values + index * step) for place in layout.selectors)
        if (signals, selectors) != (key_signals, key_selectors):
            return f"gate {index} differs from the key's"
    return None
