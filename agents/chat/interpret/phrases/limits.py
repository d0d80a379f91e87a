"""Limits on decisions: on one, on each of several, or on all of them together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from optwright.agents.chat.intents import Ambiguous, Change, Instruction
from optwright.agents.chat.interpret.phrases.numbers import turned
from optwright.agents.chat.interpret.sentence import Sentence, with_own_names, without
from optwright.agents.chat.interpret.units import variable_unit
from optwright.agents.chat.interpret.vocabulary import Match, Selection, Vocabulary
from optwright.agents.chat.interpret.words import content
from optwright.agents.chat.reply import Option
from optwright.agents.checks.context import CheckContext
from optwright.agents.text.quantities import Quantity
from optwright.agents.text.wording import Way, phrases, relation
from optwright.errors import InputError
from optwright.solvers.edit.operations import (
    AddConstraint,
    Edit,
    SetNumber,
    element_text,
    free_name,
    index_of,
)
from optwright.solvers.edit.references import BoundRef, RhsRef, parameter_behind, read, rows_of
from optwright.solvers.language.expressions import parse, to_text
from optwright.solvers.model.formulation import Constraint

_NONE = re.compile(
    r"(?:no|zero|(?:(?:we|i|they) )?(?:do not|don't) \w+(?: any)?)\s+"
    r"(?P<what>(?!more|less|fewer)\D+)",
    re.IGNORECASE,
)
_SAYS = {Way.AT_MOST: "at most", Way.AT_LEAST: "at least", Way.EQUAL: "exactly"}


def none(sentence: Sentence) -> Instruction | None:
    """`no gift boxes`: none of them."""
    match = _NONE.fullmatch(sentence.body)
    found = sentence.vocabulary.selections(match["what"]) if match is not None else []
    return _bounded(sentence, found, Way.AT_MOST, 0) if found else None


def related(sentence: Sentence) -> Instruction | None:
    """`at least twice as many regular boxes as gift boxes`, `at most 40 % of the boxes may be gift
    boxes`; a share of what decisions carry is measured by what each carries."""
    things = [sentence.vocabulary.words_of(v.name) for v in sentence.vocabulary.variables]
    stated = relation(sentence.body, things)
    scalar = [v.name for v in sentence.vocabulary.variables if not v.indices]
    if stated is None or len(scalar) < len(things):
        return None
    context = CheckContext("", sentence.vocabulary.model, sentence.vocabulary.program.tables)
    expression = context.in_symbols(sentence.body, stated, f"({' + '.join(scalar)})")
    return None if expression is None else sentence.done(_limit(sentence, expression))


def limited(sentence: Sentence) -> Instruction | None:
    """`at most 30 gift boxes`, `chocolate at most 10000`."""
    stated, numbers = phrases(sentence.body), sentence.numbers()
    if len(stated) != 1 or len(numbers) != 1:
        return None
    way, said = stated[0].way, numbers[0]
    rest = without(sentence.body, [(stated[0].start, stated[0].end), sentence.span(said)])
    matches = sentence.vocabulary.match(rest)
    selections = sentence.vocabulary.selections(rest)
    if selections and not _names_a_limit(matches, selections, rest, sentence.vocabulary):
        return _bounded_by(sentence, selections, way, said)
    return turned(sentence, rest, lambda reference, _: sentence.to(reference, said))


def _bounded_by(
    sentence: Sentence, selections: Sequence[Selection], way: Way, said: Quantity
) -> Instruction:
    """A limit on some elements, in the unit that their decision is stated in."""
    names = {selection.variable.name for selection in selections}
    reference = BoundRef(variable=selections[0].variable.name, side="upper")
    if len(names) > 1 or not variable_unit(sentence.vocabulary.program, reference.variable):
        return _bounded(sentence, selections, way, said.value)
    found = sentence.measured(reference, said)
    limited = _bounded(sentence, selections, way, found.value)
    return _with_edits(limited, found.edits)


def _bounded(
    sentence: Sentence, selections: Sequence[Selection], way: Way, value: float
) -> Instruction:
    """A limit on some elements: one, or a question whether each or all together."""
    if len(selections) == 1 and selections[0].is_single:
        (members,) = selections[0].elements
        name = selections[0].variable.name
        return sentence.done(_on_one(sentence, name, members, way, value))
    if len(selections) == 1:
        by = sentence.vocabulary.members.groups(sentence.body, selections[0].variable)
        if by:
            return sentence.done(_each(sentence, selections[0], way, value, by))
    together = " + ".join(_total(selection) for selection in selections)
    options = [
        Option(
            label=f"all together {_SAYS[way]} {value:g}",
            edits=(_limit(sentence, f"{together} {way.value} {value:.12g}"),),
        ),
        Option(
            label=f"each of them {_SAYS[way]} {value:g}",
            edits=tuple(with_own_names([_each(sentence, s, way, value) for s in selections])),
        ),
    ]
    words = " and ".join(s.words() for s in selections[:3])
    return sentence.ambiguous("each", f"{words}: each, or all together?", options)


def _on_one(
    sentence: Sentence, name: str, members: tuple[str, ...], way: Way, value: float
) -> Edit:
    """Another number for the limit that is there already, else a new limit."""
    element = element_text(name, members)
    for constraint in sentence.vocabulary.model.constraints:
        for row, comparison in rows_of(constraint):
            same = comparison.left == parse(element) and comparison.operator == way.value
            if same and not constraint.forall and _has_reference(sentence.vocabulary, row):
                return SetNumber(reference=RhsRef(row=row), value=value)
    return _limit(sentence, f"{element} {way.value} {value:.12g}")


def _each(
    sentence: Sentence,
    selection: Selection,
    way: Way,
    value: float,
    by: Sequence[int] | None = None,
) -> AddConstraint:
    """The same limit for each element, or with `by` for each combination of some indices."""
    loops = _loops(selection)
    kept = [loop for at, loop in enumerate(loops) if by is None or at in by]
    total = _total(selection, [] if by is None else [x for x in loops if x not in kept])
    forall = ", ".join(f"{name} in {over}" for name, over in kept if name)
    return _limit(sentence, f"{total} {way.value} {value:.12g}", forall)


def _limit(sentence: Sentence, expression: str, forall: str = "") -> AddConstraint:
    words = sentence.body
    name = free_name(sentence.vocabulary.model, "_".join(re.findall(r"[A-Za-z]+", words)[:6]))
    constraint = Constraint(name=name, expression=expression, forall=forall, text=words)
    return AddConstraint(constraint=constraint)


def _with_edits(instruction: Instruction, more: Sequence[Edit]) -> Instruction:
    """A change, or each answer of a question, with more edits."""
    if isinstance(instruction, Change):
        return instruction.model_copy(update={"edits": (*instruction.edits, *more)})
    if not isinstance(instruction, Ambiguous):
        return instruction
    question = instruction.question
    options = tuple(o.model_copy(update={"edits": (*o.edits, *more)}) for o in question.options)
    asked = question.model_copy(update={"options": options})
    return instruction.model_copy(update={"question": asked})


def _names_a_limit(
    matches: Sequence[Match], selections: Sequence[Selection], words: str, vocabulary: Vocabulary
) -> bool:
    """Whether the words mean a number of the model rather than decisions: they name something
    that no decision is called."""
    if not matches:
        return False
    said = content(vocabulary.members.without(words))
    known = frozenset[str]().union(*(vocabulary.words_of(s.variable.name) for s in selections))
    return len(matches[0].unknown) < len(said - known)


def _has_reference(vocabulary: Vocabulary, row: str) -> bool:
    try:
        read(vocabulary.program, RhsRef(row=row))
    except InputError:
        return False
    return parameter_behind(vocabulary.program, row) is None


def _total(selection: Selection, summed: Sequence[tuple[str, str]] | None = None) -> str:
    """The sum of the elements of a selection over all of its loops, or over those in `summed`."""
    loops = _loops(selection)
    if not loops:
        return selection.variable.name
    inside = ", ".join(
        name or to_text(index_of(member or ""))
        for (name, _), member in zip(loops, selection.fixed, strict=True)
    )
    element = f"{selection.variable.name}[{inside}]"
    over = loops if summed is None else summed
    bound = " ".join(f"for {name} in {members}" for name, members in over if name)
    return f"sum({element} {bound})" if bound else element


def _loops(selection: Selection) -> list[tuple[str, str]]:
    """For each index a loop name and its set; an empty loop name where a member is fixed."""
    model_names = {selection.variable.name, *selection.variable.indices}
    found = []
    for at, (over, member) in enumerate(
        zip(selection.variable.indices, selection.fixed, strict=True)
    ):
        loop = f"{over[:1].lower()}{at + 1}"
        found.append(("" if member is not None else loop + "_" * (loop in model_names), over))
    return found
