"""Random circuits of circom, and the witnesses of our programs for them beside those of circom's own code.

The tests run a few from a fixed seed; as a program it runs as many as are wanted, also with another compiler:

    python tests/random_circuits.py --first 1000 --count 200
    python tests/random_circuits.py --compiler node_modules/.bin/circom2 --plain
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from prover_cli.faults import Code, JobFault, SetupFault
from prover_cli.formats.curves import Curve
from prover_cli.witness.calculator import Calculator
from prover_cli.witness.signals import Signals
from prover_cli.witness.solver import Given

if TYPE_CHECKING:
    pass

COMPILER = Path(__file__).parent / "node_modules" / ".bin" / "circom2"

COMPILING_SECONDS = 60

PRIMES, LEVELS = ("bn128", "bn128", "bls12381"), ("--O0", "--O1", "--O2")

DEEPEST_EXPRESSION, DEEPEST_BLOCK, MOST_LOOPS = 3, 5, 2

BINARY = [*"++--***/\\%&|^", "<<", ">>", "==", "!=", "<", ">", "<=", ">=", "&&", "||"]
UNARY = ["!", "~", "-"]

EDGES = [0, 1, 2, 3, 5, 7, 8, 31, 32, 33, 64, 127, 253, 254, 255, 256, 2**31, 2**32 - 1, 2**64]


@dataclass(frozen=True)
class Names:
    """What an expression can read: names of values, and of arrays with their lengths, row by row."""

    values: tuple[str, ...] = ()
    arrays: tuple[tuple[str, int], ...] = ()

    def __add__(self, other: "Names") -> "Names":
        return Names(self.values + other.values, self.arrays + other.arrays)


@dataclass(frozen=True)
class Template:
    name: str
    values: int
    length: int


@dataclass(frozen=True)
class RandomCircuit:
    """The text of a circuit, and its inputs: values s0, s1 and so on, an array, and perhaps a bus."""

    text: str
    values: int
    length: int
    has_bus: bool

    def inputs(self, curve: Curve, chance: random.Random) -> dict[str, object]:
        numbers = (str(value) for value in edge_values(curve, chance))
        given: dict[str, object] = {f"s{i}": next(numbers) for i in range(self.values)}
        given |= {"sa": [next(numbers) for _ in range(self.length)], "none": []}
        if self.has_bus:
            given["pair"] = {"left": next(numbers), "right": [next(numbers), next(numbers)]}
        return given


def edge_values(curve: Curve, chance: random.Random) -> Iterator[int]:
    """Values at the edges of everything, and some in between."""
    prime = curve.r
    near = [prime - 1, prime - 2, prime // 2, prime // 2 + 1, prime // 2 - 1]
    while True:
        yield chance.choice(
            (
                chance.choice(EDGES),
                chance.choice(near),
                chance.randrange(prime),
                chance.randrange(1 << chance.randrange(1, 253)),
                prime - chance.randrange(1, 1 << 40),
            )
        )


@dataclass
class Writer:
    """Writes one circuit. `buses` are for circom 2.2 and later."""

    chance: random.Random
    buses: bool = True
    lines: list[str] = field(default_factory=list)
    depth: int = 0
    functions: list[tuple[str, list[int]]] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    loops_on_inputs: bool = False

    # ---- expressions

    def constant(self) -> str:
        chance = self.chance
        large = (chance.randrange(1 << 16), chance.randrange(1 << 100), chance.randrange(1 << 253))
        return str(chance.choice((*EDGES, *large)))

    def below(self, bits: int, names: Names, depth: int) -> str:
        return f"(({self.expression(names, depth)}) & {(1 << bits) - 1})"

    def index(self, length: int, names: Names, depth: int) -> str:
        """An index of an array, which often depends on inputs, and is never outside."""
        if self.chance.random() < 0.6:
            return str(self.chance.randrange(length))
        if length & (length - 1) == 0:
            return self.below(length.bit_length() - 1, names, depth)
        return f"({self.expression(names, depth)}) % {length}"

    def leaf(self, names: Names, depth: int) -> str:
        kind = self.chance.random()
        if kind < 0.2 or not names.values:
            return self.constant()
        if kind < 0.4 and names.arrays:
            name, length = self.chance.choice(names.arrays)
            return f"{name}[{self.index(length, names, depth + 2)}]"
        return self.chance.choice(names.values)

    def expression(self, names: Names, depth: int = 0) -> str:
        chance = self.chance
        if depth > DEEPEST_EXPRESSION or chance.random() < 0.25:
            return self.leaf(names, depth)
        left = self.expression(names, depth + 1)
        operator = chance.choice((*BINARY, *UNARY, "**", "call"))
        if operator in UNARY:
            return f"({operator}({left}))"
        if operator == "call":
            return self.call(names, depth) or left
        if operator in ("&&", "||"):
            return f"({self.condition(names, depth + 1)} {operator} {self.condition(names, depth + 1)})"
        if operator == "**":
            exponents = ("0", "1", "2", "3", "5", self.below(3, names, depth + 2))
            # x ** x is left to circom's code: before 2.1.5 it has another value.
            if chance.random() < 0.05:
                return f"(({left}) ** ({left}))"
            return f"(({left}) ** ({chance.choice(exponents)}))"
        return f"(({left}) {operator} ({self.operand(operator, names, depth)}))"

    def operand(self, operator: str, names: Names, depth: int) -> str:
        """The second one: seldom zero where that is an error, often small where it counts bits."""
        chance = self.chance
        if operator in ("/", "\\", "%") and chance.random() < 0.95:
            divisor = str(chance.randrange(1, 1 << chance.randrange(1, 200)))
            return chance.choice((divisor, f"1 + {self.below(chance.randrange(1, 9), names, depth + 2)}"))
        if operator in ("<<", ">>") and chance.random() < 0.8:
            bits = self.below(chance.choice((3, 5, 8)), names, depth + 2)
            return chance.choice((str(chance.randrange(255)), bits))
        return self.expression(names, depth + 1)

    def call(self, names: Names, depth: int) -> str | None:
        """A call of a function, if there is one that what can be read has arguments for."""
        if not self.functions:
            return None
        function, lengths = self.chance.choice(self.functions)
        arguments = []
        for length in lengths:
            fitting = [name for name, other in names.arrays if other == length and "[" not in name]
            if length and not fitting:
                return None
            arguments.append(self.chance.choice(fitting) if length else self.expression(names, depth + 1))
        return f"{function}({', '.join(arguments)})"

    def condition(self, names: Names, depth: int = 0) -> str:
        if self.chance.random() < 0.2:
            return f"({self.below(1, names, depth + 1)} == 1)"
        sign = self.chance.choice(("==", "!=", "<", ">", "<=", ">="))
        return f"(({self.expression(names, depth + 1)}) {sign} ({self.expression(names, depth + 2)}))"

    # ---- statements

    def say(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def inside(self, head: str, body: Callable[[], object]) -> None:
        self.say(head + " {")
        self.depth += 1
        body()
        self.depth -= 1
        self.say("}")

    def assignment(self, names: Names, targets: Names) -> None:
        chance = self.chance
        if targets.arrays and chance.random() < 0.4:
            name, length = chance.choice(targets.arrays)
            target = f"{name}[{self.index(length, names, 2)}]"
        else:
            target = chance.choice(targets.values)
        if chance.random() < 0.15:
            arms = f"{self.expression(names, 1)} : {self.expression(names, 1)}"
            self.say(f"{target} = {self.condition(names)} ? {arms};")
        else:
            self.say(f"{target} {chance.choice(('=', '=', '=', '+=', '*=', '-='))} {self.expression(names)};")

    def block(self, names: Names, targets: Names, size: int, *, function: bool, loops: int = 0) -> None:
        """Statements that read some names and assign to some of them."""
        chance = self.chance
        for _ in range(size):
            kind = chance.random()
            if kind < 0.5 or self.depth > DEEPEST_BLOCK:
                self.assignment(names, targets)
            elif kind < 0.72:
                self.branch(names, targets, function=function, loops=loops)
            elif kind < 0.85 and loops < MOST_LOOPS:
                self.loop(names, targets, function=function, loops=loops)
            elif kind < 0.93 and loops < MOST_LOOPS and (function or self.loops_on_inputs):
                self.loop_on_inputs(names, targets, function=function, loops=loops)
            elif kind < 0.96:
                self.say(f"log({self.expression(names, 1)});")
            elif not function:
                self.say(f"assert({self.condition(names)} || {self.condition(names)});")

    def branch(self, names: Names, targets: Names, *, function: bool, loops: int) -> None:
        chance = self.chance

        def arm() -> None:
            self.block(names, targets, chance.randrange(1, 4), function=function, loops=loops)
            if function and chance.random() < 0.15:
                self.say(f"return {self.expression(names, 1)};")

        self.inside(f"if ({self.condition(names)})", arm)
        if chance.random() < 0.6:
            self.inside("else", arm)

    def loop(self, names: Names, targets: Names, *, function: bool, loops: int) -> None:
        i = f"i{len(self.lines)}"

        def body() -> None:
            size = self.chance.randrange(1, 4)
            self.block(names + Names((i,)), targets, size, function=function, loops=loops + 1)

        self.inside(f"for (var {i} = 0; {i} < {self.chance.randrange(1, 6)}; {i}++)", body)

    def loop_on_inputs(self, names: Names, targets: Names, *, function: bool, loops: int) -> None:
        counter = f"w{len(self.lines)}"
        within = names + Names((counter,))

        def body() -> None:
            self.say(f"{counter}++;")
            size = self.chance.randrange(1, 3)
            self.block(within, targets, size, function=function, loops=loops + 1)

        self.say(f"var {counter} = 0;")
        self.inside(f"while ({counter} < {self.chance.randrange(1, 9)} && {self.condition(within)})", body)

    # ---- functions and templates

    def array(self, name: str, length: int) -> Names:
        """An array whose elements are 0. circom 2.0.3 leaves in them what an earlier call has left there."""
        self.say(f"var {name}[{length}];")
        self.say(f"for (var z = 0; z < {length}; z++) {{ {name}[z] = 0; }}")
        return Names((), ((name, length),))

    def variables(self, names: Names) -> Names:
        count = self.chance.randrange(1, 4)
        for i in range(count):
            self.say(f"var v{i} = {self.expression(names, 1)};")
        values = Names(tuple(f"v{i}" for i in range(count)))
        row = self.chance.choice((2, 4))
        self.say(f"var grid[2][{row}];")
        self.say(f"for (var z = 0; z < {2 * row}; z++) {{ grid[z % 2][z \\ 2] = z; }}")
        rows = Names((), tuple((f"grid[{i}]", row) for i in range(2)))
        return values + self.array("va", self.chance.choice((2, 3, 4, 8))) + rows

    def function(self, name: str) -> None:
        chance = self.chance
        lengths = [chance.choice((0, 0, 4, 3)) for _ in range(chance.randrange(1, 4))]
        parameters = [f"p{i}" for i in range(len(lengths))]
        given = Names(
            tuple(name for name, length in zip(parameters, lengths, strict=True) if not length),
            tuple((name, length) for name, length in zip(parameters, lengths, strict=True) if length),
        )

        def body() -> None:
            own = self.variables(given)
            targets = own + replace(given, arrays=())
            self.block(given + own, targets, chance.randrange(2, 6), function=True)
            self.say(f"return {self.expression(given + own, 1)};")

        self.inside(f"function {name}({', '.join(parameters)})", body)
        self.functions.append((name, lengths))

    def components(self, names: Names, targets: Names) -> Names:
        """Components of earlier templates, with inputs of what can be read; what can be read then."""
        chance = self.chance
        for c in range(chance.randrange(1, 3) if self.templates and chance.random() < 0.9 else 0):
            template = chance.choice(self.templates)
            self.say(f"component c{c} = {template.name}();")
            for i in range(template.values):
                self.say(f"c{c}.s{i} <-- {self.expression(names, 1)};")
            for i in range(template.length):
                self.say(f"c{c}.sa[{i}] <-- {self.expression(names, 1)};")
            names += Names((f"c{c}.o",), ((f"c{c}.oa", 3),))
            self.block(names, targets, chance.randrange(3), function=False)
        return names

    def template(self, name: str, *, main: bool = False) -> Template:
        chance = self.chance
        made = Template(name, chance.randrange(1, 4), chance.choice((2, 3, 4, 8)))

        def body() -> None:
            for i in range(made.values):
                self.say(f"signal input s{i};")
            self.say(f"signal input sa[{made.length}];")
            names = Names(tuple(f"s{i}" for i in range(made.values)), (("sa", made.length),))
            if main:
                self.say("signal input none[0];")
                if self.buses:
                    self.say("input Pair() pair;")
                    names += Names(("pair.left",), (("pair.right", 2),))
            self.say("signal output o;")
            self.say("signal output oa[3];")
            targets = self.variables(names)
            names += targets
            self.block(names, targets, chance.randrange(1, 5), function=False)
            names = self.components(names, targets)
            self.say(f"signal x; x <-- {self.expression(names)};")
            self.say("signal y; y <== x * x;")
            names += Names(("x", "y"))
            if chance.random() < 0.1:
                self.say("s0 * (s0 - 1) === 0;")
            self.block(names, targets, chance.randrange(1, 5), function=False)
            self.say(f"o <-- {self.expression(names)};")
            for i in range(3):
                self.say(f"oa[{i}] <-- {self.expression(names)};")

        self.inside(f"template {name}()", body)
        self.templates.append(made)
        return made


def random_circuit(seed: int, *, buses: bool = True) -> RandomCircuit:
    """The circuit of a seed."""
    chance = random.Random(seed)
    writer = Writer(chance, buses)
    writer.loops_on_inputs = chance.random() < 0.15
    writer.say(f"pragma circom {'2.2.0' if buses else '2.0.0'};")
    if buses:
        writer.say("bus Pair() { signal left; signal right[2]; }")
    for i in range(chance.randrange(4)):
        writer.function(f"f{i}")
    for i in range(chance.randrange(3)):
        writer.template(f"T{i}")
    main = writer.template("Main", main=True)
    writer.say("component main = Main();")
    return RandomCircuit("\n".join(writer.lines) + "\n", main.values, main.length, buses)


# ---- beside circom's own code


def compiled(circuit: RandomCircuit, options: tuple[str, ...], folder: Path, compiler: Path) -> Path | None:
    """Its `.wasm`; None if the compiler refuses it, as where constants divide by zero, or does not end: it
    calculates what does not depend on inputs, and some circuits have much of that."""
    (folder / "c.circom").write_text(circuit.text)
    command: list[str | Path] = [compiler.resolve(), "c.circom", "--wasm", *options]
    wasm = folder / "c_js" / "c.wasm"
    with suppress(subprocess.TimeoutExpired):
        ended = subprocess.run(
            command, cwd=folder, capture_output=True, check=False, timeout=COMPILING_SECONDS
        )
        return wasm if ended.returncode == 0 and wasm.exists() else None
    return None


def compare(wasm: Path, circuit: RandomCircuit, seed: int, count: int) -> Counter[str]:
    """Compares this many witnesses on every kind of arithmetic.

    Returns:
        How many were equal, failed for both, or were left to circom's code; or why there is no program.

    Raises:
        AssertionError: One differs, or succeeds where circom's code fails.
    """
    from prover_cli import _native
    from prover_cli.witness.native import NativeSolver

    try:
        exact = Calculator(wasm)
    except SetupFault as fault:
        if fault.code != Code.WASM_CORRUPT.name:
            raise
        return Counter({"not valid WebAssembly, as circom 2.0.3 writes for some circuits": 1})
    chance = random.Random(seed)
    given = [Given(circuit.inputs(exact.curve, chance), f"job{i}") for i in range(count)]
    wanted = [exact.solve([one])[0] for one in given]
    made, told = _native.compile_witness(wasm.read_bytes(), 600.0), Counter[str]()
    for arithmetic in _native.cpus(exact.curve.name):
        program = _native.WitnessProgram(made, arithmetic)
        if program.reason is not None:
            return Counter({program.reason: 1})
        solver: NativeSolver = NativeSolver(program, Signals(None), lambda: exact, compared_every=None)
        for one, mine, theirs in zip(given, solver.attempt(given), wanted, strict=True):
            if isinstance(theirs, JobFault):
                assert mine is None, (
                    f"seed {seed}, {arithmetic}: {one.where} succeeds where circom's code fails"
                )
                told["failed"] += 1
            elif mine is None:
                told["left"] += 1
            else:
                same = not isinstance(mine, JobFault) and mine.witness.values == theirs.witness.values
                assert same, f"seed {seed}, {arithmetic}: {one.where} has another witness"
                told["equal"] += 1
    return told


def compare_one(seed: int, count: int, *, compiler: Path = COMPILER, buses: bool = True) -> Counter[str]:
    """Makes the circuit of a seed, compiles it and compares; see `compare`."""
    circuit = random_circuit(seed, buses=buses)
    with tempfile.TemporaryDirectory() as folder:
        level, prime = LEVELS[seed // len(PRIMES) % len(LEVELS)], PRIMES[seed % len(PRIMES)]
        # circom 2.0.3 knows one prime.
        options = (level, "--prime", prime) if buses else (level,)
        wasm = compiled(circuit, options, Path(folder), compiler)
        if wasm is None:
            return Counter({"not compiled": 1})
        return compare(wasm, circuit, seed, count)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=100, help="circuits")
    parser.add_argument("--compiler", type=Path, default=COMPILER, help="a command as circom2 of npm")
    parser.add_argument("--plain", action="store_true", help="no buses: for circom before 2.2")
    asked = parser.parse_args()
    told = Counter[str]()
    for seed in range(asked.first, asked.first + asked.count):
        told += compare_one(seed, 17, compiler=asked.compiler, buses=not asked.plain)
    for what, count in told.most_common():
        print(f"{count:8} {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
