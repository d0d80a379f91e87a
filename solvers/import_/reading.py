"""The one way in: a path, text, or a model object of Pyomo or linopy becomes a `Program`."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from optwright.errors import FormulationError, InputError
from optwright.solvers.backends import lp_text
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.worker import read_lp
from optwright.solvers.export import lp
from optwright.solvers.import_.files import Comments, comments_of_lp, comments_of_mps
from optwright.solvers.import_.formulate import Words, formulate
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.linear_model import LinearModel

READABLE = 2_000
"""Most columns, and most rows, of a model that becomes a formulation; nobody reads a larger one,
and it stays the LP text that it came as."""
LEAST_READ_S, READ_S_PER_MB = 5.0, 10.0
"""How long HiGHS may read a text: fifty times what it takes, since some damaged ones never end."""
SUFFIXES = (".lp", ".mps", ".json")


def read_model(source: Any) -> Program:
    """Read a model that exists already.

    `source` is a path of an LP, MPS (each also `.gz`) or JSON file, a `Formulation`, a Pyomo
    `ConcreteModel` or a linopy `Model`. Models of up to 2,000 columns and rows become a
    formulation, their names and comments its meanings; larger ones are solved, diagnosed and
    exported as they came.

    Raises `InputError` for what cannot be read or is not such a thing, `FormulationError` for a
    model that says something no program here can: semi-continuous columns, quadratic rows.
    """
    if isinstance(source, Program):
        return source
    if isinstance(source, Formulation):
        return Program(source)
    if isinstance(source, str | Path):
        return _from_file(Path(source).expanduser())
    return _from_object(source)


def is_model_file(name: str) -> bool:
    """Whether a name is one of a file that `read_model` takes for a model by its suffix, JSON left
    out: that may be a table."""
    return _suffix(Path(name)) in (".lp", ".mps") and Path(name).is_file()


def model_from_text(text: str, fmt: str) -> Program:
    """A model from text; `fmt` is `lp`, `mps` or `json`."""
    if fmt == "json":
        return Program(Formulation.from_json(text))
    if fmt not in ("lp", "mps"):
        raise InputError(f"there is no model format {fmt!r}; there are lp, mps and json")
    comments = comments_of_lp(text) if fmt == "lp" else comments_of_mps(text)
    try:
        limit_s = LEAST_READ_S + READ_S_PER_MB * len(text) / 1e6
        model = _named(read_lp(text, limit_s, suffix=f".{fmt}"), comments)
    except FormulationError as error:
        if fmt == "lp" and lp_text.QUADRATIC in str(error):
            return Program.from_lp(text)  # solvers take it as it is
        raise
    assumed = _whole_without_limits(model, comments, text) if fmt == "mps" else ()
    return _program(model, comments, assumed)


def _whole_without_limits(model: LinearModel, comments: Comments, text: str) -> tuple[str, ...]:
    """That columns which `MARKER` makes whole numbers, and that have no limits in the file, are 0
    to 1: so HiGHS and GLPK read MPS, and CBC does not."""
    found = np.flatnonzero(model.integer & (model.lower == 0) & (model.upper == 1))
    if not found.size:
        return ()
    written = text.partition("\nBOUNDS")[2].split()
    given = {comments.names.get(word, lp_text.readable(word)) for word in written}
    names = [name for name in (model.column_names[int(j)] for j in found) if name not in given]
    if not names:
        return ()
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    said = ", ".join(names[:3]) + more
    return (f"{said}: whole numbers without limits in the file, read as 0 or 1 (some read none)",)


def _from_file(path: Path) -> Program:
    suffix = _suffix(path)
    if suffix not in SUFFIXES:
        raise InputError(
            f"{str(path)!r} is not a model: its name should end in .lp, .mps or .json, with .gz or "
            "without"
        )
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{str(path)!r} is not text in UTF-8 (byte {error.start})") from error
    except (OSError, EOFError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{str(path)!r} cannot be read: {why}") from error
    return model_from_text(text, suffix[1:])


def _suffix(path: Path) -> str:
    suffixes = [part.lower() for part in path.suffixes]
    return (
        suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else "".join(suffixes[-1:])
    )


def _named(model: LinearModel, comments: Comments) -> LinearModel:
    """The model with the names that its file says its names stand for."""
    if not comments.names:
        return model
    names = {**comments.names, **{lp_text.readable(k): n for k, n in comments.names.items()}}
    return replace(
        model,
        column_names=[names.get(name, name) for name in model.column_names],
        row_names=[names.get(name, name) for name in model.row_names],
    )


def _program(model: LinearModel, comments: Comments, assumed: tuple[str, ...] = ()) -> Program:
    if max(len(model.cost), len(model.row_lower)) > READABLE:
        return Program.from_lp(lp.text_of(model))
    rows: Mapping[str, str] = {lp_text.readable(k): text for k, text in comments.rows.items()}
    return Program(formulate(model, Words(comments.title, {}, rows, assumed)))


def _from_object(source: Any) -> Program:
    """Objects are told apart by their package, so that nothing is imported that is not there."""
    package = type(source).__module__.partition(".")[0]
    if package == "pyomo":
        return _from_pyomo(source)
    if package == "linopy":
        return _from_linopy(source)
    raise InputError(
        f"a {type(source).__name__} is not a model that can be read: give a path, a Formulation, a "
        "Pyomo ConcreteModel or a linopy Model"
    )


def _from_pyomo(source: Any) -> Program:
    from optwright.solvers.import_.pyomo_model import arrays_of

    return _program(arrays_of(source), Comments(title=_title(source.name)))


def _title(name: Any) -> str:
    return "" if name in (None, "unknown") else str(name)


def _from_linopy(source: Any) -> Program:
    """Through the file that linopy itself writes, whose names say the coordinates."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.lp"
        try:
            source.to_file(path, io_api="lp", explicit_coordinate_names=True, progress=False)
        except Exception as error:  # whatever linopy raises for a model that it cannot write
            raise FormulationError(f"linopy cannot write its model: {error}") from error
        return _from_file(path)
