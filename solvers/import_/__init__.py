"""Models that exist already: files and objects of other packages become programs.

No language model is asked: what is read can be solved, explained, edited and exported like a
formulation that was written here.
"""

from optwright.solvers.import_.reading import read_model

__all__ = ["read_model"]
