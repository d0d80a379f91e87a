"""What the words of a turn leave open about a reading of it: it is shown then, and waits for a yes.

Nothing here reads a sentence, mends a reading or decides for one. Each check compares the words
with what a reading would do, and what does not agree is a doubt, said in a sentence: a number that
was said and is not used or was not said and is, a name that is spoken of and not touched, a word
that the model does not have, a condition, an alternative, a direction or a span of time that the
reading does not show. A reading without doubts is done at once; one with doubts is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from optwright.agents.chat.intents import Ambiguous, AskFor, Change, Instruction
from optwright.agents.chat.interpret.direction_doubts import DirectionDoubts
from optwright.agents.chat.interpret.form_doubts import FormDoubts
from optwright.agents.chat.interpret.name_doubts import NameDoubts
from optwright.agents.chat.interpret.number_doubts import NumberDoubts
from optwright.agents.chat.interpret.touched import Touched
from optwright.agents.chat.interpret.turn_words import HYPOTHETICAL, POLITE
from optwright.agents.chat.interpret.vocabulary import Vocabulary

_ASKS = re.compile(
    r"^(?:and |so |but |ok |okay |well )*(?:what|how|why|which|who|where|when|is|are|do|does|did|"
    r"should|could|would|will|may|might)\b",
    re.IGNORECASE,
)


def doubts(said: str, instruction: Instruction, vocabulary: Vocabulary) -> tuple[str, ...]:
    """What the words leave open about a reading, a sentence each, the weightiest first.

    Of what only asks, or is only tried, words the model does not have are no doubt: the reply shows
    what was asked or tried.
    """
    found = Touched.of(instruction, vocabulary.program)
    if found is None:
        return ()
    return tuple(dict.fromkeys(_all(said, found, vocabulary)))


def as_trial(said: str, instruction: Instruction) -> Instruction:
    """A question changes nothing for good: a change that was asked about becomes a trial."""
    text = POLITE.sub("", said.strip())
    asks = HYPOTHETICAL.search(text) or _ASKS.match(text) or text.rstrip().endswith("?")
    if not asks:
        return instruction
    if isinstance(instruction, Change | Ambiguous):
        return instruction.model_copy(update={"trial": True})
    if isinstance(instruction, AskFor):
        change = instruction.change.model_copy(update={"trial": True})
        return instruction.model_copy(update={"change": change})
    return instruction


__all__ = ["as_trial", "doubts"]


def _all(said: str, reading: Touched, vocabulary: Vocabulary) -> Iterator[str]:
    numbers = NumberDoubts(said, reading, vocabulary)
    names = NameDoubts(said, reading, vocabulary)
    forms = FormDoubts(said, reading, vocabulary)
    directions = DirectionDoubts(said, reading, vocabulary)
    yield from numbers.unused()
    yield from numbers.invented()
    yield from names.members_unused()
    yield from names.parts_untouched()
    yield from names.parts_unsaid()
    yield from forms.structure()
    yield from forms.spans()
    yield from directions.against()
    yield from numbers.percentages()
    yield from numbers.shares()
    yield from numbers.order()
    yield from directions.aims()
    if reading.lasting:
        yield from numbers.large_changes()
        yield from names.strange_words()
