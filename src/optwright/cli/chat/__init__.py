"""`optwright chat`: a conversation about a model, in a terminal or through a pipe."""
