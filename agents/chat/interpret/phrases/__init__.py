"""Reading turns by rules: plain sentences to instructions, without a model.

English only. What is read is read by the words and names of the formulation at hand; a sentence
that fits no rule, or names things the model does not have, is left `Unread`. Text of data cells
plays no part except as the names of members. Questions are read in `asked`, changes in `changes`.
"""

from __future__ import annotations

import re

from optwright.agents.chat.intents import Instruction, Unread
from optwright.agents.chat.interpret.commands import command
from optwright.agents.chat.interpret.phrases.asked import sweep, why, why_not, worth
from optwright.agents.chat.interpret.phrases.changes import change, several
from optwright.agents.chat.interpret.phrases.sentence import Sentence
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


def read_turn(said: str, vocabulary: Vocabulary) -> Instruction:
    """What a turn asks for, or `Unread` with the reason. `InputError` for the number of an answer
    where nothing is asked: no model could know better."""
    if said.strip().rstrip(".").isdigit():
        raise InputError("there is no question open that this could answer")
    text = _POLITE.sub("", " ".join(said.strip().split())).rstrip(".!? ")
    found = command(text)
    if found is not None:
        return found
    try:
        return _read(Sentence(vocabulary, text, said.strip()))
    except FormulationError as error:
        return Unread(reason=str(error))


def _read(sentence: Sentence) -> Instruction:
    for rule in (_formula, sweep, worth, why_not, why, several, change):
        found = rule(sentence)
        if found is not None:
            return found
    near = sentence.vocabulary.near(sentence.text)
    hint = f" It speaks of {', '.join(near)}." if near else ""
    return Unread(reason=f"I cannot read {sentence.text[:80]!r} as a change or a question.{hint} "
                  "Say 'help' for what can be said.", near=near)  # fmt: skip


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
