"""Expressions as models write them, in the notation of the language.

What has one meaning is written the language's way: `3x`, `5,000`, `=<`, `=` for `==`, `40%`, two
limits joined by `&&`. An expression is cut into tokens first, so that members in quotes, indices in
square brackets and the conditions of sums stay as they were written. What the text of a problem
says is not looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from optwright.errors import FormulationError

_MOST_EXPANDED = 20_000


class Kind(Enum):
    """What a token is."""

    SPACE = auto()
    QUOTED = auto()
    INDEX = auto()
    """`[...]` with all that is in it."""
    NUMBER = auto()
    NAME = auto()
    RELATION = auto()
    OPEN = auto()
    CLOSE = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression. `depth` counts the round brackets around it, `in_list` whether
    commas part something in the innermost (arguments of a function, a point of a broken line, a
    list of members), `in_condition` whether a `for` or `if` came before it in the same brackets."""

    kind: Kind
    text: str
    depth: int = 0
    in_list: bool = False
    in_condition: bool = False


_PIECES = re.compile(
    r"""
    (?P<SPACE>\s+)
  | (?P<QUOTED>"[^"]*"|'[^']*'|“[^”]*”)
  | (?P<NUMBER>\d{1,3}(?:_\d{3})+(?:\.\d+)?(?!\w)
      | \d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w) | \d+(?:\.\d+)? | \.\d+)
  | (?P<NAME>[^\W\d]\w*)
  | (?P<RELATION><=|>=|==|!=|=<|=>|≠|≤|≥|⩽|⩾|\\(?:leq?|geq?)\b|<|>|=)
  | (?P<OPEN>\()
  | (?P<CLOSE>\))
  | (?P<OTHER>\\(?:times|cdot)\b|\*\*|&&|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_RELATIONS = {
    "=<": "<=", "≤": "<=", "⩽": "<=", r"\le": "<=", r"\leq": "<=", "<": "<=",
    "=>": ">=", "≥": ">=", "⩾": ">=", r"\ge": ">=", r"\geq": ">=", ">": ">=",
    "=": "==", "≠": "!=",
}  # fmt: skip
_SYMBOLS = {
    r"\times": "*", r"\cdot": "*", "×": "*", "·": "*", "∗": "*",
    "−": "-", "–": "-", "÷": "/", "^": "**", "$": "", "€": "", "£": "",
}  # fmt: skip
_LOOPS = frozenset({"for", "if"})
_CONNECTIVES = frozenset({"or", "not", "xor", "implies", "iff"})
_LOGIC = _CONNECTIVES | {"if", "else", "for"}
_KEYWORDS = frozenset({"for", "if", "else", "in", "and", "or", "not", "xor", "implies", "iff"})
_JOINTS = frozenset({"&", "&&", ";"})


def tokens(expression: str) -> Iterator[Token]:
    """The expression cut into pieces that join to it again."""
    lists: list[bool] = []  # for each open bracket whether commas part something in it
    conditions = [False]  # for each level whether a `for` or `if` was met
    before, at = "", 0
    while at < len(expression):
        if expression[at] == "[":
            end = _closing(expression, at)
            yield Token(Kind.INDEX, expression[at:end], len(lists), bool(lists and lists[-1]))
            before, at = "]", end
            continue
        piece = _PIECES.match(expression, at)
        assert piece is not None  # the last part takes anything
        assert piece.lastgroup is not None
        kind, text, at = Kind[piece.lastgroup], piece[0], piece.end()
        if kind is Kind.CLOSE and lists:
            lists.pop()
            conditions.pop()
        yield Token(kind, text, len(lists), bool(lists and lists[-1]), conditions[-1])
        if kind is Kind.OPEN:
            is_call = before.isidentifier() and before not in _KEYWORDS
            is_part = bool(lists and lists[-1]) and before in ("(", ",")
            lists.append(is_call or is_part or before == "in")
            conditions.append(False)
        elif kind is Kind.NAME and text in _LOOPS:
            conditions[-1] = True
        if kind is not Kind.SPACE:
            before = text


def _closing(expression: str, at: int) -> int:
    """The end of the square bracket that opens at `at`; quotes inside may hold brackets."""
    depth, quote = 0, ""
    for place in range(at, len(expression)):
        character = expression[place]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
            if not depth:
                return place + 1
    return len(expression)


def tidy(expression: str) -> str:
    """Clean one expression's notation.

    >>> tidy("3x + 2 (y+z) =< 5,000")
    '3*x + 2*(y+z) <= 5000'
    >>> tidy("sum(make[n] for n in M if n < m) < 40")
    'sum(make[n] for n in M if n < m) <= 40'
    """
    pieces = list(tokens(expression.strip().rstrip(".,")))
    return "".join(_written(pieces)).strip()


def _written(pieces: list[Token]) -> Iterator[str]:
    at, is_logic = 0, any(t.text in _CONNECTIVES and _is_outside(t) for t in pieces)
    while at < len(pieces):
        token = pieces[at]
        if token.kind is Kind.NUMBER:
            text, at = _number(pieces, at)
            yield text
            continue
        at += 1
        if token.kind is Kind.RELATION:
            yield token.text if is_logic and token.text in "<>" else _relation(token)
        elif token.kind is Kind.QUOTED:
            yield _straight(token.text)
        elif token.kind is Kind.INDEX:
            yield _QUOTES.sub(lambda found: _straight(found[0]), token.text)
        elif token.kind is Kind.OTHER:
            yield _SYMBOLS.get(token.text, token.text)
        else:
            yield token.text


_QUOTES = re.compile(r"\"[^\"]*\"|'[^']*'|“[^”\"]*”")


def _straight(quoted: str) -> str:
    return f'"{quoted[1:-1]}"' if quoted[0] == "“" else quoted


def _relation(token: Token) -> str:
    """A strict relation between sides is the plain one, for programs have no other; in the
    condition of a sum it says which members are meant. In logic it stays too: there the language
    knows it, and "not x < 5" turned into "not x <= 5" would ask for 6."""
    if token.text in "<>" and (token.depth or token.in_condition):
        return token.text
    return _RELATIONS.get(token.text, token.text)


def _number(pieces: list[Token], at: int) -> tuple[str, int]:
    """A number with what belongs to it: thousands, a percent sign, a product without a sign."""
    text, at = _with_thousands(pieces, at)
    following = _next(pieces, at)
    if following is not None and following.text == "%":
        place = pieces.index(following, at)
        if not _is_operand(_next(pieces, place + 1)):  # else it is a remainder
            return f"({text}/100)", place + 1
    if following is None or not _is_operand(following) or following.kind is Kind.NUMBER:
        return text, at
    return f"{text}*", at + (pieces[at].kind is Kind.SPACE)


def _with_thousands(pieces: list[Token], at: int) -> tuple[str, int]:
    """The digits of a number and the place behind it; `5,000` is one where commas part nothing,
    and `max(x, 5,000)` holds one because no argument begins with a 0 in front of digits."""
    token = pieces[at]
    text, at = token.text.replace("_", ""), at + 1
    group = r"0\d{2}(?:\.\d+)?" if token.in_list else r"\d{3}(?:\.\d+)?"
    while (
        len(token.text) <= 3
        and "." not in text
        and at + 1 < len(pieces)
        and pieces[at].text == ","
        and re.fullmatch(group, pieces[at + 1].text)
    ):
        text, at = text + pieces[at + 1].text, at + 2
    return text, at


def _is_outside(token: Token) -> bool:
    return token.kind is Kind.NAME and not token.depth and not token.in_condition


def _next(pieces: list[Token], at: int) -> Token | None:
    return next((t for t in pieces[at : at + 2] if t.kind is not Kind.SPACE), None)


def _is_operand(token: Token | None) -> bool:
    if token is None:
        return False
    if token.kind is Kind.NAME:
        return token.text not in _KEYWORDS and token.text.lower() != "and"
    return token.kind in (Kind.OPEN, Kind.NUMBER)


def split(expression: str) -> tuple[str, ...]:
    """The comparisons in what was written as one: joined by `and`, `&&`, `;` or a comma, outside
    all brackets. Logic (`a or b`, `x implies y and z`) stays whole.

    >>> split("x >= 3, y >= 4")
    ('x >= 3', 'y >= 4')
    """
    pieces = list(tokens(expression))
    outside = [t for t in pieces if t.depth == 0]
    if any(t.kind is Kind.NAME and t.text in _LOGIC for t in outside):
        return (expression.strip(),)
    parts = [p for joined in _parted(pieces, _is_joint) for p in _at_commas(joined)]
    return tuple(text for part in parts if (text := "".join(t.text for t in part).strip()))


def without_strict(expression: str, amounts: Collection[str]) -> str:
    """Logic whose strict comparisons of `amounts`, decisions that are no whole numbers, or with
    fractions are plain ones: of such there is no least one beyond a limit. Of whole numbers they
    stay.

    >>> without_strict("x < 5 or y < 3", {"y"})
    'x < 5 or y <= 3'
    """
    parts: list[list[Token]] = [[]]
    for token in tokens(expression):
        if _is_outside(token) and token.text in _CONNECTIVES | {"and"}:
            parts += [[token], []]
        else:
            parts[-1].append(token)
    return "".join(
        _relation(t) if t.kind is Kind.RELATION and is_divisible else t.text
        for part in parts
        for is_divisible in [any(t.text in amounts or _is_fraction(t) for t in part)]
        for t in part
    )


def is_strict(expression: str) -> bool:
    """Whether a row as it was written is one `<` or `>` and nothing else beside its two sides."""
    outside = [t for t in tokens(expression) if not t.depth]
    if any(t.kind is Kind.NAME and t.text in _KEYWORDS for t in outside):
        return False
    return [t.text for t in outside if t.kind is Kind.RELATION] in (["<"], [">"])


def beyond(row: str, whole: Collection[str]) -> str:
    """A row that was strict, without equality, where that can be said: of `whole` decisions with
    whole numbers "fewer than 7" is one less. Of others there is no least amount beyond a limit, and
    the row stays as it is.

    >>> beyond("kites <= 7", {"kites"}), beyond("3*a >= b", {"a", "b"}), beyond("x <= 7", set())
    ('kites + 1 <= 7', '3*a >= b + 1', 'x <= 7')
    """
    pieces = list(tokens(row))
    named = [t.text for t in pieces if t.kind is Kind.NAME]
    if any(name not in whole for name in named) or any(map(_is_fraction, pieces)):
        return row
    at = next(i for i, t in enumerate(pieces) if t.kind is Kind.RELATION and not t.depth)
    left, right = (
        "".join(t.text for t in side).strip() for side in (pieces[:at], pieces[at + 1 :])
    )
    more = pieces[at].text == ">="
    return f"{left} >= {right} + 1" if more else f"{left} + 1 <= {right}"


def _is_fraction(token: Token) -> bool:
    return token.text == "/" or (token.kind is Kind.NUMBER and "." in token.text)


def has_two_readings(expression: str, yes_or_no: Collection[str]) -> bool:
    """Whether an `=>` may be meant as "implies": between two yes/no decisions, or beside another
    comparison. Of numbers it is `>=`.

    >>> has_two_readings("a => b", {"a", "b"}), has_two_readings("a + b => 1", {"a", "b"})
    (True, False)
    """
    pieces = [t for t in tokens(expression) if t.kind is not Kind.SPACE]
    arrows = [t for t in pieces if t.text == "=>" and not t.in_condition]
    if not arrows:
        return False
    if sum(t.kind is Kind.RELATION and not t.in_condition for t in pieces) > 1:
        return True
    others = {t.text for t in pieces if t.kind not in (Kind.INDEX, Kind.OPEN, Kind.CLOSE)}
    return others <= {*yes_or_no, "=>", "not", "and", "or"}


def without_loop(expression: str) -> tuple[str, str]:
    """A row and the loop that was written behind it, as Python writes one; no loop where there is
    none, or where something stands behind it.

    >>> without_loop("x[i] <= cap[i] for i in I if i != first(I)")
    ('x[i] <= cap[i]', 'i in I if i != first(I)')
    >>> without_loop("sum(x[i] for i in I) <= 4")
    ('sum(x[i] for i in I) <= 4', '')
    """
    pieces = list(tokens(expression))
    loops = [i for i, t in enumerate(pieces) if t.kind is Kind.NAME and t.text == "for"]
    at = next((i for i in loops if not pieces[i].depth), None)
    if at is None or at == 0:
        return expression, ""
    row, loop = ("".join(t.text for t in part).strip() for part in (pieces[:at], pieces[at + 1 :]))
    return row.rstrip(",").strip(), loop


def two_meanings(expression: str, names: Collection[str]) -> str:
    """What in the notation can be read in two ways, and how to write either; empty where nothing
    can. `names` are those of decisions, parameters and sets.

    >>> two_meanings("x/2y", {"x", "y"})
    "'x/2y' can be read as 'x/(2*y)' and as '(x/2)*y': write one of them"
    >>> two_meanings("3e2*x", {"x"}), two_meanings("3*x/2 + 4y", {"x", "y"})
    ('', '')
    """
    pieces = [t for t in tokens(expression) if t.kind is not Kind.SPACE]
    for at, token in enumerate(pieces):
        if token.kind is not Kind.NUMBER:
            continue
        name = re.fullmatch(r"([\d.]+)([eE][+-]?\d+)", token.text)
        if name and (name[2] in names or name[2][0] in names):
            product = f"{name[1]}*{name[2]}"
            return _either(token.text, product, f"{float(token.text):.12g}")
        before, (after, beyond) = (
            pieces[at - 1] if at else None,
            [*pieces[at + 1 :], None, None][:2],
        )
        if after is not None and after.text == "%" and _is_operand(beyond):
            of = _operand_text(beyond)
            share = f"{token.text}/100*{of}"
            return _either(f"{token.text}% {of}", share, f"the remainder of {token.text} by {of}")
        if before is not None and before.text in ("/", "÷") and _is_factor(after):
            top, of = pieces[at - 2].text if at > 1 else "...", _operand_text(after)
            one, other = f"{top}/({token.text}*{of})", f"({top}/{token.text})*{of}"
            return _either(f"{top}/{token.text}{of}", one, other)
    return ""


def _is_factor(token: Token | None) -> bool:
    return token is not None and token.kind is not Kind.NUMBER and _is_operand(token)


def _operand_text(token: Token | None) -> str:
    return "" if token is None else "(...)" if token.kind is Kind.OPEN else token.text


def _either(written: str, one: str, other: str) -> str:
    return f"{written!r} can be read as {one!r} and as {other!r}: write one of them"


def _is_joint(token: Token) -> bool:
    if token.depth:
        return False
    is_and = token.kind is Kind.NAME and token.text.lower() == "and"
    return is_and or token.text in _JOINTS or (token.kind is Kind.SPACE and "\n" in token.text)


def _at_commas(pieces: list[Token]) -> list[list[Token]]:
    """The parts between commas, if every part is a comparison of its own."""
    parts = _parted(pieces, lambda t: t.text == "," and not t.depth)
    return parts if all(_has_relation(part) for part in parts) else [pieces]


def _has_relation(part: list[Token]) -> bool:
    return any(t.kind is Kind.RELATION and not t.depth for t in part)


def _parted(pieces: list[Token], ends: Callable[[Token], bool]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in pieces:
        if ends(token):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def definition(expression: str) -> str:
    """What an amount is worth: the other side of `loaves = 90*van + 12*bike`, where one side is
    a name alone; anything else as it stands.

    >>> definition("loaves = 90*van + 12*bike")
    '90*van + 12*bike'
    >>> definition("sum(x[i, j] for i in I for j in I if i < j)")
    'sum(x[i, j] for i in I for j in I if i < j)'
    """
    cleaned = tidy(expression)
    pieces = list(tokens(cleaned))
    at = [i for i, t in enumerate(pieces) if t.kind is Kind.RELATION and not t.depth]
    if len(at) != 1 or pieces[at[0]].text != "==" or pieces[at[0]].in_condition:
        return cleaned
    left, right = (
        "".join(t.text for t in side).strip() for side in (pieces[: at[0]], pieces[at[0] + 1 :])
    )
    if re.fullmatch(r"\w+", left):
        return right
    return left if re.fullmatch(r"[^\W\d]\w*", right) else cleaned


def written_out(amounts: Mapping[str, str]) -> dict[str, str]:
    """Every amount in terms of decisions alone. Amounts that are defined by each other, or that
    grow beyond what a formulation may hold, are a `FormulationError`."""
    done: dict[str, str] = {}
    # Each pass writes out the amounts whose parts are done; a circle never gets its turn.
    while len(done) < len(amounts):
        ready = [
            name
            for name, expression in amounts.items()
            if name not in done and not (names_in(expression) & amounts.keys()) - done.keys()
        ]
        if not ready:
            left = sorted(amounts.keys() - done.keys())
            raise FormulationError(f"the amounts {left[:4]} are defined by each other")
        for name in ready:
            done[name] = expand(amounts[name], done)
    return done


def names_in(expression: str) -> set[str]:
    """The names of an expression outside quotes and indices."""
    return {t.text for t in tokens(expression) if t.kind is Kind.NAME}


def expand(expression: str, amounts: Mapping[str, str]) -> str:
    """Put amounts that are written out in the place of their names.

    >>> expand("3*cost >= 5", {"cost": "2*x + y"})
    '3*(2*x + y) >= 5'
    """
    pieces = [
        f"({amounts[t.text]})" if t.kind is Kind.NAME and t.text in amounts else t.text
        for t in tokens(expression)
    ]
    size = sum(map(len, pieces))
    if size > _MOST_EXPANDED:
        raise FormulationError(
            f"{expression[:40]!r} has {size:,} characters with its amounts written out; "
            f"at most {_MOST_EXPANDED:,} are read"
        )
    return "".join(pieces)


def rename(expression: str, names: Mapping[str, str]) -> str:
    """Replace names that had to change to be identifiers, outside quotes; longer names first."""
    changed = sorted((old for old in names if old != names[old]), key=len, reverse=True)
    if not changed:
        return expression
    wanted = re.compile(
        "|".join([r"\"[^\"]*\"", r"'[^']*'", *(rf"(?<!\w){re.escape(o)}(?!\w)" for o in changed)])
    )
    return wanted.sub(lambda found: names.get(found[0], found[0]), expression)


def with_quoted(expression: str, members: Collection[str]) -> str:
    """Members that stand in an index without quotes and are no names of the language, quoted.

    >>> with_quoted("make[Line 1A, t] <= 4", {"Line 1A", "5% milk"})
    'make["Line 1A", t] <= 4'
    """
    strange = {m for m in members if not m.isidentifier() and not re.fullmatch(r"-?\d+", m)}
    if not strange:
        return expression

    def index(token: Token) -> str:
        if token.kind is not Kind.INDEX or '"' in token.text or "'" in token.text:
            return token.text
        inside = re.split(r"(\s*,\s*)", token.text[1:-1].strip())
        quoted = (f'"{part}"' if part in strange else part for part in inside)
        return f"[{''.join(quoted)}]"

    return "".join(map(index, tokens(expression)))


def identifier(name: str) -> str:
    """The nearest thing to `name` that is a name of the language.

    >>> identifier("Type-II ambulances (large)")
    'Type_II_ambulances_large'
    """
    word = re.sub(r"\W+", "_", name.strip(), flags=re.ASCII).strip("_")[:48]
    return word if word and not word[0].isdigit() else f"x_{word}".rstrip("_")
