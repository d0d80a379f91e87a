"""Reading the program that a reply proposes. The only place that knows what a reply looks like.

Three ways are understood, whichever was asked for: SEARCH/REPLACE changes, the marked part written
anew, and the whole program. Code stands in fences or alone. A reply says one program or is a
`ReplyError` that says why not, in words that go back to the model; nothing is guessed where two
readings would differ.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from optwright.errors import InputError, ReplyError
from optwright.optim.program.parameter import ProgramCode
from optwright.optim.program.source import Marked, defined_names, read_marked

LONGEST_REPLY = 400_000  # characters; what is longer was not meant to be read
NOTE_CHARS = 500
_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+.-]*)[^\n]*$", re.MULTILINE)
_HEAD = re.compile(r"^[ \t]*<{5,9}[ \t]*SEARCH\b[^\n]*\n", re.MULTILINE)
_MIDDLE = re.compile(r"^[ \t]*={5,9}[ \t]*$\n?", re.MULTILINE)
_TAIL = re.compile(r"^[ \t]*>{5,9}[ \t]*REPLACE\b[^\n]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A program that fits, and what the reply said beside it."""

    text: str
    note: str


@dataclass(frozen=True, slots=True)
class _Swap:
    """One change: these lines for those."""

    search: str
    replace: str


def read_program(
    reply: str, parameter: ProgramCode, base: str, *, cut_off: bool = False
) -> Proposal:
    """The program that a reply makes of `base`; `cut_off` says that the reply ended at its limit.

    Raises `ReplyError`.
    """
    spoken = _THINKING.sub("", reply[:LONGEST_REPLY].replace("\r\n", "\n"))
    marked = parameter.marked(base)
    try:
        if _HEAD.search(spoken):
            found, note = _changed(marked, _swaps(spoken)), spoken[: _start(spoken)]
        else:
            found, note = _rewritten(marked, spoken, cut_off=cut_off)
        text = parameter.check(found.text)
    except (InputError, _Unreadable) as error:
        raise ReplyError(f"the reply is not usable: {error}", reply=reply) from error
    if parameter.form(text) == parameter.form(base):
        raise ReplyError("the reply changes nothing", reply=reply)
    return Proposal(text, " ".join(note.split())[:NOTE_CHARS])


class _Unreadable(Exception):
    """Why a reply says no program."""


def _start(spoken: str) -> int:
    """Where the first change or fence begins; what stands before is the reason."""
    places = [found.start() for found in (_HEAD.search(spoken), _FENCE.search(spoken)) if found]
    return min(places, default=0)


def _swaps(spoken: str) -> list[_Swap]:
    swaps: list[_Swap] = []
    place = 0
    while head := _HEAD.search(spoken, place):
        middle = _MIDDLE.search(spoken, head.end())
        tail = _TAIL.search(spoken, middle.end()) if middle else None
        following = _HEAD.search(spoken, head.end())
        if middle is None or tail is None or (following and following.start() < tail.start()):
            raise _Unreadable(
                f"change {len(swaps) + 1} is not complete; it needs a line ======= and a line "
                ">>>>>>> REPLACE"
            )
        swaps.append(
            _Swap(spoken[head.end() : middle.start()], spoken[middle.end() : tail.start()])
        )
        place = tail.end()
    return swaps


def _changed(marked: Marked, swaps: Sequence[_Swap]) -> Marked:
    """All changes one after the other, or none."""
    blocks = list(marked.blocks)
    for number, swap in enumerate(swaps, 1):
        places = [(i, *where) for i, block in enumerate(blocks) for where in _where(block, swap)]
        if not places:
            raise _Unreadable(_not_there(number, swap, marked))
        if len(places) > 1:
            raise _Unreadable(
                f"the lines to be replaced by change {number} stand {len(places)} times in the "
                "program; quote more lines around them"
            )
        which, first, last, indent = places[0]
        lines = blocks[which].splitlines(keepends=True)
        new = [f"{indent}{line}" if line.strip() else line for line in _lines(swap.replace)]
        blocks[which] = "".join([*lines[:first], *new, *lines[last:]])
    return marked.with_blocks(blocks)


