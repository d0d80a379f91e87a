"""Where each number of the text belongs, by somebody who reads the words alone, and where it is in
a draft, by changing it and lowering the draft again.

table.py         what a slot says, and who fills a table of them
differences.py   which costs, coefficients and limits of a draft move with a number
ends.py          a share at 0 and at 1: whose part it is, and of which total
check.py         the two held against each other
model.py         a language model that fills a table
knowing.py       a right model that does, for measuring
"""
