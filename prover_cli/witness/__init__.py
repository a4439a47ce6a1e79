"""From inputs to a witness: the circuit's own `.wasm`, run by wasmtime inside this process.

`calculator` runs it, `inputs` parses inputs, and `modules` keeps compiled code. `source` describes where a
job's witness comes from, and `reading` gets it from there.
"""
