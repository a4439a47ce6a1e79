"""What a result can be made into besides snarkjs' JSON, for those who verify elsewhere: `--format`."""

from typing import Literal

Target = Literal["snarkjs", "calldata", "arkworks", "gnark"]
"""`snarkjs` adds nothing."""

ENDINGS: dict[Target, tuple[str, ...]] = {
    "snarkjs": (),
    "calldata": (".calldata.json",),
    "arkworks": (".proof.ark", ".public.ark"),
    "gnark": (".proof.gnark", ".public.gnark"),
}
"""Of the files that a target adds to a proof's, after the id."""
