"""The formulation as JSON, and what its checks find before there is data."""

from __future__ import annotations

import pytest
from hypothesis import given

from optwright.errors import FormulationError
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import (
    Column,
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    Kind,
    Objective,
    Parameter,
    Sense,
    Severity,
    Variable,
    json_schema,
)
from tests.formulations import formulations

GOOD = Formulation(
    title="bakery",
    sets=(IndexSet(name="I", members=("bread", "cake")), IndexSet(name="T", members=(1, 2, 3))),
    parameters=(
        Parameter(name="price", indices=("I",), values={"bread": 2, "cake": 5}, unit="USD"),
        Parameter(name="hours", values=40),
    ),
    variables=(
        Variable(name="x", indices=("I",), domain=Domain.INTEGER),
        Variable(name="stock", indices=("T",), upper=9),
    ),
    objective=Objective(sense=Sense.MAXIMIZE, expression="sum(price[i] * x[i] for i in I)"),
    constraints=(
        Constraint(name="time", expression="sum(2 * x[i] for i in I) <= hours"),
        Constraint(
            name="balance",
            expression="stock[t] == stock[t - 1] + x['cake']",
            forall="t in T if t > 1",
        ),
    ),
    assumptions=("what is baked is sold",),
)


def objective(expression: str) -> Formulation:
    stated = GOOD.objective.model_copy(update={"expression": expression})
    return GOOD.model_copy(update={"objective": stated})


def constrained(expression: str, forall: str = "") -> Formulation:
    return GOOD.model_copy(
        update={
            "constraints": (
                *GOOD.constraints,
                Constraint(name="extra", expression=expression, forall=forall),
            )
        }
    )


def test_a_sound_formulation_has_no_findings() -> None:
    assert check(GOOD) == ()


@given(formulations())
def test_random_sound_formulations_have_no_errors(formulation: Formulation) -> None:
    assert [f for f in check(formulation) if f.severity is Severity.ERROR] == []


@pytest.mark.parametrize(
    ("expression", "forall", "kind", "words"),
    [
        ("x[i] <= demnd", "i in I", Kind.UNDEFINED_NAME, "'demnd', which is not defined"),
        ("x[i] <= hour", "i in I", Kind.UNDEFINED_NAME, "did you mean 'hours'?"),
        ("x[bread] <= 1", "", Kind.UNDEFINED_NAME, 'without quotes; write x["bread"]'),
        ("x['bred'] <= 1", "", Kind.UNKNOWN_MEMBER, "not a member of 'I'; did you mean 'bread'?"),
        ("stock[7] <= 1", "", Kind.UNKNOWN_MEMBER, "'7', which is not a member of 'T'"),
        ("x[t] <= 1", "t in T", Kind.UNKNOWN_MEMBER, "with members of 'T'; it runs over 'I'"),
        ("x[i, i] <= 1", "i in I", Kind.INDEX_COUNT, "with 2 indices; 'x' has one index (I)"),
        ("x <= 1", "", Kind.INDEX_COUNT, "with no indices"),
        ("hours[i] * x[i] <= 1", "i in I", Kind.INDEX_COUNT, "'hours' has no indices"),
        ("x[i] <= 1", "i in K", Kind.UNKNOWN_SET, "'K', which is not a set"),
        ("x[i] <= 1", "i in x", Kind.UNKNOWN_SET, "'x', which is not a set"),
        ("sum(x[i] for i in I) <= 1", "i in I", Kind.SHADOWED, "inside a loop of that name"),
        ("sum(x[x] for x in I) <= 1", "", Kind.SHADOWED, "names something else"),
        ("i * x[i] <= 1", "i in I", Kind.NOT_A_NUMBER, "a member of 'I', as a number"),
        ("x['cake'] <= 'cake'", "", Kind.NOT_A_NUMBER, "the text 'cake' as a number"),
        ("x['cake'] <= I", "", Kind.NOT_A_NUMBER, "it is a set"),
        ("x['cake'] <= len(price)", "", Kind.UNKNOWN_SET, "'price', which is not a set"),
        ("stock[x['cake']] <= 1", "", Kind.NOT_A_NUMBER, "a variable inside the brackets"),
        ("x[i] <= 1", "i in I if x[i] > 2", Kind.VARIABLE_IN_CONDITION, "data only"),
        ("x[i] <= 1", "i in I if (i, i) in price", Kind.INDEX_COUNT, "it takes 1"),
        ("x[i] <= 1", "i in I if i in K", Kind.UNKNOWN_SET, "'K', which is not a set"),
        ("x[i] < 1", "i in I", Kind.UNREADABLE, "'<' cannot be used here"),
        ("x[i] <= 1", "i I", Kind.UNREADABLE, "column 3"),
        ("2 <= hours", "", Kind.NO_VARIABLES, "uses no variable: '2 <= hours'"),
    ],
)
def test_what_is_wrong_with_a_constraint_is_said_with_its_name(
    expression: str, forall: str, kind: Kind, words: str
) -> None:
    found = check(constrained(expression, forall))
    assert found[0].severity is Severity.ERROR
    assert found[0].element == "extra"
    assert found[0].kind is kind
    assert words in found[0].message


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("hours", Kind.NO_VARIABLES),
        ("", Kind.UNREADABLE),
        ("x", Kind.INDEX_COUNT),
        ("profit", Kind.UNDEFINED_NAME),
    ],
)
def test_an_objective_must_be_of_variables(expression: str, kind: Kind) -> None:
    assert (check(objective(expression))[0].element, check(objective(expression))[0].kind) == (
        "objective",
        kind,
    )


