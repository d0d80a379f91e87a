"""A trace as text for a prompt, never longer than its cap.

What is closest to a parameter or to the output is kept first, repeated structure is told once,
and the last line says what was left out. Tokens are counted by `serving.tokens.most_tokens`, an
upper estimate for byte-level tokenizers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, groupby

from optwright.errors import InputError
from optwright.optim.parameters import Tunable
from optwright.optim.steps import StepRun, Steps
from optwright.optim.subgraph import Subgraph
from optwright.optim.traced import Failure, TracedFunction
from optwright.serving.tokens import most_tokens

_CUT = " [...] "
_FEEDBACK_SHARE, _PARAMETER_SHARE, _FUNCTION_SHARE = 0.3, 0.35, 0.1
_LAST_LINE = 40
"""Tokens kept back for the line that says what was left out."""


def render(trace: Subgraph, tokens: int, *, steps_only: bool = False) -> str:
    """Return `trace` as text of at most `tokens` tokens; see `Trace.render`."""
    if tokens < 1:
        raise InputError(f"a trace cannot be rendered in {tokens} tokens")
    page = _Page(tokens - _LAST_LINE if tokens > 4 * _LAST_LINE else tokens)
    steps = Steps(trace)
    if not steps_only:
        page.add_feedback(trace, steps)
        page.add_parameters(trace)
    page.add_functions(steps)
    page.add_steps(steps)
    return clip("\n".join([*page.lines, *page.left_out()]), tokens)


def shorten(text: str, tokens: int) -> str:
    """`text`, or its beginning and end around a mark, in at most `tokens` tokens."""
    if most_tokens(text) <= tokens:
        return text
    kept = _largest(len(text), lambda n: most_tokens(_ends(text, n)) <= tokens)
    return _ends(text, kept) if kept else clip(text, tokens)


def clip(text: str, tokens: int) -> str:
    """The longest beginning of `text` that has at most `tokens` tokens."""
    return text[: _largest(len(text), lambda n: most_tokens(text[:n]) <= tokens)]


def _ends(text: str, kept: int) -> str:
    head = (2 * kept + 2) // 3
    return text[:head] + _CUT + text[len(text) - (kept - head) :]


def _largest(limit: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `limit` that fits, where 0 does and smaller ones always do."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


class _Page:
    """Lines under a cap, and a record of what did not fit."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self.left = tokens
        self.lines: list[str] = []
        self.missing: list[str] = []

    def put(self, line: str) -> None:
        self.lines.append(line)
        self.left -= _cost(line)

    def left_out(self) -> list[str]:
        return [f"Left out: {'; '.join(self.missing)}."] if self.missing else []

    def shortened(self, what: str, text: str, tokens: int) -> str:
        short = shorten(text, tokens)
        if short != text:
            self.missing.append(f"part of {what}")
        return short

    def add_feedback(self, trace: Subgraph, steps: Steps) -> None:
        value = trace.output.value
        text = "no value, because the call failed" if isinstance(value, Failure) else repr(value)
        share = int(self.tokens * _FEEDBACK_SHARE / 2)
        label = steps.label(trace.output) if len(steps) else "output"
        self.put(f"Output: {label} = {self.shortened('the output', text, share)}")
        feedback = trace.feedback
        if feedback.score is not None:
            self.put("Score: failed" if feedback.failed else f"Score: {feedback.score:g}")
        if feedback.text:
            self.put(f"Feedback: {self.shortened('the feedback', feedback.text, share)}")
        if feedback.direction:
            ways = ", ".join(f"{name} {value:+g}" for name, value in feedback.direction.items())
            self.put(f"Direction: {self.shortened('the directions', ways, share)}")

    def add_parameters(self, trace: Subgraph) -> None:
        if not trace.parameters:
            self.put("No parameter reaches this output.")
            return
        self.put("Parameters:")
        lines = [f"  {p.name} = {trace.values[p.name]!r}{_limits(p)}" for p in trace.parameters]
        shares = _shares([_cost(line) for line in lines], int(self.tokens * _PARAMETER_SHARE))
        cut = []
        for parameter, line, share in zip(trace.parameters, lines, shares, strict=False):
            self.put(shorten(line, share - 1))
            cut += [] if self.lines[-1] == line else [parameter.name]
        if cut:
            self.missing.append(f"part of {', '.join(cut[:3])}{_more(cut[3:])}")
        if len(shares) < len(lines):
            self.missing.append(f"{len(lines) - len(shares):,} of {len(lines):,} parameters")

    def add_functions(self, steps: Steps) -> None:
        operations = (node._op for node in steps.nodes)
        called = {id(op): op for op in operations if isinstance(op, TracedFunction) and op.doc}
        lines = [f"  {function.name}: {function.doc}" for function in called.values()]
        fitting = self._fitting(lines, int(self.tokens * _FUNCTION_SHARE))
        for line in ["Functions:", *fitting] if fitting else []:
            self.put(line)

    def add_steps(self, steps: Steps) -> None:
        if not len(steps):
            return
        self.put(f"Steps from the parameters to the output ({len(steps):,}):")
        if self._put_all(steps):
            return
        entries = [entry for run in steps.runs for entry in _entries(run)]
        closeness = ranks(steps)
        order = sorted(range(len(entries)), key=lambda i: _rank(entries[i], closeness))
        chosen = self._choose(steps, entries, order)
        for is_shown, group in groupby(range(len(entries)), key=lambda i: i in chosen):
            for line in [chosen[i] for i in group] if is_shown else ["  ..."]:
                self.put(line)
        unseen = sum(_size(entry) for i, entry in enumerate(entries) if i not in chosen)
        if unseen:
            self.missing.append(f"{unseen:,} of {len(steps):,} steps")

    def _put_all(self, steps: Steps) -> bool:
        """Tell all steps with their values whole, or as long as they can be; False where not even
        short values fit, or where many steps repeat."""
        folds = len(steps) > _FEW and any(is_long(run) for run in steps.runs)
        if folds or len(steps) > _MOST_WHOLE:
            return False
        for chars in (None, *_SHORTER):
            lines = [f"  {steps.line(index, chars)}" for index in range(len(steps))]
            if sum(map(_cost, lines)) <= self.left:
                for line in lines:
                    self.put(line)
                if chars is not None and lines != [
                    f"  {steps.line(index, None)}" for index in range(len(steps))
                ]:
                    self.missing.append(f"values beyond {chars:,} characters")
                return True
        return False

    def _choose(
        self, steps: Steps, entries: Sequence[_Entry], order: Sequence[int]
    ) -> dict[int, str]:
        """The lines of as many entries as fit, the most telling first, by their index."""
        chosen: dict[int, str] = {}
        left, misses = self.left, 0
        for index in order:
            line = _line(steps, entries[index])
            cost = _cost(line) + 2  # a gap mark beside it may come with it
            if cost <= left:
                chosen[index] = line
                left -= cost
            else:
                misses += 1
            if misses == _GIVE_UP:
                break
        return chosen

    def _fitting(self, lines: Sequence[str], tokens: int) -> list[str]:
        fitting = []
        for line in lines:
            tokens -= _cost(line)
            if tokens < 0:
                break
            fitting.append(line)
        return fitting


