"""Text of others on a screen or in a file: names, cells, replies and errors, without what steers.

Escape sequences can hide a line, set a window's title or write the clipboard, and marks of
direction turn a sentence around. Everything printed goes through `visible`, every text that is
written to a file through `unsteered`.
"""

from __future__ import annotations

import re

_STYLES = r"\x1b\[[01]m"
"""What `click.style` puts around our own headings; nothing worse than bold can come of it."""
# Control characters but tab and line feed; direction, invisible and separating marks; halves of
# characters, which no terminal takes; tags.
_STEERS = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_STEERING = re.compile(_STEERS)
_UNSTYLED = re.compile(f"({_STYLES})|{_STEERS}")


def visible(text: str, *, styled: bool = False) -> str:
    """The text with such characters as JSON would write them, so that they are seen and JSON stays
    what it says; `styled` leaves bold as it is.

    >>> visible("candy\\x1b[2J")
    'candy\\\\u001b[2J'
    """
    text = text.replace("\r\n", "\n")
    if not styled:
        return _STEERING.sub(lambda found: _escaped(found[0]), text)
    return _UNSTYLED.sub(lambda found: found[1] or _escaped(found[0]), text)


def unsteered(text: str) -> str:
    """The text without such characters, for files of whatever language."""
    return _STEERING.sub("", text.replace("\r\n", "\n"))


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
