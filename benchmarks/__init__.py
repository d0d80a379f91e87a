"""Data sets, systems under test, scoring and the loops that measure them."""
