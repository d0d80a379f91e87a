"""How much help a language model gets: one file for each profile, that a person can read.

small.toml    a flat part of the language, worked examples, constrained decoding, several drafts
large.toml    the whole language on a page, one draft, one turn to correct or explain it
profile.py    what such a file may say, and which one a model's name asks for
"""
