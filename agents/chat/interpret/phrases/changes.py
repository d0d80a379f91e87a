"""Changes of the model: rules for its parts, and the order in which all rules are tried."""

from __future__ import annotations

import re

from optwright.agents.chat.intents import Change, Instruction
from optwright.agents.chat.interpret.phrases.limits import limited, none, related
from optwright.agents.chat.interpret.phrases.numbers import moved_by, scaled, set_to
from optwright.agents.chat.interpret.sentence import Sentence, with_own_names
from optwright.agents.chat.reply import Option
from optwright.solvers.edit.operations import DropConstraint, Edit, Rename, SetDomain
from optwright.solvers.model.formulation import Constraint, Domain

_SEVERAL = re.compile(r",?\s+and\s+(?:also\s+)?|;\s*", re.IGNORECASE)
_DROP = re.compile(
    r"(?:drop|remove|delete|ignore|forget|lift|without|discard|take away|there (?:is|was|were) no|"
    r"no longer|we (?:had|have) no)\s+(?P<what>.+)",
    re.IGNORECASE,
)
_FRACTIONS = re.compile(
    r"\b(?:fraction\w*|continuous|divisible|split|partial|not (?:be )?(?:whole|integer)|"
    r"need not be (?:whole|integer)|any number|decimals?)\b",
    re.IGNORECASE,
)
_OF_ALL = re.compile(
    r"(?:everything|all|each|every|any|the|of|it|they|them|this|that|we|can|could|may|might|must|"
    r"should|need|needs|not|do|does|don't|be|is|are|allow|allowed|use|take|with|in|to|have|only|"
    r"decisions?|variables?|values?|amounts?|answers?|solutions?|units?|"
    r"fraction\w*|continuous|divisible|split|partial|whole|integers?|integral|numbers?|no|decimals?|"
    r"\W)+",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"\b(?:whole(?: numbers?)?|integers?|integral|no fractions?)\b", re.IGNORECASE)
_RENAME = re.compile(
    r"(?:rename|call)\s+(?:the\s+)?(?P<old>\w+)\s+(?:to|as|into|=>)?\s*(?P<new>[A-Za-z_]\w*)", re.I
)


def several(sentence: Sentence) -> Instruction | None:
    """Changes joined by `and`, if each can be read alone."""
    parts = [p for p in _SEVERAL.split(sentence.body) if p.strip()]
    if len(parts) < 2:
        return None
    edits: list[Edit] = []
    for part in parts:
        found = change(Sentence(sentence.vocabulary, part, part))
        if not isinstance(found, Change):
            return None
        edits += found.edits
    # Each part was read against the model as it is: two new limits may want one name.
    return sentence.done(*with_own_names(edits))


def change(sentence: Sentence) -> Instruction | None:
    """One change, by the first rule that reads it."""
    for rule in (_domain, _rename, _drop, none, related, limited, scaled, moved_by, set_to):
        found = rule(sentence)
        if found is not None:
            return found
    return None


def _domain(sentence: Sentence) -> Instruction | None:
    whole, fraction = _WHOLE.search(sentence.body), _FRACTIONS.search(sentence.body)
    if whole is None and fraction is None:
        return None
    domain = Domain.CONTINUOUS if fraction else Domain.INTEGER
    meant = sentence.vocabulary.decisions(sentence.body)
    if not meant and not _OF_ALL.fullmatch(sentence.body):
        return None  # it speaks of something that the model does not have
    meant = meant or [v for v in sentence.vocabulary.variables if v.domain is not Domain.BINARY]
    return sentence.done(*(SetDomain(variable=v.name, domain=domain) for v in meant))


def _rename(sentence: Sentence) -> Instruction | None:
    match = _RENAME.fullmatch(sentence.body)
    return None if match is None else sentence.done(Rename(old=match["old"], new=match["new"]))


def _drop(sentence: Sentence) -> Instruction | None:
    match = _DROP.search(sentence.body)
    if match is None:
        return None
    found = sentence.vocabulary.constraints(match["what"])
    if len(found) == 1:
        return sentence.done(DropConstraint(name=found[0].name))
    if not found:
        return None
    options = [Option(label=_told(c), edits=(DropConstraint(name=c.name),)) for c in found[:6]]
    return sentence.ambiguous("drop", "Which of these?", options)


def _told(constraint: Constraint) -> str:
    return f"{constraint.text or constraint.name} ({constraint.expression})"
