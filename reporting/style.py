"""How a report looks: light and dark, wide and narrow, on a screen and on paper."""


def _faint(colour: str, share: int) -> str:
    return f"color-mix(in srgb, var({colour}) {share}%, transparent)"


_LIGHT = """--ink: #1d2733; --faint: #5d6b7a; --page: #fff; --card: #f5f7f9;
--line: #d9dfe5; --mark: #fff0b8; --bar: #2f6fb3; --rail: #e6ebf0; --full: #b4541f;
--good: #1d7a43; --bad: #b3261e; --link: #1f5fa8; --said: #eef4fb;
--j0: #2f6fb3; --j1: #b4541f; --j2: #2c7d57; --j3: #7b4ea3; --j4: #8a6a10; --j5: #b03a67;
--j6: #1f7d8c; --j7: #6b6f1a; --j8: #9a4a3a; --j9: #4a5fb0; --j10: #8c4a8a; --j11: #5f6b75"""
_DARK = """--ink: #e4e9ee; --faint: #9aa7b4;
--page: #14191f; --card: #1c232b; --line: #333e49; --mark: #5a4a10; --bar: #6aa5e0;
--rail: #29323c; --full: #e08a55; --good: #6cc58d; --bad: #f0877f; --link: #8bbcf0;
--said: #1f2b38; --j0: #3f7fc0; --j1: #b9602c; --j2: #37875f; --j3: #8a60b3; --j4: #937220;
--j5: #b84b76; --j6: #2b8c9b; --j7: #7d8228; --j8: #ab5a49; --j9: #5f74c4; --j10: #9d5c9b;
--j11: #6f7c87"""
_RULES = """
@root { color-scheme: light dark; @light }
@media screen and (prefers-color-scheme: dark) { @root { @dark } }
* { box-sizing: border-box }
@body { background: var(--page);
  color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif;
  overflow-wrap: break-word }
h1 { font-size: 1.45rem; line-height: 1.25; margin: 0 0 .7rem }
h2 { font-size: 1.12rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem;
  border-bottom: 1px solid var(--line) }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem }
a { color: var(--link) }
p { margin: .5rem 0 }
ul { margin: .4rem 0; padding-left: 1.3rem }
.faint { color: var(--faint) } .small { font-size: .87rem }
.verdict { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; align-items: baseline;
  background: var(--card); border-left: 5px solid var(--good); padding: .8rem 1rem;
  border-radius: 4px }
.verdict.doubt { border-color: var(--bad) }
.verdict b { font-size: 1.5rem; line-height: 1.2 }
.problem { white-space: pre-wrap; background: var(--card); padding: .8rem 1rem; border-radius: 4px }
.said { background: var(--said); box-shadow: 0 1px 0 var(--line) }
mark { background: var(--mark); color: inherit; padding: 0 .15em; border-radius: 3px }
mark.loose { background: none; outline: 1px dashed var(--faint) }
sup { line-height: 0; font-size: .7em } sup a { padding: 0 .15em; text-decoration: none }
.row { display: grid; grid-template-columns: 4rem 1fr; gap: 0 .6rem; padding: .45rem .3rem;
  border-bottom: 1px solid var(--line) }
.row:target { background: var(--mark) } mark:target { outline: 2px solid var(--full) }
.row > div { min-width: 0 }
.row > .label { color: var(--faint); font-variant-numeric: tabular-nums }
.row q { color: var(--faint); font-size: .92rem }
.formula { overflow-x: auto; padding: .1rem 0; line-height: 1.9 }
math { font-size: 1.08em }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .94rem }
th, td { text-align: left; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top }
th { font-weight: 600; color: var(--faint) } td.n, th.n { text-align: right }
td.zero { color: var(--faint) }
figure { margin: 1rem 0 1.4rem; break-inside: avoid }
figcaption { font-weight: 600; margin-bottom: .4rem }
svg { display: block; overflow: visible }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink) }
svg .strong { font-weight: 600 } svg .faint { fill: var(--faint) } svg .inside { fill: #fff }
svg .halo { font-weight: 600; paint-order: stroke; stroke: var(--page); stroke-width: 4px;
  stroke-linejoin: round }
.bar { fill: var(--bar) } .full { fill: var(--full) } .rail { fill: var(--rail) }
.mark { stroke: var(--ink) } .axis { stroke: var(--faint) } .grid { stroke: var(--line) }
.flow { stroke: var(--bar); stroke-opacity: .45 } .place { fill: var(--ink) }
.place.unused { fill: var(--line) }
.curve { stroke: var(--bar) } .bound { stroke: var(--full); stroke-dasharray: 5 4 }
.interval { stroke: var(--ink) } .version { fill: var(--full) } .job { stroke: var(--page) }
@colours
.lanes { display: grid; grid-template-columns: minmax(4.2rem, max-content) 1fr; gap: .3rem .7rem;
  align-items: center } .lane { max-width: 9rem; font-size: .9rem; line-height: 1.25 }
.zoom fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem .8rem;
  font-size: .82rem; color: var(--faint) } .zoom legend { float: left; margin-right: .8rem }
.zoom label { display: inline-flex; align-items: center; gap: .25rem; cursor: pointer }
.zoom .scroll { overflow-y: hidden; padding: .3rem 0 } .zoom .lane { position: sticky; left: 0;
  background: var(--page); z-index: 1 }
.zoom:has([value="2"]:checked) .wide { width: 200% }
.zoom:has([value="4"]:checked) .wide { width: 400% }
.zoom:has([value="8"]:checked) .wide { width: 800% }
.zoom .series { position: sticky; left: 0; width: max-content; max-width: 90vw }
@media screen {
  .both:has([value="2"]:checked) svg { zoom: 2 }
  .both:has([value="2"]:checked) text { font-size: 6px; stroke-width: 2px }
  .both:has([value="4"]:checked) svg { zoom: 4 }
  .both:has([value="4"]:checked) text { font-size: 3px; stroke-width: 1px }
  .both:has([value="8"]:checked) svg { zoom: 8 }
  .both:has([value="8"]:checked) text { font-size: 1.5px; stroke-width: .5px }
}
@supports not selector(:has(*)) { .zoom fieldset { display: none } }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; padding: 0;
  font-size: .88rem } .legend svg { display: inline; vertical-align: -1px }
.barhead { display: flex; justify-content: space-between; gap: .2rem 1rem; font-size: .92rem;
  line-height: 1.3; margin-top: .55rem } .barhead b { white-space: nowrap; font-weight: 600 }
.barhead + svg { margin-top: .2rem } .bars + * { margin-top: .8rem }
.series { font-weight: 600; font-size: .92rem; margin: .7rem 0 .1rem }
.chip { display: inline-block; background: var(--card); border: 1px solid var(--line);
  border-radius: 999px; padding: 0 .6rem; margin: .12rem 0 }
table.plan td, table.plan th { padding: .25rem .5rem; text-align: center; white-space: nowrap;
  border: 1px solid var(--line) } table.plan td.n { text-align: right }
table.plan tr > th:first-child { text-align: left; position: sticky; left: 0;
  background: var(--page) }
table.pairs th { color: inherit; padding-right: 1rem }
.routes { list-style: none; padding: 0 } .routes > li { margin: .5rem 0 }
.route { display: flex; flex-wrap: wrap; list-style: none; padding: 0; margin: 0 }
.route li:not(:last-child)::after { content: "→"; color: var(--faint); padding: 0 .45rem }
.route li:first-child, .route li:last-child { font-weight: 600 }
details { margin: .8rem 0 } summary { cursor: pointer; color: var(--link) }
.for::marker { content: "+  "; color: var(--good); font-weight: 700 }
.against::marker { content: "−  "; color: var(--bad); font-weight: 700 }
pre { background: var(--card); padding: .7rem; overflow-x: auto; font-size: .85rem }
@media (max-width: 30rem) { .row { grid-template-columns: 1fr } }
@media print { @body { max-width: none; padding: 0; font-size: 10.5pt } a { color: inherit }
  .row, tr, .verdict { break-inside: avoid } h2, h3 { break-after: avoid }
  details::details-content { content-visibility: visible; height: auto }
  .zoom fieldset { display: none } .zoom .wide { width: auto !important }
  .formula, .scroll, pre { overflow: visible } pre { white-space: pre-wrap }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
"""
_COLOURS = "\n".join(
    [
        *(f".job{k} {{ fill: var(--j{k}) }}" for k in range(12)),
        *(f".tone{k} {{ background: {_faint(f'--j{k}', 26)} }}" for k in range(6)),
        *(f".shade{k} {{ background: {_faint('--bar', 9 * k)} }}" for k in range(1, 6)),
    ]
)
_RULES = _RULES.replace("@colours", _COLOURS).replace("@light", _LIGHT).replace("@dark", _DARK)
_SHEET = """
html { -webkit-text-size-adjust: 100% }
body { margin: 0 auto; max-width: 58rem; padding: 1.2rem 1rem 3rem }
@media (max-width: 30rem) { body { padding: .8rem } }
"""

PAGE = _SHEET + _RULES.replace("@root", ":root").replace("@body", "body")
INSIDE = f".optwright {{ padding: .5rem; {_RULES.replace('@root', '&').replace('@body', '&')} }}"
"""The same rules for a report inside another page: nested, so that they reach nothing else."""
THEMES = (
    f'@media screen {{ :root[data-theme="light"] {{ color-scheme: light; {_LIGHT} }}\n'
    f':root[data-theme="dark"] {{ color-scheme: dark; {_DARK} }} }}'
)
"""What a page adds that lets its reader choose between light and dark."""
