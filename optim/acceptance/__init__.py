"""When a change is accepted."""
