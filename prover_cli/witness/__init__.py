"""From inputs to a witness: the circuit's own `.wasm`, run by wasmtime inside this process.

`calculator` runs it, `inputs` reads what people write, `modules` keeps compiled code, `reading` takes what a
job has, `batch` is `prover witness`.
"""
