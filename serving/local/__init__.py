"""The embedded model, in a process of its own.

`model` asks it, through `process` and `child`, and keeps what it has read (`prefixes`); models that
are opened alike have one process (`shared`). `store` finds its file, or has it fetched from one of
the `sources`.
"""
