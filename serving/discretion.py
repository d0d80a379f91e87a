"""A model that is not told some names: pseudonyms stand for them in what it reads, and are undone
in what it writes.

Names are exchanged in the texts themselves, on their way out, so that whoever writes a prompt need
not think of it, and neither ledger nor endpoint ever holds a name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from optwright.serving.chat import ChatModel, ChatReply, ChatRequest, Message

_UNDONE = re.compile(r"(?<!\w)\w+?_\d+(?!\d)")
_LONG = 5  # characters


class Discreet:
    """`model`, asked with a pseudonym in the place of each of `names`, which maps names to what
    they are names of ("city"). Pseudonyms are such as `city_3`, the same in every request. A name
    is found at the beginning of a word ("Zürich's", "Zürichs"), as it is spelled.

    The system's message and what stands before the first message with `begins` in it (rules and
    worked examples of ours) are sent as they are. Names of one character are no names.
    """

    def __init__(self, model: ChatModel, names: Mapping[str, str], begins: str = "") -> None:
        self.model = model
        self._pseudonyms = _pseudonyms(names, begins)
        self._names = {pseudonym: name for name, pseudonym in self._pseudonyms.items()}
        self._begins = begins

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        messages = request.messages
        first = next((i for i, m in enumerate(messages) if self._begins in m.content), 0)
        sent = [m if i < first else self._hidden(m) for i, m in enumerate(messages)]
        reply = await self.model.complete(replace(request, messages=tuple(sent)))
        return replace(reply, text=self._shown(reply.text, is_json=request.schema is not None))

    async def aclose(self) -> None:
        await self.model.aclose()

    def _hidden(self, message: Message) -> Message:
        if message.role == "system":
            return message
        text = message.content
        spelled = {s: p for name, p in self._pseudonyms.items() for s in (name, _escaped(name))}
        found = sorted((s for s in spelled if s in text), key=len, reverse=True)
        if not found:
            return message
        # A short name that goes on is another word: "May" in "Mayor".
        ends = (re.escape(s) + ("" if len(s) >= _LONG else r"(?!\w)") for s in found)
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(ends)})")
        return replace(message, content=pattern.sub(lambda m: spelled[m.group()], text))

    def _shown(self, text: str, *, is_json: bool) -> str:
        def name(found: re.Match[str]) -> str:
            real = self._names.get(found.group())
            if real is None:
                return found.group()
            return _escaped(real) if is_json else real

        return _UNDONE.sub(name, text)


def _escaped(name: str) -> str:
    """A name as it stands inside a text of JSON."""
    return json.dumps(name, ensure_ascii=False)[1:-1]


def _pseudonyms(names: Mapping[str, str], text: str) -> dict[str, str]:
    """A pseudonym for each name, none of which is a name itself or stands in the text."""
    taken, count = set(names), dict.fromkeys(names.values(), 0)
    found: dict[str, str] = {}
    for name, kind in names.items():
        if len(name) < 2 or not any(c.isalpha() for c in name):
            continue
        label = re.sub(r"\W+", "_", kind).strip("_").lower() or "name"
        while True:
            count[kind] += 1
            pseudonym = f"{label}_{count[kind]}"
            if pseudonym not in taken and pseudonym not in text:
                break
        taken.add(pseudonym)
        found[name] = pseudonym
    return found


def unmentioned(names: Mapping[str, str], text: str) -> dict[str, str]:
    """Those of `names` that do not stand in a text that is sent as it is."""
    return {name: kind for name, kind in names.items() if name not in text}
