"""From inputs to a witness: by the circuit's own `.wasm`, run by wasmtime inside this process, or by a
program that was made of it.

`calculator` runs the one and `native` the other. `inputs` parses inputs, `taking` checks them, and `modules`
and `programs` keep compiled code. `source` describes where a job's witness comes from, and `reading` gets it
from there.
"""