def test_an_objective_of_zero_asks_for_any_solution() -> None:
    assert all(finding.severity is Severity.WARNING for finding in check(objective("0")))


@pytest.mark.parametrize(
    ("update", "element", "kind"),
    [
        ({"sets": (*GOOD.sets, IndexSet(name="E"))}, "E", Kind.NO_VALUES),
        ({"sets": (*GOOD.sets, IndexSet(name="E", members=("a", "a")))}, "E", Kind.DUPLICATE_NAME),
        ({"sets": (*GOOD.sets, IndexSet(name="E", members=(1, "1")))}, "E", Kind.DUPLICATE_NAME),
        ({"parameters": (*GOOD.parameters, Parameter(name="q"))}, "q", Kind.NO_VALUES),
        (
            {
                "parameters": (
                    *GOOD.parameters,
                    Parameter(name="q", indices=("T", "I"), values={"1": {"bred": 1}}),
                )
            },
            "q",
            Kind.UNKNOWN_MEMBER,
        ),
        (
            {"parameters": (*GOOD.parameters, Parameter(name="q", indices=("K",), values=1))},
            "q",
            Kind.UNKNOWN_SET,
        ),
        (
            {
                "parameters": (
                    *GOOD.parameters,
                    Parameter(name="q", indices=("I",), values={"bread": {"cake": 1}}),
                )
            },
            "q",
            Kind.INDEX_COUNT,
        ),
        (
            {
                "parameters": (
                    *GOOD.parameters,
                    Parameter(name="q", indices=("I",), column=Column(table="t", value="v")),
                )
            },
            "q",
            Kind.INDEX_COUNT,
        ),
        (
            {"parameters": (*GOOD.parameters, Parameter(name="x", values=1))},
            "x",
            Kind.DUPLICATE_NAME,
        ),
        ({"variables": (*GOOD.variables, Variable(name="sum"))}, "sum", Kind.RESERVED_NAME),
        ({"variables": (*GOOD.variables, Variable(name="lambda"))}, "lambda", Kind.RESERVED_NAME),
        ({"variables": (*GOOD.variables, Variable(name="y", lower=3, upper=2))}, "y", Kind.BOUNDS),
        ({"constraints": (*GOOD.constraints, GOOD.constraints[0])}, "time", Kind.DUPLICATE_NAME),
    ],
)
def test_what_is_wrong_with_an_element_is_said_with_its_name(
    update: dict[str, object], element: str, kind: Kind
) -> None:
    errors = [
        finding
        for finding in check(GOOD.model_copy(update=update))
        if finding.severity is Severity.ERROR
    ]
    assert (element, kind) in [(finding.element, finding.kind) for finding in errors]


