"""A solution as text: what is shown, in how many columns, and what is only counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.agents.render import WIDTH, headline, number, render, sections
from optwright.agents.solution import Evidence, Solution, Spent
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
from optwright.solvers.model.outcome import Status

POTTERY = Formulation(
    variables=(
        Variable(name="cups", domain=Domain.INTEGER, meaning="cups made a week", upper=50),
        Variable(name="clay", unit="kg", meaning="clay bought"),
        Variable(name="open", domain=Domain.BINARY, meaning="whether the shop opens"),
        Variable(name="debt", lower=None),
    ),
    objective=Objective(
        sense=Sense.MAXIMIZE, expression="(7*cups - clay)", unit="dollars", text="earn the most"
    ),
    constraints=(
        Constraint(name="wheel", expression="(20*cups) <= 2100", text="2100 minutes of wheel time"),
        Constraint(name="supply", expression="0.5*cups <= clay"),
    ),
)
RANGED = {"slack": 0.0, "limit": 2100.0, "high": 2200.0}
SOLVED = Solution(
    status=Status.OPTIMAL,
    verified=True,
    objective=325.5,
    variables={"cups": 50.0, "clay": 24.5, "open": 0.0, "debt": 1e-12},
    formulation=POTTERY,
    assumptions=("cups is a whole number",),
    evidence=(
        Evidence(supports=True, kind="solver", text="highs: optimal"),
        Evidence(supports=True, kind="mended", text="'cups < 50' became 'cups <= 50'"),
        Evidence(supports=False, kind="units", text="kg and dollars are added", element="supply"),
    ),
    sensitivity={"wheel": RANGED | {"dual": 0.35}, "supply": {"slack": 3.0, "dual": 0.0}},
    usage=Spent(calls=3, replayed=1, prompt_tokens=1000, completion_tokens=234, seconds=12.34),
    run="20260101-120000-abcdef",
)


def shown(solution: Solution, name: str) -> str:
    """The text of one section, without line breaks."""
    return " ".join(" ".join(dict(sections(solution)).get(name, [])).split())


def test_the_model_stands_in_mathematics_and_in_words() -> None:
    model = shown(SOLVED, "Model")
    assert "choose cups: cups made a week (a whole number from 0 to 50)" in model
    assert "choose clay: clay bought kg (any number from 0 up)" in model
    assert "choose open: whether the shop opens (yes (1) or no (0))" in model
    assert "choose debt (any number)" in model
    assert 'maximize 7*cups - clay "earn the most"' in model
    assert '20*cups <= 2100 "2100 minutes of wheel time"' in model


def test_tables_and_sets_are_named_and_not_copied() -> None:
    model = Formulation(
        sets=(
            IndexSet(name="T", column=Column(table="towns", value="town"), meaning="towns"),
            IndexSet(name="D", members=tuple(range(30)), meaning="days"),
        ),
        parameters=(
            Parameter(
                name="need",
                indices=("T",),
                column=Column(table="towns", keys=("town",), value="demand"),
                unit="tons",
            ),
            Parameter(name="rate", values=0.5),
        ),
        variables=(Variable(name="send", indices=("T",)),),
        objective=Objective(sense=Sense.MINIMIZE, expression="sum(send[t] for t in T)"),
        constraints=(Constraint(name="met", expression="send[t] >= need[t]", forall="t in T"),),
    )
    text = shown(SOLVED.model_copy(update={"formulation": model}), "Model")
    assert "T (towns): column town of table towns" in text
    assert "D (days): 0, 1, 2, 3, 4, 5, 6, 7 and 22 more" in text
    assert "given need[T] tons: column demand of table towns" in text
    assert "given rate = 0.5" in text
    assert "send[t] >= need[t] for each t in T" in text


def test_the_answer_has_units_and_leaves_out_what_is_zero() -> None:
    answer = shown(SOLVED, "Answer")
    assert "largest value 325.5 dollars" in answer
    assert "clay = 24.5 kg clay bought" in answer
    assert "2 other decisions are zero" in answer
    assert "open" not in answer


def test_a_binding_limit_says_what_one_more_unit_is_worth() -> None:
    assert shown(SOLVED, "Limits that bind") == (
        '- "2100 minutes of wheel time": one more unit of it is worth 0.35 dollars'
    )


@pytest.mark.parametrize(
    ("sense", "dual", "said"),
    [
        (Sense.MAXIMIZE, -2.0, "costs 2"),
        (Sense.MINIMIZE, -2.0, "is worth 2"),
        (Sense.MINIMIZE, 2.0, "costs 2"),
        (Sense.MINIMIZE, 0.0, "changes nothing"),
    ],
)
def test_what_a_unit_is_worth_depends_on_the_sense(sense: Sense, dual: float, said: str) -> None:
    objective = POTTERY.objective.model_copy(update={"sense": sense})
    solution = SOLVED.model_copy(
        update={
            "formulation": POTTERY.model_copy(update={"objective": objective}),
            "sensitivity": {"wheel": RANGED | {"dual": dual}},
        }
    )
    assert f'wheel time": one more unit of it {said}' in " ".join(
        shown(solution, "Limits that bind").split()
    )


@pytest.mark.parametrize(("dual", "said"), [(3.0, "worth at most 3"), (-3.0, "costs at least 3")])
@pytest.mark.parametrize("figures", [{}, {"limit": 2100.0, "high": 2100.5}])
def test_beyond_the_range_of_a_dual_only_a_bound_is_told(
    figures: dict[str, float], dual: float, said: str
) -> None:
    rows = {"wheel": {"slack": 0.0, "dual": dual} | figures}
    assert said in shown(SOLVED.model_copy(update={"sensitivity": rows}), "Limits that bind")


def test_a_limit_that_states_no_amount_has_no_price() -> None:
    rows = {"supply": RANGED | {"dual": 2.0}}
    solution = SOLVED.model_copy(update={"sensitivity": rows})
    assert shown(solution, "Limits that bind") == "- supply"


def test_of_many_limits_those_of_most_worth_are_shown() -> None:
    rows = {f"wheel[{n}]": RANGED | {"dual": float(n)} for n in range(50)}
    text = shown(SOLVED.model_copy(update={"sensitivity": rows}), "Limits that bind")
    assert "for 49: one more unit" in text
    assert "for 29" not in text
    assert text.endswith("and 30 more (--json shows all)")


def test_evidence_is_told_apart() -> None:
    assert shown(SOLVED, "What supports it") == "- highs: optimal"
    assert shown(SOLVED, "Mended in the model's reply") == "- 'cups < 50' became 'cups <= 50'"
    assert shown(SOLVED, "What speaks against it") == "- supply: kg and dollars are added"


def test_the_cost_is_in_calls_tokens_and_seconds() -> None:
    cost = "- 3 calls (1 answered by the ledger), 1,234 tokens, 12.3 s"
    assert shown(SOLVED, "Cost") == cost
    assert render(SOLVED).endswith("run 20260101-120000-abcdef")


def test_a_large_answer_shows_twenty_values_and_counts_the_others() -> None:
    many = {f"x[{i}]": float(i) for i in range(1000)}
    answer = dict(sections(SOLVED.model_copy(update={"variables": many})))["Answer"]
    assert len(answer) == 1 + 20 + 2
    assert answer[-2:] == [
        "  and 979 more that are not zero (--json shows all)",
        "  1 other decision is zero",
    ]


def test_a_model_without_a_solution_is_explained() -> None:
    against = Evidence(supports=False, kind="infeasible", text="no solution keeps every limit")
    solution = Solution(
        status=Status.INFEASIBLE,
        verified=True,
        formulation=POTTERY,
        diagnosis=("These 2 cannot hold together:", '- wheel ("2100 minutes of wheel time")'),
        evidence=(against,),
        sensitivity={"wheel": {"slack": 0.0}},
    )
    names = dict(sections(solution))
    assert headline(solution) == "There is no solution (verified)"
    assert names["Why there is no solution"] == [
        "  These 2 cannot hold together:",
        '  - wheel ("2100 minutes of wheel time")',
    ]
    assert not {"Answer", "Limits that bind", "What speaks against it"} & names.keys()


def test_an_answer_nobody_verified_says_so_first() -> None:
    solution = SOLVED.model_copy(update={"verified": False, "status": Status.FEASIBLE})
    assert headline(solution) == (
        "Feasible at the limit, not proven to be the best, found value 325.5 dollars (NOT\n"
        "    VERIFIED)"
    )


def test_nothing_solved_is_said_without_a_model() -> None:
    solution = Solution(status=Status.ERROR, verified=False, warnings=("no draft could be solved",))
    text = render(solution)
    assert text.startswith("Not solved (NOT VERIFIED)")
    assert "- no draft could be solved" in text


def test_generated_code_is_shown_where_there_is_no_formulation() -> None:
    solution = SOLVED.model_copy(update={"formulation": None, "code": "model = 1\nprint(model)"})
    assert dict(sections(solution))["Program"] == ["  model = 1", "  print(model)"]
    assert headline(solution) == "Optimal, objective 325.5 (verified)"


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zs")), max_size=12)
_SENTENCES = st.lists(_WORDS, max_size=40).map(" ".join)


@given(st.lists(_SENTENCES, max_size=5), _SENTENCES)
def test_no_line_is_wider_than_asked_and_none_is_empty_by_accident(
    warnings: list[str], words: str
) -> None:
    objective = POTTERY.objective.model_copy(update={"text": words})
    formulation = POTTERY.model_copy(update={"objective": objective})
    solution = SOLVED.model_copy(update={"warnings": tuple(warnings), "formulation": formulation})
    assert all(len(line) <= WIDTH for line in render(solution).splitlines())


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_to_six_digits(value: float) -> None:
    read = float(number(value).replace(",", ""))
    assert abs(read - value) <= max(1e-9, 6e-6 * abs(value))


def test_what_lowering_adds_is_neither_a_decision_nor_a_limit() -> None:
    model = Formulation(
        variables=(Variable(name="x", meaning="the number", upper=40),),
        objective=Objective(sense=Sense.MINIMIZE, expression="abs(x - 12)"),
        constraints=(Constraint(name="far", expression="abs(x - 20) >= 5", text="5 from 20"),),
    )
    solution = SOLVED.model_copy(
        update={
            "formulation": model,
            "variables": {"x": 15.0, "abs_1": 3.0, "abs_2_is_1": 1.0},
            "sensitivity": {"far": {"slack": 0.0}, "abs_1_1": {"slack": 0.0}},
        }
    )
    assert shown(solution, "Answer").endswith("x = 15 the number")
    assert shown(solution, "Limits that bind") == '- "5 from 20"'


def test_both_rows_of_a_range_are_named_by_its_words() -> None:
    model = POTTERY.model_copy(
        update={
            "constraints": (
                Constraint(name="mix", expression="2 <= cups <= 5", text="two to five cups"),
            )
        }
    )
    rows = {"mix_lower": {"slack": 3.0}, "mix_upper": {"slack": 0.0}}
    solution = SOLVED.model_copy(update={"formulation": model, "sensitivity": rows})
    assert shown(solution, "Limits that bind") == '- "two to five cups"'
