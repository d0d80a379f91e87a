"""Optimizers that ask a language model."""
