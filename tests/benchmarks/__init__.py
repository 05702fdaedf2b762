"""Benchmarks: each figure beside a limit measured in the same run. `make bench` runs them; no test asserts speed."""
