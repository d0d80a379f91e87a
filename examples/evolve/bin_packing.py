"""Online bin packing: which bin the next item goes into.

optwright evolve examples/evolve/bin_packing.py --harness examples/evolve/bin_packing_harness.py
"""

import numpy as np


# EVOLVE-BLOCK-START
def priority(item, rooms, capacity):
    """A number for each bin with room for the item; it goes into the bin with the largest."""
    return item - rooms


# EVOLVE-BLOCK-END


def pack(items, capacity):
    """The bin of each item, in the order in which they arrive. A bin that is empty is always at
    hand; an item is not seen before its turn."""
    rooms = np.full(len(items), float(capacity))
    used = 0
    chosen = []
    for item in items:
        open_ = np.flatnonzero(rooms[: used + 1] >= item)
        scores = np.asarray(priority(float(item), rooms[open_], float(capacity)), dtype=float)
        scores = np.nan_to_num(np.broadcast_to(scores, open_.shape), nan=-1e300)
        place = int(open_[np.argmax(scores)])
        rooms[place] -= item
        used = max(used, place + 1)
        chosen.append(place)
    return chosen
