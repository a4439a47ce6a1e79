"""The main job: sources in, a pool in the middle, results out. Read `run` first."""
