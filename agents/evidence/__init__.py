"""Deterministic checks of a formulation against the words of its problem; no language model.

`checks` asks all of them: `numbers`, `limits`, the `objective` and `decisions`, each a function
from a `case` to findings. A case is a formulation beside its words; what checks need of it is
worked out once, from its `contents`, its `rows` as a linear program and the `relations` of
decisions. `strictness` reads words that rule out equality.

They do not prove a formulation right: a coefficient given to the wrong decision passes them.
"""
