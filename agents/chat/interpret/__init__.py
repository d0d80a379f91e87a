"""What a turn asks for: commands and formulas by rules, everything else by a model, and checked.

`commands` and `formulas` are read as they stand. What else is said goes to a model (`model`), which
answers in the intents of a schema over the names of the formulation; `resolve` turns these into
edits and questions, and `confirm` says what of the words they leave open. Without a model that
reads a page, `phrases` and `small_model` propose, and what `confirm` finds open is asked.
"""
