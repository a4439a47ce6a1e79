"""The names and sizes of a circuit's inputs, and the messages for inputs that do not match."""

import re
from collections.abc import Callable, Collection, Mapping
from itertools import islice

from prover_cli.counting import counted
from prover_cli.faults import Code, JobFault
from prover_cli.formats.sym import suggestion
from prover_cli.names import shown
from prover_cli.witness.inputs import place, shape

MOST_NAMED = 12
"""Names that a message lists."""


def fnv(name: str) -> int:
    """64-bit FNV-1a of a signal's name, by which the calculator identifies it."""
    digest = 0xCBF29CE484222325
    for byte in name.encode(errors="surrogatepass"):
        digest = (digest ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return digest


class Signals:
    """The inputs of one circuit. `symbols` are the signals of its main component with their array dimensions,
    if known."""

    def __init__(self, symbols: Mapping[str, tuple[int, ...]] | None) -> None:
        self._symbols = symbols
        self._sizes: dict[str, tuple[int, int]] = {}

    def size(self, name: str, ask: Callable[[int], int]) -> tuple[int, int]:
        """The hash of an input's name, and how many values the circuit takes for it, 0 or less if there is no
        such input. `ask` queries the calculator by hash."""
        if name not in self._sizes:
            digest = fnv(name)
            found = digest, ask(digest)
            if found[1] <= 0:
                return found  # names come from callers, so unknown ones are not kept
            self._sizes[name] = found
        return self._sizes[name]

    def inputs(self, ask: Callable[[int], int]) -> dict[str, tuple[int, ...]] | None:
        """Names and dimensions of the inputs, with a bus field by field. None without symbols."""
        if self._symbols is None:
            return None
        return {name: lengths for name, lengths in self._symbols.items() if self.size(name, ask)[1] > 0}


def unknown(name: str, known: Mapping[str, tuple[int, ...]] | None, where: str) -> JobFault:
    """The fault for an input that the circuit does not have."""
    if known is None:
        advice = "; put the circuit's .sym next to the .wasm to see the known ones"
        return JobFault(Code.INPUT_UNKNOWN, f'{where}: unknown signal "{shown(name)}"{advice}')
    of = name.partition(".")[0]
    if of != name and of in known:
        return JobFault(
            Code.INPUT_VALUE, f"{where}: {shown(of)} is an object; write an integer, or an array of them"
        )
    inside = [part.removeprefix(name + ".") for part in known if part.startswith(name + ".")]
    if inside:
        fields = dict.fromkeys(re.split(r"[.\[]", part)[0] for part in inside)
        return JobFault(Code.INPUT_VALUE, f"{where}: {shown(name)} must be an object with {_listed(fields)}")
    if any(part.startswith(name + "[") for part in known):
        return JobFault(Code.INPUT_VALUE, f"{where}: {shown(name)} must be an array of objects")
    advice = suggestion(name, known) or f"; the circuit takes {_listed(collapsed(known, known))}"
    return JobFault(Code.INPUT_UNKNOWN, f'{where}: unknown signal "{shown(name)}"{advice}')


def misshapen(
    name: str, value: object, found: int, wanted: int, known: Mapping[str, tuple[int, ...]] | None, where: str
) -> JobFault:
    """The fault for an input with the wrong number of values."""
    lengths = (known or {}).get(name)
    if lengths is None:
        mine = shape(value)
        lengths = (wanted, *mine[1:]) if len(mine) == 1 else ()
    takes = "".join(f"[{length}]" for length in lengths)
    if found < wanted and lengths:
        what = f"{place(name, found, lengths)} is missing"
    elif found < wanted:
        what = f"{shown(name)} is too short"
    else:
        what = "too many values"
    return JobFault(
        Code.INPUT_SHAPE,
        f"{where}: {what}; {shown(name)} has {counted(found, 'value')}, but the circuit takes {wanted}"
        + (f" ({shown(name)}{takes})" if len(lengths) > 1 else ""),
    )


def missing(
    given: Collection[str], found: int, wanted: int, known: Mapping[str, tuple[int, ...]] | None, where: str
) -> JobFault:
    """The fault for inputs with the wrong number of values in total."""
    if found > wanted:
        return JobFault(
            Code.INPUT_SHAPE,
            f"{where}: {counted(found, 'value is', 'values are')} given, but the circuit takes {wanted}: a "
            "bus is given twice, or together with one of its fields",
        )
    if known is None:
        return JobFault(
            Code.INPUT_MISSING,
            f"{where}: only {found} of {wanted} input values are given; put the circuit's .sym next to the "
            ".wasm to see which are missing",
        )
    absent = [name for name in known if not any(part in given for part in (name, *_prefixes(name)))]
    names = collapsed(absent, known)
    return JobFault(
        Code.INPUT_MISSING, f"{where}: input {_listed(names)} {'is' if len(names) == 1 else 'are'} missing"
    )


def collapsed(names: Collection[str], known: Collection[str]) -> list[str]:
    """The same names, but a bus replaces its fields if all of them are listed: `note` for `note.amount` and
    `note.owner.x`."""
    chosen = set(names)
    partly = {prefix for name in known if name not in chosen for prefix in _prefixes(name)}
    found: dict[str, None] = {}
    for name in names:
        found[next((prefix for prefix in _prefixes(name) if prefix not in partly), name)] = None
    return list(found)


def _prefixes(name: str) -> list[str]:
    """The buses that contain a field, outermost first: `pair`, `pair[0]` and `pair[0].a` for `pair[0].a.x`.
    Empty for a signal outside any bus."""
    if "." not in name:
        return []
    return [name[:end] for end, character in enumerate(name) if character in ".["]


def _listed(names: Collection[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(shown(name) for name in islice(names, MOST_NAMED)) + more
