"""What optwright does for a program that asks, each thing a function with typed arguments.

Every function takes its arguments by name and returns one of `results`; it raises the errors of
`optwright.errors`, whose words the doors pass on. No language model is asked, but by
`model_problem`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from optwright.doors.kept import kept_in
from optwright.doors.results import (
    Checked,
    ColumnResult,
    Compared,
    Explained,
    ExportFormat,
    FindingResult,
    FormulationJson,
    Grounded,
    Imported,
    JudgedPlan,
    Judgement,
    Limit,
    ModelFormat,
    PlanToJudge,
    Solved,
    TableResult,
    Tables,
    TablesRead,
    Text,
)
from optwright.errors import FormulationError, InputError, OptwrightError
from optwright.solvers.model.formulation import Diagnostic

MOST_VALUES = 1_000
FIRST_ROWS = 5


def formulation_schema() -> dict[str, Any]:
    """The JSON schema of a formulation: sets, parameters, variables, expressions, objective,
    constraints. Expressions are a subset of Python's; see docs/language.md."""
    from optwright.solvers.model.formulation import json_schema

    return json_schema()


def check_formulation(*, formulation: FormulationJson, tables: Tables | None = None) -> Checked:
    """Check whether a formulation can be read and joined with its tables; say how large it is."""
    from optwright.solvers.analysis.size import size_of
    from optwright.solvers.backends.program import Program
    from optwright.solvers.language.checks import check

    model = _formulation(formulation)
    found = check(model)
    findings = tuple(map(_finding, found))
    if any(finding.severity == "error" for finding in findings):
        return Checked(valid=False, findings=findings)
    try:
        program = Program(model, _tables(tables))
        findings = tuple(map(_finding, dict.fromkeys((*found, *program.doubts))))
        size = size_of(program)
    except InputError as error:
        joined = FindingResult(severity="error", element="", message=str(error))
        return Checked(valid=False, findings=(*findings, joined))
    if size is None:
        return Checked(
            valid=True, findings=findings, linear=False, nonlinear_reason=program.nonlinear_reason
        )
    return Checked(valid=True, findings=findings, linear=True, **asdict(size))


def _finding(found: Diagnostic) -> FindingResult:
    """A finding with its place, and under it the line with its carets."""
    return FindingResult(severity=found.severity.value, element=found.element, message=str(found))


def solve_formulation(
    *,
    formulation: FormulationJson,
    tables: Tables | None = None,
    solver: str = "auto",
    time_limit_s: Limit = 60.0,
) -> Solved:
    """Solve a formulation: HiGHS for linear and convex quadratic models, SCIP for others."""
    return _solved(_solution(formulation, tables, solver, time_limit_s))


def diagnose_formulation(
    *, formulation: FormulationJson, tables: Tables | None = None, time_limit_s: Limit = 60.0
) -> Solved:
    """Say why a model has no solution: which demands contradict, the smallest change that
    reconciles them, or along which direction the objective improves for ever."""
    return _solved(_solution(formulation, tables, "auto", time_limit_s))


def explain_formulation(
    *, formulation: FormulationJson, tables: Tables | None = None, time_limit_s: Limit = 60.0
) -> Explained:
    """Tell a model and its answer in words: decisions, limits, which of them bind and what one
    more unit of each is worth; and the model in LaTeX."""
    from optwright.agents.render import render
    from optwright.solvers.export import export

    program = _program(formulation, tables)
    solution = _solution(formulation, tables, "auto", time_limit_s)
    return Explained(text=render(solution), latex=export(program, "latex"))


def what_if(
    *,
    formulation: FormulationJson,
    edits: Annotated[
        list[dict[str, Any]],
        Field(description="Edits by kind; the tool edit_schema gives their JSON schema."),
    ],
    tables: Tables | None = None,
    time_limit_s: Limit = 60.0,
) -> Compared:
    """Change a model by edits - a number, a limit, a decision forced or closed, another objective -
    and compare what it comes to before and after."""
    from optwright.solvers.edit.operations import apply

    program = _program(formulation, tables)
    return _compared(program, apply(program, _edits(edits)), time_limit_s)


def edit_schema() -> dict[str, Any]:
    """The JSON schema of the edits that `what_if` takes."""
    from optwright.solvers.edit.operations import Edit

    return TypeAdapter(list[Edit]).json_schema()


def compare_formulations(
    *,
    before: FormulationJson,
    after: FormulationJson,
    tables: Tables | None = None,
    time_limit_s: Limit = 60.0,
) -> Compared:
    """Compare two models over the same tables: what differs, and what each comes to."""
    return _compared(_program(before, tables), _program(after, tables), time_limit_s)


