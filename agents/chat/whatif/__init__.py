"""What-if: what a change, a limit or a wish does to the optimum, computed and never guessed.

Nothing here calls a language model. Every figure is a solve of the changed program or a dual that
holds in a stated range. `scenario` solves changed programs; on it stand `sweeps`, the `worth` of
limits, what it costs to have it otherwise and the ways out (`refusals`), and `comparison`.
"""
