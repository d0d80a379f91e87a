"""One request on its way to an endpoint: said as its dialect has it, and otherwise when refused.

A refusal that says what it is about teaches the dialect at once. One that does not is answered by
plainer forms of the request, a change at a time and then all of them; the form that is taken is the
dialect's from then on, so nobody need have seen the words of a refusal before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict, replace
from typing import Any

from optwright.serving.chat import ChatReply, ChatRequest
from optwright.serving.dialect import NOTHING, OPTIONAL, WORDS, Dialect, Known
from optwright.serving.refused import Lesson, Refused, lesson, other_cap

MOST_REFUSALS = 24
"""After so many an endpoint is believed that it does not want to be asked."""
_USUAL_CAP = 4_096
_OF_NOW = (402, 413, 429)  # about the money or the minute that is left, and not the endpoint
_OF_REQUEST = (400, 422)
_BREAKS = (500, 501)  # what a template or a grammar that fails is told as, beside real failures


class Asking:
    """One request to an endpoint, until it is taken."""

    def __init__(self, dialect: Dialect, request: ChatRequest) -> None:
        self._dialect = dialect
        self._request = request
        self._refusals = 0
        self._caps: list[str] = []
        self._most: int | None = None
        self._shortened = 0
        self._trials: Iterator[Known] | None = None
        self._trial: Known | None = None
        self._refused: tuple[object, ...] = ()  # the form that plainer ones are tried for
        self._sent: Mapping[str, Any] = NOTHING
        self._said_as: dict[str, Any] = {}  # what was known when that was sent
        self._at_first = deepcopy(dialect.known), len(dialect.taken)

    @property
    def known(self) -> Known:
        """What is known of the endpoint, or tried of it just now."""
        known = self._trial or self._dialect.known
        if self._most is not None:
            return replace(known, most=min(self._most, known.most or self._most))
        return known

    @property
    def streams(self) -> bool | None:
        """Whether replies are to be had in pieces only, or (False) in one piece only."""
        return self.known.streams

    def say(self, model: str, besides: Mapping[str, Any] = NOTHING) -> dict[str, Any]:
        """The JSON to send next, with parameters `besides` those of the request."""
        self._said_as = asdict(self.known)
        self._sent = self.known.say(model, self._request, besides)
        return dict(self._sent)

    def learn(self, refused: Refused) -> bool:
        """Take in a refusal of what was said last; whether there is anything new to try."""
        self._refusals += 1
        if self._refusals < MOST_REFUSALS and self._finds_another_way(refused):
            return True
        known, taken = self._at_first
        if refused.status in _OF_REQUEST and len(self._dialect.taken) == taken:
            self._dialect.known = known  # what was left out was not it
        return False

    def _finds_another_way(self, refused: Refused) -> bool:
        known = self.known
        learnt = lesson(refused, self._sent, known.cap, known.dropped)
        if learnt is not None and self._takes(learnt, refused):
            return True
        if self._trials is None:
            if not self._is_worth_trying(refused):
                return False
            self._refused = _shape(self._sent)
            has_system = any(message.role == "system" for message in self._request.messages)
            self._trials = plainer(self._dialect.known, self._sent, has_system=has_system)
        self._trial = next(self._trials, None)
        if self._trial is None:
            self._dialect.hopeless.add(self._refused)
        return self._trial is not None

    def heard(self, reply: ChatReply) -> bool:
        """Take in a reply; False where it should be asked for anew (`Dialect.heard`)."""
        self._keep()
        self._dialect.taken.add(_shape(self._sent))
        return self._dialect.heard(self._request, reply)

    def _takes(self, learnt: Lesson, refused: Refused) -> bool:
        if learnt.about == "most":
            self._shortened += 1
            if self._shortened > 2:  # its numbers do not add up
                learnt = Lesson("most", min(int(learnt.value), self._sent[self.known.cap] // 2))
            if refused.status in _OF_NOW:
                self._most = int(learnt.value)
                return True
        if learnt.about == "cap":
            self._caps.append(self.known.cap)
            if learnt.value in self._caps:  # it knows neither
                learnt = Lesson(self.known.cap)
        # A form that is refused for another reason got further than what was said before it.
        self._keep()
        self._dialect.take(learnt, self._sent)
        return asdict(self.known) != self._said_as  # what was said already is nothing new to try

    def _keep(self) -> None:
        if self._trial is not None:
            self._dialect.known = self._trial
            self._trial = self._trials = None

    def _is_worth_trying(self, refused: Refused) -> bool:
        """Whether a plainer form may help: not where this one was taken before, for then it is not
        the form, nor where none helped; and what looks like a failure has to fail twice."""
        shape = _shape(self._sent)
        if shape in self._dialect.taken or shape in self._dialect.hopeless:
            return False
        if refused.status in _OF_REQUEST:
            return refused.gives_no_reason
        if refused.status not in _BREAKS:
            return False
        said = re.sub(r"\d+", "", refused.words)
        is_again, self._dialect.failure = said == self._dialect.failure, said
        return is_again


def plainer(known: Known, sent: Mapping[str, Any], *, has_system: bool) -> Iterator[Known]:
    """Plainer forms of what was `sent`, one change at a time, and then all that leave less."""
    less: dict[str, Any] = {}
    if "response_format" in sent:
        less["format"] = WORDS
    if extra := [name for name in OPTIONAL if name in sent]:
        less["dropped"] = [*known.dropped, *extra]
    if has_system and known.system != "user":
        less["system"] = "user"
    for name, value in less.items():
        yield replace(known, **{name: value})
    if "stream" in sent:
        yield replace(known, dropped=[*known.dropped, "stream"])
    elif known.streams is None:
        yield replace(known, streaming=True)
    if known.cap in sent:
        if sent[known.cap] > _USUAL_CAP:
            yield replace(known, most=_USUAL_CAP)
        yield replace(known, cap=other_cap(known.cap))
    if has_system and known.system != "developer":
        yield replace(known, system="developer")
    if len(less) > 1:
        yield replace(known, **less)


def _shape(sent: Mapping[str, Any]) -> tuple[object, ...]:
    """What of a request an endpoint may not take, whatever it is about."""
    form = sent.get("response_format", NOTHING)
    roles = [turn["role"] for turn in sent["messages"]]
    return (frozenset(sent), form.get("type"), tuple(sorted(set(roles))), roles[:1] == ["user"])
