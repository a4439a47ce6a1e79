"""`prover serve`: proofs over HTTP. `app` has the routes, `desk` stands between them and the pool."""
