"""The cells of a draft: merged areas are filled, and empty keys take the text above them."""

from __future__ import annotations

from collections.abc import Sequence

from optwright.errors import DataError
from optwright.solvers.data.reading import wide
from optwright.solvers.data.reading.blocks import is_number, some
from optwright.solvers.data.reading.draft import Draft
from optwright.solvers.data.reading.grid import Grid, Raw, is_blank
from optwright.solvers.data.reading.heads import Body, head_text
from optwright.solvers.data.total_rows import is_totals_name

LONGEST_MARK = 4  # characters


def fill_cells(draft: Draft, is_text: bool) -> None:
    """The cells of each column, with merged areas filled and empty keys filled from above."""
    grid, body = draft.grid, draft.body
    source = grid.filled
    draft.row_numbers = [grid.row_numbers[r] for r in body.rows]
    columns = [[source.rows[r][c] for r in body.rows] for c in body.columns]
    columns = [
        _once_in_merged(draft, c, cells) for c, cells in zip(body.columns, columns, strict=True)
    ]
    if body.group is not None:
        columns.insert(0, list(body.group))
        body.levels.insert(0, ("group",))
        body.columns.insert(0, -1)
    draft.cells = columns
    _take_side_label(draft)
    if is_text:
        _check_lengths(draft)
    _fill_down(draft)


def _take_side_label(draft: Draft) -> None:
    """A first column without a head whose one text stands beside all rows (`from` at the side of a
    matrix) is the head of the next one."""
    levels = draft.body.levels
    if len(levels) < 3 or any(levels[0]) or any(levels[1]):
        return
    texts = [c for c in draft.cells[0] if not is_blank(c)]
    if len(set(texts)) != 1 or is_number(texts[0]) or is_blank(draft.cells[0][0]):
        return
    label = head_text(texts[0])
    draft.understood.append(f"{label!r} beside the rows is the head of their first column")
    depth = max(len(levels[1]), 1)
    levels[1] = (label, *[""] * (depth - 1))
    del draft.cells[0], draft.body.columns[0], levels[0]


def _once_in_merged(draft: Draft, column: int, cells: list[Raw]) -> list[Raw]:
    """A number in a cell that is merged over several rows or columns: of each, or of all of them
    together? That is asked."""
    grid, body = draft.grid, draft.body
    if not grid.merged:
        return cells
    rows = {r: at for at, r in enumerate(body.rows)}
    areas = [
        area
        for area in grid.merged
        if area[1] <= column <= area[3]
        and area[0] in rows
        and is_number(grid.rows[area[0]][area[1]])
        and sum(r in rows for r in range(area[0], area[2] + 1)) * (area[3] - area[1] + 1) > 1
    ]
    first_key = body.columns and column == body.columns[0]
    if not areas or first_key:
        return cells
    if draft.correction.merged == "once":
        for top, left, bottom, _ in areas:
            for r in range(top, bottom + 1):
                if r in rows and (r != top or column != left):
                    cells[rows[r]] = None
        return cells
    if draft.correction.merged == "" and not any("merged" in q.text for q in draft.questions):
        top, left, bottom, right = areas[0]
        value = head_text(grid.rows[top][left])
        place = f"{grid.place(top, left)}:{grid.place(min(bottom, len(grid.rows) - 1), right)}"
        draft.ask(
            f"the merged cell {place} of table {draft.name!r} holds {value}: is that for each of "
            "its rows, or for all of them together?",
            ('merged = "each"', "each (taken for now)"),
            ('merged = "once"', "together; it stays with the first"),
        )
    return cells


def _check_lengths(draft: Draft) -> None:
    """Rows of a text file have as many cells as its heads: else a separator stands in a cell."""
    grid, body = draft.grid, draft.body
    if body.has_no_heads or not body.levels:
        return
    own = [c for c, parts in zip(body.columns, body.levels, strict=True) if c >= 0 and any(parts)]
    heads = max(own, default=-1) + 1
    if not own:
        return
    hint = "a cell that holds the separator must be in quotes"
    nameless = [c for c in body.columns if c >= heads]
    if not nameless and min((grid.lengths.get(r, heads) for r in body.rows), default=0) >= heads:
        return
    for r in body.rows:
        last = max((c for c in body.columns if not is_blank(grid.rows[r][c])), default=0) + 1
        length = grid.lengths.get(r, heads)
        if (nameless and last > heads and not _all_filled(grid, body, nameless)) or length < heads:
            count = last if last > heads else length
            raise DataError(
                f"table {draft.name!r}, row {grid.row_numbers[r]} has {count} cells; the header "
                f"has {heads}",
                hint=hint,
            )


def _all_filled(grid: Grid, body: Body, columns: Sequence[int]) -> bool:
    return all(not is_blank(grid.rows[r][c]) for r in body.rows for c in columns)


def _fill_down(draft: Draft) -> None:
    """Empty cells below a key, in keys left of the last one."""
    wanted = draft.correction.fill_down
    if wanted is False or len(draft.cells) < 3:
        return
    keys = []
    heads = [next(filter(None, parts), "") for parts in draft.body.levels]
    for at, cells in enumerate(draft.cells):
        if at and wide.kind_of(heads[at:]):
            break  # the cells of a roster
        filled = [cells[r] for r in some(range(len(cells))) if not is_blank(cells[r])]
        if not filled or 2 * sum(map(is_number, filled)) > len(filled):
            break
        keys.append(at)
    done, left = list[str](), list[str]()
    for at in keys[:-1]:
        cells = draft.cells[at]
        if is_blank(cells[0]) or not any(map(is_blank, cells)) or _are_marks(draft, at, keys):
            continue
        if wanted is None and any(map(_tells_apart, draft.cells[:at])):
            left.append(_head(draft, at))
            continue
        last: Raw = None
        filled_in = 0
        for r, cell in enumerate(cells):
            if not is_blank(cell):
                last = cell
            elif any(not is_blank(draft.cells[k][r]) for k in keys if k > at) and not (
                isinstance(last, str) and is_totals_name(last)
            ):
                cells[r] = last
                filled_in += 1
        if filled_in:
            done.append(_head(draft, at))
    if done and wanted is None:
        told = ", ".join(map(repr, done))
        draft.ask(
            f"do empty cells in column {told} of table {draft.name!r} take the text above them?",
            ("fill_down = true", "they do (taken for now)"),
            ("fill_down = false", "they are empty"),
        )
    elif left:
        told = ", ".join(map(repr, left))
        draft.ask(
            f"do empty cells in column {told} of table {draft.name!r} take the text above them?",
            ("fill_down = false", "they are empty (taken for now)"),
            ("fill_down = true", "they do"),
        )


def _are_marks(draft: Draft, at: int, keys: Sequence[int]) -> bool:
    """Whether a column holds one short mark (`x`, `ja`), or the same few texts as one right of it:
    crosses of a matrix, not names of groups."""
    texts = [{c for c in draft.cells[k] if not is_blank(c)} for k in keys if k >= at]
    one = len(texts[0]) == 1 and len(head_text(next(iter(texts[0])))) <= LONGEST_MARK
    apart = one and any(map(_tells_apart, draft.cells[:at]))
    return at > 0 and (apart or any(texts[0] & other for other in texts[1:]))


def _tells_apart(cells: Sequence[Raw]) -> bool:
    """Whether a column names each row, as no key does that has groups right of it."""
    return not any(map(is_blank, cells)) and len(set(map(head_text, cells))) == len(cells)


def _head(draft: Draft, at: int) -> str:
    return " ".join(filter(None, draft.body.levels[at]))
