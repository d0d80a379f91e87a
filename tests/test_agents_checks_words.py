"""Checks of a formulation against its words, and mends where words decide."""

from __future__ import annotations

import json

import pytest

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words import objective
from optwright.agents.checks.words.all_checks import findings
from optwright.agents.checks.words.numbers import invented, worked_out
from optwright.agents.checks.words.reading import reading
from optwright.agents.findings import Fault, penalty
from optwright.agents.repair.propose import propose
from optwright.agents.replies import read_formulation
from optwright.agents.text.wording import Way, plain_way_in
from optwright.solvers.data.table import from_columns
from optwright.solvers.edit.operations import DropConstraint
from optwright.solvers.model.formulation import (
    Column,
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)
from tests.proposed import taken

TEXT = (
    "A bakery delivers bread with vans and bikes. A van carries 90 loaves per tour and a bike 12. "
    "At least 35% of the tours must be by bike. There must be at most 3 times as many bike tours "
    "as van tours. At least 6 van tours are needed. If 1500 loaves have to be delivered, how many "
    "tours of each kind minimize the total number of tours?"
)
LIMITS = {
    "bike >= 0.35*(van + bike)": "At least 35% of the tours must be by bike",
    "bike <= 3*van": "at most 3 times as many bike tours as van tours",
    "van >= 6": "At least 6 van tours are needed",
    "90*van + 12*bike >= 1500": "1500 loaves have to be delivered",
}


def stated(
    limits: dict[str, str] = LIMITS,
    *,
    objective: str = "van + bike",
    sense: Sense = Sense.MINIMIZE,
    domain: Domain = Domain.INTEGER,
    text: str = "minimize the total number of tours",
) -> Formulation:
    return Formulation(
        variables=(
            Variable(name="van", domain=domain, meaning="number of van tours"),
            Variable(name="bike", domain=domain, meaning="number of bike tours"),
        ),
        objective=Objective(sense=sense, expression=objective, text=text),
        constraints=tuple(
            Constraint(name=f"limit_{i}", expression=e, text=t)
            for i, (e, t) in enumerate(limits.items())
        ),
    )


def replaced(old: str, new: str, words: str | None = None) -> dict[str, str]:
    return {(new if e == old else e): (words or t if e == old else t) for e, t in LIMITS.items()}


def faults(formulation: Formulation) -> set[Fault]:
    return {f.fault for f in findings(reading(TEXT, formulation, {}))}


def expressions(formulation: Formulation) -> list[str]:
    return [c.expression.replace(" ", "") for c in formulation.constraints]


def test_a_right_formulation_has_nothing_against_it_and_is_left_alone() -> None:
    assert faults(stated()) == set()
    assert taken(TEXT, stated()).proposals == ()


@pytest.mark.parametrize(
    ("formulation", "fault"),
    [
        (stated(replaced("bike <= 3*van", "van <= 3*bike")), Fault.RELATION),
        (stated(replaced("bike <= 3*van", "bike <= 2*van")), Fault.RELATION),
        (stated(replaced("bike >= 0.35*(van + bike)", "bike >= 0.35*van")), Fault.RELATION),
        (stated(replaced("van >= 6", "van <= 6")), Fault.DIRECTION),
        (stated(replaced("van >= 6", "van >= 17")), Fault.NUMBER_INVENTED),
        (stated({e: t for e, t in LIMITS.items() if e != "van >= 6"}), Fault.UNSTATED),
        (stated({e: t for e, t in LIMITS.items() if "1500" not in e}), Fault.NUMBER_UNUSED),
        (stated(LIMITS | {"bike <= 90": "bikes are slow on hills of gold"}), Fault.WORDS_INVENTED),
        (stated(sense=Sense.MAXIMIZE), Fault.SENSE),
        (stated(domain=Domain.CONTINUOUS), Fault.INTEGRALITY),
        (stated(objective="van + lorry"), Fault.UNREADABLE),
        (stated(LIMITS | {"90*van + 90*bike <= 90": "A van carries 90 loaves"}), Fault.RELATION),
    ],
)
def test_each_fault_is_found(formulation: Formulation, fault: Fault) -> None:
    assert fault in faults(formulation)


