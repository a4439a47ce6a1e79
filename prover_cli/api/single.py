"""One proof at a time: `load_key`, `prove` and `verify`. For many, see `prove_many`."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from prover_cli.api.circuit import Circuit, load_circuit
from prover_cli.api.given import Given, source_of_given
from prover_cli.api.wording import in_python, kind_of, python_words
from prover_cli.caller_warnings import SlowEngineWarning, warn_caller
from prover_cli.circuits.cautions import uncontributed_words
from prover_cli.circuits.circuit import Circuit as Files
from prover_cli.circuits.keys import why_no_input
from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.formats.json_file import read_json
from prover_cli.pool.arguments import check_whole
from prover_cli.pool.pool_events import reduced_warning
from prover_cli.systems.choice import choose_engine
from prover_cli.systems.protocols import Proof, Prover, VerificationKey
from prover_cli.systems.registry import (
    engine_for,
    map_key,
    proof_from_json,
    reference_seconds,
    system_named,
    verification_key_from_json,
    verifier_for,
)
from prover_cli.witness.inputs import LONGEST_NUMBER
from prover_cli.witness.reading import Reader

Key = str | os.PathLike[str] | Prover | Circuit
"""A `.zkey`, the folder of a circuit, or what `load_key` or `load_circuit` gave."""

OF_THE_SETUP = {Code.KEY_MISMATCH, Code.WASM_CORRUPT, Code.WASM_UNREADABLE, Code.WASM_UNSUPPORTED}
"""What a job fails with because its circuit's files are wrong."""

_readers: "WeakKeyDictionary[Prover, dict[tuple[Path | None, bool], Reader]]" = WeakKeyDictionary()
"""Calculators that were opened, by key, `.wasm` and strictness."""


