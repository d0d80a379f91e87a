"""The formulation language: reading it, checking it, writing it out, and labels for its parts."""
