"""Turns that are commands or mathematics as a whole, which no model has to read."""

from __future__ import annotations

import re

from optwright.agents.chat.intents import Instruction
from optwright.agents.chat.interpret.commands import command
from optwright.agents.chat.interpret.sentence import Sentence
from optwright.agents.chat.interpret.vocabulary import Vocabulary
from optwright.errors import FormulationError, InputError
from optwright.solvers.edit.operations import AddConstraint, SetObjective, free_name
from optwright.solvers.language.expressions import names, parse, parse_constraint
from optwright.solvers.model.formulation import Constraint, Sense

_POLITE = re.compile(r"^(?:(?:please|can you|could you|would you|i want to|i'd like to|let us|"
                     r"let's|now|ok|okay|hey|hi)[, ]+)+", re.IGNORECASE)  # fmt: skip
_SENSE = re.compile(
    r"(?:make it|instead|rather|now)?\s*(?P<sense>maximi[sz]e|minimi[sz]e)\b\s*(?P<what>.*)", re.I
)


def sentence_of(said: str, vocabulary: Vocabulary) -> Sentence:
    """A turn without politeness and full stop."""
    text = _POLITE.sub("", " ".join(said.strip().split())).rstrip(".!? ")
    return Sentence(vocabulary, text, said.strip())


def exactly(said: str, vocabulary: Vocabulary) -> Instruction | None:
    """What a turn asks for that is a command or a formula as a whole; None for all others.

    Raises `InputError` for the number of an answer where nothing is asked, and `FormulationError`
    for a comparison that is none of the language.
    """
    if said.strip().rstrip(".").isdigit():
        raise InputError("there is no question open that this could answer")
    sentence = sentence_of(said, vocabulary)
    return command(sentence.text) or _formula(sentence)


def _formula(sentence: Sentence) -> Instruction | None:
    """A comparison written out, or `maximize` with an expression."""
    if re.search(r"[<>=]=", sentence.body):
        parse_constraint(sentence.body)
        constraint = Constraint(
            name=free_name(sentence.vocabulary.model, "limit"), expression=sentence.body
        )
        return sentence.done(AddConstraint(constraint=constraint))
    sense = _SENSE.fullmatch(sentence.body)
    if sense is None:
        return None
    wanted = Sense.MAXIMIZE if sense["sense"][:3].lower() == "max" else Sense.MINIMIZE
    what = sense["what"].strip()
    if what in ("", "it", "instead"):
        return sentence.done(SetObjective(sense=wanted))
    try:
        used = names(parse(what))
    except FormulationError:
        return None
    known = {v.name for v in sentence.vocabulary.variables}
    if not used & known:
        return None
    return sentence.done(SetObjective(sense=wanted, expression=what, text=sentence.said))
