"""Numbers of a program with examples: which mails are spam, from the command line.

    optwright tune examples/optim_filter.py:is_spam --train examples/mails.csv \
        --budget evaluations=3000

The mails are made up: 600 of them, with some noise in what was called spam.
"""

from __future__ import annotations

import optwright as ow

per_exclamation = ow.Real("per_exclamation", 1.0, low=0.0, high=2.0)
known_sender = ow.Real("known_sender", 0.0, low=-10.0, high=0.0)
limit = ow.Real("limit", 3.0, low=0.0, high=10.0)


def is_spam(links: int, exclamations: int, known: int) -> bool:
    return bool(links + per_exclamation * exclamations + known_sender * known > limit)


def metric(example: dict[str, int], output: bool) -> float:
    return float(output == bool(example["spam"]))
