"""Turns that are commands as a whole: `undo`, `compare 1 and rich`, `which limit costs most`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from optwright.agents.chat.extensions import intents
from optwright.agents.chat.intents import (
    Another,
    CheckPlans,
    Compare,
    ExportIt,
    Extended,
    Instruction,
    Keep,
    Limits,
    Move,
    NameIt,
    Relaxations,
    Show,
)


def is_help(said: str) -> bool:
    """Whether a turn asks what one can say here."""
    return _HELP.fullmatch(said.strip().rstrip("?!. ")) is not None


# Commands: whole sentences

_HELP = re.compile(r"(?:help(?: me)?|what can i (?:say|do|ask)(?: here)?|\?)", re.IGNORECASE)
_REFERENCE = r"(?:version\s+)?[\w#][\w .#-]*?"


def _named(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_COMMANDS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Instruction]], ...] = (
    (_HELP, lambda m: Show(what="help")),
    (
        _named(r"undo(?: (?:that|it|this|the last (?:change|one)))?(?: (\d+)(?: times| steps)?)?"),
        lambda m: Move(steps=-int(m[1] or 1)),
    ),
    (
        _named(r"redo(?: (?:that|it|this))?(?: (\d+)(?: times| steps)?)?"),
        lambda m: Move(steps=int(m[1] or 1)),
    ),
    (_named(r"(?:go )?back"), lambda m: Move(steps=-1)),
    (
        _named(rf"(?:go (?:back )?to|switch to|return to|checkout) ({_REFERENCE})"),
        lambda m: Move(to=m[1]),
    ),
    (
        _named(
            r"(?:call|name|save) (?:this|it|the model)(?: version)?(?: as)? [\"']?([^\"']+)[\"']?"
        ),
        lambda m: NameIt(name=m[1]),
    ),
    (
        _named(r"(?:call|name) version (\d+)(?: as)? [\"']?([^\"']+)[\"']?"),
        lambda m: NameIt(name=m[2], version=m[1]),
    ),
    (
        _named(
            rf"compare ({_REFERENCE})(?:,? (?:and|with|to|against|vs\.?)|,) ({_REFERENCE})"
            rf"(?:(?:,? and|,) ({_REFERENCE}))?"
        ),
        lambda m: Compare(versions=tuple(g for g in m.groups() if g)),
    ),
    (_named(rf"compare with ({_REFERENCE})"), lambda m: Compare(versions=(m[1],))),
    (_named(r"compare(?: them| both| scenarios| these)?"), lambda m: Compare()),
    (
        _named(r"(?:keep|take|accept|use) (?:it|that|this)|keep(?: ((?:version )?#?\d+))?"),
        lambda m: Keep(version=m[1] or ""),
    ),
    (
        _named(r"(?:check|verify|test)(?: (?:it|this|the (?:model|answer)))?|let me check(?: it)?"),
        lambda m: CheckPlans(),
    ),
    (
        _named(
            r"(?:show|list|print|what is|what's|display)?(?: me)?(?: the| all| my)?\s*"
            r"(model|answer|assumptions|questions|history|versions|data|tables|solution|plan|"
            r"formulation)(?: again| so far)?"
        ),
        lambda m: Show(what=_SHOWN[m[1].lower()]),
    ),
    (
        _named(r"what (?:is|was|do you|did you|are you) (?:assumed|assuming|assume)"),
        lambda m: Show(what="assumptions"),
    ),
    (_named(r"what is (?:still )?(?:open|unclear|ambiguous)"), lambda m: Show(what="questions")),
    (
        _named(
            r"why is (?:it|this|that|there) (?:infeasible|unbounded|no solution)|"
            r"why (?:is there )?no solution|why (?:infeasible|unbounded)|what is wrong"
        ),
        lambda m: Show(what="diagnosis"),
    ),
    (
        _named(
            r"(?:which|what) (?:limit|constraint|restriction|bottleneck)s? (?:do(?:es)? )?"
            r"(?:costs?|binds?|hurts?|matters?|holds?|is|are)"
            r"(?: (?:us|me|it|back|binding|active|tight|the|most|expensive|important|bottleneck))*|"
            r"what (?:is the bottleneck|holds (?:me|us|it) back|limits (?:me|us|it))|"
            r"(?:show )?(?:the )?(?:binding )?limits|shadow prices|duals|sensitivity"
        ),
        lambda m: Limits(),
    ),
    (
        _named(
            r"(?:what|which)(?: of these)? (?:would|could|should|do|must|can) (?:you|we|i) "
            r"(?:give up|relax)|what (?:could|can|must|has to) (?:give way|be relaxed)|"
            r"how (?:can|could|do) (?:i|we|it) (?:make it|be|become) (?:feasible|possible)|"
            r"make it (?:feasible|possible)|ways out|relax it"
        ),
        lambda m: Relaxations(),
    ),
    (
        _named(r"(?:summary|summari[sz]e(?: (?:it|this|the (?:plan|answer|result)))?)"),
        lambda m: Show(what="summary"),
    ),
    (_named(r"export(?: (?:it|this|that))? (?:as |to )(\w+)"), lambda m: ExportIt(format=m[1])),
    (
        _named(r"(?:another|other) (?:plan|answer|solution|optimum)s?"),
        lambda m: Another(),
    ),
)

_SHOWN: dict[str, Literal["model", "answer", "assumptions", "questions", "history", "data"]] = {
    "model": "model",
    "formulation": "model",
    "answer": "answer",
    "solution": "answer",
    "plan": "answer",
    "assumptions": "assumptions",
    "questions": "questions",
    "history": "history",
    "versions": "history",
    "data": "data",
    "tables": "data",
}


def command(text: str) -> Instruction | None:
    """What a turn that is a command as a whole asks for, or None."""
    for pattern, made in _COMMANDS:
        match = pattern.fullmatch(text)
        if match is not None:
            return made(match)
    for name, intent in intents().items():
        match = intent.turns.fullmatch(text)
        if match is not None:
            return Extended(name=name, arguments=tuple(group or "" for group in match.groups()))
    return None
