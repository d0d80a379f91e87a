"""Readers of plans: a language model, a person; and the gate that a model has to pass."""
