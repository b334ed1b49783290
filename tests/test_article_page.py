"""The article page: marks, values, the original beside the text, where it is from, references."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from searchapp import web
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.model import FACETS, Article, Copy, Passage, Shown, Span, Tag, Tagged, Tags
from searchapp.settings import Settings
from searchapp.web import beside
from searchapp.web.marked import SENTENCE, WORD, Note, Sheet, pieces, words_of
from tests.conftest import item
from tests.test_web import ARTICLE, BARE, MISSILES, PAGE, READING, Shelf, client_of, page_of

TITLE = "Gas for Iran"
BODY = (
    "Gas flows from Iran. The gas pipeline of the Northern Alliance is a pipeline.\n\n"
    "President Mohammad Khatami of Iran said pipelines matter to Russia."
)
TEXT = f"{TITLE}\n\n{BODY}"


def spans(word: str) -> tuple[Span, ...]:
    return tuple(found.span() for found in re.finditer(word, TEXT))


GAS = Tagged(
    Article(
        id="gas",
        title=TITLE,
        body=BODY,
        path="gas.txt",
        original=f"Menu\n\n{TITLE}\n\n{BODY}\n\nAll rights reserved.",
        provenance={"title": "found"},
    ),
    Tags(
        country=(
            Tag("IR", "Iran", spans("Iran")),
            Tag("AF", "Afghanistan", spans("Northern Alliance"), about=False),
        ),
        person=(Tag("Mohammad Khatami", "Mohammad Khatami", spans("Mohammad Khatami")),),
        topic=(
            Tag("gas", "gas", spans("[gG]as|pipeline")),
            Tag("pipes", "pipes", spans("pipeline")),
        ),
    ),
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    settings = Settings(index=str(tmp_path_factory.mktemp("gas") / "index"))
    archive = Archive(open_engine(settings.index, settings, create=True), settings)
    archive.engine.write([GAS, item("oil", "Oil", "Oil from Iran."), item("tea", "Tea", "Iran")])
    return archive


@pytest.fixture(scope="module")
def client(archive: Archive) -> FlaskClient:
    return web.create_app(archive, archive.settings).test_client()


class Elements(HTMLParser):
    """The elements of a page, which nest; what is under those of a class, and what all say."""

    VOID = ("meta", "link", "input", "br")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.marked = ""
        self._open: list[tuple[str, dict[str, str]]] = []
        self._under: dict[str, str] = {}
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = tag, {name: value or "" for name, value in attrs}
        self.found.append(element)
        if tag not in self.VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        self.marked += data if "mark" in [tag for tag, _ in self._open] else ""
        names = " ".join(
            f"{attrs.get('class', '')} {attrs.get('id', '')}" for _, attrs in self._open
        )
        for name in set(names.split()):
            self._under[name] = self._under.get(name, "") + data

    def under(self, name: str) -> str:
        """What stands in the elements of a class or id."""
        return " ".join(self._under.get(name, "").split())

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.found if "id" in attrs]

    def hrefs(self, start: str = "") -> list[str]:
        links = [attrs["href"] for tag, attrs in self.found if tag == "a"]
        return [href for href in links if href.startswith(start)]

    def meta(self) -> dict[str, str]:
        attrs = [attrs for tag, attrs in self.found if tag == "meta"]
        return {a.get("name") or a.get("property", ""): a.get("content", "") for a in attrs}


def look(client: FlaskClient, url: str) -> Elements:
    answer = client.get(url)
    assert answer.status_code == 200
    return Elements(answer.text)


# --- cutting a text at the boundaries of notes --------------------------------------------------


LETTERS = 30
STRETCHES = st.tuples(st.integers(0, LETTERS), st.integers(0, LETTERS)).map(sorted)
NOTES = st.lists(
    st.builds(
        lambda place, kind, number: Note(place[0], place[1], kind, number),
        STRETCHES,
        st.sampled_from((WORD, *FACETS)),
        st.integers(1, 8),
    ),
    max_size=12,
)


@given(NOTES, STRETCHES)
def test_pieces_are_the_whole_text_and_each_has_the_notes_over_it(
    notes: list[Note], stretch: list[int]
) -> None:
    start, end = stretch
    cut = list(pieces(notes, start, end))
    assert "".join("x" * (piece.end - piece.start) for piece in cut) == "x" * (end - start)
    assert all(before.end == after.start for before, after in pairwise(cut))
    for piece in cut:
        for at in range(piece.start, piece.end):
            assert set(piece.notes) == {note for note in notes if note.start <= at < note.end}


@given(
    st.text(alphabet="ab<&\" '\u202e", min_size=LETTERS, max_size=LETTERS),
    NOTES,
    st.lists(st.integers(0, LETTERS), unique=True, max_size=6).map(sorted),
    st.lists(st.integers(0, LETTERS), unique=True, max_size=6).map(sorted),
)
def test_marking_changes_no_text_and_elements_nest(
    text: str, notes: list[Note], cuts: list[int], sentences: list[int]
) -> None:
    notes = [
        *(note._replace(mention=mention) for mention, note in enumerate(notes, 1)),
        *(Note(a, b, SENTENCE, a) for a, b in zip(sentences[::2], sentences[1::2], strict=False)),
    ]
    marks = {n.start: number for number, n in enumerate(notes, 1) if n.kind == WORD}
    labels = {(facet, number): f'<"{facet}' for facet in FACETS for number in range(1, 9)}
    stretches = list(zip(cuts[::2], cuts[1::2], strict=False))
    shown = Sheet(text, tuple(notes), marks, labels).html(stretches)
    for (start, end), html in zip(stretches, shown, strict=True):
        found = Elements(str(html))
        assert found.text == text[start:end]
        assert len(found.ids) == len(set(found.ids))
        begun = {n for n in notes if start <= n.start < min(n.end, end)}
        assert {i for i in found.ids if i[0] == "s"} == {
            f"s{n.number}" for n in begun if n.kind == SENTENCE
        }
        assert {i for i in found.ids if "-" in i} == {
            f"{n.kind}-{n.number}-{n.mention}" for n in begun if n.kind in FACETS
        }
        under_words = (
            text[at]
            for at in range(start, end)
            if any(n.kind == WORD and n.start <= at < n.end for n in notes)
        )
        assert found.marked == "".join(under_words)


def test_links_never_stand_in_links() -> None:
    notes = (Note(0, 9, "country", 1), Note(2, 6, "person", 1), Note(4, 8, "topic", 1))
    labels = {("country", 1): "Iran", ("person", 1): "Ali", ("topic", 1): "gas"}
    html = str(Sheet("abcdefghi", notes, {}, labels).html([(0, 9)])[0])
    assert re.findall(r"<a [^>]*>(?:(?!</a>).)*<a ", html) == []
    assert html.count('class="value person"') == 2
    assert html.count('id="person-1-1"') == 1


def test_marks_are_numbered_from_the_title_on() -> None:
    shown = (Shown("gas", ((0, 3),), ((9, 12), (20, 23))), Shown("“gas pipe”", (), ((9, 17),)))
    words, title, body = words_of(shown)
    assert (title, body) == ({0: 1}, {9: 2, 20: 3})
    assert [(word.name, word.marks) for word in words] == [("gas", (1, 2, 3)), ("“gas pipe”", (2,))]


# --- words of the search ------------------------------------------------------------------------


def test_which_word_a_mark_shows(archive: Archive) -> None:
    reading = archive.read("gas", 'gas pipelin* "northern ALLIANCE" Khatamy~ tea -oil')
    found = {
        word.name: [TITLE[a:b] for a, b in word.title] + [BODY[a:b] for a, b in word.body]
        for word in reading.words
    }
    assert found == {
        "gas": ["Gas", "Gas", "gas"],
        "pipelin*": ["pipeline", "pipeline", "pipelines"],
        "“northern ALLIANCE”": ["Northern Alliance"],
        "khatamy~": ["Khatami"],
        "tea": [],
    }


def test_spellings_of_one_typed_word_are_one_word(archive: Archive) -> None:
    archive.engine.write([item("s", "S", "S-300, S 300 and S300")])
    assert [(w.name, len(w.body)) for w in archive.read("s", "S-300").words] == [("S-300", 3)]


def test_words_are_counted_and_each_place_is_a_link(client: FlaskClient) -> None:
    page = look(client, "/article/gas?q=gas+pipeline+%22Northern+Alliance%22")
    assert page.under("chips") == "gas 3 places pipeline 3 places “Northern Alliance” 1 place"
    places = {href[1:] for href in page.hrefs("#m")}
    assert (
        places
        == {i for i in page.ids if re.fullmatch(r"m\d+", i)}
        == {f"m{n}" for n in range(1, 8)}
    )
    assert len(page.ids) == len(set(page.ids))
    # The first links are the first marks of each word.
    assert page.hrefs("#m")[:3] == ["#m1", "#m4", "#m5"]


def test_different_words_have_different_looks(client: FlaskClient) -> None:
    page = look(client, "/article/gas?q=gas+pipeline")
    assert page.under("w2") == "pipelinepipelinepipelinepipelines"
    css = (Path(web.__file__).parents[1] / "static" / "article.css").read_text(encoding="utf-8")
    lines = {re.search(rf"mark\.w{n} {{[^}}]*?(border-[^;]*);", css)[1] for n in range(2, 7)}  # type: ignore[index]
    assert len(lines) == 5


def test_words_that_are_not_there_are_said(client: FlaskClient) -> None:
    assert look(client, "/article/gas?q=gas+zebra").under("missing") == "Not in it: zebra"
    none = look(client, "/article/gas?q=zebra")
    assert none.under("missing") == "No word of the search stands in this text."
    assert look(client, "/article/gas?q=country:IR").under("missing") == (
        "The search names no word that could be marked."
    )
    plain = look(client, "/article/gas")
    assert plain.under("words") == plain.under("missing") == ""
    in_title = look(client, "/article/gas?q=title:gas")
    assert in_title.under("chips") == "gas 1 place"


def test_a_word_that_stands_everywhere_has_some_of_its_places_listed(archive: Archive) -> None:
    archive.engine.write([item("much", "Much", "oil " * 5_000)])
    page = look(web.create_app(archive, archive.settings).test_client(), "/article/much?q=oil")
    assert "oil 5,000 places" in page.under("chips")
    assert len(page.hrefs("#m")) == 1 + 200
    assert "and 4,800 more" in page.under("places")
    assert "places are marked" not in page.text


def test_of_very_many_places_the_first_are_marked(archive: Archive) -> None:
    archive.engine.write([item("most", "Most", "oil " * 12_000)])
    page = look(web.create_app(archive, archive.settings).test_client(), "/article/most?q=oil")
    assert "oil 12,000 places" in page.under("chips")
    assert "Only the first 10,000 places are marked." in page.text
    assert len([name for name in page.ids if re.fullmatch(r"m\d+", name)]) == 10_000
    assert page.under("body").startswith("oil " * 12_000)


# --- people, countries and topics in the text ---------------------------------------------------


def test_values_are_marked_when_asked(client: FlaskClient) -> None:
    assert look(client, "/article/gas").under("value") == "countriespeopletopics"
    html = client.get("/article/gas?q=gas&mark=country&mark=person").text
    assert html.count(' title="Iran (country)"') == 3
    assert html.count(' title="Mohammad Khatami (person)"') == 1
    assert "(topic)" not in html
    page = Elements(html)
    assert page.under("country") == "IrancountriesIranNorthern AllianceIran"
    assert page.under("person") == "peopleMohammad Khatami"
    assert {"country-1-1", "country-1-2", "country-1-3", "person-1-1"} <= set(page.ids)


def test_every_mention_is_linked_to_an_entry_that_is_there(client: FlaskClient) -> None:
    page = look(client, "/article/gas?q=gas+pipeline&mark=country&mark=person&mark=topic")
    inside = page.hrefs("#")
    assert {href[1:] for href in inside} - {"content"} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    # An entry leads to its first mention.
    assert {"#country-1-1", "#person-1-1", "#topic-2-1"} <= set(inside)


def test_values_of_one_facet_at_one_place_are_one_element(client: FlaskClient) -> None:
    html = client.get("/article/gas?mark=topic").text
    assert html.count('title="gas (topic), pipes (topic)"') == 3
    assert "topic-2-1" in Elements(html).ids


def test_a_switch_turns_one_facet_on_or_off_and_keeps_the_rest(client: FlaskClient) -> None:
    page = look(client, "/article/gas?q=gas&country=IR&page=2&mark=country&mark=topic")
    switches = {
        attrs["id"]: attrs for tag, attrs in page.found if attrs.get("id", "").startswith("mark-")
    }
    start = "/article/gas?q=gas&country=IR&page=2"
    assert switches["mark-country"]["href"] == f"{start}&mark=topic"
    assert switches["mark-person"]["href"] == f"{start}&mark=country&mark=person&mark=topic"
    assert "aria-current" in switches["mark-topic"]
    assert "aria-current" not in switches["mark-person"]
    assert "Do not mark countries" in page.under("switches")


@pytest.mark.parametrize(
    "asked", ["mark=date", "view=pdf", "at=-1", "at=x", "at=1234567890", "other=1"]
)
def test_what_cannot_be_shown_is_refused(client: FlaskClient, asked: str) -> None:
    answer = client.get(f"/article/gas?{asked}")
    assert answer.status_code == 400
    assert asked.partition("=")[0] in answer.text


def test_each_sentence_leads_to_its_place(client: FlaskClient) -> None:
    page = look(client, "/article/gas")
    first = len(TITLE) + 2
    assert page.under(f"s{first}") == "Gas flows from Iran."
    assert f"#s{first}" in page.hrefs("#s")
    assert "#title" in page.hrefs("#title")
    assert {href[1:] for href in page.hrefs("#s")} <= set(page.ids)


def test_values_are_marked_in_the_samples_as_they_were_found(seeds: Archive) -> None:
    client = web.create_app(seeds, seeds.settings).test_client()
    for id in seeds.engine.known():
        page = look(client, f"/article/{id}?q=Iran&mark=country&mark=person&mark=topic")
        reading = seeds.read(id)
        for facet in FACETS:
            for number, why in enumerate(reading.evidence[facet], 1):
                for mention in range(1, len(why.tag.spans) + 1):
                    assert f"{facet}-{number}-{mention}" in page.ids
        assert page.under("body") == " ".join(reading.body.text.split())


# --- the original beside the text ---------------------------------------------------------------


def test_what_was_left_out_of_the_text_is_dimmed(client: FlaskClient) -> None:
    page = look(client, "/article/gas?view=both")
    assert page.under("original") == " ".join(GAS.article.original.split())
    assert page.under("dropped") == "dimmed and slantedMenu All rights reserved."
    assert page.under("cleaned").startswith("Cleaned text Gas flows")
    alone = look(client, "/article/gas?view=original&q=gas")
    assert alone.under("cleaned") == alone.under("words") == ""
    assert "original" not in look(client, "/article/gas").under("came")


def runs(original: str, body: str, title: str = "") -> list[tuple[str, bool]]:
    found = beside.original_of(Article("a", title, body, original=original))
    assert "".join(text for text, _ in found.runs) == original
    return [(text.strip(), kept) for text, kept in found.runs] if found.compared else []


@pytest.mark.parametrize(
    ("original", "body", "expected"),
    [
        ("", "", []),
        ("One.", "One.", [("One.", True)]),
        (
            "News\nOne  two.\nShare",
            "One two.",
            [("News", False), ("One  two.", True), ("Share", False)],
        ),
        (
            "Washington, 3 July (RFE/RL) -- Russia and Iran have upgraded ties.\nHome",
            "Russia and Iran have upgraded ties.",
            [
                ("Washington, 3 July (RFE/RL) -- Russia and Iran have upgraded ties.", True),
                ("Home", False),
            ],
        ),
        (
            "<nav>Home</nav>\n<p>Russia &amp; Iran have <b>upgraded</b> their ties.</p>",
            "Russia & Iran have upgraded their ties.",
            [
                ("<nav>Home</nav>", False),
                ("<p>Russia &amp; Iran have <b>upgraded</b> their ties.</p>", True),
            ],
        ),
        # A page on one line, and a record: what was left out cannot be told by lines.
        (
            "<script>1</script><p>Russia pays.</p><p>Iran pays, too.</p>",
            "Russia pays.\n\nIran pays, too.",
            [],
        ),
        ('{"id": 1, "text": "Russia pays.\\n\\nIran pays."}', "Russia pays.\n\nIran pays.", []),
    ],
)
def test_lines_of_the_original_are_told_apart(
    original: str, body: str, expected: list[tuple[str, bool]]
) -> None:
    assert runs(original, body) == expected


@given(st.text(alphabet="ab .<>\n&;", max_size=60), st.text(alphabet="ab .\n", max_size=60))
def test_comparing_changes_nothing_of_the_original(original: str, body: str) -> None:
    runs(original, body)


def test_of_a_long_document_the_beginning_is_shown() -> None:
    original = "A line of the long document.\n" * 10_000
    found = beside.original_of(Article("a", "", original.strip(), original=original))
    shown = "".join(text for text, _ in found.runs)
    assert shown == original[: len(shown)]
    assert beside.LONGEST * 0.9 < len(shown) <= beside.LONGEST
    assert found.left_out == len(original) - len(shown)
    reading = replace(READING, article=replace(READING.article, original="x" * 150_000))
    page = page_of(Shelf(readings={MISSILES.id: reading}), f"{ARTICLE}?view=both")
    assert "50,000 more characters are in the whole document" in page.text


def test_a_hostile_original_is_text(client: FlaskClient) -> None:
    html = client_of(Shelf()).get(f"{ARTICLE}?view=both").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>" not in html


# --- beside the article -------------------------------------------------------------------------


def test_copies_of_the_story_are_named() -> None:
    copy = Copy("b.txt", Passage("Missiles <for> Iran"), MISSILES.date, "Vek", "b.txt")
    page = Elements(client_of(Shelf(copied=(copy,))).get(ARTICLE).text)
    assert page.under("copies") == "Nearly the same Missiles <for> Iran Vek, 2 October 2001"
    assert "/article/b.txt" in page.hrefs()


def test_similar_articles_are_shown_with_the_words_that_make_them_so() -> None:
    assert "Similar articles" not in page_of(Shelf(), ARTICLE).text
    alike = (replace(MISSILES, shared=("missiles", "Moscow")), BARE)
    page = Elements(client_of(Shelf(alike=alike)).get(ARTICLE).text)
    assert page.under("similar") == (
        "Similar articles Russia sells missiles to Iran RFE/RL, 2 October 2001 "
        "both have missiles, Moscow Nothing known"
    )
    assert "/article/bare" in page.hrefs()


def test_where_an_article_is_from(client: FlaskClient) -> None:
    page = look(client, "/article/gas")
    assert page.under("origin").startswith(
        "Where it is from Filegas.txt, plain text Idgas Length146 characters, "
    )
    said = look(client_of(Shelf()), ARTICLE).under("origin")
    assert "Date2 October 2001 stated by the document" in said


@pytest.mark.parametrize(
    ("ending", "media", "start"),
    [
        ("bib", "application/x-bibtex", "@article{goble2001russia,"),
        ("ris", "application/x-research-info-systems", "TY  - NEWS\r\n"),
        ("json", "application/vnd.citationstyles.csl+json", "[\n"),
    ],
)
def test_a_reference_is_a_file(ending: str, media: str, start: str) -> None:
    client = client_of(Shelf())
    answer = client.get(f"{ARTICLE}/cite.{ending}")
    assert f"{ARTICLE}/cite.{ending}" in page_of(Shelf(), ARTICLE).hrefs()
    assert answer.status_code == 200
    assert answer.content_type == f"{media}; charset=utf-8"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="goble2001russia.{ending}"'
    )
    assert answer.text.startswith(start)


def test_a_reference_names_the_page_where_the_document_has_no_address(client: FlaskClient) -> None:
    (item,) = json.loads(client.get("/article/gas/cite.json").text)
    assert item["URL"] == "http://localhost/article/gas"
    assert client.get("/article/gas/cite.doc").status_code == 404
    assert client.get("/article/none/cite.bib").status_code == 404


def test_an_article_whose_id_looks_like_a_reference_is_read() -> None:
    reading = replace(READING, article=replace(READING.article, id="a/cite.bib"))
    assert (
        "Cite and share"
        in page_of(Shelf(readings={"a/cite.bib": reading}), "/article/a/cite.bib").text
    )


def test_programs_are_told_what_it_is() -> None:
    meta = look(client_of(Shelf()), ARTICLE).meta()
    assert meta["citation_title"] == meta["og:title"] == "Russia sells missiles to Iran"
    assert meta["citation_author"] == "Paul Goble"
    assert meta["citation_publication_date"] == "2001/10/02"
    assert meta["description"] == "Russia sells missiles. Iran pays."
    assert meta["og:url"] == "http://localhost" + ARTICLE
    assert meta["og:site_name"] == "RFE/RL"


def test_a_description_is_the_beginning_at_a_whole_word() -> None:
    body = "Long sentences go on, and on. " * 20
    reading = replace(READING, body=Passage(body), words=())
    told = look(client_of(Shelf(readings={MISSILES.id: reading})), ARTICLE).meta()["description"]
    assert len(told) <= 202
    assert body.startswith(told.removesuffix(" …"))
    assert told.endswith(" go …")


# --- from hit to hit ----------------------------------------------------------------------------


def test_the_hits_before_and_after_are_linked(client: FlaskClient) -> None:
    page = look(client, "/article/oil?q=Iran&at=2&mark=country&per_page=2")
    assert [h for h in page.hrefs("/article/") if "at=1" in h] == [
        f"{ranked(client)[0]}?q=Iran&per_page=2&mark=country&at=1"
    ]
    # The third hit is on the second page of results.
    assert [h for h in page.hrefs("/article/") if "at=3" in h] == [
        f"{ranked(client)[2]}?q=Iran&page=2&per_page=2&mark=country&at=3"
    ]
    assert "Result 2" in page.under("back")


def ranked(client: FlaskClient) -> list[str]:
    """The paths of the articles with Iran, best first."""
    hits = client.get("/api/v1/search?q=Iran").get_json()["hits"]
    return [hit["links"]["html"].partition("?")[0] for hit in hits]


@pytest.mark.parametrize(("at", "there"), [(1, ["next"]), (3, ["prev"]), (9, []), (0, [])])
def test_at_either_end_there_is_one_neighbour(
    client: FlaskClient, at: int, there: list[str]
) -> None:
    page = look(client, f"/article/gas?q=Iran&at={at}")
    links = [attrs.get("rel") for tag, attrs in page.found if tag == "a"]
    assert [rel for rel in links if rel in ("prev", "next")] == there


def test_without_a_number_no_search_is_run() -> None:
    shelf = Shelf()
    page_of(shelf, f"{ARTICLE}?q=gas")
    assert shelf.asked == [(MISSILES.id, "gas", "all")]
    page_of(Shelf(replace(PAGE, hits=())), f"{ARTICLE}?q=gas&at=7")
