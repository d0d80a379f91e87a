"""`evolve`: better programs for an evaluation that is given as an ordinary function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from optwright.errors import InputError
from optwright.optim.acceptance import Acceptance
from optwright.optim.acceptance.confidence import Bounds, Interval
from optwright.optim.optimizer import Optimizer, Setting
from optwright.optim.optimizers.language.replies import Replies, replies_of
from optwright.optim.parameters import ParameterSpace
from optwright.optim.program.archive import ISLANDS, Feature
from optwright.optim.program.judge import OnThese
from optwright.optim.program.parameter import ProgramCode
from optwright.optim.program.search import open_search
from optwright.optim.program.task import Evaluate, HarnessTask, Place, takes_example
from optwright.optim.study.bench import Bench
from optwright.optim.study.examples import Splits, split, whole
from optwright.optim.study.holdout import Estimate, HoldoutValidation
from optwright.optim.study.identity import digest
from optwright.optim.study.loop import Study, StudySettings
from optwright.optim.study.progress import Watch, watching
from optwright.optim.study.runs import Change, RunStore
from optwright.optim.study.setup import (
    Models,
    ProposerSettings,
    describe,
    new_run_directory,
    open_proposer,
    open_run,
    open_workers,
    paid_by,
)
from optwright.optim.study.task import NO_EXAMPLE
from optwright.optim.study.validation import as_budget, demand_callable, demand_workers
from optwright.optim.trial import Trial
from optwright.serving.budget import Amount, Budget
from optwright.solvers.sandbox import Limits

DEFAULT_BUDGET = Budget(evaluations=200)
HARNESS_S = 60.0
"""How much longer than the program itself a whole evaluation may take."""
NAME = "program"


@dataclass(frozen=True, slots=True)
class Evolved:
    """What `evolve` found.

    `program` is the best one and `score` the mean of its scores on the examples it was chosen on;
    `first_score` is that of the first program, None where it failed. `reason` says what the choice
    rests on. `test` is the mean score of `program` on examples that the search never saw, with an
    interval, and `gain` by how much it beats the first program there; both are None without such
    examples.
    """

    program: str
    score: float
    first_score: float | None
    reason: str
    test: Interval | None
    gain: Interval | None
    trials: tuple[Trial, ...]
    changes: tuple[Change, ...]
    evaluations: int
    spent: Amount
    seconds: float
    stopped: str
    """Why it ended: budget, good enough, no progress, or nothing left to propose."""
    run: str
    directory: Path
    replies: Replies | None
    """Of the model that writes programs; None where none was asked."""


def evolve(
    program: str | Path | ProgramCode,
    evaluate: Evaluate,
    *,
    train: Iterable[Any] | None = None,
    test: Iterable[Any] | None = None,
    model: Models = None,
    optimizer: str | Callable[[Setting], Optimizer] = "program",
    budget: Budget | str = DEFAULT_BUDGET,
    seed: int = 0,
    goal: str = "",
    functions: Iterable[str] = (),
    vocabulary: Iterable[str] = (),
    starts: Iterable[str] = (),
    islands: int = ISLANDS,
    features: Sequence[Feature] = (),
    cascade: Sequence[int] = (),
    acceptance: Acceptance | None = None,
    bounds: Bounds | None = None,
    limits: Limits | None = None,
    sandbox: str = "auto",
    preload: Iterable[str] = ("numpy",),
    workers: int = 1,
    executor: str = "threads",
    patience: int | None = None,
    stop_at: float | None = None,
    run_dir: str | Path | None = None,
    watch: Watch | None = None,
) -> Evolved:
    """Find a program for which `evaluate` gives a higher score.

    `program` is Python source, a path to it, or a `ProgramCode`. Lines `# EVOLVE-BLOCK-START` and
    `# EVOLVE-BLOCK-END` enclose what may change; without them all of it may. `functions` must stay
    defined.

    `evaluate(program)`, or `evaluate(program, example)` for each example of `train`, calls the
    program's functions (`program.name(...)`, JSON and arrays in and out) and returns a score, or a
    score and feedback as a metric of `optimize` does: words, or a mapping of scores instead of one.
    It runs here and is trusted; the program runs in the sandbox, once for each evaluation, and can
    return wrong data and nothing else. A program that fails, or takes longer than `limits.wall_s`
    (default 20 s), fails the evaluation. Its errors and what it prints are told to whoever changes
    it next.

    `model` writes programs; several take turns. `optimizer` is `program`, a search that shares the
    budget between a model that rewrites (where `model` is given), best-of-N, and edits without a
    model; or one of them alone: `rewriting`, `best-of-n`, `editing`. `vocabulary` are expressions
    such as `np.sign(_)` for the edits.
    `islands` and `features` shape the archive. `cascade` are numbers of examples after which a
    program that is below the middle is given up.

    The best program is the best so far on `train`, and is said to be no more, unless `acceptance`
    is given: then changes are tested on examples held back, as in `optimize`, with scores within
    `bounds`. `test` are examples that the search never sees; the winner and the first program run
    on them at the end, within the budget.

    The run is kept in `run_dir`, or a new directory in the user's data directory; the same call
    with the same directory continues it. `workers` programs are proposed in a step and evaluated
    side by side: in this process's threads, in `executor="processes"`, or on the machines of a Ray
    cluster with `executor="ray"`.
    """
    parameter = _program(program, functions, vocabulary)
    demand_callable(evaluate, "evaluate")
    demand_workers(workers, None)
    budget = as_budget(budget, ends=patience is not None or stop_at is not None)
    splits = _splits(evaluate, train, test, seed=seed, tested=acceptance is not None)
    limits = limits or Limits()
    space = ParameterSpace([parameter])
    first = [space.initial, *({NAME: parameter.check(text)} for text in starts)]
    task = HarnessTask(
        evaluate, NAME, Place(str(sandbox), tuple(preload), limits, jobs=max(workers, 1))
    )
    directory = new_run_directory() if run_dir is None else Path(run_dir)
    timeout_s = limits.wall_s + HARNESS_S
    runners = open_workers(task, splits.all, workers, timeout_s, executor=executor)
    with closing(runners), RunStore(directory) as store, watching(watch):
        name = optimizer if isinstance(optimizer, str) else "own"
        shape = {"islands": islands, "features": [asdict(f) for f in features]}
        more = {
            "code_of_harness": digest(evaluate),
            "archive": shape,
            "cascade": list(cascade),
            "starts": first[1:],
        }
        known = describe(space, name, seed, program=task.name, **splits.keys, **more)
        account = open_run(store, task.name, known, budget)
        paid_by(runners, account)
        bench = Bench(space, runners, account, store)
        judge: OnThese | HoldoutValidation
        if acceptance is None:
            judge = OnThese(
                bench,
                account,
                splits.train,
                splits.test,
                first=space.initial,
                cascade=cascade,
                bounds=bounds,
            )
        else:
            judge = HoldoutValidation(
                bench,
                account,
                splits,
                acceptance,
                first=space.initial,
                minibatch=len(splits.train),
                bounds=bounds,
                seed=seed,
            )

        def open_(setting: Setting) -> Optimizer:
            if isinstance(optimizer, str):
                return open_search(optimizer, setting, islands=islands, features=features)
            return optimizer(setting)

        proposer = open_proposer(
            open_, ProposerSettings(model, goal), space, account, store, seed=seed
        )
        plan = StudySettings(tuple(first), batch=workers, patience=patience, stop_at=stop_at)
        study = Study(plan, proposer, judge, bench, watch=watch)
        return _evolved(study, judge, study.run())


def _evolved(study: Study, judge: OnThese | HoldoutValidation, stopped: str) -> Evolved:
    """Run the winner on the test, write down how it ended, and say it."""
    incumbent = study.progress.incumbent
    study.show("running the winner on the test")
    here = {"step": study.progress.step, "winner": study.winner}
    kept = study.store.fact("result")
    if kept is not None and all(kept.get(key) == value for key, value in here.items()):
        estimate = Estimate.from_json(kept)
    else:
        study.bench.begin(study.progress.step + 1)
        estimate = judge.estimate(incumbent)
    replies = replies_of(study.optimizer)
    ending = {
        "stopped": stopped,
        **here,
        "spent": asdict(study.account.spent),
        "elapsed_s": study.account.elapsed_s,
        "replies": None if replies is None else asdict(replies),
    }
    study.store.write_fact("result", {**ending, **estimate.to_json()})
    directory = study.store.directory
    assert directory is not None  # `evolve` gave it one
    values: Mapping[str, Any] = study.values
    first = study.trials[0] if study.trials else None
    accepted = [change for change in study.changes if change.accepted]
    return Evolved(
        program=values[NAME],
        score=float("-inf") if incumbent is None else incumbent.score,
        first_score=None if first is None or first.failed else first.score,
        reason=accepted[-1].reason if accepted else "nothing was evaluated",
        test=estimate.score,
        gain=estimate.gain,
        trials=tuple(study.trials),
        changes=tuple(study.changes),
        evaluations=study.account.spent.evaluations,
        spent=study.account.spent,
        seconds=study.account.elapsed_s,
        stopped=stopped,
        run=directory.name,
        directory=directory,
        replies=replies,
    )


def _program(
    program: str | Path | ProgramCode, functions: Iterable[str], vocabulary: Iterable[str]
) -> ProgramCode:
    if isinstance(program, ProgramCode):
        return ProgramCode(
            NAME,
            program.value,
            functions=program.functions,
            vocabulary=program.vocabulary,
            max_chars=program.max_chars,
        )
    if isinstance(program, Path):
        try:
            program = program.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"the program {str(program)!r} cannot be read: {error}") from error
    return ProgramCode(NAME, program, functions=functions, vocabulary=vocabulary)


def _splits(
    evaluate: Evaluate,
    train: Iterable[Any] | None,
    test: Iterable[Any] | None,
    *,
    seed: int,
    tested: bool,
) -> Splits:
    """The examples and their purposes; a harness without examples has one evaluation."""
    if train is None:
        if test is not None or tested:
            raise InputError("there are no examples in train", hint="give train=[...]")
        return Splits((NO_EXAMPLE,), (), (), {})
    if not takes_example(evaluate):
        raise InputError(
            "there are examples and the harness takes none",
            hint="define evaluate(program, example)",
        )
    if tested:
        return split(train, None, test, seed=seed)
    return whole(train, test)
