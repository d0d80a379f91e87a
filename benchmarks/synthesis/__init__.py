"""Problems that nobody has read: families drawn by seed, told in words, each with a certificate.

A `Family` (a file in `families/`) draws data and states the model over it. `wording` tells that
data in one of ten styles and three languages, `acceptance` proves that the text says what the model
says, and `certificates` finds the optimum in two ways. A new seed is a new benchmark.
"""
