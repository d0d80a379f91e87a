"""The site of the documentation: `sphinx-build -W docs build/docs` (extra `docs`).

Pages are the Markdown files of this folder, as they are read in the repository; the reference is
made of the docstrings. A link that leads nowhere is a warning, and with -W an error.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]

project = "optwright"
copyright = "the authors of optwright, Apache-2.0"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
html_theme = "alabaster"
html_theme_options = {"description": "Language models as optimizers", "page_width": "72em"}
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html"]}
exclude_patterns = ["SKILL.md"]  # instructions for agents, with front matter of its own
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
# Docstrings are Markdown: `code` in one pair of backticks, as in the rest of the repository.
default_role = "code"
# Fences that show what a program prints, or its own languages, have no highlighter.
suppress_warnings = ["misc.highlighting_failure", "ref.python"]


def public_names(app: Sphinx, page: str, source: list[str]) -> None:
    """The reference lists every public name, in the order of the front door."""
    if page != "reference":
        return
    import optwright

    lines = []
    for name in optwright.__all__:
        value = getattr(optwright, name)
        if name in ("__version__", "errors"):
            continue
        kind = "class" if isinstance(value, type) else "function" if callable(value) else "data"
        # Pydantic's own methods and fields that docstrings already name would bury the rest.
        lines += [f".. auto{kind}:: optwright.{name}", ""]
    source[0] = source[0].replace("PUBLIC NAMES", "\n".join(lines))


def to_repository(app: Sphinx, page: str, source: list[str]) -> None:
    """Links out of this folder lead to files of the repository, which stand beside the site."""

    def changed(match: re.Match[str]) -> str:
        text, target, _ = match.groups()
        path = posixpath.normpath(posixpath.join("docs", target))
        if not (ROOT / path).exists():
            raise ValueError(f"docs/{page}.md links to {target!r}, which is not there")
        return f"{text} (`{path}`)" if not path.startswith("docs/") else match.group(0)

    source[0] = re.sub(r"\[([^\]]*)\]\((\.\./[^)#\s]+)(#[^)]*)?\)", changed, source[0])


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", to_repository)
    app.connect("source-read", public_names)
