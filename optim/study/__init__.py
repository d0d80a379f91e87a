"""The loop of a run: evaluate, decide, keep, go on."""
