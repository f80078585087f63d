"""Measures annexish beside its peers: `python -m tests.bench` prints the table, `--help` the options."""