def test_a_decision_nothing_mentions_is_idle() -> None:
    idle = stated().model_copy(
        update={"variables": (*stated().variables, Variable(name="plane", meaning="planes"))}
    )
    assert Fault.IDLE_DECISION in faults(idle)


def test_findings_come_heaviest_first_and_add_up() -> None:
    found = findings(
        CheckContext(TEXT, stated(replaced("van >= 6", "van <= 6"), sense=Sense.MAXIMIZE))
    )
    assert [f.weight for f in found] == sorted((f.weight for f in found), reverse=True)
    assert penalty(found) == sum(f.weight for f in found)


def test_an_equality_is_not_loosened_by_words() -> None:
    written = replaced("90*van + 12*bike >= 1500", "90*van + 12*bike == 1500")
    assert not taken(TEXT, stated(written)).proposals


@pytest.mark.parametrize(
    ("wrong", "mended"),
    [
        (replaced("bike <= 3*van", "van <= 3*bike"), "bike<=3*van"),
        (replaced("bike >= 0.35*(van + bike)", "bike >= 0.35*van"), "bike>=0.35*(van+bike)"),
        (replaced("bike >= 0.35*(van + bike)", "bike >= 0.35*tours"), "bike>=0.35*(van+bike)"),
        (
            replaced("bike >= 0.35*(van + bike)", "bike / (van + bike) >= 0.35"),
            "bike>=0.35*(van+bike)",
        ),
        (replaced("bike >= 0.35*(van + bike)", "bike >= 0.35*bike"), "bike>=0.35*(van+bike)"),
        (
            replaced(
                "bike >= 0.35*(van + bike)", "bike >= 0.35*van", "35% of the tours must be by bike"
            ),
            "bike>=0.35*(van+bike)",
        ),
        (replaced("van >= 6", "van <= 6"), "van>=6"),
        (replaced("van >= 6", "6 >= van"), "6<=van"),
    ],
)
def test_what_words_suggest_is_proposed(wrong: dict[str, str], mended: str) -> None:
    result = taken(TEXT, stated(wrong))
    assert mended in expressions(result.formulation)
    assert len(result.proposals) == 1
    assert findings(reading(TEXT, result.formulation, {})) == ()


@pytest.mark.parametrize(
    ("words", "mended"),
    [
        ("they have available 700 liters of fuel", "5*van+2*bike<=700"),
        ("a budget of 700 is there", "5*van+2*bike<=700"),
        ("700 liters have to be used", "5*van+2*bike>=700"),
        ("700 liters go into it", "5*van+2*bike>=700"),
    ],
)
def test_what_is_there_is_a_most(words: str, mended: str) -> None:
    model = stated(LIMITS | {"5*van + 2*bike >= 700": words})
    assert expressions(taken(f"{TEXT} {words}.", model).formulation)[-1] == mended


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("90*van <= 1500", "A van carries 90 loaves per tour"),
        ("van + bike == 1", "minimize the total number of tours"),
        ("90*van >= 12*bike", "A van carries 90 loaves per tour and a bike 12"),
        ("bike >= 17", "at least 17 bikes for the mayor"),
    ],
)
def test_rows_that_no_words_limit_are_proposed_to_go(expression: str, words: str) -> None:
    result = taken(TEXT, stated(LIMITS | {expression: words}))
    assert len(result.formulation.constraints) == len(LIMITS)
    assert any(isinstance(e, DropConstraint) for p in result.proposals for e in p.edits)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("van >= 0", "a van carries 90 loaves"),
        ("van >= 6.0", "At least 6 van tours are needed"),
    ],
)
def test_rows_that_change_nothing_are_neither_held_against_a_draft_nor_proposed_to_go(
    expression: str, words: str
) -> None:
    model = stated(LIMITS | {expression: words})
    assert propose(TEXT, model, {}) == ()
    assert faults(model) == set()


MONTHS = (
    "A factory plans 3 months. Making anything in a month costs a set-up. Find the cheapest plan."
)


