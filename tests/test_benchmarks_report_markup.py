from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from optwright.benchmarks.report_markup import page, table, tag


class Reader(HTMLParser):
    """Elements and text of a page, as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.said = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.said += data


TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=60)


@given(TEXT, TEXT)
def test_text_stays_text(words: str, title: str) -> None:
    read = Reader(tag("p", words, title=title))
    assert read.tags == ["p"]
    assert read.said == words


def test_attributes_cannot_be_broken_out_of() -> None:
    assert tag("p", title='"><script>') == '<p title="&quot;&gt;&lt;script&gt;"></p>'


def test_cells_are_escaped_and_markup_among_them_is_not() -> None:
    found = table(["<b>"], [["a & b", tag("i", "c")]])
    assert '<th scope="col">&lt;b&gt;</th>' in found
    assert "<td>a &amp; b</td><td><i>c</i></td>" in found


def test_a_page_forbids_every_script_but_its_own() -> None:
    text = page("t", "p {}", "go()", tag("p", "</body><script>evil()</script>"))
    assert "script-src 'sha256-" in text.replace("&#x27;", "'")
    assert Reader(text).tags.count("script") == 1
