"""Turns of everyday speech: what comes of them, with a model that reads well and without one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum

import pytest

from optwright.agents.chat.reply import Reply, ReplyKind
from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.problem import Problem
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.operations import apply
from optwright.testing import ScriptedModel
from tests.chats import solved
from tests.turn_models import MODELS
from tests.turns_spoken import SPOKEN, Spoken


class Came(StrEnum):
    """What came of a turn."""

    RIGHT = "right"
    ASKED_RIGHTLY = "asked rightly"
    ASKED_WRONGLY = "asked wrongly"
    UNREAD = "unread"
    SILENTLY_WRONG = "silently wrong"


def outcome_of(session: ChatSession, turn: Spoken) -> tuple[Came, Reply]:
    """Take a turn, answer what is asked, and see what it came to."""
    first = reply = session.turn(turn.said)
    asked = False
    waiting = iter(turn.answers)
    while reply.kind in (ReplyKind.CONFIRM, ReplyKind.QUESTION):
        asked = True
        if reply.kind is ReplyKind.CONFIRM:
            reply = session.turn("yes")
            continue
        answer = next(waiting, turn.pick)
        reply = session.turn(answer)
        if answer == "yes" and reply.kind is ReplyKind.QUESTION:
            break
    if turn.says and not turn.wants and reply.kind is ReplyKind.REFUSED:
        told = all(part in reply.text for part in turn.says)
        return (Came.RIGHT if told else Came.UNREAD), first
    if reply.kind is ReplyKind.REFUSED:
        return (Came.ASKED_WRONGLY if asked else Came.UNREAD), first
    right = is_meant(session, turn, reply)
    if asked:
        return (Came.ASKED_RIGHTLY if right else Came.ASKED_WRONGLY), first
    return (Came.RIGHT if right else Came.SILENTLY_WRONG), first


def is_meant(session: ChatSession, turn: Spoken, reply: Reply) -> bool:
    """Whether a reply is what was meant, and the model is the one that was meant."""
    shown = reply.text + json.dumps([grid.model_dump() for grid in reply.tables])
    if not all(part in shown for part in turn.says):
        return False
    told = MODELS[turn.model]
    before = Program(told.formulation, told.tables)
    if not turn.wants:
        return session.program is not None and rows_of(session.program) == rows_of(before)
    wanted = apply(before, turn.wants)
    version = session.trial if turn.tried else session.history.current
    if not version:
        return False
    if turn.tried and (session.program is None or rows_of(session.program) != rows_of(before)):
        return False
    found = session.program_of(version)
    if turn.least:
        return rows_of(wanted)[1] <= rows_of(found)[1]
    return rows_of(found) == rows_of(wanted)


def rows_of(program: Program) -> tuple[object, Counter[object], object]:
    """A program as its solver sees it, without the names of its rows and the order of columns."""
    model = program.arrays
    assert model is not None
    rank = {name: name for name in model.column_names}
    names = [rank[name] for name in model.column_names]
    columns = frozenset(
        (name, round(float(c), 9), float(low), float(high), bool(whole))
        for name, c, low, high, whole in zip(
            names, model.cost, model.lower, model.upper, model.integer, strict=True
        )
        if not is_auxiliary(name)
    )
    rows: Counter[object] = Counter()
    for r in range(len(model.row_names)):
        span = slice(int(model.starts[r]), int(model.starts[r + 1]))
        entries = frozenset(
            (names[int(j)], round(float(a), 9))
            for j, a in zip(model.columns[span], model.coefficients[span], strict=True)
        )
        if not any(is_auxiliary(name) for name, _ in entries):
            rows[entries, float(model.row_lower[r]), float(model.row_upper[r])] += 1
    formulation = program.formulation
    assert formulation is not None
    aims = tuple((o.sense, o.priority) for o in formulation.objectives)
    logic = sorted(
        (c.expression.replace(" ", ""), c.forall.replace(" ", ""))
        for c in formulation.constraints
        if any(word in c.expression for word in ("exactly(", " or ", "implies("))
    )
    return columns, rows, (model.maximize, aims, tuple(logic))


def is_auxiliary(name: str) -> bool:
    """Whether a column was made by taking logic or a maximum apart."""
    return name.partition("[")[0].rstrip("0123456789").endswith("_")


@pytest.fixture
def sessions() -> Iterator[dict[str, ChatSession]]:
    opened: dict[str, ChatSession] = {}
    yield opened
    for session in opened.values():
        session.close()


def taken(
    opened: dict[str, ChatSession], turn: Spoken, reply: dict[str, object] | None
) -> tuple[Came, Reply]:
    """Take a turn in the session of its model, which goes back to the start first."""
    if turn.model not in opened:
        told, replies = MODELS[turn.model], list[str]()
        model = None
        if reply is not None:
            model = ScriptedModel(lambda _: replies[-1], name="well-read")
        session = ChatSession(None, Settings(model=model))
        session.adopt(Problem(told.text, dict(told.tables)), solved(told.formulation))
        session.replies = replies  # type: ignore[attr-defined]  # what the model says next
        opened[turn.model] = session
    session = opened[turn.model]
    session.turn("go to 1")
    if reply is not None:
        session.replies.append(json.dumps(reply))  # type: ignore[attr-defined]  # see above
    return outcome_of(session, turn)


def test_there_are_eighty_turns_about_six_models() -> None:
    assert len(SPOKEN) >= 80
    assert {turn.model for turn in SPOKEN} == MODELS.keys()


def counted(
    opened: dict[str, ChatSession], *, read: bool
) -> tuple[Counter[Came], list[tuple[Came, str, str]]]:
    """How many turns came to what, and those that were not right."""
    came: Counter[Came] = Counter()
    told: list[tuple[Came, str, str]] = []
    for turn in SPOKEN:
        found, reply = taken(opened, turn, turn.reply if read else None)
        came[found] += 1
        if found is not Came.RIGHT:
            told.append((found, turn.said, reply.text))
    return came, told


def test_with_a_model_that_reads_well_turns_are_done_or_asked_about_rightly(
    sessions: dict[str, ChatSession],
) -> None:
    came, told = counted(sessions, read=True)
    assert came[Came.SILENTLY_WRONG] == 0, told
    assert came[Came.RIGHT] + came[Came.ASKED_RIGHTLY] >= 0.95 * len(SPOKEN), told


def test_without_a_model_nothing_is_wrong_in_silence(sessions: dict[str, ChatSession]) -> None:
    came, told = counted(sessions, read=False)
    assert came[Came.SILENTLY_WRONG] == 0, told


def _reply(*intents: dict[str, object], what_if: bool = False) -> str:
    return json.dumps({"intents": list(intents), "what_if": what_if})


def _set(number: str, **how: object) -> dict[str, object]:
    return {"do": "set_number", "words": "", "number": number, **how}


def _add(expression: str, forall: str = "") -> dict[str, object]:
    return {"do": "add_limit", "words": "", "expression": expression, "forall": forall}


WRONG = (
    # Another name, another number
    ("bakery", "the flour falls to 100 kg", _set("oven", to=100)),
    ("bakery", "flour is down to 100 kg", _set("flour", to=110)),
    ("bakery", "cakes earn 33 from now on", _set("rolls in objective", to=33)),
    ("bakery", "at most 6 trays of cakes", _add("loaves <= 6")),
    ("bakery", "at most 6 trays of cakes", _add("cakes <= 16")),
    ("bakery", "at most 6 trays of cakes", _add("cakes <= 6 - 1*rolls")),
    ("bakery", "flour is 10 % lower", _set("flour", percent=-12)),
    ("bakery", "flour is 10 % lower", _set("oven", percent=-10)),
    ("mills", "Hill can send 95", _set("capacity", at=["Weir"], to=95)),
    ("mills", "Castle needs 65 tons", _set("demand", at=["Harbour"], to=65)),
    ("mills", "nothing from Lake to Harbour", _add('send["Lake", "Market"] == 0')),
    ("ward", "Tara wants 190 a day", _set("wage", at=["Ben"], to=190)),
    ("depots", "rent of North rises by 60", _set("rent", at=["North"], by=6)),
    # The seen ones
    ("mills", "Weir must send at least 100", _set("capacity", at=["Weir"], to=100)),
    ("bakery", "we lost 2 kg of flour", _set("flour", to=2)),
    ("bakery", "we lost 30 kg of flour", _set("flour", to=30)),
    ("mills", "each bakery by exactly one mill",
     _add("sum(send[i, j] for i in mills) == 1", "j in bakeries")),
    ("mills", "lots of at least 10 tons or nothing at all",
     _add("send[i, j] >= 10", "i in mills, j in bakeries")),
    ("pumps", "lots of at least 30 or not at all", _add("make[t] >= 30", "t in months")),
    ("pumps", "from 2026-03 on demand is 10 % higher", _set("demand", at=["2026-03"], percent=10)),
    ("pumps", "until 2026-03 at most 60 are made a month", _add('make["2026-03"] <= 60')),
    ("bakery", "cap cakes at 50", _add("loaves <= 50")),
    # The other way round, or only a part of it
    ("bakery", "flour drops by 10 %", _set("flour", percent=10)),
    ("bakery", "10 kg more flour", _set("flour", by=-10)),
    ("bakery", "at least 12 trays of cakes", _add("cakes <= 12")),
    ("bakery", "at most 6 cakes and at least 9 loaves", _add("cakes <= 6")),
    ("bakery", "flour is 110 and the oven has 70 hours", _set("flour", to=110)),
    ("mills", "Castle and Market need 5 tons less", _set("demand", at=["Castle"], by=-5)),
    ("mills", "everywhere except to Castle at most 20 tons per route",
     _add("send[i, j] <= 20", "i in mills, j in bakeries")),
    ("ward", "everybody except Anna works at most 3 days",
     _add("sum(work[n, d] for d in days) <= 3", "n in nurses")),
    ("ward", "if Anna works on Monday she is off on Tuesday", _add('work["Anna", "Tue"] == 0')),
    ("ward", "Ben works on Monday or on Tuesday",
     _add('work["Ben", "Mon"] + work["Ben", "Tue"] == 2')),
    ("depots", "open South unless East is open", _add('open["South"] == 1')),
    ("depots", "at most two depots for fragile goods", _add("sum(open[d] for d in depots) <= 2")),
    ("mills", "at most 50 tons to Castle", _add('send[i, "Castle"] <= 50', "i in mills")),
    ("bakery", "no more than 30 trays on Fridays", _add("rolls + loaves + cakes <= 30")),
    # How a number is meant, and of what
    ("bakery", "flour rises by 10 %", _set("flour", by=10)),
    ("bakery", "flour rises by 10 kg", _set("flour", percent=10)),
    ("bakery", "we have 10 kg less flour", _set("flour", to=10)),
    ("bakery", "raise flour by 20", _set("flour", to=20)),
    ("bakery", "raise the flour to 130", _set("flour", by=130)),
    ("feed", "use as little soy as possible",
     {"do": "objective", "words": "", "sense": "maximize", "expression": "soy"}),
    ("ward", "without Tara, changing as little as possible",
     _add('sum(work["Tara", d] for d in days) == 0')),
    ("feed", "half of the mix has to be barley", _add("barley >= 0.4*(barley + soy + maize)")),
    # Shares, many values at once, what a new member lacks
    ("feed", "half of the mix has to be barley", _add("barley >= 0.5")),
    ("feed", "a fifth of the mix has to be maize", _add("maize >= 5*(barley + soy)")),
    ("depots", "the rent of North is up by a third", _set("rent", at=["North"], by=0.333)),
    ("mills", "flour from Weir costs 50 more", _set("cost", at=["Weir", "*"], by=50)),
    ("ward", "wages of 180", _set("wage", to=180)),
    ("bakery", "no more than 30 for cakes", _set("cakes in objective", to=30.5)),
    ("depots", "no more than 25 tons for Dun", _set("freight", at=["*", "Dun"], to=25)),
    ("mills", "a new bakery Dock needs 10 tons: 2 from Weir, 3 from Hill, Lake can't",
     {"do": "add_member", "words": "", "set": "bakeries", "member": "Dock",
      "values": {"demand": 10, "cost": {"Weir": 2, "Hill": 3, "Lake": 0}}}),
    # A multiple, a 1 that nobody said, one of several numbers
    ("mills", "twice what Castle needs", _set("demand", at=["Castle"], by=2)),
    ("depots", "nothing for Cal from North", _add('ship["North", "Cal"] == 1')),
    # Nothing but the solver can tell
    ("depots", "a depot in North is a must", _add('open["South"] == 0')),
    ("depots", "South is a must", _add('open["South"] == 0')),
    ("depots", "not North and East at the same time", _add('open["North"] + open["East"] == 0')),
    ("depots", "not North and East at the same time", _add('open["North"] + open["East"] >= 1')),
    ("depots", "if South is open Cal has to come from there",
     _add('ship["South", "Cal"] <= 15*open["South"]')),
    ("pumps", "a month needs 300", _set("demand", to=300)),
    ("depots", "nobody more than 25 tons from any depot",
     _add("sum(ship[d, c] for d in depots for c in towns) <= 25")),
)  # fmt: skip


SWAPPED = (
    ("bakery", "cakes bring 33 now and the oven runs 90 hours",
     [_set("cakes in objective", to=90), _set("oven", to=33)]),
    ("mills", "Castle needs 65 tons and Market 50",
     [_set("demand", at=["Castle"], to=50), _set("demand", at=["Market"], to=65)]),
    ("mills", "a new bakery, Dock, needs 10 tons: 2 from Weir, 3 from Hill and 4 from Lake",
     [{"do": "add_member", "words": "", "set": "bakeries", "member": "Dock",
       "values": {"demand": 10, "cost": {"Weir": 3, "Hill": 2, "Lake": 4}}}]),
    ("bakery", "let us also bake buns: a tray takes 1 kg of flour, 2 hours of oven time, earns 16",
     [{"do": "add_decision", "words": "", "name": "buns", "kind": "whole",
       "meaning": "trays of buns",
       "terms": {"objective": "16*buns", "flour": "2*buns", "oven": "1*buns"}}]),
    ("mills", "Castle wants 5 tons less and Market 8 more",
     [_set("demand", at=["Castle"], by=8), _set("demand", at=["Market"], by=-5)]),
    ("mills", "Castle wants 5 tons less and Market 8 more",
     [_set("demand", at=["Castle"], by=5), _set("demand", at=["Market"], by=8)]),
    ("depots", "one of South and East has to be open",
     [_add('open["South"] == 1'), _add('open["East"] == 1')]),
    ("bakery", "keep the version before, that was better", [{"do": "keep", "words": ""}]),
)  # fmt: skip


@pytest.mark.parametrize(("model", "said", "intents"), SWAPPED)
def test_numbers_of_one_another_are_never_taken_in_silence(
    model: str, said: str, intents: list[dict[str, object]]
) -> None:
    told = MODELS[model]
    script = ScriptedModel(_reply(*intents), name="mixes up")
    with ChatSession(None, Settings(model=script)) as session:
        session.adopt(Problem(told.text, dict(told.tables)), solved(told.formulation))
        reply = session.turn(said)
        assert reply.kind in (ReplyKind.CONFIRM, ReplyKind.REFUSED), (reply.text, reply.diff)
        assert session.history.current == 1


@pytest.mark.parametrize(("model", "said", "intent"), WRONG)
def test_a_wrong_reading_is_never_done_in_silence(
    model: str, said: str, intent: dict[str, object]
) -> None:
    told = MODELS[model]
    with ChatSession(
        None, Settings(model=ScriptedModel(_reply(intent), name="misreads"))
    ) as session:
        session.adopt(Problem(told.text, dict(told.tables)), solved(told.formulation))
        reply = session.turn(said)
        assert reply.kind in (ReplyKind.CONFIRM, ReplyKind.REFUSED), (reply.text, reply.diff)
        assert session.history.current == 1


def test_a_question_changes_nothing_for_good() -> None:
    told = MODELS["bakery"]
    reply = _reply({"do": "drop_limit", "words": "", "limit": "flour"})
    with ChatSession(None, Settings(model=ScriptedModel(reply, name="eager"))) as session:
        session.adopt(Problem(told.text), solved(told.formulation))
        answered = session.turn("what happens without the flour restriction")
        assert answered.kind is ReplyKind.ANSWER
        assert session.history.current == 1


def test_a_change_that_leaves_no_solution_is_shown_first_and_done_after_a_yes() -> None:
    told = MODELS["depots"]
    reply = _reply(_add("sum(open[d] for d in depots) <= 1"))
    with ChatSession(None, Settings(model=ScriptedModel(reply, name="reads well"))) as session:
        session.adopt(Problem(told.text), solved(told.formulation))
        asked = session.turn("open one depot at most")
        assert asked.kind is ReplyKind.CONFIRM
        assert "no solution any more" in " ".join(asked.text.split())
        assert session.turn("yes").text.startswith("There is no solution")
        assert session.history.current == 2


def test_a_limit_that_points_where_the_words_do_is_done_even_where_it_holds_already() -> None:
    told = MODELS["bakery"]
    reply = _reply(_add("cakes <= 50"))
    with ChatSession(None, Settings(model=ScriptedModel(reply, name="reads well"))) as session:
        session.adopt(Problem(told.text), solved(told.formulation))
        assert session.turn("at most 50 trays of cakes").kind is ReplyKind.CHANGED
