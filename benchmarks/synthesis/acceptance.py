"""Whether text and model say the same: the text is read back into data, and compared.

Forward, every number of the data stands in the text or in a table, and every limit and the
objective have a sentence. Back, what stands in these places is read, and the family's model over
what was read is the model. Nothing here looks at the optimum.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from optwright.benchmarks.synthesis.data import Data, Key
from optwright.benchmarks.synthesis.family import Family, Limit
from optwright.benchmarks.synthesis.phrases import TABLE_HEADS
from optwright.benchmarks.synthesis.quantities import digits, holds, in_words, read_digits
from optwright.benchmarks.synthesis.styles import Manner, Where
from optwright.benchmarks.synthesis.tables import Sheet
from optwright.benchmarks.synthesis.wording import Mention, WrittenProblem

_FREE = ("intro", "domain", "objective", "noise")
_DIGITS = re.compile(r"\d[\d.,]*\d|\d")


def faults(
    family: Family,
    data: Data,
    told: WrittenProblem,
    manner: Manner,
    *,
    limits: Sequence[Limit] = (),
    unknown: frozenset[str] = frozenset(),
) -> Iterator[str]:
    """Each way in which text and model differ, as a sentence; nothing for a text that is right."""
    language, where = manner.language, manner.where
    read = {**_from_text(told, language), **_from_tables(told, language, where)}
    for name, key, value in data.numbers():
        if name in unknown:
            continue
        if (name, key) not in read:
            yield f"{name}{list(key)} = {value:g} is told nowhere"
        elif abs(read[name, key] - value) > 1e-9 * max(1.0, abs(value)):
            yield f"{name}{list(key)} is {value:g} and told as {read[name, key]:g}"
    again = data
    for (name, key), value in read.items():
        again = again.changed(name, key, value)
    if not unknown and family.formulation(again, language, limits) != family.formulation(
        data, language, limits
    ):
        yield "the model over what was read is another one"
    said = {sentence.key for sentence in told.sentences}
    stated = {limit.sentence for limit in (*family.limits, *limits)}
    yield from (f"nothing says {key!r}" for key in sorted((stated | {"objective"}) - said))
    yield from (
        f"the sentence {key!r} belongs to no limit"
        for key in sorted(said - stated)
        if key not in _FREE and not key.startswith("data")
    )
    yield from _left_over(family, told, language, limits, data)
    yield from _unheard(told, language)
    yield from _untold(data, told)


def _from_text(told: WrittenProblem, language: int) -> dict[tuple[str, Key], float]:
    """What stands where numbers are told, read as a number."""
    found = {}
    for sentence, at in zip(told.sentences, told.at, strict=True):
        for mention in sentence.mentions:
            start = at + mention.start
            text = told.text[start : start + len(mention.shown)]
            value = _value(text, mention, language)
            if value is not None:
                found[mention.name, mention.key] = value
    return found


def _value(text: str, mention: Mention, language: int) -> float | None:
    """The number that `text` writes, in the unit of the data; words are known by being the words
    of that number, whatever their first letter."""
    if _DIGITS.fullmatch(text.lstrip("-")):
        sign = -1.0 if text.startswith("-") else 1.0
        return round(sign * read_digits(text.lstrip("-"), language) / mention.times, 9)
    told = round(mention.value * mention.times, 9)
    return mention.value if text.casefold() == in_words(told, language).casefold() else None


def _from_tables(told: WrittenProblem, language: int, where: Where) -> dict[tuple[str, Key], float]:
    found: dict[tuple[str, Key], float] = {}
    for sheet in told.sheets if where is not Where.TEXT else ():
        text = told.tables[sheet.name]
        lines = list(csv.reader(io.StringIO(text), delimiter=";" if where is Where.MESSY else ","))
        found |= _read_sheet(sheet, lines, language, where)
    return found


def _read_sheet(
    sheet: Sheet, lines: list[list[str]], language: int, where: Where
) -> dict[tuple[str, Key], float]:
    names = list(sheet.columns)
    width = len(sheet.heads)
    found: dict[tuple[str, Key], float] = {}
    if where is Where.WIDE and sheet.is_matrix:
        across = lines[0][1:]
        cells = [(line[0], head, cell) for line in lines[1:]
                 for head, cell in zip(across, line[1:], strict=True)]  # fmt: skip
        return {(names[0], _key(one, other)): float(cell) for one, other, cell in cells}
    if where is Where.LONG and len(names) > 1:
        by_head = {head: name for name, head in sheet.columns.items()}
        assert lines[0][width : width + 2] == list(TABLE_HEADS[language])
        return {(by_head[line[width]], _key(*line[:width])): float(line[-1]) for line in lines[1:]}
    if where is Where.MESSY:
        # After heading, gap and heads; before total, gap and footnote.
        lines = [line for line in lines[3:-3] if any(line)]
    for line in lines if where is Where.MESSY else lines[1:]:
        for name, cell in zip(names, line[width:], strict=True):
            value = read_digits(cell, language) if where is Where.MESSY else float(cell)
            found[name, _key(*(part.strip() for part in line[:width]))] = value
    return found


def _key(*parts: str) -> Key:
    return tuple(int(part) if part.isdigit() else part for part in parts)


def _left_over(family: Family, told: WrittenProblem, language: int, limits: Sequence[Limit],
               data: Data) -> Iterator[str]:  # fmt: skip
    """Digits of the text that are no number of the data, no name and no part of a limit."""
    stated = " ".join(limit.expression for limit in (*family.limits, *limits))
    stated = f"{stated} {family.objective}"
    allowed = {float(d) for d in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", stated)}
    allowed |= {round(100 * a, 9) for a in allowed}
    names = {str(part) for members in data.sets.values() for m in members
             for part in (m if isinstance(m, tuple) else (m,))}  # fmt: skip
    for sentence in told.sentences:
        if sentence.key == "noise":
            continue
        taken = [(m.start, m.start + len(m.shown)) for m in sentence.mentions]
        for match in _DIGITS.finditer(sentence.text):
            inside = any(a <= match.start() < b for a, b in taken)
            in_name = re.search(r"\w$", sentence.text[: match.start()]) is not None
            if inside or in_name or match[0] in names:
                continue
            if read_digits(match[0], language) not in allowed:
                yield f"{match[0]!r} in {sentence.text!r} is no number of the model"


def _untold(data: Data, told: WrittenProblem) -> Iterator[str]:
    """Members that are named nowhere, and pairs without numbers that no sentence puts together.
    Whole numbers as members (weeks, boxes) are counted, not named."""
    said = "\n".join([told.text, *told.tables.values()]).casefold()
    keys = {key for grid in data.values.values() for key in grid.cells}
    for name, members in data.sets.items():
        for member in members:
            if not isinstance(member, tuple):
                if isinstance(member, str) and member.casefold() not in said:
                    yield f"{member!r} of {name} is named nowhere"
            elif member not in keys and not any(
                all(str(part).casefold() in s.text.casefold() for part in member)
                for s in told.sentences
            ):
                yield f"nothing puts {member} of {name} together"


def _unheard(told: WrittenProblem, language: int) -> Iterator[str]:
    """Numbers that a reader who knows nothing of places does not find in the text."""
    for sentence in told.sentences:
        for m in sentence.mentions:
            if not holds(told.text, round(m.value * m.times, 9), "", language):
                shown = digits(m.value, language)
                yield f"{m.name}{list(m.key)} = {shown} is not to be found in the text"
