"""Replies as a formulator would give them, for tests that need no model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from optwright.serving.chat import ChatRequest

CANDY = (
    "A candy store packs regular boxes and gift boxes. A regular box takes 200 grams of chocolate "
    "and earns a profit of $6. A gift box takes 150 grams of chocolate and earns a profit of $9. "
    "The store has 12000 grams of chocolate. At most 40 gift boxes can be sold. How many boxes of "
    "each kind should be packed to maximize the profit?"
)
CANDY_OPTIMUM = 540.0  # 30 regular boxes, 40 gift boxes
CHOCOLATE = ("12000 grams of chocolate", "200*regular + 150*gift <= 12000")
GIFTS = ("At most 40 gift boxes can be sold", "gift <= 40")


def draft(
    *limits: tuple[str, str],
    decisions: Mapping[str, str] | None = None,
    whole: bool = True,
    sense: str = "maximize",
    words: str = "maximize the profit",
    objective: str = "6*regular + 9*gift",
) -> str:
    """A reply; limits are pairs of words and expression, decisions map names to meanings."""
    chosen = decisions or {"regular": "number of regular boxes", "gift": "number of gift boxes"}
    return json.dumps(
        {
            "decisions": [
                {"name": name, "meaning": meaning, "whole": whole}
                for name, meaning in chosen.items()
            ],
            "amounts": [],
            "objective": {"text": words, "sense": sense, "expression": objective},
            "limits": [{"text": text, "expression": limit} for text, limit in limits],
        }
    )


CANDY_DRAFT = draft(CHOCOLATE, GIFTS)


def reworded(reply: str, how: str = "in all") -> str:
    """The same model written otherwise, as a second draft that is no copy of the first."""
    read = json.loads(reply)
    for decision in read["decisions"]:
        decision["meaning"] += f" {how}"
    return json.dumps(read)


def drawn(request: ChatRequest, reply: str = CANDY_DRAFT) -> str:
    """A draft that is worded otherwise for each sample, as a model writes them."""
    return reworded(reply, f"({request.sample})") if request.sample else reply


def scripted(folder: Path, replies: Sequence[str], name: str = "script.json") -> str:
    """Write a script and return the name of the model that follows it."""
    path = folder / name
    path.write_text(json.dumps(list(replies)), encoding="utf-8")
    return f"scripted:{path}"
