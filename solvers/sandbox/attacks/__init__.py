"""Programs that try to get out of the sandbox. They are read as text and run inside it only.

Each function is one attack and does what its docstring says; `trap` tells it where to aim (see
`trap.Trap.aims`). It may return what it got hold of or raise: whether it came through is decided
by what the parent process sees. Signals are SIGURG, which processes that were not meant ignore,
and every bomb has a small end, so that a sandbox with a hole does not bring the machine down.
"""
