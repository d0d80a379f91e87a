"""Optimizers that need no language model. Each module loads its library when it is opened."""
