"""The trace-feedback loop: improve any program that has parameters."""
