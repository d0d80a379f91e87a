"""Every reader of what others wrote, on damaged forms of what it reads: it gives a value or an
error of ours, whatever it is fed. Some inputs each in the ordinary suite, a minute each in the
marked one (OPTWRIGHT_FUZZ_S says how many seconds).
"""

from __future__ import annotations

import datetime
import io
import json
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.profiles.profile import read_profile
from optwright.agents.replies.parse import read_formulation
from optwright.doors.operations import operations
from optwright.doors.tools import call
from optwright.errors import OptwrightError
from optwright.serving.replies import extract_json
from optwright.serving.roles import read_roles
from optwright.solvers.data.tables import load
from optwright.solvers.import_.reading import model_from_text
from optwright.solvers.model.formulation import Formulation
from tests import reports
from tests.awkward_files import xlsx
from tests.drafts import CANDY_DRAFT

ROOT = Path(__file__).parents[1]
SOME = 150
FORMULATION = json.dumps(
    {
        "sets": [{"name": "I", "members": ["a", "b"]}],
        "parameters": [{"name": "cost", "indices": ["I"], "values": {"a": 2, "b": 3}}],
        "variables": [{"name": "x", "indices": ["I"], "lower": 0, "upper": 9, "domain": "integer"}],
        "objective": {"sense": "minimize", "expression": "sum(cost[i]*x[i] for i in I)"},
        "constraints": [
            {"name": "need", "expression": "sum(x[i] for i in I if cost[i] > 1) >= 4 - abs(-1)"},
            {"name": "each", "forall": "i in I", "expression": "x[i] <= 2*cost[i]**1 + 7"},
        ],
    }
)
LP = """\\ candy
maximize
 obj: 6 regular + 9 gift + [ regular ^ 2 ] / 2
subject to
 c1: 200 regular + 150 gift <= 12000
 c2: -1e3 <= 100 regular + 300 gift <= 15000
bounds
 20 <= regular <= 1e30
 gift free
generals
 regular
end
"""
MPS = """NAME candy
ROWS
 N  obj
 L  c1
 G  c2
COLUMNS
    MARKER  'MARKER'  'INTORG'
    x  obj  6  c1  200
    x  c2  1
    MARKER  'MARKER'  'INTEND'
    y  obj  9  c1  150
RHS
    RHS  c1  12000  c2  20
RANGES
    RNG  c1  5
BOUNDS
 UP BND x 40
 MI BND y
ENDATA
"""
CSV = "mill,tons,cost\nWeir,120,4.51\nHill,80,3.77\nLake,,6.92\ntotal,200,15.2\n"
JSON = '[{"mill": "Weir", "tons": 120}, {"mill": "Hill", "tons": null, "cost": 1e3}]'
ROLES = '[default]\nmodel = "local"\n[critic]\nmodel = "openai/gpt-5"\nmax_tokens = 5000\n'
TURNS = (
    "the chocolate limit is 15000",
    "what if chocolate is 20 % lower",
    "at least 3 gift per regular",
    "which limit costs me most",
    "undo",
    "rename regular to plain",
    "gift must be at most 2 * regular + 1e3",
)
CALL = json.dumps({"formulation": json.loads(FORMULATION), "tables": {"t": {"a": [1, 2]}}})
_PIECES = (
    *"{}[]()<>\"\\'`,:;.=+-*/^%#|&~ \n\t\r\0",
    *("null", "true", "NaN", "Infinity", "-1", "1e999", "0x1", "9" * 400, "\ud83d", "\x1b[2J"),
    *("\ufeff", "\u202e", "é", "日本", "for i in I", "sum(", "x[", "==", "<=", "lambda: 0"),
    *("[" * 200, "{\"a\":" * 200, "(" * 200, "**" * 20, "end", "RANGES", "bounds", "free", "total"),
    "a" * 5000,
)  # fmt: skip


def damaged(text: str, chance: Random) -> str:
    """The text with a few cuts, doublings, swaps and foreign pieces."""
    for _ in range(chance.randint(1, 6)):
        at, other = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        match chance.randrange(6):
            case 0:
                text = text[:at] + text[other:]
            case 1:
                text = text[:other] + text[at:][:2000]
            case 2:
                text = text[:at] + chance.choice(_PIECES) + text[at:]
            case 3:
                text = text[:at] + chance.choice(_PIECES) + text[other:]
            case 4:
                text = text[:at] + chr(chance.randrange(0x11000)) + text[at + 1 :]
            case _:
                lines = text.splitlines(keepends=True) or [""]
                chance.shuffle(lines)
                text = "".join(lines)
    return text


def of_file(suffix: str, read: Callable[[Path], object], folder: Path) -> Callable[[str], object]:
    path = folder / f"fuzzed{suffix}"

    def feed(text: str) -> object:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return read(path)

    return feed


def readers(folder: Path) -> dict[str, tuple[Callable[[str], object], tuple[str, ...]]]:
    """What reads, and sound inputs of it."""
    tools = operations()
    profile = (ROOT / "agents/profiles/small.toml").read_text(encoding="utf-8")
    return {
        "csv": (of_file(".csv", lambda p: load([p]), folder), (CSV,)),
        "json": (of_file(".json", lambda p: load([p]), folder), (JSON,)),
        "formulation": (Formulation.from_json, (FORMULATION,)),
        "lp": (lambda text: model_from_text(text, "lp"), (LP,)),
        "mps": (lambda text: model_from_text(text, "mps"), (MPS,)),
        "reply": (
            read_formulation,
            (CANDY_DRAFT, FORMULATION, f"So:\n```json\n{CANDY_DRAFT}\n```"),
        ),
        "object": (extract_json, (CANDY_DRAFT, "<think>{a}</think>{'x': 2,}")),
        "roles": (of_file(".toml", read_roles, folder), (ROLES,)),
        "profile": (read_profile, (profile,)),
        "call": (lambda text: call(tools, "check_formulation", text), (CALL,)),
    }


