"""One prover in a process of its own: key loaded once, then one proof a line of standard input.

Run as `python -m prover_cli.benchmark.contestant NAME KEY`. It answers "ready", then for each witness
path one JSON object with the seconds of that proof: CPU of the whole process, and wall.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

Prove = Callable[[str], object]


def _prove_batch(key: str, engine: str) -> Prove:
    from prover_cli.formats.wtns import parse_witness
    from prover_cli.groth16 import load_key
    from prover_cli.groth16.checked import prove_checked

    opened = load_key(key, engine=engine)

    def prove(path: str) -> object:
        witness = parse_witness(Path(path).read_bytes(), path)
        # The peers do not verify: neither do we here.
        return prove_checked(opened, witness, path, verify=False)

    return prove


def _groth16py(key: str) -> Prove:
    import groth16py

    imported = groth16py.import_zkey(key)
    proving_key = imported[0] if isinstance(imported, tuple) else imported
    return lambda path: groth16py.prove_wtns(proving_key, path)


CONTESTANTS: dict[str, Callable[[str], Prove]] = {
    "prove-batch": lambda key: _prove_batch(key, "native"),
    "reference": lambda key: _prove_batch(key, "reference"),
    "groth16py": _groth16py,
}


def main() -> None:
    name, key = sys.argv[1:]
    try:
        prove = CONTESTANTS[name](key)
    except ImportError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        prove(line.rstrip("\n"))
        took = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main()
