"""What words say about a limit: which way it points, and between which things.

Reads English phrases of limitation ("at least", "no more than", "twice as many") and nothing else;
a text in another language simply says nothing here, and the checks that build on it stay silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from optwright.agents.text.quantities import Kind, Quantity, quantities, says


class Way(StrEnum):
    """Which way a limit points."""

    AT_LEAST = ">="
    AT_MOST = "<="
    EQUAL = "=="


_NOT = r"(?:not|never|cannot|can't|can\s?not|mustn't|shouldn't|won't|n't|no|nor)"
_MORE = r"(?:more|greater|larger|higher|bigger|longer)"
_LESS = r"(?:less|fewer|lower|smaller|shorter)"
_THAN = r"(?:\s+(?!(?:and|or|but)\b)[a-z]\w*){0,2}\s+than"  # "more than", "more gift boxes than"
# "no route may carry ...": at most three words for the thing, two for what it may not do
_NONE_MAY = r"no(?:ne of)?(?:\s+\w+){1,3}\s+(?:may|can|must|should|shall|will)\s+(?:\w+\s+){0,2}?"
# In order: a longer phrase hides the shorter one inside it.
_PHRASES: tuple[tuple[Way, re.Pattern[str]], ...] = tuple(
    (way, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE))
    for way, pattern in (
        (Way.AT_MOST, rf"{_NONE_MAY}{_MORE}{_THAN}"),
        (Way.AT_MOST, rf"{_NONE_MAY}(?:exceed|surpass|outnumber|be\s+above)"),
        (Way.AT_LEAST, rf"{_NONE_MAY}{_LESS}{_THAN}"),
        (Way.AT_MOST, rf"{_NOT}(?:\s+\w+){{0,2}}?\s+(?:be\s+)?{_MORE}{_THAN}"),
        (Way.AT_MOST, rf"{_NOT}(?:\s+\w+)?\s+(?:exceed|surpass|outnumber|be\s+above)(?:ed|ing|s)?"),
        (Way.AT_LEAST, rf"{_NOT}(?:\s+\w+){{0,2}}?\s+(?:be\s+)?{_LESS}{_THAN}"),
        (Way.AT_LEAST, rf"{_NOT}(?:\s+\w+)?\s+(?:fall|drop|be|go)\s+below"),
        (Way.AT_LEAST, r"at\s+least|at\s+(?:a|the)\s+minimum|a\s+minimum\s+of|minimum\s+of|"
                       r"at\s+minimum|or\s+more|or\s+greater|or\s+above"),
        (Way.EQUAL, r"(?:add|sum)(?:s|ed|ing)?\s+up\s+to"),
        (Way.AT_MOST, r"at\s+most|at\s+(?:a|the)\s+maximum|a\s+maximum\s+of|maximum\s+of|up\s+to|"
                      r"at\s+maximum|or\s+less|or\s+fewer|or\s+below|limited\s+to|only\s+up\s+to"),
        (Way.AT_LEAST, rf"{_MORE}{_THAN}|exceeds?|outnumbers?"),
        (Way.AT_MOST, rf"{_LESS}{_THAN}"),
        (Way.EQUAL, r"exactly|(?<!or )equal(?:s|\s+to)?|precisely"),
    )
)  # fmt: skip
_STRICT = re.compile(rf"(?:{_MORE}|{_LESS}){_THAN}|exceeds?|outnumbers?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase of limitation and where it stands; `strict` is "more than", not "at least"."""

    way: Way
    start: int
    end: int
    strict: bool = False


def phrases(words: str) -> tuple[Phrase, ...]:
    """The phrases of limitation in `words`, in order, none inside another.

    >>> [p.way.value for p in phrases("at least 5 vans, and no more than twice as many cars")]
    ['>=', '<=']
    """
    found: list[Phrase] = []
    for way, pattern in _PHRASES:
        for match in pattern.finditer(words):
            if not any(p.start < match.end() and match.start() < p.end for p in found):
                strict = _STRICT.fullmatch(match[0]) is not None
                found.append(Phrase(way, match.start(), match.end(), strict))
    return tuple(sorted(found, key=lambda p: p.start))


