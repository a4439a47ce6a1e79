"""The inputs of calculators that were made before circom 2.0.4, read from their memory.

After the memory that is shared (8 bytes before it and its n8 bytes) lies a hash map of 256 entries with open
addressing, `get_input_signal_map_memory` in circom's `wasm_elements/mod.rs`: u64 FNV-1a of the name, u32
first signal. 5120 bytes are set apart for it. Behind it is counted how many values are still to be set, from
`init` on. How many values a signal has is not there, but inputs are numbered one after the other.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

ENTRIES = 256

SET_APART = 5120
"""Bytes of the map, of which 256 × 12 are used."""


@dataclass(frozen=True)
class InputMap:
    """Sizes by hash of the name, and their sum."""

    sizes: Mapping[int, int]
    total: int


def map_place(start: int, words: int) -> int:
    """Where the map lies: `start` is what `getSharedRWMemoryStart` says, values have so many 32-bit words."""
    return start + 8 + 4 * words


def map_end(place: int) -> int:
    """Where what is read of it ends."""
    return place + SET_APART + 4


def read_map(memory: bytes, place: int, total: int | None) -> InputMap | None:
    """The map in `memory`, which is that of an instance after `init` where `total` is None; None where there
    is none. Of signals without values (`signal input none[0]`) one has the size of what follows them: which
    of them has values cannot be told."""
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
