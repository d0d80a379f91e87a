"""Versions of the model as a page shows them: each with what it came to, and some side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from optwright.agents.chat.phrasing import ranked
from optwright.agents.chat.reply import Grid
from optwright.agents.chat.session import ChatSession
from optwright.agents.chat.store import Version
from optwright.agents.chat.whatif.comparison import comparison
from optwright.agents.chat.whatif.scenario import Scenario
from optwright.agents.problem import Problem
from optwright.agents.render import number
from optwright.errors import InputError
from optwright.reporting.charts.bars import bars
from optwright.reporting.facts import gather
from optwright.reporting.pictures import pictures
from optwright.solvers.edit.difference import Difference, difference
from optwright.web.view import View

MOST_COMPARED = 4


@dataclass(frozen=True)
class Line:
    """A version in the list of all. `depth` counts the forks above it."""

    version: Version
    names: tuple[str, ...]
    depth: int
    stands: bool
    tried: bool
    came_to: str


@dataclass(frozen=True)
class Drawn:
    """A picture of an answer, ready for a page."""

    caption: str
    html: Markup


@dataclass(frozen=True)
class Side:
    """One of the versions side by side."""

    name: str
    title: str
    pictures: tuple[Drawn, ...]


@dataclass(frozen=True)
class VersionComparison:
    """Versions side by side; `diff` where they are two."""

    versions: tuple[int, ...]
    says: str
    bars: Markup
    grids: tuple[Grid, ...]
    sides: tuple[Side, ...]
    diff: tuple[Difference, ...]


@dataclass
class Versions:
    """The versions of a session. What one came to is looked up once: it never changes."""

    session: ChatSession
    _came_to: dict[int, str] = field(default_factory=dict)

    def lines(self, view: View) -> list[Line]:
        """Every version, each below its parent."""
        history = view.history
        names: dict[int, list[str]] = {}
        for name, version in history.names.items():
            names.setdefault(version, []).append(name)
        return [
            Line(
                version,
                tuple(names.get(version.id, ())),
                depth,
                version.id == history.current,
                version.id == view.trial,
                self._ended(version.id),
            )
            for version, depth in history.tree()
        ]

    def _ended(self, version: int) -> str:
        if version not in self._came_to:
            outcome = self.session.outcome_of(version)
            objective = outcome.objective
            said = str(outcome.status).replace("_", " ")
            self._came_to[version] = said if objective is None else number(objective)
        return self._came_to[version]

    def compared(self, view: View, wanted: Sequence[str]) -> VersionComparison:
        """Some versions, by number or name, side by side. `InputError` for one there is not, for
        too many, and for fewer than two."""
        found = list(dict.fromkeys(map(view.history.find, wanted)))
        if not 2 <= len(found) <= MOST_COMPARED:
            raise InputError(f"a comparison takes 2 to {MOST_COMPARED} versions, not {len(found)}")
        scenarios = [self._scenario(v, view.history.title(v)) for v in found]
        known = [(s.name, s.objective) for s in scenarios if s.objective is not None]
        diff = difference(scenarios[0].program, scenarios[1].program) if len(found) == 2 else ()
        return VersionComparison(
            tuple(found),
            ranked(scenarios),
            Markup(bars(known)) if len(known) > 1 else Markup(""),
            comparison(scenarios),
            tuple(
                Side(s.name, view.history[v].title, self._pictures(v, s, view))
                for v, s in zip(found, scenarios, strict=True)
            ),
            diff,
        )

    def _scenario(self, version: int, name: str) -> Scenario:
        return Scenario(name, self.session.program_of(version), self.session.outcome_of(version))

    def _pictures(self, version: int, scenario: Scenario, view: View) -> tuple[Drawn, ...]:
        if scenario.objective is None or view.problem is None:
            return ()
        problem = Problem(view.problem.text, dict(scenario.program.tables))
        facts = gather(self.session.solution_of(version), problem, ranging=False)
        return tuple(Drawn(p.caption, Markup(p.html)) for p in pictures(facts))