def batches(table: str = "months") -> Formulation:
    """A set-up for each month in which anything is made."""
    return Formulation(
        sets=(IndexSet(name="T", column=Column(table=table, value="month")),),
        variables=(
            Variable(name="make", indices=("T",), meaning="units made"),
            Variable(name="run", indices=("T",), domain=Domain.BINARY, meaning="whether it runs"),
        ),
        objective=Objective(sense=Sense.MINIMIZE, expression="sum(make[t] + run[t] for t in T)"),
        constraints=(
            Constraint(
                name="setup",
                text="Making anything in a month costs a set-up",
                expression="make[t] <= 1000*run[t]",
                forall="t in T",
            ),
        ),
    )


def test_a_row_that_gives_a_yes_or_no_its_meaning_is_kept_whatever_its_number() -> None:
    tables = {"months": from_columns("months", {"month": ["May", "June", "July"]})}
    assert taken(MONTHS, batches(), tables).formulation.constraints == batches().constraints


def test_the_number_of_a_sets_members_is_used_by_the_set() -> None:
    def unused(months: list[str]) -> list[str]:
        tables = {"months": from_columns("months", {"month": months})}
        found = findings(CheckContext(MONTHS, batches(), tables))
        return [f.message for f in found if f.fault is Fault.NUMBER_UNUSED]

    assert unused(["May", "June", "July"]) == []
    assert len(unused(["May", "June"])) == 1


def with_big(number: float) -> Formulation:
    setup = batches().constraints[0]
    expression = f"make[t] <= {number:g}*run[t]"
    return batches().model_copy(
        update={"constraints": (setup.model_copy(update={"expression": expression}),)}
    )


@pytest.mark.parametrize(
    ("number", "how"),
    [
        (170, "170 is the total of 'demand' in table 'months'"),
        (80, "80 is the largest of 'demand' in table 'months'"),
        (510, "510 is 3 times the total of 'demand' in table 'months'"),
        (500, ""),
        (171, ""),
    ],
)
def test_a_total_of_a_table_is_not_invented_and_says_how_it_came_about(
    number: float, how: str
) -> None:
    months = from_columns("months", {"month": ["May", "June", "July"], "demand": [40, 80, 50]})
    case = CheckContext(MONTHS, with_big(number), {"months": months})
    invented = [f for f in findings(case) if f.fault is Fault.NUMBER_INVENTED]
    assert bool(invented) is not bool(how)
    assert list(worked_out(case)) == ([("setup", how)] if how else [])


@pytest.mark.parametrize(
    ("number", "how"),
    [
        (195, "195 is 40 + 60 + 95"),
        (450, "450 is 150 for each of the 3 members of 'T'"),
        (196, ""),
    ],
)
def test_a_total_of_listed_numbers_is_not_invented(number: float, how: str) -> None:
    told = MONTHS.replace("3 months", "the months ahead")
    text = f"{told} The demand is 40, 60 and 95 tons. A month has room for 150 tons."
    case = CheckContext(
        text, with_big(number), {"months": from_columns("months", {"month": ["a", "b", "c"]})}
    )
    assert [told for _, told in worked_out(case)] == ([how] if how else [])
    assert any(f.fault is Fault.NUMBER_INVENTED for f in findings(case)) is not bool(how)


def test_a_limit_that_is_a_tables_total_is_kept() -> None:
    tables = {"months": from_columns("months", {"month": ["a", "b", "c"], "demand": [40, 80, 50]})}
    everything = Constraint(
        name="all", text="Make what the months need", expression="sum(make[t] for t in T) >= 170"
    )
    model = batches().model_copy(update={"constraints": (*with_big(170).constraints, everything)})
    text = f"{MONTHS} Make what the months need."
    mended = taken(text, model, tables).formulation
    assert everything in mended.constraints
    assert Fault.LIMIT_ELSEWHERE not in {
        f.fault for f in findings(CheckContext(text, mended, tables))
    }


@pytest.mark.parametrize("ratio", ["van / (van - bike) <= 0.3", "van / (van + spare) <= 0.3"])
def test_a_division_by_what_may_be_negative_is_left_alone(ratio: str) -> None:
    model = stated({ratio: "at most 30% of the tours must be by van"})
    spare = Variable(name="spare", lower=None)
    model = model.model_copy(update={"variables": (*model.variables, spare)})
    (kept,) = taken(TEXT, model).formulation.constraints
    assert kept.expression == ratio


