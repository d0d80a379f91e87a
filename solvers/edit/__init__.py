"""Changing a model: references to its numbers, operations on it, and what differs between two.

An edit is a typed, JSON-able value; the same type carries a turn of a conversation and a
repair that the checks propose.
"""
