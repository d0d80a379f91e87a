"""Questions about the model: sweeps, what one more is worth, why and why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from optwright.agents.chat.intents import Instruction, ShadowPrice, Sweep, Unread, WhyNot
from optwright.agents.chat.interpret.sentence import NUMBER, Sentence
from optwright.agents.chat.interpret.units import measured, unit_said
from optwright.agents.chat.interpret.vocabulary import MOST_NUMBERS, Selection
from optwright.agents.chat.labels import number_words
from optwright.agents.text.quantities import Kind, quantities
from optwright.solvers.edit.operations import Force
from optwright.solvers.edit.references import NumberRef

_SWEEP = re.compile(
    r"(?:sweep|vary|scan|plot|try|draw)\s+(?:the\s+)?(?P<what>.*?)\s*(?:from|between|for|over)\s+"
    rf"(?P<low>{NUMBER})\s*\D{{0,20}}?(?:to|and|-|\.\.|until|up to)\s*(?P<high>{NUMBER})"
    r"(?P<tail>.*)",
    re.IGNORECASE,
)
_SWEEP_ALONE = re.compile(r"(?:sweep|vary|scan|plot)\s+(?:the\s+)?(?P<what>.+)", re.IGNORECASE)
_STEPS = re.compile(r"\b(?:in|with)\s+(\d+)\s+(?:steps|points|values)\b", re.IGNORECASE)
_IS_WORTH = re.compile(
    r"\b(?:one|1|an?)\s+(?:more|extra|additional|further)\b.*\b(?:worth|bring|gain|value|give)\b|"
    r"\b(?:worth|value|price|pay)\b.*\b(?:one|1|an?)\s+(?:more|extra|additional|further)\b|"
    r"\b(?:worth|value|pay)\b.*\banother\b|\banother\b.*\b(?:worth|bring|gain)\b|"
    r"\bshadow price\b|\bworth of\b",
    re.IGNORECASE,
)
_WHY_NOT = re.compile(
    r"why\s+(?:(?:is|are|was|were|do|does|did|would|should)(?:\s+(?:there|we|i|you|it))?\s+)?"
    r"(?:no|not|never|none|isn't there|aren't there|don't we|isn't|aren't|don't|doesn't|nothing)\b"
    r"(?P<what>.*)",
    re.IGNORECASE,
)
_WHY = re.compile(r"why\s+(?:is|are|do|does|so|would|should)?\s*(?P<what>.+)", re.IGNORECASE)


def sweep(sentence: Sentence) -> Instruction | None:
    """`vary the budget from 50 to 150 in 10 steps`."""
    match = _SWEEP.fullmatch(sentence.text)
    low = high = None
    if match is not None:
        low, high = _float(match["low"]), _float(match["high"])
    else:
        match = _SWEEP_ALONE.fullmatch(sentence.text)
    if match is None:
        return None
    found = _STEPS.search(sentence.text)
    what = _STEPS.sub("", match["what"] + " " + match.groupdict().get("tail", ""))
    steps = int(found[1]) if found else 13
    if low is None or high is None:
        return _with_reference(
            sentence, what, lambda reference: Sweep(reference=reference, steps=steps)
        )
    ends = low, high
    return _with_reference(
        sentence, what, lambda reference: _between(sentence, reference, ends, steps)
    )


def _between(
    sentence: Sentence, reference: NumberRef, ends: tuple[float, float], steps: int
) -> Sweep:
    """A sweep whose ends are in the unit of the number; a unit behind the last is that of both."""
    numbers = {q.value: q for q in quantities(sentence.text)}
    units = [unit_said(sentence.text, numbers[end]) if end in numbers else None for end in ends]
    program, problem = sentence.vocabulary.program, sentence.vocabulary.problem
    low, high = (
        measured(program, reference, end, said.text if said else "", problem)
        for end, said in zip(ends, (units[0] or units[1], units[1]), strict=True)
    )
    note = "; ".join(end.note for end in (low, high) if end.note)
    return Sweep(reference=reference, low=low.value, high=high.value, steps=steps, note=note)


def worth(sentence: Sentence) -> Instruction | None:
    """`what is one more hour worth`."""
    if _IS_WORTH.search(sentence.text) is None:
        return None
    what = re.sub(r"\b(?:shadow price|worth|value|price|pay)\b", " ", sentence.text, flags=re.I)
    return _with_reference(
        sentence,
        what,
        lambda reference: ShadowPrice(reference=reference, note=_of_one(sentence, reference)),
    )


def _of_one(sentence: Sentence, reference: NumberRef) -> str:
    """What has to be said where one more of another unit was asked for than the model counts."""
    program, problem = sentence.vocabulary.program, sentence.vocabulary.problem
    for number in quantities(sentence.text):
        said = unit_said(sentence.text, number)
        if said is not None:
            note = measured(program, reference, number.value, said.text, problem).note
            return f"This is for one of the model's units: {note}." if note else ""
    return ""


def _with_reference(
    sentence: Sentence, what: str, made: Callable[[NumberRef], Instruction]
) -> Instruction:
    """An instruction about the one reference that the words mean."""
    matches = sentence.vocabulary.match(what)
    if len(matches) == 1 and len(matches[0].references) == 1:
        return made(matches[0].references[0])
    if not matches:
        return Unread(
            reason=f"No number of the model is called {what.strip()!r}.",
            near=sentence.vocabulary.near(what),
        )
    told = [number_words(sentence.vocabulary.program, m.references[0]) for m in matches]
    return Unread(reason=f"{what.strip()!r} could be {' or '.join(told[:4])}; say which.")


def why_not(sentence: Sentence) -> Instruction | None:
    """`why no gift boxes`, `why not more gift boxes`: what more of them would cost."""
    match = _WHY_NOT.fullmatch(sentence.text)
    if match is None:
        return None
    found = sentence.vocabulary.selections(match["what"])
    if len(found) != 1:
        return _unclear(sentence, match["what"], found)
    selection = found[0]
    if len(selection.elements) > MOST_NUMBERS:
        return Unread(reason=f"{selection.words()} has too many elements; name one of them.")
    counts = [q for q in quantities(match["what"]) if q.kind is Kind.NUMBER]
    more, less = (re.search(rf"\b(?:{w})\b", match["what"], re.I) for w in ("more", "less|fewer"))
    if counts:
        return _demanded(selection, ">=", counts[0].value)
    if more or less:
        return WhyNot(demand=_force(selection, ">=", 1.0), way="more" if more else "less")
    return WhyNot(
        demand=_force(selection, ">=", 1.0), claim=_force(selection, "==", 0.0), way="more"
    )


def why(sentence: Sentence) -> Instruction | None:
    """`why 30 regular boxes`: what one less would cost."""
    match = _WHY.fullmatch(sentence.text)
    if match is None:
        return None
    found = sentence.vocabulary.selections(match["what"])
    counts = [q for q in quantities(match["what"]) if q.kind is Kind.NUMBER]
    if len(found) != 1 or len(counts) != 1:
        return _unclear(sentence, match["what"], found)
    claim = _force(found[0], "==", counts[0].value)
    return WhyNot(demand=_force(found[0], "<=", counts[0].value - 1), claim=claim)


def _demanded(selection: Selection, relation: Literal["<=", ">="], amount: float) -> WhyNot:
    """What it would cost if some elements came to an amount."""
    demand = _force(selection, relation, amount)
    way = "at least" if relation == ">=" else "at most"
    return WhyNot(
        demand=demand.model_copy(update={"text": f"{selection.words()} {way} {amount:g}"})
    )


def _force(selection: Selection, relation: Literal["<=", ">=", "=="], amount: float) -> Force:
    words = selection.words()
    if relation != ">=":
        words += f" {'exactly' if relation == '==' else 'at most'} {amount:g}"
    return Force(
        variable=selection.variable.name,
        elements=selection.elements,
        relation=relation,
        amount=amount,
        text=words,
    )


def _unclear(sentence: Sentence, what: str, found: Sequence[Selection]) -> Unread:
    if not found:
        return Unread(
            reason=f"No decision of the model is called {what.strip()!r}.",
            near=sentence.vocabulary.near(what),
        )
    told = " or ".join(s.words() for s in found[:4])
    return Unread(reason=f"{what.strip()!r} could be {told}; say which, and how many.")


def _float(text: str) -> float:
    return float(text.replace(",", ""))
