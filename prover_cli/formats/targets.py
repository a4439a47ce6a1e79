"""The formats that results can also be written in, for use with other verifiers: `--format`."""

from typing import Literal

Target = Literal["snarkjs", "calldata", "arkworks", "gnark"]
"""`snarkjs` adds nothing."""

ENDINGS: dict[Target, tuple[str, ...]] = {
    "snarkjs": (),
    "calldata": (".calldata.json",),
    "arkworks": (".proof.ark", ".public.ark"),
    "gnark": (".proof.gnark", ".public.gnark"),
}
"""Endings, after the id, of the files that a target adds to those of a proof."""
