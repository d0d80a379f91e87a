"""Circle packing: 26 circles that do not overlap in a unit square, with the largest sum of radii.

optwright evolve examples/evolve/circles.py --harness examples/evolve/circles_harness.py
"""

# EVOLVE-BLOCK-START
import numpy as np


def centres():
    """Where the circles are: a grid, and one more in a gap."""
    ticks = (np.arange(5) + 0.5) / 5
    grid = [(x, y) for x in ticks for y in ticks]
    return np.array([*grid, (0.2, 0.2)])


def radii(places):
    """The largest radii, one circle after the other."""
    found = []
    for i, place in enumerate(places):
        room = min(place.min(), (1 - place).min())
        for other, radius in zip(places, found):
            room = min(room, np.linalg.norm(place - other) - radius)
        for other in places[i + 1 :]:
            room = min(room, np.linalg.norm(place - other) / 2)
        found.append(max(room, 0.0))
    return np.array(found) - 1e-12


# EVOLVE-BLOCK-END


def circles():
    places = centres()
    return [[float(x), float(y), float(r)] for (x, y), r in zip(places, radii(places))]
