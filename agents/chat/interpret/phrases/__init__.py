"""Proposals by rules where no model reads turns: plain sentences to instructions.

English only, and one form for each thing that can be said: what is read is read by the words and
names of the formulation at hand; a sentence that fits no form, or names things the model does not
have, is left `Unread`. What `confirm` finds open about a proposal is asked. Text of data cells
plays no part except as the names of members. Questions are read in `asked`, changes in `changes`.
"""

from __future__ import annotations

from optwright.agents.chat.intents import Instruction, Unread
from optwright.agents.chat.interpret.formulas import exactly, sentence_of
from optwright.agents.chat.interpret.phrases.asked import sweep, why, why_not, worth
from optwright.agents.chat.interpret.phrases.changes import change, several
from optwright.agents.chat.interpret.sentence import Sentence
from optwright.agents.chat.interpret.vocabulary import Vocabulary
from optwright.agents.chat.labels import called
from optwright.errors import FormulationError


def read_turn(said: str, vocabulary: Vocabulary) -> Instruction:
    """What a turn asks for, or `Unread` with the reason. `InputError` for the number of an answer
    where nothing is asked."""
    try:
        return exactly(said, vocabulary) or _read(sentence_of(said, vocabulary))
    except FormulationError as error:
        return Unread(reason=str(error))


def _read(sentence: Sentence) -> Instruction:
    for rule in (sweep, worth, why_not, why, several, change):
        found = rule(sentence)
        if found is not None:
            return found
    near = sentence.vocabulary.near(sentence.text)
    shown = dict.fromkeys(called(sentence.vocabulary.model, name) for name in near)
    hint = f" It speaks of {', '.join(shown)}." if near else ""
    return Unread(
        reason=f"I cannot read {sentence.text[:80]!r} as a change or a question.{hint} "
        "Say 'help' for what can be said.",
        near=near,
    )