def plain_way(words: str) -> Way | None:
    """The way a limit points if its words have one phrase, or several that agree. Words that deny
    something beside their phrases ("nobody takes more than 3", "must not be run at less than 6")
    may turn it round, and have none.

    >>> plain_way("nobody takes more than 3"), plain_way("no more than 3").value
    (None, '<=')
    """
    found = phrases(words)
    ways = {p.way for p in found}
    if len(ways) != 1:
        return None
    ends = [0, *(p.end for p in found)]
    beside = zip(ends, [*(p.start for p in found), len(words)], strict=True)
    if any(_DENIAL.search(words, start, end) for start, end in beside):
        return None
    return ways.pop()


def plain_way_in(text: str, words: str) -> Way | None:
    """The same for words that go on a sentence of `text`: what "or" joins to something denied is
    denied with it ("must not be over 9 or under 2"), and has no way of its own.

    >>> plain_way_in("It must not be more than 9 or less than 2.", "or less than 2")
    """
    if re.match(r"\W*n?or\b", words, re.IGNORECASE):
        start = text.lower().find(words.lower().strip(" .,;"))
        if start < 0 or _DENIAL.search(re.split(r"[.;!?]\s|\n", text[:start])[-1]):
            return None
    return plain_way(words)


_DENIAL = re.compile(
    r"\b(?:not?|never|none|nor|neither|nobody|nothing|nowhere|no\s?one|cannot|without)\b|n't\b",
    re.IGNORECASE,
)


def sentences(text: str) -> tuple[str, ...]:
    """Sentences and clauses that could each hold a limit.

    >>> sentences("Vans cost $1.50. Use at least 3; bikes are free.")
    ('Vans cost $1.50.', 'Use at least 3;', 'bikes are free.')
    """
    return tuple(s.strip() for s in re.split(r"(?<=[.;!?])\s+|\n+", text) if s.strip())


def clauses(sentence: str) -> tuple[str, ...]:
    """The parts of a sentence that limit something, if "and" or "but" joins two limits.

    >>> clauses("A minimum of 20% must be condos, and at least $20 must be houses.")
    ('A minimum of 20% must be condos', 'at least $20 must be houses.')
    """
    found = phrases(sentence)
    if len(found) != 2:
        return (sentence,)
    joint = re.search(r",?\s+(?:and|but)\s+", sentence[found[0].end : found[1].start])
    if joint is None:
        return (sentence,)
    at = found[0].end
    return (sentence[: at + joint.start()], sentence[at + joint.end() :])


@dataclass(frozen=True, slots=True)
class Relation:
    """Words that compare decisions: `left way factor * right`, or a share of a total.

    `left` and `right` are positions in the list of things asked about; `share` means the right
    side is a total that includes the left.
    """

    left: int
    way: Way
    factor: float
    right: int | None
    share: bool


def relation(words: str, things: Sequence[Iterable[str]]) -> Relation | None:
    """The comparison between things that `words` state, if they state just one clearly.

    `things[i]` are the words that mean thing i. Understood are "at least k times as many A as B",
    "the number of A must be at least k times the number of B", "there must be more A than B",
    "A must not exceed B", and "at most p % of the total must be A".
    """
    stated = phrases(words)
    if len(stated) != 1 or stated[0].way is Way.EQUAL:
        return None
    phrase = stated[0]
    named = mentions(words, things)
    said = quantities(words)
    numbers = [q for q in said if q.kind is not Kind.WORD or _is_factor(words, q)]
    if any(q.kind is Kind.WORD and q.value > 1 and q not in numbers for q in said):
        return None  # "for each doctor at least three nurses": a number, and no factor that is told
    if len(numbers) == 1 and numbers[0].kind is Kind.PERCENT:
        return _share(words, phrase, numbers[0], named)
    if len({thing for _, thing in named}) != 2 or len(numbers) > 1:
        return None
    if numbers and not _is_factor(words, numbers[0]):
        return None
    factor = numbers[0].value if numbers else 1.0
    left, right = _order(words, phrase, named)
    if left is None or right is None or left == right:
        return None
    return Relation(left, phrase.way, factor, right, share=False)