def import_model(*, text: str, format: ModelFormat) -> Imported:
    """Read an LP or MPS file as a formulation, its names and comments as sets and words."""
    from optwright.solvers.analysis.size import size_of
    from optwright.solvers.import_.reading import READABLE, model_from_text

    program = model_from_text(text, format)
    size = size_of(program)
    if program.formulation is None or size is None:
        raise InputError(
            f"the model has more than {READABLE:,} columns or rows, or is not linear",
            hint="solve it from the command line: optwright solve FILE",
        )
    return Imported(formulation=_as_json(program.formulation), columns=size.columns, rows=size.rows)


def export_formulation(
    *, formulation: FormulationJson, format: ExportFormat, tables: Tables | None = None
) -> Text:
    """Write a model as a Pyomo script, an LP or MPS file, LaTeX, Markdown or JSON."""
    from optwright.solvers.export import export

    return Text(text=export(_program(formulation, tables), format))


def report_formulation(
    *,
    formulation: FormulationJson,
    tables: Tables | None = None,
    format: Annotated[str, Field(pattern="^(html|md)$")] = "md",
    time_limit_s: Limit = 60.0,
) -> Text:
    """Solve a model and write the report: model, answer, binding limits with their prices."""
    from optwright.reporting import content

    solution = _solution(formulation, tables, "auto", time_limit_s)
    return Text(text=content(solution, f".{format}").decode())


def ground_formulation(
    *, problem: str, formulation: FormulationJson, tables: Tables | None = None
) -> Grounded:
    """Hold a formulation against the words of its problem, and make plans to judge.

    The findings are advice: numbers of the text that nothing uses, limits without words, units. The
    plans are for a reader of the words who has NOT seen the formulation (you, before you wrote it,
    or a person): send the answers to `judge_plans`. One plan judged otherwise refutes the model.
    """
    from optwright.agents.checks.context import CheckContext
    from optwright.agents.checks.readers import wording
    from optwright.agents.checks.words.all_checks import findings

    program = _program(formulation, tables)
    assert program.formulation is not None
    made = _inquiry(problem, formulation, tables)
    context = CheckContext(problem, program.formulation, program.tables)
    return Grounded(
        findings=tuple(finding.message for finding in findings(context)),
        decisions=wording.decisions(made.question),
        plans=tuple(
            PlanToJudge(number=p.number, asks=p.asks.value, plan=wording.amounts(p))
            for p in made.question.plans
        ),
        not_asked=made.unasked,
    )


def judge_plans(
    *,
    problem: str,
    formulation: FormulationJson,
    answers: list[JudgedPlan],
    tables: Tables | None = None,
) -> Judgement:
    """Hold the answers to the plans of `ground_formulation` against the model."""
    from optwright.agents.checks.plans.examine import compare
    from optwright.agents.checks.plans.question import Answer, Reading, Verdict

    made = _inquiry(problem, formulation, tables)
    reading = Reading(
        tuple(Answer(a.number, Verdict(a.verdict), a.sentence, a.value) for a in answers)
    )
    examined = compare(made, reading, "you")
    return Judgement(
        state=examined.state.value,
        mismatches=tuple(mismatch.text for mismatch in examined.mismatches),
        unanswered=examined.unanswered,
    )


def read_tables_below(root: Path, path: str) -> TablesRead:
    """The tables of a file below a folder: names, types, first rows, and what was left out."""
    from optwright.solvers.data.tables import load

    return TablesRead(tables=tuple(map(_table, load([_below(path, root)]).values())))


def _table(table: Any) -> TableResult:
    return TableResult(
        name=table.name,
        rows=len(table),
        columns=tuple(ColumnResult(name=c.name, kind=c.type.value) for c in table.columns),
        first_rows=tuple(_rows(table)),
        notes=table.notes,
        understood=table.understood,
        doubts=table.doubts,
        questions=tuple(question.told() for question in table.questions),
    )


Operation = Callable[..., Any]


def operations(
    root: Path | None = None, model: str | None = None, ledger: Path | None = None
) -> dict[str, Operation]:
    """Every operation by name: files are read below `root`, problems in words with a `model`; what
    has neither is not there. What the model replies is kept in the `ledger`, if there is one."""
    plain: list[Operation] = [
        formulation_schema,
        check_formulation,
        solve_formulation,
        diagnose_formulation,
        explain_formulation,
        what_if,
        edit_schema,
        compare_formulations,
        import_model,
        export_formulation,
        report_formulation,
        ground_formulation,
        judge_plans,
    ]
    plain += _in_folder(root) if root is not None else []
    plain += _with_model(model, ledger) if model is not None else []
    return {operation.__name__: operation for operation in plain}