NAMES = ("csv", "json", "formulation", "lp", "mps", "reply", "object", "roles", "profile", "call")


def fed(feed: Callable[[str], object], seeds: tuple[str, ...], until: Callable[[int], bool]) -> int:
    """Feed damaged inputs until then; how many there were. What escapes names its input."""
    chance, count = Random(20261201), 0
    while not until(count):
        text = damaged(chance.choice(seeds), chance)
        try:
            feed(text)
        except OptwrightError as error:
            assert str(error), f"an error without a word for {text!r}"  # noqa: PT017 -- any of ours
        except Exception as error:  # noqa: BLE001 -- whatever escapes is what is looked for
            pytest.fail(f"{type(error).__name__}: {error} escaped for {text!r}")
        count += 1
    return count


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_gives_a_value_or_an_error_of_ours(name: str, tmp_path: Path) -> None:
    feed, seeds = readers(tmp_path)[name]
    assert fed(feed, seeds, lambda count: count >= SOME) == SOME


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_minute_of_damaged_inputs(name: str, tmp_path: Path) -> None:
    feed, seeds = readers(tmp_path)[name]
    fed(feed, seeds, for_a_minute())


def test_a_turn_is_answered_whatever_is_said() -> None:
    talk(lambda count: count >= 40)


@pytest.mark.slow
def test_a_minute_of_damaged_turns() -> None:
    talk(for_a_minute())


def talk(until: Callable[[int], bool]) -> None:
    with ChatSession(None, Settings(model=None)) as session:
        session.adopt(*reports.candy())
        fed(session.turn, TURNS, until)
        assert "regular" in session.turn("show the model").text


def for_a_minute() -> Callable[[int], bool]:
    end = time.monotonic() + float(os.environ.get("OPTWRIGHT_FUZZ_S", "60"))
    return lambda _: time.monotonic() > end


# Files that are not text: workbooks, and what polars reads


def workbook() -> bytes:
    day = datetime.date(2026, 12, 1)
    rows = [("mill", "tons", "from"), ("Weir", 120, day), ("Hill", "3k", None), ("sum", 200, None)]
    return xlsx(("Mills", rows), ("Notes", [("nothing",)]))


def parquet(suffix: str) -> bytes:
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"mill": ["Weir", "Hill", None], "tons": [120.0, 80.5, None]})
    kept = io.BytesIO()
    (frame.write_parquet if suffix == ".parquet" else frame.write_ipc)(kept)
    return kept.getvalue()


def damaged_bytes(data: bytes, chance: Random) -> bytes:
    """The file with bits flipped, cut short, or with a stretch garbled, doubled or emptied."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 4, 64, 2000)))
        match chance.randrange(5):
            case 0:
                data = data[:at] + bytes(b ^ 1 << chance.randrange(8) for b in data[at:end])
            case 1:
                data = data[:at] + chance.randbytes(end - at) + data[end:]
            case 2:
                data = data[:at] + bytes(end - at) + data[end:]
            case 3:
                data = data[:end] + data[at:]
            case _:
                data = (
                    data[:at] + chance.choice((b"\xff" * 8, b"\x7f\xff\xff\xff", b"")) + data[at:]
                )
    return data


def damaged_inside(data: bytes, chance: Random) -> bytes:
    """The workbook, packed soundly, with damaged text in one of its parts."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name = chance.choice([n for n in parts if "sheet" in n or "workbook" in n or "shared" in n])
    text = damaged(parts[name].decode(), chance)
    parts[name] = text.encode("utf-8", "surrogatepass")
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as book:
        for part, content in parts.items():
            book.writestr(part, content)
    return kept.getvalue()


BINARY: dict[str, tuple[str, Callable[[], bytes], Callable[[bytes, Random], bytes]]] = {
    "workbook": (".xlsx", workbook, damaged_bytes),
    "inside a workbook": (".xlsx", workbook, damaged_inside),
    "parquet": (".parquet", lambda: parquet(".parquet"), damaged_bytes),
    "arrow": (".arrow", lambda: parquet(".arrow"), damaged_bytes),
}


def fed_files(name: str, folder: Path, until: Callable[[int], bool]) -> None:
    suffix, make, damage = BINARY[name]
    sound, chance, count = make(), Random(20261201), 0
    path = folder / f"fuzzed{suffix}"
    path.write_bytes(sound)
    assert load([path])
    while not until(count):
        path.write_bytes(content := damage(sound, chance))
        try:
            load([path])
        except OptwrightError as error:
            assert str(error)  # noqa: PT017 -- any of ours
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 -- a panic of Rust is no Exception
            pytest.fail(f"{type(error).__name__}: {error} escaped for {content.hex()}")
        count += 1


@pytest.mark.parametrize("name", BINARY)
def test_a_file_that_is_no_text_gives_tables_or_an_error_of_ours(name: str, tmp_path: Path) -> None:
    fed_files(name, tmp_path, lambda count: count >= (6 if "workbook" in name else 60))


@pytest.mark.slow
@pytest.mark.parametrize("name", BINARY)
def test_a_minute_of_damaged_files_that_are_no_text(name: str, tmp_path: Path) -> None:
    fed_files(name, tmp_path, for_a_minute())