def load_key(
    path: str | os.PathLike[str],
    *,
    engine: str = "auto",
    validate: bool = True,
    constraints: str | os.PathLike[str] | None = None,
) -> Prover:
    """Opens a `.zkey` for proving. It stays mapped into memory while the result is in use.

    `engine` is auto, native or reference. If auto has to take the slow engine, it warns
    (SlowEngineWarning). It also warns of a key that nobody has contributed to. `validate` checks every point
    and the range of each coefficient, once per key: the cache folder remembers it. `constraints` is the
    circuit's `.r1cs`, if it does not lie beside the key; it lets errors name the constraint that a witness
    breaks.

    Raises SetupFault (KEY_…, ENGINE_MISSING), TypeError.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"the key is {kind_of(path)}; pass the path of a .zkey")
    choice = choose_engine(engine)
    mapped = map_key(Path(path))
    if choice.fell_back:
        warn_caller(choice.slow_words(reference_seconds([mapped])), SlowEngineWarning)
    maker = engine_for(mapped.system, choice.engine)
    if validate and not system_named(mapped.system).is_known_valid(mapped):
        maker.open(mapped).ensure_valid()
    _warn_if_uncontributed(str(mapped.path), mapped.verification_key)
    return maker.prover(mapped, constraints=None if constraints is None else Path(constraints))


def prove(
    key: Key,
    inputs: Given | None = None,
    *,
    wasm: str | os.PathLike[str] | None = None,
    threads: int = 1,
    strict_inputs: bool = False,
    witness: Given | None = None,
) -> tuple[Proof, tuple[int, ...]]:
    """One proof, verified, and its public signals.

    `key` is the path of a `.zkey` or of a circuit's folder, or what `load_key` or `load_circuit` gave. To
    prove more than once, load it first. `inputs` is a mapping of the circuit's input signals to ints,
    strings of digits or nested lists of these; the path of a `.json` with such inputs or of a `.wtns`; the
    bytes of such a file; or a witness: what `parse_witness` gave, or its values in order. `witness` is
    another name for it.

    Inputs need the circuit's `.wasm`: the one beside the key, or `wasm`. Values that are not below the
    field's prime are reduced, as circom does, with a warning; `strict_inputs` refuses them. `threads` is how
    many threads the proof may use.

    Raises JobFault for what is wrong with the job (WITNESS_…, INPUT_…, ASSERT_FAILED; WITNESS_UNSATISFIED if
    it breaks a constraint), SetupFault for the circuit's files (KEY_…, WASM_…, INPUT_UNSUPPORTED if there is
    no `.wasm`), TypeError for an argument of another type.
    """
    if (inputs is None) == (witness is None):
        raise TypeError("prove takes a key and one job: prove(key, inputs)")
    given = witness if inputs is None else inputs
    check_whole({"threads": (threads, 1)})
    if isinstance(key, str | os.PathLike):
        key = load_circuit(key)
    if isinstance(key, Circuit):
        files, prover = key.files, key.prover
    elif isinstance(key, Prover):
        files, prover = Files("", key.path), key
    else:
        raise TypeError(f"key is {kind_of(key)}; pass a path, or what load_key or load_circuit gave")
    if wasm is not None:
        files = Files(files.id, files.key, files.folder, Path(wasm), files.r1cs, files.sym)
    with python_words():
        return _prove(prover, files, given, threads, strict=strict_inputs)


def verify(
    key: VerificationKey | Key,
    proof: Proof | Mapping[str, Any],
    public_signals: Sequence[int] | Sequence[str],
) -> bool:
    """Whether the proof is valid for the public signals under this key.

    `key` is a verification key, the path of a `verification_key.json`, or any key that `prove` takes. `proof`
    is what `prove` gave, or the object of a `proof.json`. `public_signals` are whole numbers, or strings of
    digits as in a `public.json`.

    Raises Fault (FILE_UNREADABLE, JSON_CORRUPT, PROOF_PROTOCOL, VKEY_CORRUPT, KEY_…), TypeError for an
    argument of another type.
    """
    if isinstance(key, str | os.PathLike):
        if os.fspath(key).endswith(".json"):
            name, key = os.fspath(key), verification_key_from_json(read_json(Path(key)))
            _warn_if_uncontributed(name, key)
        else:
            key = load_circuit(key)
    if isinstance(key, Circuit | Prover):
        key = key.verification_key
    if not isinstance(key, VerificationKey):
        raise TypeError(
            f"key is {kind_of(key)}; pass what load_key, load_circuit or verification_key_from_json gave"
        )
    if isinstance(proof, Mapping):
        proof = proof_from_json(dict(proof))
    if not isinstance(proof, Proof):
        raise TypeError(f"proof is {kind_of(proof)}; pass what prove gave, or the object of a proof.json")
    return verifier_for(key).verify(proof, _signals(public_signals))


def _warn_if_uncontributed(name: str, key: VerificationKey) -> None:
    words = uncontributed_words(name, key)
    if words is not None:
        warn_caller(words)


def _signals(given: object) -> tuple[int, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise TypeError(f"public_signals is {kind_of(given)}; pass a sequence of whole numbers")
    return tuple(_signal(signal, index) for index, signal in enumerate(given))


def _signal(given: object, index: int) -> int:
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) <= LONGEST_NUMBER:
        return int(given)
    if isinstance(given, int):
        return int(given)
    raise TypeError(f"public signal {index} is {kind_of(given)}; pass whole numbers")


def _prove(
    prover: Prover, files: Files, given: object, threads: int, *, strict: bool
) -> tuple[Proof, tuple[int, ...]]:
    curve = prover.verification_key.curve
    source = source_of_given(given, curve, "given")
    name = source.path or "given"
    wasm = files.calculator if source.is_input else None
    if source.is_input and (why := why_no_input(files.key, wasm)) is not None:
        raise SetupFault(Code.INPUT_UNSUPPORTED, why)
    readers = _readers.setdefault(prover, {})
    reader = readers.get((wasm, strict))
    if reader is None:
        reader = readers[wasm, strict] = Reader(
            wasm, files.symbols, strict=strict, key=(prover.layout, prover.path)
        )
    try:
        read = reader.read(source, name, b"")
    except JobFault as fault:
        if fault.kind in OF_THE_SETUP:
            raise SetupFault(fault.kind, fault.message) from None
        raise
    made = prover.prove(read.witness, name, threads=threads)
    if read.reduced is not None:
        warn_caller(in_python(reduced_warning(name, read.reduced)))
    return made.proof, read.witness.public_signals(prover.n_public)
