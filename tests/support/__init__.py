"""Data that several tests and benchmarks draw."""
