"""Deterministic checks of a formulation against the words of its problem; no language model.

`all_checks` asks all of them: `numbers`, `limits`, the `objective` and `decisions`, each a function
from a `CheckContext` to findings. What they need is worked out once there, from the `contents` of a
formulation, its `rows` as a linear program and the `relations` of decisions. `strictness` reads
words that rule out equality.

They do not prove a formulation right: a coefficient given to the wrong decision passes them.
"""
