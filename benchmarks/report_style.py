"""How a benchmark report looks, and the few lines that filter its problems. No script is needed
to read it: without one, every problem is shown. The backgrounds of `.wide` are a shadow at the side
to which a table goes on: the first two layers move with the table and cover it at its ends."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --line: #8885; --good: #1a7f37; --bad: #b42318; --mark: #2563eb;
  --faint: #8887 }
@media (prefers-color-scheme: dark) { :root { --good: #4ac26b; --bad: #ff7b72; --mark: #6ea8fe } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin-bottom: .2rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
h3 { font-size: 1rem; margin: 1rem 0 .2rem }
.wide { overflow-x: auto; background:
  linear-gradient(to right, Canvas 40%, #0000) left / 2rem 100% no-repeat local,
  linear-gradient(to left, Canvas 40%, #0000) right / 2rem 100% no-repeat local,
  linear-gradient(to right, #8886, #0000) left / .6rem 100% no-repeat,
  linear-gradient(to left, #8886, #0000) right / .6rem 100% no-repeat }
@media (max-width: 60rem) { .wide td, .wide th { white-space: nowrap } }
table { border-collapse: collapse; min-width: 100% }
td, th { text-align: left; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top } th { font-weight: 600 } td { font-variant-numeric: tabular-nums }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: .6rem .8rem;
  border-radius: 6px; font-size: 13px; line-height: 1.4; margin: .3rem 0 .8rem }
.faint { opacity: .75 } .right { color: var(--good) } .wrong { color: var(--bad) }
svg { display: block; max-width: 45rem; overflow: visible }
svg text { font: 12px system-ui, sans-serif; fill: currentColor }
.axis { stroke: var(--faint) } .grid { stroke: var(--line) }
.interval { stroke: currentColor; stroke-width: 1.5 } .mark { fill: var(--mark) }
details { border-bottom: 1px solid var(--line); padding: .35rem 0 }
details details { border: 0; padding: .1rem 0 .1rem .8rem }
summary { cursor: pointer; overflow-wrap: anywhere } .badge { display: inline-block;
  margin-left: .6rem; max-width: 100% } p, li { overflow-wrap: anywhere }
form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: .8rem 0 }
input, select { font: inherit; padding: .25rem .4rem; max-width: 100% }
.filters { display: none } .scripted .filters { display: flex }
@media print { .filters { display: none } }
"""

SCRIPT = """
document.documentElement.classList.add('scripted');
for (const form of document.querySelectorAll('form.filters')) {
  const problems = [...form.parentElement.querySelectorAll('details.problem')];
  const said = form.querySelector('output');
  const filter = () => {
    const words = form.words.value.toLowerCase(), ending = form.ending.value;
    let shown = 0;
    for (const problem of problems) {
      const fits = problem.textContent.toLowerCase().includes(words) &&
        (!ending || problem.dataset.endings.split('|').includes(ending));
      problem.hidden = !fits;
      shown += fits;
    }
    said.textContent = shown + ' of ' + problems.length + ' problems';
  };
  form.addEventListener('input', filter);
  form.addEventListener('submit', event => event.preventDefault());
  filter();
}
"""
