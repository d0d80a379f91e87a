"""Replies of the formulator: their schema, their notation, and the one place that reads them."""

from optwright.agents.replies.parse import read_formulation, read_limit

__all__ = ["read_formulation", "read_limit"]
