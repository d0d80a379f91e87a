"""Repairs: edits that somebody proposes for a formulation, solved beside it and never made unasked.

A formulation is solved as it was written. What the words of the problem suggest instead is a
proposal, shown with what it would change. The user may take it over, or a model picks it twice.
"""
