"""From models, profiles and effort to the team that works on a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from optwright.agents.cast import AnyModel, name_of
from optwright.agents.checks.confidence import was_counted
from optwright.agents.checks.plans.question import Reader
from optwright.agents.checks.readers.model import ModelReader
from optwright.agents.checks.readers.standing import Standings
from optwright.agents.checks.readers.wording import MOST_ROWS
from optwright.agents.checks.slots.check import SlotCheck
from optwright.agents.checks.slots.model import ModelAnnotator
from optwright.agents.coder import Coder
from optwright.agents.critic import Critic
from optwright.agents.effort import Effort
from optwright.agents.experience.retrieve import Hints, Retriever
from optwright.agents.formulator import Formulator
from optwright.agents.planner import Planner
from optwright.agents.problem import Problem
from optwright.agents.profiles.profile import Profile, is_guessed, profile_for, shipped
from optwright.agents.repair.rank import Chooser
from optwright.agents.scheduler import Scheduler
from optwright.agents.sharing import SAMPLE_ROWS, Share
from optwright.agents.team import Fallback, Team
from optwright.agents.verifier import Verifier
from optwright.serving import endpoints
from optwright.serving.chat import ChatModel
from optwright.serving.roles import ModelSpec
from optwright.solvers.model.outcome import Progress, SolveOptions


@dataclass(frozen=True)
class Profiles:
    """How a run's formulators are asked. `second` is for the model of the second one, where there
    is one; `fallback` for a model whose first reply shows that it does not follow its profile."""

    formulator: Profile
    second: Profile | None = None
    fallback: Profile | None = None


def profiles_of(
    model: AnyModel,
    models: Mapping[str, AnyModel],
    wanted: Profile | str | Path | None,
    at: str,
) -> Profiles:
    """The profiles for the models that formulate: the one that is `wanted`, or by their names. What
    was found out about an endpoint is kept under the name `at`."""
    name = name_of(models.get("formulator", model))
    suited = wanted if isinstance(wanted, Profile) else profile_for(name, wanted)
    fallback = None
    if wanted is None and is_guessed(suited, name):
        fallback = shipped("small")
        known = endpoints.recall(at).get("profile")
        suited, fallback = (fallback, None) if known == "small" else (suited, fallback)
    other = models.get("second_formulator")
    second = None if other is None or name_of(other) == name else profile_for(name_of(other))
    return Profiles(suited, second, fallback)


def team_of(
    cast: Mapping[str, ChatModel],
    profiles: Profiles,
    effort: Effort | None = None,
    *,
    reader: Reader | None = None,
    solver: str = "auto",
    sandbox: str = "auto",
    options: SolveOptions | None = None,
    hints: Hints | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Team:
    """The agents for models of each role, as many tries as effort and profile say."""
    effort, profile, second = effort or Effort(), profiles.formulator, profiles.second
    tried = effort.within(profile, second=second is not None)
    fallen = _fallback(profiles.fallback, effort, second)
    effort, ask = tried.effort, profile.prompt
    if isinstance(hints, Retriever):
        hints = replace(hints, most=profile.library.insights, pages=profile.library.page)
    return Team(
        Planner(
            cast["planner"],
            effort.plans,
            solver,
            code=effort.code,
            second_form=effort.code,
            second_writer=second is not None,
            prompts=ask,
        ),
        Formulator(cast["formulator"], profile, hints),
        Coder(cast["coder"], sandbox, options or SolveOptions(), ask, on_progress),
        Critic(cast["critic"] if effort.opinion else None, ask),
        Verifier(tried.agreement),
        fallback=fallen,
        second=None if second is None else Formulator(cast["second_formulator"], second, hints),
        by_wording=all(was_counted(cast[w].name) for w in _writers(second)),
        drafts=tried.drafts,
        repairs=tried.repairs,
        feedback=effort.feedback,
        debate=effort.debate,
        chooser=Chooser(cast["critic"], ask) if effort.proposals == "ask" else None,
        slots=SlotCheck(ModelAnnotator(cast["critic"])) if effort.slots else None,
        scheduler=Scheduler(profile.effort.scheduler),
        order=profile.effort.order,
        reader=reader,
    )


def _fallback(profile: Profile | None, effort: Effort, second: Profile | None) -> Fallback | None:
    if profile is None or effort.drafts is not None:
        return None  # whoever says how many drafts there are says it of all
    tried = effort.within(profile, second=second is not None)
    return Fallback(profile, tried.drafts, tried.agreement)


def _writers(second: Profile | None) -> tuple[str, ...]:
    return ("formulator",) if second is None else ("formulator", "second_formulator")


def reader_of(
    opened: ChatModel, model: AnyModel, named: AnyModel | None, problem: Problem
) -> Reader | None:
    """The model of the reader's role, with as many rows as it may see. One that has not passed the
    gate reads only where it was `named` for the role; `model` is the one for all others."""
    standing = Standings().of(opened.name)
    reliability = None if standing is None else standing.reliability
    if reliability is None and named is None:
        return None
    return ModelReader(opened, rows=_rows_shown(named or model, problem), reliability=reliability)


def _rows_shown(model: AnyModel, problem: Problem) -> int:
    """How many rows of a table the model may see that reads plans: none where `share` says so,
    otherwise on this machine as many as it takes, elsewhere three."""
    if problem.share is not Share.ROWS:
        return 0
    spec = ModelSpec(model=model) if isinstance(model, str) else model
    is_here = isinstance(spec, ModelSpec) and spec.destination is None
    return MOST_ROWS if is_here else SAMPLE_ROWS
