"""Talking to language models: one seam, clients behind it, and wrappers that keep and limit."""
