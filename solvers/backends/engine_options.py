"""Options of a solver by its own names (`--solver-option NAME=VALUE`), from their texts."""

from __future__ import annotations

Value = bool | int | float | str

_BOOLS = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False,
          "no": False, "0": False}  # fmt: skip


def like(text: str, value: Value) -> Value:
    """The text as what `value` is; `ValueError` where it is none of these."""
    if isinstance(value, bool):
        if text.lower() not in _BOOLS:
            raise ValueError(f"{text!r} is neither on nor off")
        return _BOOLS[text.lower()]
    return type(value)(text)


def guessed(text: str) -> Value:
    """The text as a whole number, a number or yes and no, where it reads as one.

    >>> guessed("3"), guessed("1e-4"), guessed("true"), guessed("choose")
    (3, 0.0001, True, 'choose')
    """
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)
