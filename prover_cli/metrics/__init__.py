"""What Prometheus is told of a pool: `families` are the names, `endpoint` is where they are read."""
