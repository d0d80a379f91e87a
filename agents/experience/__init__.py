"""What was learnt from problems, kept so that the next one of its kind goes better.

insight.py     one insight, and the file a person reads and edits
library.py     all of them in a SQLite file
archetypes.py  twenty kinds of problems, a page of hints each (`hints/`), and which a text is of
retrieve.py    what a formulator is told before it begins
"""
