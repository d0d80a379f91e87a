"""How insights are learnt from runs and conversations; `experience` keeps them.

lesson.py     failures that teach: with a known answer, and without
teacher.py    has a model put a failure into an insight, merge two, and reword a condition
learn.py      keeps an insight only if it proves itself, merges, refines and retires
study.py      solves problems with known answers and learns from what went wrong
from_chat.py  what a user corrected in a conversation
"""
