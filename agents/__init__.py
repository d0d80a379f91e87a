"""The agents that turn a problem told in words into a solved, checked program."""
