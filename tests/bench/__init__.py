"""Benchmarks: ours against a reference, measured in the same run."""