def _where(block: str, swap: _Swap) -> list[tuple[int, int, str]]:
    """Where the lines of a change stand in a block: from, to, and by how much deeper. Exactly, or
    else but for blanks at the ends of lines, or else but for how deep all of them stand."""
    lines, wanted = block.splitlines(), [line.rstrip() for line in _lines(swap.search)]
    while wanted and not wanted[0]:
        wanted.pop(0)
    while wanted and not wanted[-1]:
        wanted.pop()
    if not wanted:
        return [(len(lines), len(lines), "")] if not lines else []
    have = [line.rstrip() for line in lines]
    size = len(wanted)
    starts = range(len(have) - size + 1)
    exact = [(i, i + size, "") for i in starts if have[i : i + size] == wanted]
    if exact:
        return exact
    return [
        (i, i + size, shift)
        for i in starts
        if (shift := _shift(have[i : i + size], wanted)) is not None
    ]


def _shift(have: Sequence[str], wanted: Sequence[str]) -> str | None:
    """The blanks that make `wanted` into `have`, the same before every line."""
    first = next((i for i, line in enumerate(wanted) if line), None)
    if first is None or not have[first].endswith(wanted[first]):
        return None
    shift = have[first][: len(have[first]) - len(wanted[first])]
    if shift.strip():
        return None
    fits = all(h == (shift + w if w else w) for h, w in zip(have, wanted, strict=True))
    return shift if fits else None


def _not_there(number: int, swap: _Swap, marked: Marked) -> str:
    line = next((text for text in _lines(swap.search) if text.strip()), "").strip()
    if not line:
        return f"change {number} quotes no lines to be replaced"
    fixed = any(line in part for part in marked.fixed)
    where = "outside the marked parts, which stay as they are" if fixed else "not in the program"
    return f"the lines to be replaced by change {number} are {where}: {line[:120]!r}"


def _lines(text: str) -> list[str]:
    return [f"{line}\n" for line in text.splitlines()]


def _rewritten(marked: Marked, spoken: str, *, cut_off: bool) -> tuple[Marked, str]:
    """The program with what the reply writes anew, and the words before it."""
    fences, complete = _fenced(spoken)
    if fences and not complete and cut_off:
        raise _Unreadable("it was cut off; write less, or change only some lines")
    codes = fences or [spoken]
    fitting: dict[str, Marked] = {}
    reasons: list[str] = []
    for code in codes:
        try:
            found = _fitted(marked, code)
        except (InputError, _Unreadable) as error:
            reasons.append(str(error))
        else:
            fitting[found.text] = found
    if not fitting:
        if cut_off:
            raise _Unreadable("it was cut off; write less, or change only some lines")
        raise _Unreadable(reasons[0] if fences else f"no code was found; {reasons[0]}")
    changed = [found for text, found in fitting.items() if text != marked.text]
    if len(changed) > 1:
        raise _Unreadable(f"it gives {len(changed)} different programs; give one")
    note = spoken[: _start(spoken)] if fences else ""
    return (changed or list(fitting.values()))[0], note


def _fenced(spoken: str) -> tuple[list[str], bool]:
    """The code between fences, and whether the last fence is closed."""
    found, place = [], 0
    while opening := _FENCE.search(spoken, place):
        mark = opening[1]
        closing = re.compile(rf"^[ \t]*{mark[0]}{{{len(mark)},}}[ \t]*$", re.MULTILINE)
        end = closing.search(spoken, opening.end())
        stop = end.start() if end else len(spoken)
        found.append(spoken[opening.end() + 1 : stop])
        if end is None:
            return found, False
        place = end.end()
    return found, True


def _fitted(marked: Marked, code: str) -> Marked:
    """The program with `code` as one of: the whole with its marks, the marked part, the whole
    without marks, some of its definitions."""
    if "EVOLVE-BLOCK-" in code:
        return _by_marks(marked, code)
    tree = _parsed(code)
    if not tree.body:
        raise _Unreadable("the code is empty")
    names = defined_names(tree.body)
    fixed = _names_of_fixed(marked)
    open_names = [_open_names(block) for block in marked.blocks]
    if not names or None in open_names:
        # The marked part lies inside a function, or the code is a piece of one.
        return _as_block(marked, code)
    if len(open_names) == 1 and names >= (open_names[0] or set()) and not names & fixed:
        return _as_block(marked, code)
    if names & fixed or any(names & (known or set()) for known in open_names):
        return _spliced(marked, code, tree, fixed)
    return _as_block(marked, code)


