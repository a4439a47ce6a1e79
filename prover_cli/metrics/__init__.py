"""Prometheus metrics of a pool: `families` defines them, `endpoint` serves them."""