def _order(
    words: str, phrase: Phrase, mentions: list[tuple[int, int]]
) -> tuple[int | None, int | None]:
    """Who is compared to whom. "More A than B" names A inside the phrase, "as many A as B" first
    after it; else the thing before the phrase is compared to the one after it."""
    inside = [thing for at, thing in mentions if phrase.start < at < phrase.end]
    before = [thing for at, thing in mentions if at < phrase.start]
    after = [thing for at, thing in mentions if at >= phrase.end]
    if inside and after:
        return inside[-1], after[0]
    if len(set(after)) == 2 and not before:
        return after[0], next(t for t in after if t != after[0])
    if before and after and re.search(r"\bas\s+(?:many|much)\b", words[phrase.end :]):
        # "as the number of B" after "as many", or "A ... as many as B": the subject comes first.
        return before[-1], after[-1]
    if before and after:
        return before[-1], after[0]
    return None, None


def _share(
    words: str, phrase: Phrase, number: Quantity, mentions: list[tuple[int, int]]
) -> Relation | None:
    """ "At least 35 % of the tours must be by bike": the thing named, as a share of a total."""
    rest = words[number.end :]
    if not re.match(r"\s*(?:of|are|is|can|must|should)\b", rest):
        return None
    after = [thing for at, thing in mentions if at >= number.end]
    before = [thing for at, thing in mentions if at < number.start]
    # Words that go on ("... because vans are slow") name things that are not compared.
    if after and before and after[0] != before[-1] and not re.match(r"\s*(?:is|are)\b", rest):
        return None  # "vans may be 40 % of cars": of one thing, not of a total
    named = after[0] if after else before[-1] if len(set(before)) == 1 else None
    return None if named is None else Relation(named, phrase.way, number.value / 100, None, True)


def _is_factor(words: str, quantity: Quantity) -> bool:
    """Whether a number multiplies ("3 times", "twice", "half as many") and does not count."""
    if quantity.kind in (Kind.MULTIPLE, Kind.SHARE):
        return True
    return re.match(r"[\s-]*(?:times|fold|x\b)", words[quantity.end :], re.I) is not None


def mentions(words: str, things: Sequence[Iterable[str]]) -> list[tuple[int, int]]:
    """(position, thing) for every word that means exactly one of the things."""
    stems = [frozenset(map(stem, thing)) for thing in things]
    found = []
    for match in re.finditer(r"[A-Za-z][\w]*", words):
        # "type B" names a thing, "a" and the "A" that opens a sentence do not.
        if len(match[0]) == 1 and (match[0].islower() or not words[: match.start()].strip()):
            continue
        meant = [i for i, s in enumerate(stems) if stem(match[0]) in s]
        if len(meant) == 1:
            found.append((match.start(), meant[0]))
    return found


def stem(word: str) -> str:
    """A word without the endings of number.

    >>> stem("Buses"), stem("berries"), stem("tours")
    ('bus', 'berry', 'tour')
    """
    word = word.lower()
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")) and len(word) > 4:
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def quotes(text: str, words: str) -> bool:
    """Whether most words of `words` are in `text`; numbers must all be."""
    content = [stem(w) for w in re.findall(r"[A-Za-z]{3,}", words)]
    there = {stem(w) for w in re.findall(r"[A-Za-z]{3,}", text)}
    stated = quantities(text)
    if any(q.kind is not Kind.WORD and not says(stated, q.value) for q in quantities(words)):
        return False
    return not content or sum(w in there for w in content) >= 0.6 * len(content)
