"""Nothing of others steers a terminal: escapes planted in replies, names, rows, cells, exceptions
and names of files are looked for in everything that is written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from optwright.cli import run
from optwright.errors import Bug
from optwright.printing import unsteered, visible
from tests.bench_problems import write_problems
from tests.commands import Cli
from tests.drafts import CANDY, CANDY_DRAFT, reworded, scripted
from tests.endpoint_behaviours import Refusal, done
from tests.model_server import served

EVIL = {
    "erases": "\x1b[2J\x1b[1;1H",
    "title": "\x1b]0;owned\x07",
    "clipboard": "\x1b]52;c;bWFsaWNl\x1b\\",
    "csi": "\x9b2K",
    "device": "\x1bP+q\x1b\\",
    "back": "\rverified\b\b",
    "turned": "\u202everified\u202c\u2066",
    "invisible": "\u200b\u2028\ufeff\U000e0041",
}
ALL = "".join(EVIL.values())
STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def steering(text: str) -> list[str]:
    return STEERS.findall(text)


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_what_steers_is_shown_as_json_writes_it_and_kept_from_files(evil: str) -> None:
    said = f"a{evil}b\tc\n"
    assert not steering(visible(said))
    assert not steering(unsteered(said))
    assert (
        unsteered("naïve 北 👩\u200d🌾\n")
        == visible("naïve 北 👩\u200d🌾\n")
        == "naïve 北 👩\u200d🌾\n"
    )
    assert json.loads(visible(json.dumps({"x": said}, ensure_ascii=False))) == {"x": said}


def test_our_own_headings_stay_bold() -> None:
    assert visible("\x1b[1mANSWER\x1b[0m\x1b[31m", styled=True) == "\x1b[1mANSWER\x1b[0m\\u001b[31m"


def planted() -> str:
    """A draft with escapes in all it says."""
    draft = json.loads(CANDY_DRAFT)
    draft["title"] = f"boxes {ALL}"
    for decision in draft["decisions"]:
        decision["meaning"] = f"{decision.get('meaning', '')} {ALL}"
    for limit in draft["limits"]:
        limit["text"] = f"{limit.get('text', '')} {ALL} [click](javascript:alert(1))"
    draft["assumptions"] = [f"assumed {ALL} [click](javascript:alert(1))"]
    return json.dumps(draft)


@pytest.fixture
def solved(cli: Cli, tmp_path: Path) -> str:
    """The name of a run whose drafts are full of escapes, with its exports and reports."""
    model = scripted(tmp_path, [planted(), reworded(planted())])
    exports = [f"--export={fmt}={tmp_path}/m.{fmt}" for fmt in ("pyomo", "latex", "markdown", "lp")]
    reports = [f"--report={tmp_path}/r.{suffix}" for suffix in ("html", "md")]
    ended = cli("solve", f"{CANDY} {ALL}", "--model", model, *exports, *reports)
    assert ended.status in (0, 10), ended.err
    assert not steering(ended.out + ended.err)
    assert "\\u001b" in ended.out
    return str(re.findall(r"\d{8}-\d{6}-\w+", cli("runs", "list").out)[-1])


def test_a_run_and_its_files_hold_no_escape(cli: Cli, solved: str, tmp_path: Path) -> None:
    for arguments in (["show", solved], ["show", solved, "--json"], ["list"], ["list", "--json"]):
        shown = cli("runs", *arguments)
        assert not steering(shown.out + shown.err)
    written = [*tmp_path.glob("m.*"), *tmp_path.glob("r.*")]
    assert len(written) == 6
    for file in written:
        text = file.read_text(encoding="utf-8")
        assert not steering(text), file.name
        if file.suffix in (".markdown", ".md"):
            assert "click" in text
            assert not re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(javascript", text)


def test_tables_and_names_of_files_steer_nothing(cli: Cli, tmp_path: Path) -> None:
    table = tmp_path / f"rou{EVIL['erases']}tes{EVIL['turned']}.csv"
    table.write_text(f"mill{ALL[:30]},cost\nTannau{EVIL['title']},4\nHill,x{EVIL['csi']}\n")
    model = scripted(tmp_path, [planted(), reworded(planted())])
    for arguments in (
        ["solve", CANDY, "--data", table, "--model", model],
        ["solve", CANDY, "--data", f"{table}x", "--model", model],
        ["solve", f"{tmp_path}/no{EVIL['clipboard']}.txt", "--model", model],
        ["solve", CANDY, "--model", f"scripted:{tmp_path}/{EVIL['title']}.json"],
        ["solve", CANDY, "--export", f"pyomo={tmp_path}/{EVIL['csi']}/x.py"],
        ["solve", CANDY, f"--{EVIL['turned']}"],
        ["runs", "show", f"no{EVIL['erases']}"],
        ["chat", CANDY, "--data", table, "--model", model, "--plain"],
        ["bench", f"{tmp_path}/no{EVIL['erases']}.jsonl"],
        ["tune", f"{tmp_path}/no{EVIL['erases']}.py:f", "--train", "x.csv"],
        ["models", "test", f"lokal{EVIL['csi']}"],
    ):
        ended = cli(*arguments)
        assert not steering(ended.out + ended.err), arguments


def test_a_conversation_shows_no_escape(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTWRIGHT_SESSIONS", str(tmp_path / "sessions"))
    model = scripted(tmp_path, [planted(), reworded(planted())])
    ended = cli("chat", f"{CANDY} {ALL}", "--model", model, "--plain")
    assert not steering(ended.out + ended.err)
    assert "\\u001b" in ended.out


@pytest.mark.parametrize("status", [400, 404])
def test_the_words_of_an_endpoint_steer_nothing(cli: Cli, status: int) -> None:
    with served(lambda _: Refusal(status, {"error": {"message": f"no{ALL}"}})) as url:
        ended = cli("solve", CANDY, "--model", f"m@{url}")
    assert ended.status in (1, 4)
    assert not steering(ended.out + ended.err)


def test_what_a_system_crashes_with_steers_nothing(cli: Cli, tmp_path: Path) -> None:
    data = write_problems(tmp_path, 1)
    (tmp_path / "mine.py").write_text(f"def evil(*_):\n    raise ValueError({ALL!r})\n")
    with served(lambda _: done("x")) as url, pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        ended = cli(
            "bench", data, "--system", "mine:evil", "--model", f"m@{url}", "--out", tmp_path / "o"
        )
        again = cli("bench", "report", tmp_path / "o")
    assert "ValueError" in ended.out + ended.err + again.out
    assert not steering(ended.out + ended.err + again.out + again.err)


def test_what_a_program_crashes_with_steers_nothing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text(
        "import optwright as ow\nx = ow.Integer('x', 1, low=0, high=9)\n"
        f"def f(n):\n    return x.value\ndef metric(e, o):\n    raise ValueError({ALL!r})\n"
    )
    (tmp_path / "t.csv").write_text("n\n" + "1\n" * 30)
    train = ("--train", tmp_path / "t.csv", "--budget", "evaluations=200")
    for verbose in ((), ("--verbose",)):
        ended = cli("tune", f"{tmp_path}/p.py:f", *train, *verbose)
        assert "ValueError" in ended.out + ended.err
        assert not steering(ended.out + ended.err)


def test_a_bug_of_ours_that_quotes_others_steers_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(ALL)

    monkeypatch.setattr("optwright.doctor.examine", broken)
    for verbose in ([], ["--verbose"]):
        assert run(["doctor", "--quick", *verbose]) == Bug.exit_status
        said = capsys.readouterr()
        assert not steering(said.out + said.err)


def test_nothing_prints_but_through_the_seam() -> None:
    """`emit` and `tell` of `cli.session`; what else writes to a stream says `visible` beside it."""
    folder = Path(__file__).parents[1] / "src" / "optwright" / "cli"
    for file in folder.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if file.name != "session.py":
            assert "click.echo(" not in text, file.name
        if "sys.stderr.write(" in text or "console.print(" in text:
            assert "visible" in text or "printable" in text, file.name
