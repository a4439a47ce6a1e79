"""Mutants of every file and message that comes from outside, thrown at what reads them.

What reads them must answer with a fault of ours that has a code and a sentence, or with a result: no other
exception, no crash, no hang, no memory beyond measure, and no value of a witness in a sentence. The tests run
a fixed number from a fixed seed; as a program it runs as many as are wanted, from a new seed each time:

    python tests/fuzzing.py --each 20000
    python tests/fuzzing.py --only zkey --seed 7 --each 1000

The mutant of the moment lies in a file that is named at the start: what takes the process down is in there.
"""

import argparse
import copy
import faulthandler
import gzip
import json
import os
import random
import resource
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gate_systems import refitted

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
CIRCUITS = Path(__file__).resolve().parent / "circuits"
QUARTIC, MEMBERSHIP, BLS = SAMPLES / "quartic", SAMPLES / "membership", SAMPLES / "quartic-bls12381"
GATES = {"plonk": SAMPLES / "quartic-plonk", "fflonk": SAMPLES / "quartic-fflonk"}

HANGS = 300
"""Seconds after which a single mutant is taken for a hang, and the process ended with its stack."""

MOST_MEMORY = 400 << 20
"""Bytes by which the process may grow over all mutants of a format."""

SECRET = 3141592653589793238462643383279502884197
"""A value of every witness and input here: no message may hold it."""

LONGEST_MESSAGE = 3000


class Wrong(Exception):
    """What a mutant brought to light."""


# ---- mutants

