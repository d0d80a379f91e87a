"""All insights, and the problems that they were learnt from, in one SQLite file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from optwright.agents.experience.archetypes import ByWords
from optwright.agents.experience.insight import Insight, key_of
from optwright.agents.experience.retrieve import Classifier, Retriever
from optwright.agents.text.nearness import Texts
from optwright.closing import Closing
from optwright.errors import InputError, StorageError
from optwright.storage.documents import Documents

_INSIGHT, _PROBLEM = "insight/", "problem/"


class Library(Closing):
    """Insights by their id, in the order they were kept; None keeps them in memory.

    Texts of problems that were learnt from stay here as well: they are how an insight proves
    itself again, and how it is known that a problem to be tested on is none of them.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._documents = Documents(path, "library")
        self._insights: dict[str, Insight] = {}
        self._seen: dict[str, str] = {}
        self._texts = Texts()
        try:
            for name, body in self._documents.all().items():
                if name.startswith(_INSIGHT):
                    insight = Insight.model_validate(body)
                    self._insights[insight.id] = insight
                elif name.startswith(_PROBLEM):
                    self._remember(name.removeprefix(_PROBLEM), body["text"])
        except (ValidationError, KeyError, TypeError) as error:
            self._documents.close()
            raise StorageError(f"the library {str(path)!r} is damaged: {error}") from error

    @property
    def insights(self) -> tuple[Insight, ...]:
        """All that are in use."""
        return tuple(one for one in self._insights.values() if not one.retired)

    @property
    def everything(self) -> tuple[Insight, ...]:
        """Those that are retired too."""
        return tuple(self._insights.values())

    def __len__(self) -> int:
        return len(self.insights)

    def insight(self, id: str) -> Insight:
        """The insight whose id begins so; `InputError` for none or several."""
        found = [one for name, one in self._insights.items() if name.startswith(id)]
        if len(found) != 1 or not id:
            raise InputError(
                f"there {'is no insight' if not found else 'are several insights'} {id!r}",
                hint="'optwright library show' lists them",
            )
        return found[0]

    def keep(self, insights: Iterable[Insight], *, instead_of: Sequence[str] = ()) -> None:
        """Write insights, and remove those whose place they take."""
        new = {one.id: one for one in insights}
        gone = tuple(f"{_INSIGHT}{id_}" for id_ in instead_of if id_ not in new)
        bodies = {f"{_INSIGHT}{one.id}": one.model_dump(mode="json") for one in new.values()}
        self._documents.put(bodies, without=gone)
        for id_ in instead_of:
            self._insights.pop(id_, None)
        self._insights |= new

    def retire(self, id: str, reason: str) -> Insight:
        """Tell nobody of an insight any more; it is kept with the reason."""
        retired = self.insight(id).model_copy(update={"retired": reason})
        self.keep([retired])
        return retired

    def learnt_from(self, text: str) -> None:
        """Remember that a problem was learnt from."""
        key = key_of(text)
        if key not in self._seen:
            self._documents.put({f"{_PROBLEM}{key}": {"text": text}})
            self._remember(key, text)

    @property
    def problems(self) -> dict[str, str]:
        """The texts that were learnt from, by their key."""
        return dict(self._seen)

    def retriever(self, classifier: Classifier | None = None) -> Retriever:
        """What tells of the insights in use, as they are whenever it is asked."""
        return Retriever(lambda: self.insights, self._seen, classifier or ByWords())

    def knows(self, text: str) -> str:
        """The key of a problem that was learnt from and that this text repeats; empty for none."""
        return self._texts.like(text)

    def close(self) -> None:
        self._documents.close()

    def _remember(self, key: str, text: str) -> None:
        self._seen[key] = text
        self._texts.add(key, text)


def default_library() -> Path:
    """Where the library is unless somebody says otherwise: in the user's data directory."""
    from platformdirs import user_data_path

    return user_data_path("optwright") / "library.sqlite"