def _by_marks(marked: Marked, code: str) -> Marked:
    blocks = read_marked(code).blocks
    if len(blocks) != len(marked.blocks):
        raise _Unreadable(f"it has {len(blocks)} marked parts; the program has {_count(marked)}")
    return marked.with_blocks(blocks)


def _count(marked: Marked) -> int:
    return len(marked.blocks)


def _as_block(marked: Marked, code: str) -> Marked:
    if len(marked.blocks) != 1:
        raise _Unreadable(
            f"the program has {len(marked.blocks)} marked parts and it does not say which one is "
            "meant; keep the lines with the marks"
        )
    return marked.with_blocks([_indented(code, marked.blocks[0])])


def _indented(code: str, like: str) -> str:
    """The code as deep as the block it is for."""
    here, there = _depth(code), _depth(like)
    if here == there:
        return code
    lines = (line.removeprefix(here) for line in code.splitlines())
    return "".join(f"{there}{line}\n" if line.strip() else "\n" for line in lines)


def _depth(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "")
    return line[: len(line) - len(line.lstrip())]


def _parsed(code: str) -> ast.Module:
    import textwrap

    try:
        return ast.parse(textwrap.dedent(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _Unreadable(f"the code is not Python: {error}") from error


def _names_of_fixed(marked: Marked) -> set[str]:
    """What the fixed parts define at the top level of the program."""
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        tree, open_lines = ast.parse(marked.text), marked.open_lines()
        return defined_names([node for node in tree.body if node.lineno not in open_lines])
    return set()


def _open_names(block: str) -> set[str] | None:
    """What a block defines at the top level; None where it lies deeper, or defines nothing."""
    if _depth(block):
        return None
    try:
        return defined_names(ast.parse(block).body) or None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _spliced(marked: Marked, code: str, tree: ast.Module, fixed: set[str]) -> Marked:
    """Definition for definition into the block that has it, new ones in front of the first; those
    of the fixed parts are left out."""
    import textwrap

    lines = textwrap.dedent(code).splitlines(keepends=True)
    blocks = list(marked.blocks)
    fresh: list[str] = []
    touched: list[int] = []
    for first, last, node in _statements(tree):
        names = defined_names([node])
        text = "".join(lines[first:last]).strip("\n") + "\n"
        homes = [i for i, block in enumerate(blocks) if names & (_open_names(block) or set())]
        if homes:
            blocks[homes[0]] = _replaced(blocks[homes[0]], names, text)
            touched.append(homes[0])
        elif not names & fixed and not any(text.strip() in part for part in marked.parts):
            fresh.append(text)
    if not touched and len(blocks) != 1:
        raise _Unreadable("it defines nothing that the marked parts define")
    if fresh:
        home = min(touched, default=0)
        blocks[home] = "\n".join(fresh) + "\n" + blocks[home]
    return marked.with_blocks(blocks)


def _statements(tree: ast.Module) -> Iterator[tuple[int, int, ast.stmt]]:
    """Top-level statements with the lines they and the comments and decorators above them take."""
    place = 0
    for node in tree.body:
        end = node.end_lineno or node.lineno
        yield place, end, node
        place = end


def _replaced(block: str, names: set[str], text: str) -> str:
    lines = block.splitlines(keepends=True)
    kept: list[str] = []
    done = False
    place = 0
    for node in ast.parse(block).body:
        start = min([node.lineno, *(d.lineno for d in _decorators(node))]) - 1
        kept += lines[place:start]
        place = node.end_lineno or node.lineno
        if not names & defined_names([node]):
            kept += lines[start:place]
        elif not done:
            kept.append(text)
            done = True
    return "".join([*kept, *lines[place:]])


def _decorators(node: ast.stmt) -> Sequence[ast.expr]:
    found: Sequence[ast.expr] = getattr(node, "decorator_list", [])
    return found