def test_counted_things_are_proposed_to_be_whole_and_measured_things_may_be_split() -> None:
    counted = taken(TEXT, stated(domain=Domain.CONTINUOUS)).formulation
    assert {v.domain for v in counted.variables} == {Domain.INTEGER}
    measured = stated().model_copy(
        update={
            "variables": tuple(
                v.model_copy(update={"meaning": f"hectares of {v.name}s"})
                for v in stated().variables
            )
        }
    )
    assert {v.domain for v in taken(TEXT, measured).formulation.variables} == {Domain.CONTINUOUS}


def test_an_objective_that_names_one_decision_counts_that_one() -> None:
    result = taken(TEXT, stated(text="minimize the total number of bikes used"))
    assert result.formulation.objective.expression == "bike"


def test_a_repeated_limit_is_not_a_coefficient() -> None:
    text = "A team makes chairs and desks. The saw can make at most 35 pieces of either type."
    formulation = Formulation(
        variables=(Variable(name="chairs"), Variable(name="desks")),
        objective=Objective(sense=Sense.MAXIMIZE, expression="chairs + desks"),
        constraints=(
            Constraint(
                name="saw",
                expression="35*chairs + 35*desks <= 35",
                text="The saw can make at most 35 pieces of either type",
            ),
        ),
    )
    assert expressions(taken(text, formulation).formulation) == ["chairs+desks<=35"]


def test_a_text_in_another_language_is_left_alone() -> None:
    text = "Ein Bauer hat 40 Hektar und pflanzt Mais oder Weizen."
    formulation = Formulation(
        variables=(Variable(name="mais"), Variable(name="weizen")),
        objective=Objective(sense=Sense.MAXIMIZE, expression="mais + weizen"),
        constraints=(
            Constraint(
                name="land", expression="mais + weizen <= 40", text="Ein Bauer hat 40 Hektar"
            ),
        ),
    )
    assert taken(text, formulation).formulation == formulation


def test_limits_that_are_columns_of_tables_are_not_looked_for_in_words() -> None:
    text = (
        "A company sends flour from its mills to its bakeries. Every mill can send at most its "
        "capacity, every bakery must get its demand, and no route may carry more than 60 tons. "
        "Find the cheapest plan."
    )
    tables = {
        "mills": from_columns("mills", {"mill": ["Weir", "Hill"], "capacity": [120, 80]}),
        "bakeries": from_columns("bakeries", {"bakery": ["A", "B"], "demand": [70, 55]}),
    }
    formulation = Formulation(
        sets=(
            IndexSet(name="M", column=Column(table="mills", value="mill")),
            IndexSet(name="B", column=Column(table="bakeries", value="bakery")),
        ),
        parameters=(
            _column("capacity", "M", "mills", "mill"),
            _column("demand", "B", "bakeries", "bakery"),
        ),
        variables=(Variable(name="send", indices=("M", "B"), meaning="tons sent"),),
        objective=Objective(
            sense=Sense.MINIMIZE, expression="sum(send[m, b] for m in M for b in B)"
        ),
        constraints=(
            Constraint(
                name="most",
                text="Every mill can send at most its capacity",
                expression="sum(send[m, b] for b in B) <= capacity[m]",
                forall="m in M",
            ),
            Constraint(
                name="needs",
                text="every bakery must get its demand",
                expression="sum(send[m, b] for m in M) >= demand[b]",
                forall="b in B",
            ),
            Constraint(
                name="route",
                text="no route may carry more than 60 tons",
                expression="send[m, b] <= 60",
                forall="m in M, b in B",
            ),
        ),
    )
    mended = taken(text, formulation, tables)
    assert mended.formulation.constraints == formulation.constraints
    assert not findings(CheckContext(text, mended.formulation, tables))


def _column(name: str, index: str, table: str, key: str) -> Parameter:
    return Parameter(
        name=name, indices=(index,), column=Column(table=table, keys=(key,), value=name)
    )


