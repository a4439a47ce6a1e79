"""From inputs to a witness: the circuit's own `.wasm`, run by wasmtime inside this process.

`calculator` runs it, `inputs` reads what people write, `symbols` knows the names, `modules` keeps compiled
code.
"""
