"""A trace as a picture: a Mermaid flowchart, or an SVG document that needs nothing else.

Both show the same boxes: the parameters, and of the steps those that the rendering for a prompt
would show first. A dashed line leads through steps that are not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from optwright.optim.nodes import Node, brief
from optwright.optim.parameters import Tunable
from optwright.optim.render import ranks
from optwright.optim.steps import Steps
from optwright.optim.subgraph import Subgraph

_CHAR, _LINE, _PAD, _GAP = 7.0, 16.0, 10.0, 36.0
"""Width of a character, height of a line, inside and between boxes, in SVG units."""
_WIDEST = 44
"""Characters of a line in a box."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: two lines of text, whether it is a parameter, and how far down it stands."""

    title: str
    note: str
    is_parameter: bool
    layer: int

    @property
    def width(self) -> float:
        return max(len(self.title), len(self.note), 3) * _CHAR + 2 * _PAD


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes, and arrows between them as (from, to, leads through hidden steps)."""

    boxes: list[Box]
    arrows: list[tuple[int, int, bool]]
    hidden: int


def mermaid(trace: Subgraph, steps: int) -> str:
    """Return the trace as the text of a Mermaid flowchart with at most `steps` steps."""
    picture = draw(trace, steps)
    lines = ["flowchart TD"]
    for index, box in enumerate(picture.boxes):
        text = _quoted(box.title) + "<br/>" + _quoted(box.note)
        shape = f'(["{text}"])' if box.is_parameter else f'["{text}"]'
        lines.append(f"  n{index}{shape}")
    lines += [f"  n{a} {'-.->' if dashed else '-->'} n{b}" for a, b, dashed in picture.arrows]
    if picture.hidden:
        lines.append(f"  %% {picture.hidden} steps are not shown")
    return "\n".join(lines) + "\n"


def svg(trace: Subgraph, steps: int) -> str:
    """Return the trace as an SVG document with at most `steps` steps, layered top to bottom."""
    picture = draw(trace, steps)
    if not picture.boxes:
        return _DOCUMENT.format(width=300, height=40, body=_NOTHING)
    corners = _layout(picture)
    width = max(x + box.width for (x, _), box in zip(corners, picture.boxes, strict=True)) + _GAP
    height = max(y for _, y in corners) + 2 * _LINE + 2 * _PAD + _GAP
    body = [_svg_arrow(picture, corners, *arrow) for arrow in picture.arrows]
    body += [_svg_box(box, *corner) for box, corner in zip(picture.boxes, corners, strict=True)]
    if picture.hidden:
        body.append(f'<text x="8" y="16">{picture.hidden} steps are not shown</text>')
    return _DOCUMENT.format(width=width, height=height, body="\n".join(body))


def draw(trace: Subgraph, steps: int) -> Picture:
    """Choose what to show and connect it."""
    told = Steps(trace)
    rank = dict(zip(map(id, told.nodes), ranks(told), strict=True))
    shown = sorted(told.nodes, key=lambda node: rank[id(node)])[: max(1, steps)]
    kept = {id(node) for node in shown} | {id(p) for p in trace.parameters}
    nodes = [node for node in trace.nodes if id(node) in kept]
    place = {id(node): index for index, node in enumerate(nodes)}
    arrows = _arrows(trace, told, place)
    layers = _layers(len(nodes), arrows)
    boxes = [_box(told, trace, n, layer) for n, layer in zip(nodes, layers, strict=True)]
    return Picture(boxes, arrows, len(told) - len(shown))


def _arrows(trace: Subgraph, steps: Steps, place: dict[int, int]) -> list[tuple[int, int, bool]]:
    """From each shown node to the shown nodes it leads to, straight or through hidden ones."""
    leads_from: dict[int, set[tuple[int, bool]]] = {}
    arrows = []
    for node in trace.nodes:
        sources: set[tuple[int, bool]] = set()
        for source in steps.sources(node):
            if id(source) in place:
                sources.add((place[id(source)], False))
            else:
                sources |= {(index, True) for index, _ in leads_from.get(id(source), ())}
        leads_from[id(node)] = sources
        if id(node) in place:
            straight = {index for index, dashed in sources if not dashed}
            arrows += [
                (index, place[id(node)], dashed)
                for index, dashed in sorted(sources)
                if not (dashed and index in straight)
            ]
    return arrows


def _layers(count: int, arrows: list[tuple[int, int, bool]]) -> list[int]:
    """How many arrows lie between a box and the top, the longest way; boxes come in that order."""
    layers = [0] * count
    for start, end, _ in sorted(arrows, key=lambda arrow: arrow[1]):
        layers[end] = max(layers[end], layers[start] + 1)
    return layers


def _box(steps: Steps, trace: Subgraph, node: Node, layer: int) -> Box:
    if isinstance(node, Tunable):
        return Box(node.name, _cut(brief(trace.values[node.name])), True, layer)
    title = f"{steps.label(node)} = {steps.expression(node)}"
    return Box(_cut(title), _cut(brief(node.value)), False, layer)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def _quoted(text: str) -> str:
    """Text that Mermaid takes for text, whatever is in it."""
    return "".join(c if c.isalnum() or c in " .,=_-+" else f"#{ord(c)};" for c in text)


def _layout(picture: Picture) -> list[tuple[float, float]]:
    """The upper left corner of every box: layers stacked, boxes of a layer near their sources."""
    corners: list[tuple[float, float]] = [(0.0, 0.0)] * len(picture.boxes)
    sources: dict[int, list[int]] = {}
    for start, end, _ in picture.arrows:
        sources.setdefault(end, []).append(start)
    for layer in range(1 + max(box.layer for box in picture.boxes)):
        row = [i for i, box in enumerate(picture.boxes) if box.layer == layer]
        wanted = {i: _mean([corners[s][0] for s in sources.get(i, [])]) for i in row}
        x = _GAP
        for index in sorted(row, key=wanted.__getitem__):
            x = max(x, wanted[index])
            corners[index] = (x, _GAP + layer * (2 * _LINE + 2 * _PAD + _GAP))
            x += picture.boxes[index].width + _GAP
    return corners


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _svg_box(box: Box, x: float, y: float) -> str:
    height = 2 * _LINE + 2 * _PAD - 6
    kind, radius = ("parameter", 14) if box.is_parameter else ("step", 3)
    size = f'x="{x:g}" y="{y:g}" width="{box.width:g}" height="{height:g}" rx="{radius}"'
    rect = f'<rect class="{kind}" {size}/>'
    title = f'<text x="{x + _PAD:g}" y="{y + _LINE + 4:g}">{_xml(box.title)}</text>'
    note = f'<text class="note" x="{x + _PAD:g}" y="{y + 2 * _LINE + 4:g}">{_xml(box.note)}</text>'
    return rect + title + note


def _svg_arrow(
    picture: Picture, corners: list[tuple[float, float]], start: int, end: int, dashed: bool
) -> str:
    (x1, y1), (x2, y2) = corners[start], corners[end]
    ax, bx = x1 + picture.boxes[start].width / 2, x2 + picture.boxes[end].width / 2
    ay, by = y1 + 2 * _LINE + 2 * _PAD - 6, y2
    bend = (by - ay) / 2
    style = ' stroke-dasharray="4 4"' if dashed else ""
    path = f"M{ax:g} {ay:g} C{ax:g} {ay + bend:g} {bx:g} {by - bend:g} {bx:g} {by:g}"
    return f'<path d="{path}" marker-end="url(#tip)"{style}/>'


def _xml(text: str) -> str:
    # XML knows no control characters, escaped or not.
    return escape("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text))


_NOTHING = '<text x="8" y="24">No parameter reaches this output.</text>'
_DOCUMENT = """<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" \
viewBox="0 0 {width:g} {height:g}" role="img">
<title>From the parameters to the output</title>
<style>
text {{ font: 12px ui-monospace, monospace; fill: #1c2733 }}
.note {{ fill: #5b6b7b }}
rect {{ stroke: #5b6b7b; fill: #ffffff }}
.parameter {{ fill: #e4f0e2 }}
path {{ stroke: #8a98a6; fill: none }}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" \
orient="auto"><path d="M0 0 L8 4 L0 8" /></marker></defs>
{body}
</svg>
"""
