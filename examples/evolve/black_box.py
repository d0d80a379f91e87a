"""An update rule for black-box search: where each member of a population looks next.

optwright evolve examples/evolve/black_box.py --harness examples/evolve/black_box_harness.py
"""

import numpy as np


# EVOLVE-BLOCK-START
def look(x, best, one, two, three, u, n):
    """New places for the population x, one row each; all arguments have its shape."""
    return x + 0.5 * (best - x) + 0.1 * n


# EVOLVE-BLOCK-END


def proposed(x, best, one, two, three, u, n):
    with np.errstate(all="ignore"):
        return np.broadcast_to(np.asarray(look(x, best, one, two, three, u, n), float), x.shape)
