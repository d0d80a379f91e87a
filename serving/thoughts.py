"""What a model thinks before it replies: told apart from the reply, and counted.

Some endpoints count thoughts and do not show them, some send them in a field of their own, and some
servers leave them in the text, between marks that the model was trained on.
"""

from __future__ import annotations

import re

from optwright.serving.chat import ChatReply, Finish, Usage
from optwright.serving.tokens import most_tokens

_NAME = "(?:think|thinking|thoughts?|reasoning|reflection|analysis|scratchpad)"
_BLANK = "[ _]?"
_OPENING = re.compile(
    rf"\s*(?:<\|?(?:seed:|(?:start|begin){_BLANK}(?:of{_BLANK})?)?{_NAME}(?:{_BLANK}(?:start|begin))?\|?>"
    r"|<\|inner_prefix\|>|<unused94>|\[THINK\]|◁think▷|<\|channel\|>\s*analysis\b)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    rf"</(?:seed:)?{_NAME}>|<\|/{_NAME}\|>|<\|?end{_BLANK}(?:of{_BLANK})?{_NAME}\|?>"
    rf"|<\|{_NAME}{_BLANK}end\|>|<\|inner_suffix\|>|<unused95>|\[/THINK\]|◁/think▷"
    # Harmony, the format of gpt-oss: the last channel is the reply.
    r"|<\|channel\|>\s*final[^<{]{0,80}<\|message\|>|\bassistantfinal(?=\s*[{`])",
    re.IGNORECASE,
)
_ELEMENT = re.compile(rf"\s*<(\w{{1,20}})\s[^<>]{{0,80}}\b{_NAME}\b[^<>]{{0,80}}>", re.IGNORECASE)
"""An element of HTML that says that it holds thoughts."""
_LEFT_OVER = re.compile(r"(?:<\|(?:end|return|im_end|eot_id|endoftext)\|>\s*)+\Z")


def said_after_thoughts(text: str) -> str:
    """What follows the last closing mark of thoughts that is not inside a text of JSON itself.

    >>> said_after_thoughts('<think>x >= 2?</think>{"x": 2}')
    '{"x": 2}'
    """
    text = _LEFT_OVER.sub("", text)
    if (element := _ELEMENT.match(text)) and (end := f"</{element.group(1)}>") in text:
        text = text.partition(end)[2]
    for mark in reversed(list(_CLOSING.finditer(text))):
        before = text[: mark.start()]
        begins_a_line = before.rstrip(" \t").endswith("\n")  # no text of JSON goes over its end
        in_a_text = re.sub(r"\\.", "", before).count('"') % 2 == 1
        if begins_a_line or not in_a_text or _OPENING.match(text):
            return text[mark.end() :]
    return text


def is_thinking_still(text: str) -> bool:
    """Whether a text begins with thoughts that it does not end.

    >>> is_thinking_still("<think>let x be"), is_thinking_still("<think>so</think>4")
    (True, False)
    """
    return _OPENING.match(text) is not None and _CLOSING.search(text) is None


def thought_tokens(reply: ChatReply) -> int:
    """At least how many of a reply's tokens were thoughts: those reported, those that left no
    text, and those between marks in the text."""
    usage = reply.usage
    if is_thinking_still(reply.text):
        return usage.completion_tokens
    shown = said_after_thoughts(reply.text)
    return max(usage.thought_tokens, _unseen(usage, reply, shown))


def _unseen(usage: Usage, reply: ChatReply, shown: str) -> int:
    unseen = usage.completion_tokens - most_tokens(shown)
    # A few tokens more than the text explains are marks of a template, and not thoughts.
    if shown != reply.text or unseen > max(_FEW, usage.completion_tokens // 4):
        return max(0, unseen)
    return 0 if shown or reply.finish is not Finish.LENGTH else usage.completion_tokens


_FEW = 64
