"""Checks of a formulation: each says what it found, none changes anything."""