def _in_folder(root: Path) -> list[Operation]:
    def read_tables(*, path: str) -> TablesRead:
        """Read a CSV, JSON, Excel or Parquet file below the folder that is served: names, types,
        first rows, and what was left out of it."""
        return read_tables_below(root, path)

    return [read_tables]


def _with_model(model: str, ledger: Path | None) -> list[Operation]:
    def model_problem(
        *,
        problem: str,
        tables: Tables | None = None,
        budget: Annotated[
            str, Field(description="Such as calls=10,tokens=20000,seconds=300.")
        ] = "calls=10,seconds=600",
    ) -> dict[str, Any]:
        """Turn a problem told in words, with its tables, into a model, solve it, and say why the
        answer can be trusted. The language model is the one the server was started with."""
        import optwright

        told = optwright.Problem(problem, _tables(tables))
        with kept_in(ledger) as kept:
            solution = optwright.solve(told, model=model, budget=budget, ledger=kept)
        return solution.model_dump(mode="json")

    return [model_problem]


def _formulation(given: Mapping[str, Any]) -> Any:
    import json

    from optwright.solvers.model.formulation import Formulation

    return Formulation.from_json(json.dumps(given))


def _tables(given: Tables | None) -> dict[str, Any]:
    from optwright.solvers.data.tables import load

    return dict(load(given)) if given else {}


def _program(formulation: FormulationJson, tables: Tables | None) -> Any:
    from optwright.solvers.backends.program import Program

    return Program(_formulation(formulation), _tables(tables))


def _solution(
    formulation: FormulationJson, tables: Tables | None, solver: str, time_limit_s: float
) -> Any:
    from optwright.agents.given import solve_model
    from optwright.solvers.model.outcome import SolveOptions

    options = SolveOptions(time_limit_s=time_limit_s)
    return solve_model(_program(formulation, tables), solver=solver, options=options)


def _solved(solution: Any) -> Solved:
    from optwright.agents.render import headline, sections

    shown = dict(sections(solution))
    values = {name: value for name, value in solution.variables.items() if value}
    kept = dict(list(values.items())[:MOST_VALUES])
    return Solved(
        status=solution.status.value,
        headline=" ".join(headline(solution).split()),
        objective=solution.objective,
        bound=solution.bound,
        gap=solution.gap,
        values=kept,
        left_out=len(values) - len(kept),
        binding=tuple(line.strip(" -") for line in shown.get("Limits that bind", [])),
        why=solution.diagnosis,
        warnings=solution.warnings,
    )


def _compared(before: Any, after: Any, time_limit_s: float) -> Compared:
    from optwright.agents.given import solve_model
    from optwright.solvers.edit.difference import difference, render
    from optwright.solvers.model.outcome import SolveOptions

    options = SolveOptions(time_limit_s=time_limit_s)
    return Compared(
        differences=tuple(render(difference(before, after))),
        before=_solved(solve_model(before, options=options)),
        after=_solved(solve_model(after, options=options)),
        formulation=_as_json(after.formulation),
    )


def _as_json(formulation: Any) -> dict[str, Any]:
    import json

    content: dict[str, Any] = json.loads(formulation.to_json())
    return content


def _edits(given: list[dict[str, Any]]) -> list[Any]:
    from optwright.solvers.edit.operations import Edit

    try:
        return TypeAdapter(list[Edit]).validate_python(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise FormulationError(
            f"edit {place} cannot be read: {first['msg']}", hint="see edit_schema"
        ) from error


def _inquiry(problem: str, formulation: FormulationJson, tables: Tables | None) -> Any:
    from optwright.agents.checks.plans.generate import inquiry

    program = _program(formulation, tables)
    return inquiry(problem, program.formulation, program.tables)


def _below(path: str, root: Path) -> str:
    """The path, if it lies below the folder that is served, links followed."""
    name, hash_, sheet = path.partition("#")
    found = (root / name).resolve()
    if not found.is_relative_to(root.resolve()):
        raise InputError(f"{path!r} is outside the folder that is served")
    return f"{found}{hash_}{sheet}"


def _rows(table: Any) -> list[dict[str, Any]]:
    heads = [column.name for column in table.columns]
    cells = zip(*(column.cells[:FIRST_ROWS] for column in table.columns), strict=True)
    return [dict(zip(heads, row, strict=True)) for row in cells]


def told(error: OptwrightError) -> str:
    """An error as a sentence with its hint."""
    return f"{error} ({error.hint})" if error.hint else str(error)
