"""Optimizers: language models, numbers, and portfolios of both."""