def advertised(
    spend: str, reach: str, *, objective: str = "25*spots", meaning: str = "number of spots"
) -> Formulation:
    """Spots that are bought with a budget and reach people."""
    return Formulation(
        variables=(Variable(name="spots", domain=Domain.INTEGER, meaning=meaning),),
        objective=Objective(sense=Sense.MAXIMIZE, expression=objective),
        constraints=(
            Constraint(name="money", text="at most $100 thousand can be spent", expression=spend),
            Constraint(name="reach", text="at least 600k people must be reached", expression=reach),
        ),
    )


@pytest.mark.parametrize(
    ("spend", "reach", "is_right"),
    [
        ("4*spots <= 100", "50*spots >= 600", True),
        ("4000*spots <= 100000", "50000*spots >= 600000", True),
        ("4*spots <= 100", "50000*spots >= 600000", True),  # each unit in a scale of its own
        ("4000*spots <= 100", "50*spots >= 600", False),
        ("4*spots <= 100000", "50*spots >= 600", False),
        ("4*spots <= 0.1", "50*spots >= 600", False),
    ],
)
def test_thousands_are_read_both_ways_where_the_model_keeps_to_one(
    spend: str, reach: str, is_right: bool
) -> None:
    text = (
        "A spot costs $4 thousand and reaches 50 thousand people, and each earns $25. In all at "
        "most $100 thousand can be spent and at least 600k people must be reached. Maximize the "
        "earnings."
    )
    found = findings(CheckContext(text, advertised(spend, reach)))
    assert (not found) is is_right, found
    assert len(taken(text, advertised(spend, reach)).formulation.constraints) == 2 or not is_right


@pytest.mark.parametrize(
    ("spend", "meaning", "is_right"),
    [
        ("2500*spots <= 100000", "number of spots", True),
        ("2.5*spots <= 100", "number of spots", True),
        ("2500*spots <= 100", "number of spots", False),
        ("2500*spots <= 100", "number of spots, in thousands", True),
    ],
)
def test_an_amount_in_full_beside_thousands_is_a_fault_unless_decisions_are_thousands(
    spend: str, meaning: str, is_right: bool
) -> None:
    text = "A spot costs $2500 each and at most $100 thousand can be spent. Maximize the spots."
    model = advertised(spend, "spots >= 0", objective="spots", meaning=meaning)
    model = model.model_copy(update={"constraints": model.constraints[:1]})
    assert (not findings(CheckContext(text, model))) is is_right


def test_a_maximum_that_is_a_noun_asks_for_nothing() -> None:
    text = "Find the minimum possible value of the maximum distance between the 3 sites."
    assert objective.stated_sense(text) is None
    assert objective.stated_sense("Keep the maximum retail price of 30 dollars.") is None
    assert objective.stated_sense("Maximise the profit of 30 shops.") is Sense.MAXIMIZE


def test_what_or_joins_to_something_denied_has_no_way_of_its_own() -> None:
    text = "Nets must not add up to more than 25 or to less than minus 25. Gain most."
    assert plain_way_in(text, "or to less than minus 25") is None
    assert plain_way_in("Take 3, or less than 5.", "less than 5") is Way.AT_MOST


def test_the_parts_of_a_fraction_that_is_said_are_not_invented() -> None:
    text = "Bo's hours must be at least two fifths of Ann's, which are at most 40. Maximize hours."
    rows = {"Bo's hours must be at least two fifths of Ann's": "bo >= 2/5*ann"}
    reply = {
        "decisions": [{"name": n, "meaning": f"hours of {n}"} for n in ("ann", "bo")],
        "objective": {"text": "Maximize hours", "sense": "maximize", "expression": "ann + bo"},
        "limits": [{"text": t, "expression": e} for t, e in rows.items()],
    }
    right = read_formulation(json.dumps(reply))
    assert not list(invented(CheckContext(text, right)))
    wrong = read_formulation(json.dumps(reply).replace("2/5", "2/7"))
    assert [f.fault for f in invented(CheckContext(text, wrong))] == [Fault.NUMBER_INVENTED]
