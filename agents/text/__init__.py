"""Reading the words of a problem, and the tables that go with it, without a language model.

`quantities` are the numbers that words state, `scales` tells whether a model writes "100 thousand"
as 100000 or as 100, `totals` are sums that words and tables come to; `wording` is what they say
about a limit and between which things, `shares` what a share is a share of.

All of it reads English and Arabic digits; where it cannot read, it stays silent rather than guess.
"""