NUMBERS = (0, 1, 2, 3, 7, 8, 31, 32, 33, 64, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1)
LENGTHS = (*NUMBERS, 2**32, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with one to four things done to them."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = chance.choice(BYTES)(data, chance)
    return data


def _flipped(data: bytes, chance: random.Random) -> bytes:
    if not data:
        return data
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        found[_place(data, chance)] ^= 1 << chance.randrange(8)
    return bytes(found)


def _numbered(data: bytes, chance: random.Random) -> bytes:
    """A number of 4 or 8 bytes is another."""
    size, codes = chance.choice(((4, "<I"), (8, "<Q")))
    if len(data) < size:
        return data
    at = min(_place(data, chance), len(data) - size)
    (before,) = struct.unpack_from(codes, data, at)
    value = chance.choice((*LENGTHS, before + 1, before - 1, before * 2)) % (1 << 8 * size)
    return data[:at] + struct.pack(codes, value) + data[at + size :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _longer(data: bytes, chance: random.Random) -> bytes:
    return data + chance.randbytes(chance.choice((1, 4, 64, 5000)))


def _without(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
    return data[:start] + data[min(end, start + 64) :]


def _twice(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    part = data[start : start + chance.choice((1, 12, 64, 1000))]
    return data[:start] + part + data[start:]


def _filled(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    size = min(chance.choice((4, 32, 64)), len(data) - start)
    return data[:start] + chance.choice((b"\0", b"\xff")) * size + data[start + size :]


def _place(data: bytes, chance: random.Random) -> int:
    """Half of the time in the first 400 bytes, where headers are."""
    return chance.randrange(min(len(data), 400) if chance.random() < 0.5 else len(data))


BYTES = (_flipped, _flipped, _numbered, _numbered, _cut, _longer, _without, _twice, _filled)


def of_templates(data: bytes, chance: random.Random) -> bytes:
    """A calculator mutated behind its field functions, since no others are recognised: in the runtime and the
    templates, which end the code, or in the data. Mostly single bytes, because with another length nothing is
    valid."""
    end = _end_of_code(data)
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at = chance.randrange(end - 2500, end) if chance.random() < 0.7 else chance.randrange(end, len(data))
        other = (found[at] ^ 1 << chance.randrange(8), chance.randrange(256), (found[at] + 1) % 256)
        found[at] = chance.choice(other)
    return bytes(found) if chance.random() < 0.9 else mutated(bytes(found), chance)


def _end_of_code(data: bytes) -> int:
    """The end of a module's code section, the tenth."""
    at = 8
    while True:
        number, size, shift = data[at], 0, 0
        at += 1
        while True:
            size |= (data[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if data[at - 1] < 128:
                break
        at += size
        if number == 10:
            return at


def resectioned(data: bytes, chance: random.Random) -> bytes:
    """A container with its sections in another order, one missing, twice, empty, longer, or of another id;
    and sometimes mutated as bytes besides."""
    if chance.random() < 0.5:
        return mutated(data, chance)
    count = int.from_bytes(data[8:12], "little")
    sections, at = [], 12
    for _ in range(count):
        number, length = struct.unpack_from("<IQ", data, at)
        sections.append((number, data[at + 12 : at + 12 + length]))
        at += 12 + length
    which = chance.randrange(len(sections))
    number, body = sections[which]
    kind = chance.randrange(6)
    if kind == 0:
        chance.shuffle(sections)
    elif kind == 1:
        del sections[which]
    elif kind == 2:
        sections.insert(chance.randrange(len(sections)), sections[which])
    elif kind == 3:
        sections[which] = (number, b"")
    elif kind == 4:
        sections[which] = (number, mutated(body, chance))
    else:
        sections[which] = (chance.choice(NUMBERS), body)
    whole = data[:8] + len(sections).to_bytes(4, "little")
    return whole + b"".join(struct.pack("<IQ", n, len(b)) + b for n, b in sections)


ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**63, 2**64, 10**400, "", "0", "-1", "0x", "1e5", " 7 ", "9" * 999, "\0",
    "\ud800", "\x1b[2J", "é" * 400, "../../etc/passwd", "a.wtns", [], [[]], [[], [[]]], {}, {"": {}},
    [0] * 3000, {str(i): i for i in range(300)},
)  # fmt: skip


def restructured(data: bytes, chance: random.Random) -> bytes:
    """JSON with values, names and nesting of another kind; and sometimes mutated as bytes besides."""
    try:
        value = json.loads(data)
    except ValueError:
        return mutated(data, chance)
    for _ in range(chance.choice((1, 1, 2, 5))):
        value = _changed(value, chance)
    try:
        text = json.dumps(value, ensure_ascii=chance.random() < 0.5).encode(errors="surrogatepass")
    except RecursionError:
        return b"[" * 100_000
    if chance.random() < 0.1:
        text = text.replace(
            b":", b": " + chance.choice((b"NaN", b"Infinity", b"-0", b"1.5", b"1e999", b"01")) + b",", 1
        )
    return mutated(text, chance) if chance.random() < 0.3 else text


def _changed(value: Any, chance: random.Random) -> Any:
    """The value with something in it, at any depth, replaced."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        name = chance.choice(list(value))
        kind = chance.randrange(5)
        if kind == 0:
            return {n: v for n, v in value.items() if n != name}
        if kind == 1:
            return value | {chance.choice(("x", "", "\ud800", "a" * 2000, name + " ", "note.x")): value[name]}
        return value | {name: _changed(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        kind = chance.randrange(4)
        if kind == 0:
            return [*value[:at], *value[at + 1 :]]
        if kind == 1:
            return [*value[:at], value[at], *value[at:]]
        return [*value[:at], _changed(value[at], chance), *value[at + 1 :]]
    if chance.random() < 0.1:
        for _ in range(chance.choice((3, 40, 900))):
            value = [value] if chance.random() < 0.5 else {"a": value}
        return value
    return copy.deepcopy(chance.choice(ODD))


def relined(data: bytes, chance: random.Random) -> bytes:
    """Lines mixed, doubled, left out, or each restructured."""
    lines = data.split(b"\n")
    kind = chance.randrange(4)
    if kind == 0:
        chance.shuffle(lines)
    elif kind == 1:
        return mutated(data, chance)
    else:
        at = chance.randrange(len(lines))
        lines[at] = restructured(lines[at], chance)
    return b"\n".join(lines)


# ---- what reads them


@dataclass(frozen=True)
class Format:
    """`read` is given the file with the mutant; what it raises is judged."""

    name: str
    originals: tuple[bytes, ...]
    mutate: Callable[[bytes, random.Random], bytes]
    read: Callable[[Path], None]
    ending: str
    cost: int = 1
    """How many of the others one mutant stands for: compiling takes longer."""


def formats() -> Iterator[Format]:
    """All of them."""
    yield from _keys_and_witnesses()
    yield from _calculators()
    yield from _messages()
    yield from _kept()


def _secret_witness() -> Any:
    """The witness of a sample with the secret in it; its constraints do not hold."""
    from prover_cli.formats.wtns import Witness, parse_witness

    good = parse_witness((QUARTIC / "witnesses" / "0000.wtns").read_bytes(), "w")
    size = good.curve.n8r
    values = good.values[:-size] + SECRET.to_bytes(size, "little")
    return Witness(good.curve, values, 0)


def _keys_and_witnesses() -> Iterator[Format]:
    from prover_cli.formats.sym import main_signals, wire_names
    from prover_cli.formats.wtns import check_witness, parse_witness, write_witness
    from prover_cli.systems.checked_prover import prove_checked
    from prover_cli.systems.choice import choose_engine
    from prover_cli.systems.constraints import Constraints, most_unpacked
    from prover_cli.systems.groth16.blinding import Blinding
    from prover_cli.systems.groth16.mapped import MappedKey
    from prover_cli.systems.groth16.native import NativeKey
    from prover_cli.systems.opened_key import Unsatisfied
    from prover_cli.systems.own import own
    from prover_cli.systems.registry import engine_for, system_named, verifier_for

    secret = _secret_witness()
    witnesses = {
        each.name: parse_witness((each / "witnesses" / "0000.wtns").read_bytes(), "w")
        for each in (QUARTIC, BLS)
    }
    mapped = MappedKey(QUARTIC / "circuit.zkey")
    good = own(engine_for("groth16", choose_engine("native").engine).open(mapped), NativeKey)
    verifier = verifier_for(mapped.verification_key)

    def key(path: Path) -> None:
        opened = NativeKey(MappedKey(path))
        for part in (4, 5, 7, 8, 9):
            with suppress(_fault_type()):
                opened.check(part, 0, 1 << 20, 1)
        witness = witnesses["quartic" if opened.layout.curve.name == "bn128" else "quartic-bls12381"]
        check_witness(witness, opened.layout.curve, opened.layout.n_vars, "w")
        if opened.layout.domain_size <= 1 << 14:
            opened.prove(witness, Blinding(5, 7), 1)

    gate_witness = parse_witness((GATES["plonk"] / "witnesses" / "0000.wtns").read_bytes(), "w")

    def key_of_gates(path: Path, system: str) -> None:
        opened: Any = engine_for(system, "native").open(system_named(system).map_key(path))
        for part in opened.checks.steps:
            with suppress(_fault_type()):
                opened.check(part, 1)
        check_witness(gate_witness, opened.layout.curve, opened.layout.n_vars, "w")
        opened.broken_gate(gate_witness, 1)
        with suppress(Unsatisfied):
            opened.prove(gate_witness, opened.fresh_blinding(), 1)

    def witness(path: Path) -> None:
        found = parse_witness(path.read_bytes(), path.name)
        check_witness(found, mapped.layout.curve, mapped.layout.n_vars, path.name)
        checked = prove_checked(good, found, path.name, verifier=verifier)
        assert verifier.verify(checked.proof, found.public_signals(mapped.layout.n_public))

    def constraints(path: Path) -> None:
        found = Constraints(path, most_unpacked(mapped.layout))
        found.fits(mapped.layout)
        if found.layout.n_wires == secret.count and found.layout.curve is secret.curve:
            found.broken(secret, 3)
        if found.fits(mapped.layout):
            good.difference(found, 1)

    def symbols(path: Path) -> None:
        main_signals(path)
        wire_names(path, range(50))

    r1cs = (QUARTIC / "circuit.r1cs").read_bytes()
    yield Format(
        "zkey",
        tuple((each / "circuit.zkey").read_bytes() for each in (QUARTIC, BLS)),
        resectioned,
        key,
        "zkey",
    )
    for system, folder in GATES.items():
        read = partial(key_of_gates, system=system)
        one = ((folder / "circuit.zkey").read_bytes(),)
        yield Format(f"{system} zkey", one, resectioned, read, "zkey", cost=4)
    yield Format(
        "wtns",
        (write_witness(secret), (QUARTIC / "witnesses" / "0001.wtns").read_bytes()),
        resectioned,
        witness,
        "wtns",
    )
    yield Format(
        "r1cs", (r1cs, (CIRCUITS / "custom" / "circuit.r1cs").read_bytes()), resectioned, constraints, "r1cs"
    )
    packed = gzip.compress(r1cs, mtime=0)
    yield Format("r1cs.gz", (packed, gzip.compress(bytes(1 << 20), mtime=0)), mutated, constraints, "r1cs.gz")
    yield Format(
        "r1cs in gz", (r1cs,), lambda d, c: gzip.compress(resectioned(d, c), 1), constraints, "r1cs.gz"
    )
    syms = tuple(path.read_bytes() for path in (QUARTIC / "circuit.sym", CIRCUITS / "bus" / "circuit.sym"))
    yield Format("sym", syms, mutated, symbols, "sym")


def _calculators() -> Iterator[Format]:
    from prover_cli import _native
    from prover_cli.faults import JobFault
    from prover_cli.witness.calculator import Calculator
    from prover_cli.witness.inputs import parse_inputs
    from prover_cli.witness.native import NativeSolver
    from prover_cli.witness.signals import Signals
    from prover_cli.witness.solver import Given, Solved

    product, bus = CIRCUITS / "product", CIRCUITS / "bus"
    good = {
        "product": Calculator(product / "2.0.0.wasm", product / "circuit.sym", seconds=20),
        "bus": Calculator(bus / "2.2.3.wasm", bus / "circuit.sym", seconds=20),
    }
    given = json.loads((product / "input.json").read_text()) | {"a": str(SECRET)}

    def code(path: Path) -> None:
        calculator = Calculator(path, product / "circuit.sym", seconds=2)
        calculator.calculate(given, path.name, lambda line: None)

    def inputs(path: Path) -> None:
        parsed = parse_inputs(path.read_bytes(), path.name)
        good["bus" if "note" in parsed or "salt" in parsed else "product"].calculate(parsed, path.name)

    yield Format(
        "wasm",
        tuple((product / f"{v}.wasm").read_bytes() for v in ("2.0.0", "2.0.6")),
        mutated,
        code,
        "wasm",
        20,
    )
    product_inputs = Given(given, "product")
    membership = json.loads((MEMBERSHIP / "inputs" / "0000.json").read_text())
    functions = {"x": str(SECRET), "y": "3141592653000", "letters": ["5", "6", "7"]}
    given_all = (product_inputs, Given(membership, "membership"), Given(functions, "functions"))

    def program(path: Path) -> None:
        """A witness that our program calculates is that of circom's code, however odd the code is."""
        data = path.read_bytes()
        made = _native.WitnessProgram(_native.compile_witness(data, 5.0), "portable")
        if made.reason is not None:
            return
        for inputs in given_all:
            solver = NativeSolver(made, Signals(None), lambda: Calculator(path), compared_every=None)
            (mine,) = solver.attempt([inputs])
            if isinstance(mine, Solved):
                (theirs,) = Calculator(path, seconds=2).solve([inputs])
                if isinstance(theirs, JobFault) or theirs.witness.values != mine.witness.values:
                    raise Wrong(f"the program succeeds with another witness than circom's code: {theirs}")

    yield Format(
        "program",
        tuple(
            path.read_bytes()
            for path in (
                product / "2.2.0.wasm",
                MEMBERSHIP / "circuit.wasm",
                CIRCUITS / "functions" / "2.2.3.wasm",
            )
        ),
        of_templates,
        program,
        "wasm",
        10,
    )
    note = json.loads((bus / "input.json").read_text()) | {"salt": str(SECRET)}
    yield Format(
        "input", (json.dumps(given).encode(), json.dumps(note).encode()), restructured, inputs, "json"
    )


class _Keys:
    """The circuits of a run with one key, as far as messages ask."""

    only = "quartic"

    def __init__(self) -> None:
        from prover_cli.systems.groth16.mapped import MappedKey

        self.mapped = {"quartic": MappedKey(QUARTIC / "circuit.zkey")}

    def curve_of(self, circuit: str) -> Any:
        from prover_cli.faults import Code, JobFault
        from prover_cli.names import shown

        if circuit != self.only:
            raise JobFault(Code.UNKNOWN_CIRCUIT, f'no circuit "{shown(circuit)}"')
        return self.mapped["quartic"].layout.curve

    def no_input(self, circuit: str) -> None:
        return None


def _messages() -> Iterator[Format]:
    import base64

    from prover_cli.cli.configuration import configured_circuits, configured_options
    from prover_cli.faults import JobFault
    from prover_cli.formats.json_file import read_json
    from prover_cli.formats.snarkjs import parse_public
    from prover_cli.formats.wtns import write_witness
    from prover_cli.intake.jsonl import parse_object
    from prover_cli.intake.numbered import in_lines
    from prover_cli.intake.paths import RefusedPaths
    from prover_cli.outcomes.records import Record
    from prover_cli.outcomes.result import encode, result_json
    from prover_cli.queue.messages import parse_data, parse_failure
    from prover_cli.systems.groth16.proof import Proof
    from prover_cli.systems.groth16.verification_key import VerificationKey
    from prover_cli.systems.registry import proof_from_json, verification_key_from_json, verifier_for

    keys: Any = _Keys()
    encoded = base64.b64encode(write_witness(_secret_witness())).decode()
    jobs = [
        {"id": "a", "circuitId": "quartic", "witness": encoded, "more": {"x": [1.5, 2**70]}},
        {"id": 7, "witness": ["1", str(SECRET), "3"]},
        {"id": "c", "witness": "w.wtns"},
        {"input": {"a": str(SECRET)}, "zzz": None},
    ]

    def lines(path: Path) -> None:
        for line in in_lines(iter([path.read_bytes()]), "f-"):
            if isinstance(line.text, JobFault):
                _judge(line.text)
                continue
            job = parse_object(
                line.text, line.id, line.where, base=path.parent, only_circuit="quartic", circuits=keys
            )
            if job.fault is not None:
                _judge(job.fault)
                told = encode(result_json(Record(job.id, job.circuit, fault=job.fault, extra=job.extra)))
                assert json.loads(told)["success"] is False

    def queued(path: Path) -> None:
        try:
            data = json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            parse_failure(path.read_bytes().decode(errors="replace"))
            return
        parse_data(data, "quartic", "1", keys, RefusedPaths())

    key = json.loads((QUARTIC / "verification_key.json").read_text())
    good = VerificationKey.from_json(key)
    verifiers = [verifier_for(good, engine) for engine in ("native",)]
    proof = {
        "pi_a": key["vk_alpha_1"], "pi_b": key["vk_beta_2"], "pi_c": key["IC"][0],
        "protocol": "groth16", "curve": "bn128",
    }  # fmt: skip

    def verification_key(path: Path) -> None:
        verifier_for(VerificationKey.from_json(read_json(path)), "native")

    def key_of_gates(path: Path) -> None:
        verifier_for(verification_key_from_json(read_json(path)), "native")

    def claim_of_gates(path: Path, key: object) -> None:
        value = read_json(path)
        value = value if isinstance(value, dict) else {}
        found = proof_from_json(value.get("proof"))
        signals = parse_public(value.get("public"), found.curve)
        verifier = verifier_for(verification_key_from_json(key), "native")
        assert not verifier.verify(found, signals), "nobody made this proof"

    def claim(path: Path) -> None:
        value = read_json(path)
        value = value if isinstance(value, dict) else {}
        found = Proof.from_json(value.get("proof"))
        signals = parse_public(value.get("public"), found.curve)
        for verifier in verifiers:
            assert not verifier.verify(found, signals), "nobody made this proof"

    def configuration(path: Path) -> None:
        beside = path.with_name("prove-batch.toml")
        path.replace(beside)
        try:
            configured_options([str(path.parent)], {"workers", "engine", "out"})
            configured_circuits(beside)
        finally:
            beside.replace(path)

    toml = b'workers = 2\nengine = "native"\nout = "p"\n[circuits]\nquartic = "a/b.zkey"\n'
    yield Format("jsonl", (b"\n".join(json.dumps(job).encode() for job in jobs),), relined, lines, "jsonl")
    packed = gzip.compress(b"\n".join(json.dumps(job).encode() for job in jobs), mtime=0)
    yield Format("jsonl.gz", (packed,), mutated, lines, "jsonl.gz")
    yield Format("queue", tuple(json.dumps(job).encode() for job in jobs), restructured, queued, "json")
    yield Format("vkey", (json.dumps(key).encode(),), restructured, verification_key, "json")
    claims = json.dumps({"proof": proof, "public": ["5", "7"][: good.n_public]}).encode()
    yield Format("proof", (claims,), restructured, claim, "json")
    for system, folder in GATES.items():
        of_gates = json.loads((folder / "verification_key.json").read_text())
        yield Format(f"{system} vkey", (json.dumps(of_gates).encode(),), restructured, key_of_gates, "json")
        given = json.dumps({"proof": _unmade(system, of_gates), "public": ["5", "7"]}).encode()
        read = partial(claim_of_gates, key=of_gates)
        yield Format(f"{system} proof", (given,), restructured, read, "json", cost=2)
    yield Format("toml", (toml,), mutated, configuration, "toml")


def _unmade(system: str, key: dict[str, Any]) -> dict[str, Any]:
    """A proof of PLONK or FFLONK that nobody made, of a point of the key."""
    from prover_cli.systems.fflonk import proof as fflonk
    from prover_cli.systems.plonk import proof as plonk
    from prover_cli.systems.registry import verification_key_from_json

    named = {"protocol": system, "curve": "bn128"}
    if system == "plonk":
        return {**dict.fromkeys(plonk.POINTS, key["Ql"]), **dict.fromkeys(plonk.EVALUATIONS, "7"), **named}
    made = fflonk.Proof.from_json(
        {
            "polynomials": dict.fromkeys(fflonk.POINTS, key["C0"]),
            "evaluations": dict.fromkeys(fflonk.EVALUATIONS, "7"),
            **named,
        }
    )
    # Only with the `inv` that belongs to it is a proof's equation looked at.
    return dict(refitted(made, verification_key_from_json(key), (5, 7)).to_json())


def _kept() -> Iterator[Format]:
    """What we wrote ourselves and read again: prepared tables, and the manifest."""
    from prover_cli.batch.manifest import load_manifest
    from prover_cli.prepared.making import make
    from prover_cli.prepared.tables import Damaged, MappedTables, digest_of
    from prover_cli.systems.groth16.blinding import Blinding
    from prover_cli.systems.groth16.mapped import MappedKey
    from prover_cli.systems.groth16.native import NativeKey

    mapped = MappedKey(QUARTIC / "circuit.zkey")
    opened = NativeKey(mapped)
    plan = opened.plan_tables(1 << 20)
    assert plan is not None
    whole = make(mapped, opened, plan, budget=1 << 20, threads=1)
    original = whole.path.read_bytes()
    witness, blinding = _secret_witness(), Blinding(5, 7)
    wanted = opened.prove(witness, blinding, 1)

    def tables(path: Path) -> None:
        try:
            found = MappedTables(path)
            found.check()
        except Damaged:
            return
        assert NativeKey(mapped, found).prove(witness, blinding, 1) == wanted, "damage that was not seen"

    def resealed(data: bytes, chance: random.Random) -> bytes:
        """Damaged, with the checksum right: by somebody who can write there, or by a defect of ours."""
        found = bytearray(mutated(data, chance))
        if len(found) > 44 and chance.random() < 0.5:
            found[12:44] = digest_of(bytes(found))
        return bytes(found)

    def sealed(path: Path) -> None:
        try:
            found = MappedTables(path)
            found.check()
        except Damaged:
            return
        NativeKey(mapped, found).prove(witness, blinding, 1)  # wrong, it may be

    line = {
        "id": "a",
        "circuit": "q",
        "outcome": "proved",
        "key_sha256": "00",
        "witness_hmac": "11",
        "verified": True,
    }

    def manifest(path: Path) -> None:
        path.replace(path.with_name("manifest.jsonl"))
        try:
            load_manifest(path.parent)
        finally:
            path.with_name("manifest.jsonl").replace(path)

    yield Format("tables", (original,), mutated, tables, "tables", 4)
    yield Format("tables, sealed again", (original,), resealed, sealed, "tables", 4)
    yield Format(
        "manifest", (b"\n".join([json.dumps(line).encode()] * 4) + b"\n",), relined, manifest, "jsonl"
    )


# ---- judging


def _fault_type() -> type[Exception]:
    from prover_cli.faults import Fault

    return Fault


def _judge(error: Exception) -> None:
    """Raises Wrong where a fault is none that people can use."""
    code, message = getattr(error, "code", ""), getattr(error, "message", "")
    if not isinstance(error, _fault_type()) or code in ("", "INTERNAL") or not message:
        raise Wrong(f"{error!r:.500} [{code}]") from error
    if str(SECRET) in message or hex(SECRET)[2:] in message:
        raise Wrong(f"a value of the witness is in the message: {message[:300]}") from error
    if len(message) > LONGEST_MESSAGE:
        raise Wrong(f"a message of {len(message)} characters: {message[:300]}") from error


def fuzz(one: Format, seed: int, count: int, folder: Path) -> None:
    """Reads `count` mutants, made from `seed`. Raises Wrong, with the mutant left in `folder`."""
    path = folder / f"mutant.{one.ending}"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(count):
        chance = random.Random(f"{seed} {one.name} {number}")
        path.write_bytes(one.mutate(chance.choice(one.originals), chance))
        faulthandler.dump_traceback_later(HANGS, exit=True)
        try:
            one.read(path)
        except Exception as error:
            try:
                _judge(error)
            except Wrong as wrong:
                name = f"wrong-{one.name.replace(' ', '-')}-{seed}-{number}.{one.ending}"
                kept = path.replace(path.with_name(name))
                raise Wrong(f"mutant {number} of seed {seed}, kept as {kept}: {wrong}") from error
        finally:
            faulthandler.cancel_dump_traceback_later()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    if grown > MOST_MEMORY:
        raise Wrong(f"{one.name}, {count} mutants of seed {seed}: the process grew by {grown >> 20} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n\n")[0])
    parser.add_argument("--each", type=int, default=20_000, help="mutants of each format")
    parser.add_argument("--only", default="", help="formats with this in their name")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="another one each time by default")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="fuzzing-"))
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    print(f"seed {given.seed}; the mutant of the moment lies in {folder}", flush=True)
    found = 0
    for one in formats():
        if given.only not in one.name:
            continue
        began, count = time.monotonic(), max(1, given.each // one.cost)
        try:
            fuzz(one, given.seed, count, folder)
        except Wrong as wrong:
            found += 1
            print(f"{one.name}: WRONG: {wrong}", flush=True)
            continue
        print(f"{one.name}: {count} mutants in {time.monotonic() - began:.0f} s", flush=True)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
