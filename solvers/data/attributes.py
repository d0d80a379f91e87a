"""What kind of values a column holds where a formulation leaves that open: its table says so.

A column of texts alone is an attribute, one of yes and no alone is 1 and 0. A kind that is written
is kept. What an expression uses as a number stays one, so that the cell that is none is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from optwright.solvers.data.key_columns import rows_of
from optwright.solvers.data.table import Cell, Table, is_number
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.parts import parts_of, written_anew
from optwright.solvers.language.transform import rebuilt
from optwright.solvers.model.formulation import Column, Formulation, Parameter, ParameterKind
from optwright.solvers.model.yes_no import yes_no


def with_kinds(formulation: Formulation, tables: Mapping[str, Table]) -> Formulation:
    """The formulation with the kind of every parameter that its table decides, and with "yes" and
    "no" as 1 and 0 where they are compared with what is that."""
    cells = {
        given.name: found
        for given in formulation.parameters
        if (found := _texts_of(given, tables)) is not None
    }
    kinds = _kinds(formulation, cells) if cells else {}
    if kinds:
        parameters = tuple(
            _of_kind(given, kinds[given.name]) if given.name in kinds else given
            for given in formulation.parameters
        )
        formulation = formulation.model_copy(update={"parameters": parameters})
    return _with_yes_and_no_as_numbers(formulation)


def _of_kind(given: Parameter, kind: ParameterKind) -> Parameter:
    update: dict[str, Any] = {"kind": kind}
    if kind is ParameterKind.TEXT and given.default is not None:
        update |= {"default": None, "default_text": f"{given.default:.15g}"}
    return given.model_copy(update=update)


def _texts_of(given: Parameter, tables: Mapping[str, Table]) -> _Cells | None:
    """What its column holds, if that is texts and nobody wrote what kind they are."""
    column = given.column
    if given.kind is not ParameterKind.NUMBER or "kind" in given.model_fields_set:
        return None
    table = None if column is None else tables.get(column.table)
    if column is None or table is None:
        return None
    found = _Cells()
    for cell in _cells(column, table, len(given.indices)):
        found.add(cell)
    return found if found.texts else None


def _cells(column: Column, table: Table, width: int) -> Iterator[Cell]:
    """The cells that a parameter reads, each different one once where the table knows them."""
    if column.heads:
        heads = [c.name for c in table.columns if c.name not in {*column.keys, *column.where}]
        heads = heads if table.across is None else list(table.across.heads)
    else:
        heads = [column.value]
    known = {c.name: c for c in table.columns}
    if any(head not in known for head in heads) or any(key not in known for key in column.where):
        return  # told when the column is read
    of_texts = [head for head in heads if next(known[head].texts, None) is not None]
    if not of_texts:
        return
    rows = rows_of(table, column).tolist() if column.where or not width else None
    for head in heads:
        cells = known[head].cells
        yield from set(cells) if rows is None else {cells[row] for row in rows}


@dataclass
class _Cells:
    """How the cells of a column read: texts, those among them that say yes or no, and numbers."""

    texts: int = 0
    words: int = 0
    numbers: int = 0

    def add(self, cell: Cell) -> None:
        if isinstance(cell, str) and not is_number(cell):
            self.texts += 1
            self.words += yes_no(cell) is not None
        elif cell is not None:
            self.numbers += 1


@dataclass
class _Uses:
    """How expressions use a parameter."""

    as_number: bool = False
    as_member: bool = False
    beside_text: bool = False
    beside: set[str] = field(default_factory=set)


def _kinds(formulation: Formulation, cells: Mapping[str, _Cells]) -> dict[str, ParameterKind]:
    uses = _uses_of(formulation, cells)
    kinds = dict[str, ParameterKind]()
    for name, held in cells.items():
        used = uses[name]
        if held.words == held.texts and not held.numbers and not used.as_member:
            kinds[name] = ParameterKind.YES_NO
        elif not used.as_number and (not held.numbers or used.beside_text):
            kinds[name] = ParameterKind.TEXT
    for name in [n for n, kind in kinds.items() if kind is ParameterKind.TEXT]:
        # Beside a column of numbers it should be one: the cell that is none is then named.
        if any(kinds.get(other) is not ParameterKind.TEXT for other in uses[name].beside):
            del kinds[name]
    return kinds


def _uses_of(formulation: Formulation, names: Mapping[str, _Cells]) -> dict[str, _Uses]:
    found = {name: _Uses() for name in names}
    texts = {p.name for p in formulation.parameters if p.kind is ParameterKind.TEXT}
    texts |= {v.name for v in formulation.variables if v.member_of}
    numbers = {
        *(p.name for p in formulation.parameters),
        *(v.name for v in formulation.variables),
        *(e.name for e in formulation.expressions),
    } - texts

    def beside(used: _Uses, other: ex.Expr) -> None:
        match other:
            case ex.Quoted():
                used.beside_text = True
            case ex.Ref(name) if name in found:
                used.beside.add(name)
            case ex.Ref(name) if name not in numbers:
                used.as_member = True  # a loop, or a text
            case ex.Call(function) if function in ex.MEMBER_FUNCTIONS:
                used.as_member = True
            case _:
                used.as_number = True

    def note(parent: ex.Node | None, node: ex.Node) -> None:
        used = found.get(node.name) if isinstance(node, ex.Ref) else None
        if used is None:
            return
        match parent:
            case ex.Comparison(_, left, right):
                beside(used, right if node is left else left)
            case ex.Membership(items, tuple(listed)):
                for other in listed if any(node is item for item in items) else items:
                    beside(used, other)
            case ex.Membership() | ex.Ref():
                used.as_member = True
            case ex.Call(function) if function in ex.MEMBER_FUNCTIONS or function == "ord":
                used.as_member = True
            case _:
                used.as_number = True

    for part in parts_of(formulation):
        for _, root in part.inside:
            note(None, root)
        if isinstance(part.over, ex.SetOf):
            for member in (m for each in part.over.members for m in each):
                if isinstance(member, ex.Ref) and member.name in found:
                    found[member.name].as_member = True
        for node in part.nodes():
            for child in ex.children(node):
                note(node, child)
    return found


def _with_yes_and_no_as_numbers(formulation: Formulation) -> Formulation:
    """`open[i] == "yes"` as `open[i] == 1`, for what is yes or no."""
    flags = {p.name for p in formulation.parameters if p.kind is ParameterKind.YES_NO}
    if not flags:
        return formulation

    def is_flag(node: ex.Expr) -> bool:
        return isinstance(node, ex.Ref) and node.name in flags

    def number(node: ex.Expr) -> ex.Expr:
        said = yes_no(node.value) if isinstance(node, ex.Quoted) else None
        return node if said is None else ex.Number(said, place=node.place)

    def changed(node: ex.Comparison | ex.Membership) -> ex.Condition:
        match node:
            case ex.Comparison(symbol, left, right) if is_flag(left) or is_flag(right):
                return ex.Comparison(symbol, number(left), number(right), place=node.place)
            case ex.Membership(items, tuple(listed), negated) if any(map(is_flag, items)):
                return ex.Membership(items, tuple(map(number, listed)), negated, place=node.place)
        return node

    def change(node: Any) -> Any:
        quotes = any(isinstance(part, ex.Quoted) for part in _inside(node))
        return rebuilt(node, lambda ref: ref, changed) if quotes else node

    return written_anew(formulation, change)


def _inside(node: ex.Node | ex.SetExpr) -> Iterator[ex.Node]:
    if isinstance(node, ex.SetRange | ex.SetJunction | ex.SetOf):
        return ex.walk_set(node)
    return ex.walk(node)
