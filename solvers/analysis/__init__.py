"""Why a model answers as it does: conflicts, relaxations, prices, ranges."""
