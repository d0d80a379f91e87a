"""SVG drawn in per cent of the width, so that a picture fits a phone and its letters stay as large
as the text around it. Heights are in pixels. Everything a reader's data says is escaped."""

from __future__ import annotations

from html import escape
from textwrap import wrap
from zlib import crc32

__all__ = ["LINE", "dot", "escape", "line", "picture", "rect", "text", "wrapped", "zoomed"]

LINE = 1.17
"""Heights of letters from one line of words to the next, which stay as far from each other in a
chart that is made larger than its place."""
_CHECKED = ' checked="checked"'
WIDTHS = (1, 2, 4, 8)
"""How many times its place a chart may be made wide; `style.py` has a rule for each."""


def picture(height: float, body: str, label: str) -> str:
    """An SVG element as wide as its place, read out as `label`."""
    return (
        f'<svg width="100%" height="{height:.0f}" role="img" aria-label="{escape(label)}">'
        f"{body}</svg>"
    )


def zoomed(drawn: str, label: str, *, both: bool = False) -> str:
    """A drawn chart that can be made wider than its place and is then moved under it: by buttons,
    keys and touch, without a script, so that a report stays a page that runs nothing. `both` makes
    it as much higher, with letters as large as before."""
    group = f"zoom-{crc32(drawn.encode()):08x}"
    widths = "".join(
        f'<label><input type="radio" name="{group}" value="{width}"'
        f"{_CHECKED if width == 1 else ''} />{width}×</label>"  # well-formed as XML too
        for width in WIDTHS
    )
    kind = "zoom both" if both else "zoom"
    return (
        f'<div class="{kind}"><fieldset><legend>Zoom</legend>{widths}</fieldset>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">'
        f'<div class="wide">{drawn}</div></div></div>'
    )


def rect(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    kind: str,
    title: str = "",
    opacity: float = 1,
) -> str:
    """A box; `x` and `width` in per cent."""
    faint = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
    return (
        f'<rect class="{kind}" x="{x:.2f}%" y="{y:.1f}" width="{max(width, 0):.2f}%" '
        f'height="{height:.1f}" rx="2"{faint}>{_title(title)}</rect>'
    )


def text(
    x: float, y: float, words: str, anchor: str = "start", *, kind: str = "", below: float = 0
) -> str:
    """A line of words from `x` per cent on (`start`), around it (`middle`) or up to it (`end`),
    `below` times the height of its letters below `y`."""
    named = f' class="{kind}"' if kind else ""
    lower = f' dy="{below:.2f}em"' if below else ""
    return (
        f'<text x="{x:.2f}%" y="{y:.1f}"{lower} text-anchor="{anchor}"{named}>'
        f"{escape(words)}</text>"
    )


def line(
    x1: float, y1: float, x2: float, y2: float, *, kind: str, width: float = 1, title: str = ""
) -> str:
    """A straight line, `x1` and `x2` in per cent, `width` in pixels."""
    return (
        f'<line class="{kind}" x1="{x1:.2f}%" y1="{y1:.1f}" x2="{x2:.2f}%" y2="{y2:.1f}" '
        f'stroke-width="{width:.1f}">{_title(title)}</line>'
    )


def dot(x: float, y: float, radius: float, *, kind: str, title: str = "") -> str:
    return (
        f'<circle class="{kind}" cx="{x:.2f}%" cy="{y:.1f}" r="{radius:.1f}">'
        f"{_title(title)}</circle>"
    )


def wrapped(
    x: float, y: float, words: str, letters: int, anchor: str = "start", *, below: float = 0
) -> str:
    """Words in as many lines as it takes for each to have so many letters; the middle of them is
    `below` times the height of their letters below `y`."""
    lines = wrap(words, max(letters, 4)) or [""]
    top = below - LINE * (len(lines) - 1) / 2
    return "".join(text(x, y, line, anchor, below=top + LINE * at) for at, line in enumerate(lines))


def _title(words: str) -> str:
    return f"<title>{escape(words)}</title>" if words else ""
