"""The small API: `minimize` for functions, `optimize` for programs with examples."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from math import inf
from pathlib import Path
from typing import Any

from optwright.errors import InputError
from optwright.optim.acceptance import Acceptance, PairedTest
from optwright.optim.acceptance.confidence import Bounds
from optwright.optim.acceptance.open import open_rule
from optwright.optim.acceptance.prospect import Prospect
from optwright.optim.beliefs import Belief, Beliefs
from optwright.optim.optimizer import Optimizer, Setting
from optwright.optim.optimizers.language.replies import replies_of
from optwright.optim.parameters import Constraint, ParameterSpace, Tunable
from optwright.optim.pareto import Desirability
from optwright.optim.results import Minimum, Optimum
from optwright.optim.study.bench import Bench
from optwright.optim.study.best_score import BestScore
from optwright.optim.study.examples import split
from optwright.optim.study.holdout import Estimate, HoldoutValidation
from optwright.optim.study.identity import digest
from optwright.optim.study.loop import Known, Study, StudySettings
from optwright.optim.study.probe import Probe
from optwright.optim.study.progress import Watch, watching
from optwright.optim.study.provenance import lineage
from optwright.optim.study.runs import RunStore
from optwright.optim.study.setup import (
    PROMPT_TOKENS,
    Models,
    Prompts,
    ProposerSettings,
    describe,
    new_run_directory,
    open_proposer,
    open_run,
    open_workers,
    paid_by,
    rank_by,
)
from optwright.optim.study.task import NO_EXAMPLE, FunctionTask, ProgramTask
from optwright.optim.study.validation import (
    as_budget,
    as_space,
    demand_callable,
    demand_function,
    demand_metric,
    demand_workers,
)
from optwright.optim.study.workers import Threads
from optwright.optim.trial import as_json
from optwright.serving.budget import Amount, Budget

DEFAULT_BUDGET = Budget(evaluations=100)
TIMEOUT_S = 600.0
"""How long one call of the program may take unless told otherwise."""


def minimize(
    function: Callable[..., Any],
    parameters: Iterable[Tunable[Any]] | ParameterSpace,
    *,
    budget: Budget | str = DEFAULT_BUDGET,
    optimizer: str | Callable[[Setting], Optimizer] = "portfolio",
    model: Models = None,
    seed: int = 0,
    starts: Sequence[Mapping[str, Any]] = (),
    goal: str = "",
    prompt: Prompts = None,
    prompt_tokens: int = PROMPT_TOKENS,
    constraints: Sequence[Constraint] = (),
    known: Sequence[Known] = (),
    beliefs: Mapping[str, Belief] | None = None,
    wishes: Desirability | None = None,
    workers: int = 1,
    processes: bool = False,
    executor: str | None = None,
    timeout_s: float | None = TIMEOUT_S,
    patience: int | None = None,
    stop_at: float | None = None,
    run_dir: str | Path | None = None,
    watch: Watch | None = None,
    instances: Iterable[Any] | None = None,
    context: Callable[[Any], Hashable] | None = None,
) -> Minimum:
    """Find values of `parameters` for which `function(**values)` is low.

    The function returns a number, or a number and feedback: words, a mapping of directions (per
    parameter positive where it should rise), or a `Feedback`. An exception, NaN or a run longer
    than `timeout_s` is a failed trial. The current values are tried first, then `starts`.
    It ends when the budget is spent, at a score of `stop_at`, or after `patience` steps without
    an improvement. With `run_dir` the run is kept there and continues when called again. `workers`
    runs go side by side in threads, in processes that can be killed with `processes`, or on a Ray
    cluster with `executor="ray"`. `watch` is told where the run stands after every step:
    `progress_view()` shows it.
    `constraints` get all values and return False, or words, where they do not go together: nothing
    that breaks one is run. `known` are results from before (lower is better in them), which
    optimizers learn from. `beliefs` say where the lowest value probably lies: `Near(at, within)`
    for a number, weights of options for a choice. What is believed most is tried beside the
    current values, and `ego`, in the portfolio too, weighs what it expects with them, the less the
    more was seen; a wrong belief costs that try and a bounded factor.
    A function that returns a mapping of several numbers is minimized in their mean, or towards
    `wishes`; `pareto_front` of the trials has what no other trial beats.
    `goal` says in words what the function is for, to optimizers that read. `model` is one language
    model or a list of them that take turns; `prompt` replaces the text that asks for values, for
    all optimizers or by name, and `prompt_tokens` is about how long it may get.

    With `instances` what counts is the sum along them: `function(instance, **values)` is called
    once for each, a bandit (Tsallis-INF) chooses the values, and `context` may say which kind an
    instance is of. `score` is then the mean of what was paid, and the budget ends at the last
    instance unless another one is given; only `seed` and `constraints` go with it.
    """
    space = as_space(parameters, constraints)
    if instances is not None:
        return _over_instances(
            function, space, instances, context, None if budget is DEFAULT_BUDGET else budget, seed
        )
    if context is not None:
        raise InputError("context says which kind an instance is of; give instances as well")
    budget = as_budget(budget, ends=patience is not None or stop_at is not None)
    believed = Beliefs.about(space, beliefs)
    demand_function(function, space.names)
    demand_workers(workers, timeout_s)
    task = FunctionTask(function, space, rank_by(wishes))
    directory = None if run_dir is None else Path(run_dir)
    runners = open_workers(
        task, [NO_EXAMPLE], workers, timeout_s, processes=processes, executor=executor
    )
    with closing(runners), RunStore(directory) as store, watching(watch):
        starts = (*starts, *believed.start(space))
        described = describe(
            space,
            optimizer,
            seed,
            starts=[as_json(values) for values in starts],
            **({"beliefs": believed.to_json()} if believed else {}),
        )
        account = open_run(store, task.name, described, budget)
        paid_by(runners, account)
        bench = Bench(space, runners, account, store)
        means = ProposerSettings(model, goal, prompt, prompt_tokens, beliefs=believed)
        proposer = open_proposer(optimizer, means, space, account, store, seed=seed)
        good_enough = None if stop_at is None else -stop_at
        before = tuple(replace(result, score=-result.score) for result in known)
        plan = StudySettings((space.initial, *starts), before, workers, patience, good_enough)
        study = Study(plan, proposer, BestScore(bench, account), bench, watch=watch)
        return _minimum(study, study.run())


def _over_instances(  # noqa: PLR0917  (what `minimize` was given)
    function: Callable[..., Any],
    space: ParameterSpace,
    instances: Iterable[Any],
    context: Callable[[Any], Hashable] | None,
    budget: Budget | str | None,
    seed: int,
) -> Minimum:
    from optwright.optim.sequence.api import run_sequence

    demand_callable(function, "the function")
    limits = None if budget is None else as_budget(budget, ends=True)
    values, trials, seconds = run_sequence(
        function, space, instances, context, budget=limits, seed=seed
    )
    paid = [-trial.score for trial in trials if not trial.failed]
    return Minimum(
        values=values,
        score=sum(paid) / len(paid) if paid else inf,
        evaluations=len(trials),
        trials=tuple(trials),
        changes=(),
        spent=Amount(evaluations=len(trials)),
        seconds=seconds,
        stopped="the last instance or the budget",
        run=None,
        replies=None,
    )


def _minimum(study: Study, stopped: str) -> Minimum:
    study.store.write_fact("result", _ending(study, stopped))
    found = study.progress.incumbent
    return Minimum(
        values=study.values,
        score=inf if found is None else -found.score,
        evaluations=study.account.spent.evaluations,
        trials=tuple(study.trials),
        changes=tuple(study.changes),
        spent=study.account.spent,
        seconds=study.account.elapsed_s,
        stopped=stopped,
        run=study.store.name,
        replies=replies_of(study.optimizer),
    )


def optimize(
    program: Callable[..., Any],
    train: Iterable[Any],
    metric: Callable[[Any, Any], Any],
    parameters: Iterable[Tunable[Any]] | ParameterSpace,
    *,
    optimizer: str | Callable[[Setting], Optimizer] = "portfolio",
    model: Models = None,
    budget: Budget | str = DEFAULT_BUDGET,
    seed: int = 0,
    valid: Iterable[Any] | None = None,
    test: Iterable[Any] | None = None,
    claim: str | None = None,
    accept: str = "proof",
    acceptance: Acceptance | None = None,
    bounds: Bounds | None = (0.0, 1.0),
    groups: Callable[[Any], str] | None = None,
    goal: str = "",
    prompt: Prompts = None,
    prompt_tokens: int = PROMPT_TOKENS,
    starts: Sequence[Mapping[str, Any]] = (),
    constraints: Sequence[Constraint] = (),
    known: Sequence[Known] = (),
    beliefs: Mapping[str, Belief] | None = None,
    wishes: Desirability | None = None,
    minibatch: int = 8,
    cascade: Sequence[int] = (),
    workers: int = 1,
    processes: bool = False,
    executor: str | None = None,
    timeout_s: float | None = TIMEOUT_S,
    patience: int | None = None,
    stop_at: float | None = None,
    run_dir: str | Path | None = None,
    watch: Watch | None = None,
) -> Optimum:
    """Find values of `parameters` with which `program` gets a higher mean of `metric`.

    The metric is called with an example and the program's output, and returns a score within
    `bounds` (None for a metric without limits), or a score and feedback: words, a mapping of
    directions, or a `Feedback`. The program gets a mapping's entries by name, the input of a
    pair (input, answer), any other example whole. An exception, NaN, or a run longer than
    `timeout_s` counts as the lowest score.

    Proposers learn from `train`. A change is accepted by a test on `valid`, and the winner is
    estimated on `test`; splits that are not given are cut from `train`, before the start. `claim`
    says what has to be shown: `mean`, a higher mean score on such examples; `most`, more examples
    won than lost; None, either of them; `these`, a higher mean on these examples, which are then
    the whole task: all of them are learnt from and decide. `accept="greedy"` takes every better
    mean without a test. `acceptance` is a rule of one's own. `groups` names the group
    of an example: a change must not harm any. A metric that returns a mapping of scores is ranked
    by their mean, or by `wishes`. `budget` holds for the program's and the
    optimizer's models together, as far as the program asks models of `open_model`.

    A proposal is tried on `minibatch` examples of `train` beside the values in use. `cascade` are
    numbers of examples after which one that is below them so far is given up: `(2, 4)` makes room
    for more proposals, and costs some that begin badly.

    `starts` are tried beside the current values, `known` results from before the run are told to
    proposers, `beliefs` are as in `minimize`. `constraints` get all values and return False, or
    words, where they do not go together: nothing that breaks one is run.

    `model` is one language model or a list of them that take turns; with several `workers` they are
    asked at once. `prompt` replaces the text that asks for values, for all optimizers or by name:
    a file or a text with the blanks of the prompt it replaces; `prompt_tokens` is about how long
    it may get.

    The run is kept in `run_dir`, or a new directory in the user's data directory; the same call
    with the same directory continues it. `workers` runs go side by side in threads, in
    processes that can be killed with `processes`, or on a Ray cluster with `executor="ray"`.
    `watch` is told where the run stands after every step: `progress_view()` shows it.
    """
    space = as_space(parameters, constraints)
    budget = as_budget(budget, ends=patience is not None or stop_at is not None)
    believed = Beliefs.about(space, beliefs)
    demand_callable(program, "the program")
    demand_metric(metric)
    demand_workers(workers, timeout_s)
    rule = open_rule(claim, accept, acceptance, bounds, seed)
    splits = split(
        train,
        valid,
        test,
        seed=seed,
        groups=groups,
        whole=claim == "these",
        shared=isinstance(rule, PairedTest),
    )
    if isinstance(rule, PairedTest):
        rule.deciding = len(splits.valid)
    directory = new_run_directory() if run_dir is None else Path(run_dir)
    task = ProgramTask(program, metric, space, rank_by(wishes))
    runners = open_workers(
        task, splits.all, workers, timeout_s, processes=processes, executor=executor
    )
    with closing(runners), RunStore(directory) as store, watching(watch):
        decides = "own" if acceptance else claim or accept
        starts = (*starts, *believed.start(space))
        described = describe(
            space,
            optimizer,
            seed,
            program=task.name,
            acceptance=decides,
            code_of_program=digest(program),
            code_of_metric=digest(metric),
            starts=[as_json(values) for values in starts],
            **({"cascade": list(cascade)} if cascade else {}),
            **({"beliefs": believed.to_json()} if believed else {}),
            **splits.keys,
        )
        account = open_run(store, task.name, described, budget)
        probe = Probe(store, metric, space)
        probe.demand_same(splits.all)
        if isinstance(runners, Threads):  # the store does not go to other processes
            task.judged = probe.offer
        paid_by(runners, account)
        bench = Bench(space, runners, account, store)
        judge = HoldoutValidation(
            bench,
            account,
            splits,
            rule,
            first=space.initial,
            minibatch=minibatch,
            bounds=bounds,
            seed=seed,
            cascade=cascade,
        )
        means = ProposerSettings(model, goal, prompt, prompt_tokens, judge.known, believed)
        proposer = open_proposer(optimizer, means, space, account, store, seed=seed)
        plan = StudySettings((space.initial, *starts), tuple(known), workers, patience, stop_at)
        study = Study(plan, proposer, judge, bench, watch=watch)
        expected = judge.prospect()
        if store.fact("prospect") is None and expected is not None:
            store.write_fact("prospect", {"said": str(expected), **asdict(expected)})
        study.prospect = (store.fact("prospect") or {}).get("said", "")
        return _optimum(study, judge, study.run(), expected)


def _optimum(
    study: Study, judge: HoldoutValidation, stopped: str, expected: Prospect | None
) -> Optimum:
    """Estimate the winner, write down how it ended, and say it."""
    incumbent = study.progress.incumbent
    study.show("estimating the winner")
    estimate = _kept_estimate(study)
    if estimate is None:
        study.bench.begin(study.progress.step + 1)
        estimate = judge.estimate(incumbent)
    unproven = judge.unproven(incumbent, study.trials, study.changes)
    kept = {"unproven": None if unproven is None else unproven.to_json()}
    study.store.write_fact("result", {**_ending(study, stopped), **estimate.to_json(), **kept})
    chosen = -inf if incumbent is None else incumbent.score
    directory = study.store.directory
    assert directory is not None  # `optimize` gave it one
    return Optimum(
        values=study.values,
        score=chosen if estimate.score is None else estimate.score.mean,
        interval=estimate.score,
        gain=estimate.gain,
        accepted=tuple(lineage(study.changes)),
        changes=tuple(c for c in study.changes if c.parent is not None),
        trials=tuple(study.trials),
        evaluations=study.account.spent.evaluations,
        spent=study.account.spent,
        seconds=study.account.elapsed_s,
        stopped=stopped,
        run=directory.name,
        directory=directory,
        replies=replies_of(study.optimizer),
        prospect=expected,
        best_unproven=unproven,
        parameters=tuple(study.space.to_json()),
    )


def _kept_estimate(study: Study) -> Estimate | None:
    """The estimate of the same winner, from when this run ended here before."""
    kept = study.store.fact("result")
    here = {"step": study.progress.step, "winner": study.winner}
    if kept is None or any(kept.get(name) != value for name, value in here.items()):
        return None
    return Estimate.from_json(kept)


def _ending(study: Study, stopped: str) -> dict[str, Any]:
    """How a run ended, as it is kept."""
    replies = replies_of(study.optimizer)
    return {
        "stopped": stopped,
        "step": study.progress.step,
        "winner": study.winner,
        "spent": asdict(study.account.spent),
        "elapsed_s": study.account.elapsed_s,
        "replies": None if replies is None else asdict(replies),
    }
