"""The inputs of calculators compiled before circom 2.0.4, read from their memory.

After the shared memory (8 bytes before it and its n8 bytes) there is a hash map with 256 entries and open
addressing, `get_input_signal_map_memory` in circom's `wasm_elements/mod.rs`: u64 FNV-1a of the name, u32
first signal. 5120 bytes are reserved for it. After the map there is a counter of the values still to be set,
valid after `init`. The number of values of a signal is not stored, but inputs are numbered consecutively.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

ENTRIES = 256

SET_APART = 5120
"""Bytes reserved for the map, of which 256 × 12 are used."""


@dataclass(frozen=True)
class InputMap:
    """Sizes by hash of the signal's name, and their sum."""

    sizes: Mapping[int, int]
    total: int


def map_place(start: int, words: int) -> int:
    """The map's address. `start` is from `getSharedRWMemoryStart`; `words` are 32-bit words per value."""
    return start + 8 + 4 * words


def map_end(place: int) -> int:
    """The end of the bytes that are read."""
    return place + SET_APART + 4


def read_map(memory: bytes, place: int, total: int | None) -> InputMap | None:
    """The map in `memory`, or None if there is none. If `total` is None, `memory` must be that of an instance
    after `init`. A signal without values (`signal input none[0]`) shares its number with the next signal, so
    it can have that signal's size here."""
    if place < 0 or map_end(place) > len(memory):
        return None
    firsts: dict[int, int] = {}
    for entry in range(ENTRIES):
        digest, first = struct.unpack_from("<QI", memory, place + 12 * entry)
        if digest:
            firsts[digest] = first
    if total is None:
        total = int.from_bytes(memory[place + SET_APART : place + SET_APART + 4], "little")
    starts = sorted(set(firsts.values()))
    if not starts:
        return InputMap({}, 0) if total == 0 else None
    end = starts[0] + total
    if starts[0] == 0 or starts[-1] > end:
        return None
    ends = dict(zip(starts, [*starts[1:], end], strict=True))
    return InputMap({digest: ends[first] - first for digest, first in firsts.items()}, total)
