"""Changes: done or tried, shown first where the words leave something open, and asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from optwright.agents.chat import phrasing
from optwright.agents.chat.handlers.work import Work
from optwright.agents.chat.intents import Change
from optwright.agents.chat.interpret.effect_doubts import effect_doubts
from optwright.agents.chat.interpret.units import conversions, number_said
from optwright.agents.chat.labels import value_asked
from optwright.agents.chat.questions import Answers, answers_also, one_at_a_time, questions
from optwright.agents.chat.reply import Option, Question, Reply, ReplyKind
from optwright.agents.chat.state import ConversationState, Pending, TurnResult, asking, settled
from optwright.agents.chat.whatif import closeness, refusals
from optwright.agents.chat.whatif.comparison import comparison
from optwright.agents.chat.whatif.scenario import Scenario
from optwright.agents.solution import Solution
from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.difference import Difference, difference
from optwright.solvers.edit.operations import AddMember, Edit, apply
from optwright.solvers.edit.references import is_of_texts
from optwright.solvers.edit.values import Missing, filled, missing_values
from optwright.solvers.model.formulation import Parameter

MOST_TEXTS_SHOWN = 12
MOST_ASKED_FOR = 200
"""Values of a new member that are asked for one by one; more belong into a table."""


def begin(
    work: Work, state: ConversationState, program: Program, said: str, solution: Solution
) -> TurnResult:
    """The first version of a model, as the agents came to it, with what the words leave open."""
    scenario = work.whatif.scenario("now", program)
    state, _ = work.written(state, scenario, (), "the problem as told", solution)
    state = replace(state, history=state.history.at(state.history.next_id - 1), problem=said)
    text, diff = phrasing.solved(solution), tuple[Difference, ...]()
    if edits := conversions(program):
        done, state = changed(work, state, Change(edits=edits), "units converted")
        text += f"\n\n{phrasing.CONVERTED}\n{done.text}"
        diff, scenario = done.diff, work.base(state)
    found = one_at_a_time(questions(said, scenario, work.whatif.quick()))
    state = replace(state, pending=asking(found, state))
    reply, state = work.reply(state, ReplyKind.SOLVED, text, questions=found)
    return reply.model_copy(update={"diff": diff}), state


def odd_effects(work: Work, state: ConversationState, change: Change, said: str) -> tuple[str, ...]:
    """What the solver finds odd about a change that was read from words. What it came to is kept
    for `changed`."""
    base = work.base(state)
    program = apply(base.program, change.edits)
    after = work.whatif.scenario("after", program, base)
    if not change.least:
        work.tried = (state.history.current, change.edits, after)
    return tuple(effect_doubts(said, change, base, after))


def changed(work: Work, state: ConversationState, change: Change, said: str) -> TurnResult:
    """Do a change, or try it. Raises `InputError` for what does not fit the model."""
    base = work.scenario(state.history.current, "before")
    program = apply(base.program, change.edits)
    diff = difference(base.program, program)
    if not diff:
        raise InputError("that is how it is already: nothing would change")
    edits: Sequence[Edit] = change.edits
    close = closeness.staying_close(base, program) if change.least else ()
    program = apply(program, close)
    tried, work.tried = work.tried, None
    if tried is not None and not close and tried[:2] == (state.history.current, change.edits):
        after = tried[2]
    else:
        after = work.whatif.scenario("after", program, None if close else base)
    state, version = work.written(state, after, (*edits, *close), said)
    state = settled(state)
    if change.trial:
        state = replace(state, trial=version)
    else:
        state = replace(state, history=state.history.at(version), trial=0)
    kind = ReplyKind.ANSWER if change.trial else ReplyKind.CHANGED
    text = closeness.told(base, after) if close else phrasing.compared(base, after)
    if change.trial:
        text += f"\nThe model stays as it was. 'keep' takes this over (it is version {version})."
    reply, state = work.reply(state, kind, text, scenario=after)
    tables = comparison((base, after)) if after.objective is not None else ()
    reply = reply.model_copy(update={"diff": diff, "tables": tables})
    return with_ways_out(work, state, reply, after, change)


def with_ways_out(
    work: Work, state: ConversationState, reply: Reply, after: Scenario, change: Change
) -> TurnResult:
    """Where a change leaves no solution: why, and what could be given up instead."""
    if after.objective is not None:
        return reply, state
    lines = [reply.text, *refusals.explained(work.whatif, after)]
    found = refusals.ways_out(work.whatif, after)
    reply = reply.model_copy(update={"text": "\n".join(lines)})
    if not found:
        return reply, state
    given = tuple(
        o.model_copy(update={"edits": (*change.edits, *o.edits)}) if change.trial else o
        for o in found
    )
    question = Question(id="ways out", text="Which of these would you give up?", options=given)
    pending = Pending(question=question, trial=change.trial, base=state.history.current)
    reply = reply.model_copy(update={"questions": (question,)})
    return reply, replace(state, pending=pending)


def confirm(
    work: Work, state: ConversationState, change: Change, said: str, doubts: Sequence[str] = ()
) -> TurnResult:
    """Show a change and wait for yes or no."""
    base = work.base(state)
    diff = difference(base.program, apply(base.program, change.edits))
    if not diff:
        raise InputError("that would change nothing")
    pending = Pending(change=change, said=said, base=state.history.current)
    state = replace(state, pending=pending)
    reply, state = work.reply(state, ReplyKind.CONFIRM, phrasing.confirming(doubts, change))
    return reply.model_copy(update={"diff": diff, "needs_confirmation": True}), state


def asked(
    work: Work, state: ConversationState, question: Question, *, trial: bool, said: str = ""
) -> TurnResult:
    """Put a question whose options are changes, with what each would lead to."""
    base = work.base(state)
    options = tuple(_weighed(work, base, option) for option in question.options)
    question = question.model_copy(update={"options": options})
    pending = Pending(question=question, trial=trial, said=said, base=state.history.current)
    state = replace(state, pending=pending)
    return work.reply(state, ReplyKind.QUESTION, "", questions=(question,))


def _weighed(work: Work, base: Scenario, option: Option) -> Option:
    try:
        after = work.whatif.changed(base, option.edits, option.label)
    except InputError as error:
        return option.model_copy(update={"consequence": f"cannot be: {error}"})
    return option.model_copy(
        update={
            "consequence": phrasing.compared(base, after).splitlines()[0],
            "objective": after.objective,
        }
    )


# What a new member lacks


def ask_for(work: Work, state: ConversationState, change: Change, said: str) -> TurnResult:
    """Ask for the next value that a new member lacks; do the change where none is lacking."""
    base = work.base(state)
    program = base.program
    for edit in change.edits:
        lacking = _lacking(program, edit)
        if not lacking:
            program = apply(program, [edit])
            continue
        assert isinstance(edit, AddMember)
        if len(lacking) > MOST_ASKED_FOR:
            raise InputError(
                f"{edit.member} needs more than {MOST_ASKED_FOR} numbers",
                hint="add it in the file and bring the table again",
            )
        kind = _kind_of_value(program, lacking[0].parameter)
        text = f"{value_asked(lacking[0].parameter, lacking[0].at)} ({kind})"
        if len(lacking) > 1:
            text += f" - {len(lacking) - 1} more to come"
        question = Question(id=f"value: {said}", text=text, options=())
        pending = Pending(
            question=question, asked_for=change, said=said, base=state.history.current
        )
        state = replace(state, pending=pending)
        return work.reply(state, ReplyKind.QUESTION, "", questions=(question,))
    return changed(work, state, change, said)


def _lacking(program: Program, edit: Edit) -> list[Missing]:
    """The values that an edit lacks, up to one more than are asked for."""
    if not isinstance(edit, AddMember):
        return []
    return list(islice(missing_values(program, edit), MOST_ASKED_FOR + 1))


def _kind_of_value(program: Program, parameter: Parameter) -> str:
    if not is_of_texts(program, parameter):
        return "a number"
    known = program.instance.texts[parameter.name].vocabulary.texts
    more = ", ..." * (len(known) > MOST_TEXTS_SHOWN)
    return f"one of {', '.join(known[:MOST_TEXTS_SHOWN])}{more}"


def value_said(
    work: Work, state: ConversationState, pending: Pending, said: str
) -> float | str | None:
    """The value that an answer gives of what was asked for; None where it is about something
    else. Of an attribute it is one of the texts that others have."""
    program = work.base(state).program
    assert pending.asked_for is not None
    adds = [e for e in pending.asked_for.edits if isinstance(e, AddMember)]
    lacking = next((m for e in adds for m in missing_values(program, e)), None)
    if lacking is None or not is_of_texts(program, lacking.parameter):
        return number_said(said)
    known = program.instance.texts[lacking.parameter.name].vocabulary.texts
    words = said.strip(" .!").casefold()
    return next((text for text in known if text.casefold() == words), None)


def fill(work: Work, state: ConversationState, pending: Pending, value: float | str) -> TurnResult:
    """Take a value that was asked for, and ask for the next."""
    assert pending.asked_for is not None
    change, done, edits = pending.asked_for, False, list[Edit]()
    program = work.base(state).program
    for edit in change.edits:
        lacking = next(missing_values(program, edit), None) if isinstance(edit, AddMember) else None
        if not done and lacking is not None and isinstance(edit, AddMember):
            edits.append(filled(edit, lacking, value))
            done = True
        else:
            edits.append(edit)
    whole = change.model_copy(update={"edits": tuple(edits)})
    return ask_for(work, settled(state), whole, pending.said)


# Answers to what was asked


def chosen(work: Work, state: ConversationState, pending: Pending, option: Option) -> TurnResult:
    """Do what an option of a question says."""
    assert pending.question is not None
    ids = answers_also(pending.question, option)
    state = replace(settled(state), answered={**state.answered, **dict.fromkeys(ids, option.label)})
    if not option.edits:
        open_ones = one_at_a_time(work.open_questions(state))
        state = replace(state, pending=asking(open_ones, state))
        text = f"Good: {option.label}, as the model has it."
        return work.reply(state, ReplyKind.ANSWER, text, questions=open_ones)
    change = Change(edits=option.edits, trial=pending.trial)
    title = f"{pending.said}: {option.label}" if pending.said else option.label
    reply, state = changed(work, state, change, title)
    if pending.question.default is None or reply.questions or state.pending is not None:
        return reply, state
    # The question was one of those that the words of the problem leave open: the next of them.
    open_ones = one_at_a_time(work.open_questions(state))
    reply = reply.model_copy(update={"questions": open_ones})
    return reply, replace(state, pending=asking(open_ones, state))


def option_of(pending: Pending, said: str) -> Option | None:
    """Which option a turn chooses, None where it is about something else."""
    return Answers(pending.question).read(said) if pending.question is not None else None
