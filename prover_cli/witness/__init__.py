"""From inputs to a witness: the circuit's own `.wasm`, run by wasmtime inside this process.

`calculator` runs it, `inputs` reads what people write, `modules` keeps compiled code. `source` says where a
job's witness comes from, and `reading` takes it from there.
"""
