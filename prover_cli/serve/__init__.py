"""`prove-batch serve`: proofs over HTTP. `app` has the routes, `gate` stands between them and the pool."""
