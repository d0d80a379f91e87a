"""What is done about an instruction, a module for each kind: edits, what-ifs, explanations, the
history of versions, and what is shown."""
