"""Verification keys as commands are given them: a JSON file, a `.zkey`, or what lies nearby."""

import sys
from pathlib import Path

from prover_cli.circuits.cautions import uncontributed_words
from prover_cli.faults import Code, Fault, SetupFault
from prover_cli.formats.companions import VKEY_NAME, keys_in, verification_key_in
from prover_cli.formats.json_file import read_json
from prover_cli.names import of_file, printable
from prover_cli.systems.protocols import VerificationKey
from prover_cli.systems.registry import map_key, verification_key_from_json


def key_of(path: Path) -> VerificationKey:
    """The verification key in a file, also that of a `.zkey`. Raises SetupFault."""
    if path.suffix == ".zkey":
        return map_key(path).verification_key
    try:
        value = read_json(path, Path.read_bytes)
    except Fault as fault:
        raise SetupFault(fault.kind, f"verification key {path}: {fault.message}") from None
    return key_from_json(path, value)


def key_from_json(path: Path, value: object) -> VerificationKey:
    """The one that was read from `path`. Raises SetupFault."""
    try:
        return verification_key_from_json(value)
    except Fault as fault:
        raise SetupFault(fault.kind, f"verification key {path}: {fault.message}") from None


def tell_if_uncontributed(path: Path, key: VerificationKey) -> None:
    """Warns of a key, read from `path`, whose proofs anybody can forge."""
    words = uncontributed_words(str(path), key)
    if words is not None:
        print(f"warning: {printable(words)}", file=sys.stderr)


def nearby(folder: Path) -> Path:
    """A verification key, or else the only proving key, where the proofs are, above, or here. Raises
    SetupFault NO_KEY."""
    looked = list(dict.fromkeys((folder, folder.resolve().parent, Path.cwd())))
    for place in looked:
        found = verification_key_in(place, of_file(folder.resolve().name))
        if found is not None:
            return found
        keys = keys_in(place)
        if len(keys) == 1:
            return next(iter(keys.values()))
    places = ", ".join(str(place) for place in looked)
    raise SetupFault(
        Code.NO_KEY,
        f"no {VKEY_NAME}, and not exactly one .zkey, in {places}; give one with --vkey FILE, or with "
        "--circuits DIR for results of several circuits",
    )


def check_setup(theirs: VerificationKey, vkey: Path, key: Path) -> None:
    """Whether a verification key and a proving key are of one setup. Raises SetupFault VKEY_MISMATCH."""
    ours = key_of(key)
    different = ours.differences(theirs)
    if not different:
        return
    if "protocol" in different:
        what = f"it is for {theirs.system}, but the key is for {ours.system}"
    elif "curve" in different:
        what = f"it is over {theirs.curve.name}, but the key is over {ours.curve.name}"
    elif "nPublic" in different:
        what = "it belongs to another circuit"
    elif set(different) <= {"vk_delta_2"}:
        what = "it is from another contribution to the same key (vk_delta_2 differs)"
    else:
        what = f"it is from another setup or another version of the circuit ({', '.join(different)} differ)"
    raise SetupFault(
        Code.VKEY_MISMATCH,
        f"verification key {vkey} does not belong to key {key}: {what}. It accepts no proof made with "
        f"that key; write the right one with prove-batch key vkey {key}",
    )
