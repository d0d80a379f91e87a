"""A conversation that edits a model: turns become reviewed, undoable changes and answers.

`session` is what a terminal or a browser talks to; nothing here prints or draws.
"""
