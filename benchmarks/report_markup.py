"""HTML that cannot be broken out of: text becomes markup in one place, and is escaped there."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Markup(str):
    """Text that is HTML already. Only `tag`, `joined` and the style sheet make it."""

    __slots__ = ()


Child = str | Iterable["Child"]
_EMPTY = frozenset({"meta", "input", "br"})


def tag(name: str, /, *children: Child, **attributes: object) -> Markup:
    """An element. Text is escaped, `Markup` is not; an attribute `class_` is `class`, `x_y` is
    `x-y`, and one that is None or False is left out.

    >>> tag("p", "1 < 2", tag("b", "!"), class_="note")
    '<p class="note">1 &lt; 2<b>!</b></p>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _EMPTY:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(children)}</{name}>")


def joined(children: Iterable[Child]) -> Markup:
    """Children one after the other, text escaped."""
    return Markup("".join(map(_written, children)))


def _written(child: Child) -> str:
    if isinstance(child, Markup):
        return child
    return escape(child) if isinstance(child, str) else joined(child)


def table(heads: Iterable[Child], rows: Iterable[Iterable[Child]], **attributes: object) -> Markup:
    """A table that scrolls sideways by itself where the page is narrow."""
    head = tag("tr", [tag("th", cell, scope="col") for cell in heads])
    body = [tag("tr", [tag("td", cell) for cell in row]) for row in rows]
    whole = tag("table", tag("thead", head), tag("tbody", body), **attributes)
    return tag("div", whole, class_="wide")


def page(title: str, style: str, script: str, *body: Child) -> str:
    """A document that asks for nothing: its policy forbids every request, and every script but
    the one it comes with."""
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(style)),
    ]
    whole = tag(
        "html", tag("head", head), tag("body", *body, tag("script", Markup(script))), lang="en"
    )
    return f"<!doctype html>\n{whole}\n"


def _hash(script: str) -> str:
    from base64 import b64encode
    from hashlib import sha256

    return f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"
