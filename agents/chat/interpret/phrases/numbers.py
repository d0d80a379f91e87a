"""Numbers of the model that are set, scaled or moved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from optwright.agents.chat.intents import Instruction
from optwright.agents.chat.interpret.sentence import NUMBER, Sentence, without
from optwright.agents.chat.interpret.vocabulary import Match, Vocabulary
from optwright.agents.chat.labels import number_words
from optwright.agents.chat.reply import Option
from optwright.agents.text.quantities import Kind, quantities
from optwright.errors import InputError
from optwright.solvers.edit.operations import Assume, Edit, ScaleNumber, SetNumber
from optwright.solvers.edit.references import NumberRef, read

_LESS = (
    r"(?:lower|less|fewer|smaller|cheaper|down|decreas\w+|drop\w*|fall\w*|fell|reduc\w+|cut\w*|"
    r"lower\w*|shrink\w*|shrank|shorter|minus)"
)
_MORE = (
    r"(?:higher|more|greater|larger|bigger|up|increas\w+|rais\w+|ris\w+|rose|gr[eo]w\w*|longer|"
    r"plus|extra|additional|dearer|expensive)"
)
_FACTORS = (
    (re.compile(r"\b(?:doubl\w+|twice)\b", re.I), 100.0),
    (re.compile(r"\b(?:tripl\w+|three times)\b", re.I), 200.0),
    (re.compile(r"\b(?:halv\w+|half)\b", re.I), -50.0),
)
_BY = re.compile(rf"\bby\s+{NUMBER}", re.IGNORECASE)
_TO = re.compile(
    rf"(?:\bto|=|\bequals?(?:\s+to)?|\b(?:takes?|needs?|uses?|requires?|earns?|costs?|"
    rf"carr(?:y|ies)|brings?|yields?|weighs?|holds?|sells? for)|\bis|\bare|\bwas|\bwere|"
    rf"\bbecomes?|\bbe|\bof|\bat)\s+"
    rf"(?:only\s+|just\s+|now\s+)?[$€£]?{NUMBER}",
    re.IGNORECASE,
)
_HAVE = re.compile(rf"\b(?:there|we|i|they|with|have|has|had|get|got)\b.*?{NUMBER}", re.IGNORECASE)


def scaled(sentence: Sentence) -> Instruction | None:
    """`the budget is 20 % lower`, `double the budget`."""
    named = sentence.vocabulary.members.names_at
    found = [q for q in quantities(sentence.body) if not named(sentence.body, q.start)]
    percents = [q for q in found if q.kind is Kind.PERCENT]
    if len(percents) == 1 and len(found) == 1:
        way = _way(sentence)
        if not way:
            return None
        percent = way * percents[0].value
        rest = without(sentence.body, [(percents[0].start, percents[0].end)])
        return turned(
            sentence, rest, lambda reference, _: [ScaleNumber(reference=reference, percent=percent)]
        )
    if any(q.kind is Kind.NUMBER for q in found):
        return None
    said = next(((p, change) for p, change in _FACTORS if p.search(sentence.body)), None)
    if said is None:
        return None
    rest = said[0].sub(" ", sentence.body)
    return turned(
        sentence, rest, lambda reference, _: [ScaleNumber(reference=reference, percent=said[1])]
    )


def moved_by(sentence: Sentence) -> Instruction | None:
    """`reduce toffee by 500`, `100 more grams of chocolate`."""
    numbers, way = sentence.numbers(), _way(sentence)
    if len(numbers) != 1 or not way:
        return None
    if _TO.search(sentence.body) and not _BY.search(sentence.body):
        tail = sentence.body[numbers[0].end :]
        if not re.match(rf"\s+(?:\w+\s+)?(?:{_LESS}|{_MORE})\b", tail, re.I):
            return None
    rest = without(sentence.body, [sentence.span(numbers[0])])

    def moved(reference: NumberRef, value: float | None) -> Sequence[Edit]:
        if value is None:
            what = number_words(sentence.vocabulary.program, reference)
            raise InputError(f"{what} has many values",
                             hint="change it by a percentage, or name one of them")  # fmt: skip
        step = sentence.measured(reference, numbers[0], step=True)
        return SetNumber(reference=reference, value=value + way * step.value), *step.edits

    return turned(sentence, rest, moved)


def _way(sentence: Sentence) -> int:
    """1 where more is said, -1 where less is; 0 where neither is, or both."""
    less = re.search(rf"\b{_LESS}\b", sentence.body, re.I) is not None
    more = re.search(rf"\b{_MORE}\b", sentence.body, re.I) is not None
    return more - less


def set_to(sentence: Sentence) -> Instruction | None:
    """`set the budget to 100`, `we have 15000 grams of chocolate`."""
    numbers = sentence.numbers()
    says_so = _TO.search(sentence.body) or _HAVE.search(sentence.body) or sentence.is_trial
    verb = re.match(r"(?:set|change|make|put|use|let)\b", sentence.body, re.I)
    if not numbers or not (says_so or verb):
        return None
    said = numbers[-1] if _TO.search(sentence.body) else numbers[0]
    rest = without(sentence.body, [sentence.span(q) for q in numbers])
    others = [q.value for q in numbers if q is not said]
    return turned(sentence, rest, lambda reference, _: sentence.to(reference, said), others)


def turned(
    sentence: Sentence,
    words: str,
    made: Callable[[NumberRef, float | None], Sequence[Edit]],
    others: Sequence[float] = (),
) -> Instruction | None:
    """Edits of the references that the words mean; a question where that is not sure. `others` are
    numbers that were said too: what the reference is now, or something that was not understood."""
    matches = sentence.vocabulary.match(words)
    if not matches:
        return None
    options = list(_options(sentence, matches, made))
    unknown_words = set() if _is_converted(options[0]) else matches[0].unknown
    unclear = {*unknown_words, *_unaccounted(sentence, matches[0], others)}
    if len(options) == 1 and not unclear:
        return sentence.done(*options[0].edits)
    unknown = ", ".join(sorted(unclear))
    if len(matches) == 1:
        text = f"The model has no {unknown!r}. Did you mean this?"
    else:
        text = "Which number is meant?"
    return sentence.ambiguous("number", text, options)


def _options(
    sentence: Sentence,
    matches: Sequence[Match],
    made: Callable[[NumberRef, float | None], Sequence[Edit]],
) -> Iterator[Option]:
    """What each match would lead to. One whose unit measures something else is not meant;
    where that is so of all of them, the first `InputError` is raised."""
    program = sentence.vocabulary.program
    refused: list[InputError] = []
    for match in matches[:6]:
        try:
            edits = [
                e
                for reference in match.references
                for e in made(reference, read(program, reference))
            ]
        except InputError as error:
            refused.append(error)
            continue
        yield Option(
            label=_numbers_words(sentence.vocabulary, match), edits=tuple(dict.fromkeys(edits))
        )
    if len(refused) == len(matches[:6]):
        raise refused[0]


def _unaccounted(sentence: Sentence, match: Match, others: Sequence[float]) -> Iterator[str]:
    """Of the other numbers of a turn those that are neither in the words of what it means nor
    what that is now."""
    program = sentence.vocabulary.program
    known = {
        q.value
        for reference in match.references
        for q in quantities(number_words(program, reference))
    }
    known |= {
        now for reference in match.references if (now := read(program, reference)) is not None
    }
    yield from (f"{value:g}" for value in others if value not in known)


def _is_converted(option: Option) -> bool:
    """Whether the word that the model does not have turned out to be a unit."""
    return any(isinstance(edit, Assume) for edit in option.edits)


def _numbers_words(vocabulary: Vocabulary, match: Match) -> str:
    told = [number_words(vocabulary.program, reference) for reference in match.references[:3]]
    more = len(match.references) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "")