def test_the_rows_of_a_chain_must_not_meet_another_constraints_name() -> None:
    chain = Constraint(name="cap", expression="1 <= x['cake'] <= 2")
    other = Constraint(name="cap_upper", expression="x['cake'] <= 3")
    found = check(GOOD.model_copy(update={"constraints": (chain, other)}))
    assert (found[0].element, found[0].kind) == ("cap_upper", Kind.DUPLICATE_NAME)


@pytest.mark.parametrize(
    ("update", "element", "kind"),
    [
        ({"variables": (*GOOD.variables, Variable(name="y"))}, "y", Kind.UNUSED),
        ({"parameters": (*GOOD.parameters, Parameter(name="q", values=1))}, "q", Kind.UNUSED),
        (
            {"parameters": (Parameter(name="q", indices=("I",), values={"cake": 1}),)},
            "q",
            Kind.NO_VALUES,
        ),
        (
            {"variables": (*GOOD.variables, Variable(name="b", domain="binary", upper=7))},
            "b",
            Kind.BOUNDS,
        ),
        (
            {"variables": (*GOOD.variables, Variable(name="n", domain="integer", upper=2.5))},
            "n",
            Kind.BOUNDS,
        ),
    ],
)
def test_what_is_odd_is_a_warning(update: dict[str, object], element: str, kind: Kind) -> None:
    warnings = [
        finding
        for finding in check(GOOD.model_copy(update=update))
        if finding.severity is Severity.WARNING
    ]
    assert (element, kind) in [(finding.element, finding.kind) for finding in warnings]


def test_a_loop_that_changes_nothing_is_odd() -> None:
    found = check(constrained("x['cake'] <= 1", "t in T"))
    assert [(f.severity, f.kind) for f in found] == [(Severity.WARNING, Kind.UNUSED)]


def test_a_constraint_may_be_named_like_a_parameter() -> None:
    renamed = GOOD.constraints[0].model_copy(update={"name": "hours"})
    assert check(GOOD.model_copy(update={"constraints": (renamed,)}))[1:] == ()


def test_json_goes_there_and_back() -> None:
    assert Formulation.from_json(GOOD.to_json()) == GOOD
    assert Formulation.from_json(GOOD.to_json(indent=None).encode()) == GOOD


@given(formulations())
def test_random_formulations_go_to_json_and_back(formulation: Formulation) -> None:
    assert Formulation.from_json(formulation.to_json()) == formulation


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not the JSON object"),
        ("[]", "not the JSON object"),
        ("[" * 100_000, "not the JSON object"),
        ('{"version": 9}', "schema version 9"),
        ("{}", "variables is missing"),
        ('{"variables": [{"name": "x y"}], "objective": {}}', "variables.0.name"),
        (GOOD.to_json().replace("40.0", "NaN"), "parameters.1.values"),
        (GOOD.to_json().replace('"title"', '"tittle"'), "tittle"),
    ],
)
def test_json_that_is_no_formulation_is_refused_field_by_field(text: str, words: str) -> None:
    with pytest.raises(FormulationError) as error:
        Formulation.from_json(text)
    assert words in str(error.value)


def test_the_schema_asks_for_no_more_than_variables_and_an_objective() -> None:
    schema = json_schema()
    assert schema["required"] == ["variables"]
    one_of = [part["required"] for part in schema["anyOf"]]
    assert one_of == [["objective"], ["objectives"], ["goals"]]
    assert schema["additionalProperties"] is False
