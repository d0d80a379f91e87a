"""Replies of a judge, made of the request that it is asked with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from optwright.serving.chat import ChatRequest


def approving(
    request: ChatRequest, but: Mapping[str, str] | None = None, missing: Sequence[str] = ()
) -> str:
    """A judge that says of every part that the problem says it, quoting the problem's first words;
    `but` gives elements another verdict."""
    asked = request.messages[-1].content
    parts = re.findall(r"^\d+\. ([^:\n]+):", asked.partition("\nParts:\n")[2], re.MULTILINE)
    quote = " ".join(asked.partition("Problem:\n")[2].split()[:6])
    judged = [
        {"part": at, "quote": quote, "verdict": (but or {}).get(name, "as the words say")}
        for at, name in enumerate(parts, start=1)
    ]
    return json.dumps({"parts": judged, "missing": list(missing)})