_SHORTER = (4000, 2000, 1000, 500, 250)
"""Characters of a value, tried in turn until all steps fit."""

_MOST_WHOLE = 300  # steps
_FEW = 60  # steps, up to which repeated ones are told like others where they fit

_GIVE_UP = 20
"""After so many lines that did not fit, no other is tried."""


_Entry = int | StepRun
"""One step by its index, or a run whose middle is told in one line."""


def is_long(run: StepRun) -> bool:
    """Whether the middle of a run is told in one line."""
    return run.count >= 4


def _entries(run: StepRun) -> Iterator[_Entry]:
    """A short run step by step; of a long one the first and the last round, and the run."""
    first = range(run.start, run.start + run.period)
    if not is_long(run):
        yield from range(run.start, run.stop)
        return
    yield from first
    yield StepRun(run.start + run.period, run.period, run.count - 2)
    yield from range(run.stop - run.period, run.stop)


def _line(steps: Steps, entry: _Entry) -> str:
    if isinstance(entry, int):
        return f"  {steps.line(entry)}"
    what = "step" if entry.period == 1 else f"{entry.period} steps"
    return f"  ... the {what} above, {entry.count:,} more times ..."


def _size(entry: _Entry) -> int:
    return 1 if isinstance(entry, int) else entry.stop - entry.start


def _rank(entry: _Entry, ranks: Sequence[float]) -> float:
    # The line for the middle of a run goes with the last step of its first round.
    return ranks[entry] if isinstance(entry, int) else ranks[entry.start - 1] - 0.5


def ranks(steps: Steps) -> list[float]:
    """How much each step tells, the lowest first: its distance to a parameter or to the output,
    whichever is nearer. Calls of traced functions come first of all, the middle of a long
    repetition last."""
    if not len(steps):
        return []
    near = [min(pair) for pair in zip(_distances(steps), _to_output(steps), strict=True)]
    told = [
        r - 2.0 * isinstance(n._op, TracedFunction) for r, n in zip(near, steps.nodes, strict=True)
    ]
    told[-1] = -4.0
    for run in (run for run in steps.runs if is_long(run)):
        for index in range(run.start + run.period, run.stop - run.period):
            told[index] += len(steps)
    return told


def _distances(steps: Steps) -> list[int]:
    known: dict[int, int] = {}
    for node in steps.nodes:
        known[id(node)] = 1 + min((known.get(id(s), 0) for s in steps.sources(node)), default=0)
    return list(known.values())


def _to_output(steps: Steps) -> list[int]:
    known: dict[int, int] = {id(steps.nodes[-1]): 0}
    for node in reversed(steps.nodes):
        for source in steps.sources(node):
            known[id(source)] = min(known.get(id(source), len(steps)), known[id(node)] + 1)
    return [known[id(node)] for node in steps.nodes]


def _shares(needs: Sequence[int], total: int) -> list[int]:
    """Split `total` so that small needs are met in full and large ones share the rest. When not
    all of them can have `_LEAST`, the last ones get nothing and are left away."""
    sums = accumulate(min(need, _LEAST) for need in needs)
    needs = needs[: max(1, sum(least <= total for least in sums))]
    shares = [0] * len(needs)
    left = total
    for rank, index in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        shares[index] = min(needs[index], left // (len(needs) - rank))
        left -= shares[index]
    return shares


_LEAST = 30
"""Tokens that a line can be told in."""


def _limits(parameter: Tunable[object]) -> str:
    told = {
        k: v for k, v in parameter.to_json().items() if k not in _TOLD_ELSEWHERE and v is not False
    }
    return f"  ({', '.join([parameter.kind, *(f'{k} {v!r}' for k, v in told.items())])})"


_TOLD_ELSEWHERE = {"kind", "name", "value", "items", "timeout_s", "sandbox"}


def _more(names: Sequence[str]) -> str:
    return f" and {len(names)} more" if names else ""


def _cost(line: str) -> int:
    return most_tokens(line) + 1
