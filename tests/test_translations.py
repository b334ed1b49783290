"""The languages of the pages: every text is there, and no page has a text of its own in English."""

from __future__ import annotations

import io
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from babel.messages import Catalog
from babel.messages.mofile import read_mo, write_mo
from flask import Flask
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests

from searchapp import web
from searchapp.access import refusals
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.ingest import Progress, Report
from searchapp.model import Chosen, Failure, Search, SearchTimeout
from searchapp.said import Said
from searchapp.settings import Settings
from searchapp.web import guard, language
from searchapp.web.running import Run
from tests.editing import NEWS, Browser

ROOT = Path(__file__).parents[1]
TOOL = SimpleNamespace(**runpy.run_path(str(ROOT / "tools" / "translate.py")))
OTHERS = [code for code in language.LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|\{\w+\}")
LONG = 5 * (
    "The ministers of Belgium said that they would sell more gas to their neighbours this year, "
    "and that the price of it would not rise again before the summer. "
)


@pytest.fixture(scope="module")
def texts() -> Catalog:
    return TOOL.template()


# --- the files ------------------------------------------------------------------------------------


def ids(catalog: Catalog) -> set[Any]:
    return set(strings(catalog))


def test_texts_of_every_part_are_found(texts: Catalog) -> None:
    assert {
        "Search",  # a template
        "No article has all of these words; these have some of them.",  # the core
        ("{n} article changed.", "{n} articles changed."),  # a count
        "words that begin so",  # a text that is put together when a module is read
        "Middle East",  # a part of the map
    } <= ids(texts)


def test_languages_are_those_that_are_offered() -> None:
    assert sorted(TOOL.languages()) == sorted(OTHERS)


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated_and_no_other(code: str, texts: Catalog) -> None:
    """After a change of texts: python tools/translate.py, and translate what is new."""
    written = TOOL.read(code)
    assert ids(written) == ids(texts)
    assert not written.obsolete
    open_ = [m.id for m in written if m.id and (m.fuzzy or not TOOL.is_translated(m.string))]
    assert open_ == []


@pytest.mark.parametrize("code", OTHERS)
def test_translations_have_the_placeholders_of_their_texts(code: str) -> None:
    for message in TOOL.read(code):
        if not message.id:
            continue
        one, *more = [message.id] if isinstance(message.id, str) else message.id
        for string in [message.string] if isinstance(message.string, str) else message.string:
            wanted, found = placeholders(more[-1] if more else one), placeholders(string)
            assert found == wanted or (more and found == placeholders(one)), string


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_read_is_compiled_from_what_is_written(code: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, TOOL.read(code))
    compiled.seek(0)
    with (TOOL.folder_of(code) / "messages.mo").open("rb") as file:
        stored = read_mo(file)
    assert strings(stored) == strings(read_mo(compiled))


def strings(catalog: Catalog) -> dict[Any, Any]:
    """By the text, or by the texts for one and for many."""
    messages = (message for message in catalog if message.id)
    return {_hashable(message.id): _hashable(message.string) for message in messages}


def _hashable(text: Any) -> Any:
    return text if isinstance(text, str) or text is None else tuple(text)


def test_another_language_is_added(tmp_path: Path) -> None:
    """As docs/translating.md says, with one that is read from the right and has six plurals."""
    for name in ("searchapp", "templates", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name)
    assert "ar: 0 of" in output(tmp_path, "tools/translate.py", "ar")
    path = tmp_path / "searchapp" / "translations" / "ar" / "LC_MESSAGES" / "messages.po"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(*(f'msgid "Help"\nmsgstr "{s}"' for s in ("", "مساعدة"))))
    module = tmp_path / "searchapp" / "web" / "language.py"
    code = module.read_text(encoding="utf-8")
    module.write_text(code.replace('"de": "Deutsch"', '"de": "Deutsch", "ar": "العربية"'))
    said = output(tmp_path, "tools/translate.py")
    assert "ar: 1 of" in said
    assert re.search(r"de: (\d+) of \1 texts", said)
    page = output(tmp_path, "-c", ASK)
    assert '<html lang="ar" dir="rtl">' in page
    assert ">مساعدة</a>" in page


ASK = """
from searchapp import web
from searchapp.archive import Archive
from searchapp.engine import open_engine
from searchapp.settings import Settings

settings = Settings(index="index")
with Archive(open_engine("index", settings, create=True), settings) as archive:
    client = web.create_app(archive, settings).test_client()
    print(client.get("/help", headers={"Accept-Language": "ar-EG, de;q=0.5"}).text)
"""


def output(folder: Path, *command: str) -> str:
    """What Python says of the copy of searchapp in a folder."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONUTF8": "1"}
    ran = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


# --- pages whose texts are all in brackets --------------------------------------------------------


def bracketed(texts: Catalog) -> Catalog:
    """Every text translated as itself in brackets, so that one that is not translated shows."""
    catalog = Catalog("de", charset="utf-8")
    for message in texts:
        if message.id:
            one = isinstance(message.id, str)
            string = f"⟦{message.id}⟧" if one else tuple(f"⟦{text}⟧" for text in message.id)
            catalog.add(message.id, string)
    return catalog


SAID_BY_DOCUMENTS = {
    "script",
    "style",
    "bdi",  # names
    "code",
    "kbd",
    "pre",
    "time",
    "del",
}
CLASSES_OF_DOCUMENTS = {
    "passage",
    "quoted",
    "body",
    "ticks",
    "languages",
    "citation",
    "meant",
    "files",
}
ALLOWED = {"searchapp"}
SHOWN = {"aria-label", "title", "placeholder", "alt"}
DATA = {"data-url", "data-root", "data-within", "data-range", "data-of", "data-word", "data-name"}
DATA |= {"data-swap", "data-from", "data-to", "data-label", "data-words"}
VOID = {"meta", "link", "input", "br", "path", "use", "rect", "circle", "line", "img"}


class Bare(HTMLParser):
    """The words of a page that stand in no brackets, and are not what documents say."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[bool] = []
        self.tags: list[str] = []
        self.text: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        self.words += bare("".join(self.text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self.tags.append(tag)
            # The title of a window is a name, or says what a heading says.
            head = tag == "title" and "svg" not in self.tags
            self.open.append(head or is_of_documents(tag, found))
        if not any(self.open):
            names_something = "rel" in found or found.get("href", "").startswith("#m")
            for name, value in found.items():
                if name == "title" and names_something:  # of another article, or a word typed
                    continue
                if name in SHOWN or (name.startswith("data-") and name not in DATA):
                    self.words += bare(value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()
            self.tags.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.open):
            self.text.append(data)


def is_of_documents(tag: str, attributes: dict[str, str]) -> bool:
    classes = set(attributes.get("class", "").split())
    heads = tag in ("h1", "h2", "h3") and attributes.get("dir") == "auto"
    return (
        tag in SAID_BY_DOCUMENTS
        or attributes.get("lang") == "en"
        or bool(classes & CLASSES_OF_DOCUMENTS)
        or heads
    )


def bare(text: str) -> list[str]:
    """The words outside of brackets, which may nest."""
    depth, out = 0, []
    for character in text:
        depth += (character == "⟦") - (character == "⟧")
        out.append(character if not depth else " ")
    assert depth == 0, text
    return [word for word in re.findall(r"[^\W\d_]{2,}", "".join(out)) if word not in ALLOWED]


def test_bare_words_are_found() -> None:
    page = '<p title="Ab ⟦cd⟧">⟦in <bdi>Iran</bdi> ⟦x⟧⟧ Out <bdi>Name</bdi></p>'
    assert Bare(page).words == ["Ab", "Out"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("translated")
    news = folder / "news"
    news.mkdir()
    more = {"2001-07-03 long.txt": f"Belgium and gas\n\n3 July 2001\n\n{LONG}\n"}
    more["1999-01-01 war.txt"] = "War in Iran\n\nTEHRAN, Jan. 1, 1999 (Reuters) -- A war began.\n"
    for name, text in (NEWS | more).items():
        (news / name).write_text(text, encoding="utf-8")
    (news / "picture.pdf").write_bytes(b"%PDF")
    (news / "empty.txt").write_bytes(b"")
    settings = Settings(index=str(folder / "index"), workers=1, per_page=2)
    with Archive(open_engine(settings.index, settings, create=True), settings) as found:
        found.add([news])
        yield found


def brackets(app: Flask, folder: Path, texts: Catalog) -> None:
    """Let `app` read bracketed texts for German ones."""
    path = folder / "de" / "LC_MESSAGES"
    path.mkdir(parents=True, exist_ok=True)
    with (path / "messages.mo").open("wb") as file:
        write_mo(file, bracketed(texts))
    app.extensions["babel"].translation_directories = [str(folder)]


@pytest.fixture
def browser(archive: Archive, tmp_path: Path, texts: Catalog) -> Browser:
    app = web.create_app(archive, archive.settings)
    brackets(app, tmp_path, texts)
    client = app.test_client()
    client.set_cookie(language.COOKIE, "de")
    return Browser(client)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/", 200),
        ("/?map=1&q=gas", 200),
        ("/?map=1&country=IR&not_country=TR&date_from=1999-01-01", 200),
        ("/?person=Mohammad+Khatami&country=IR&country=TR&facet_mode=country:all", 200),
        ("/?not_topic=medtop:16000000&countries=mentioned&match=any", 200),
        ("/?q=gas+zzzz", 200),
        ("/?q=zzzz&country=IR&date_from=2001-01-01&date_to=2001-12-31", 200),
        ("/?q=khatamy", 200),
        ("/?q=title:gas+country:Iran+-source:reuters+OR+%22a+b%22~3+(war*", 200),
        ("/?page=99", 200),
        ("/?find_country=zz&more=person&az=topic&facet_size=1", 200),
        ("/facet/country", 200),
        ("/facet/topic?find=zz&q=gas", 200),
        ("/facet/person?page=9", 200),
        ("/country/IR", 200),
        ("/person/Mohammad%20Khatami", 200),
        ("/topic/medtop:16000000", 200),
        ("/country/XX", 404),
        ("/help", 200),
        ("/api/", 200),
        ("/searches", 200),
        ("/article/gas.txt", 200),
        ("/article/gas.txt?q=gas+zzzz&mark=country&mark=person&view=both&at=1", 200),
        ("/article/gas.txt?q=zzzz&view=original", 200),
        ("/article/1999-01-01%20war.txt?q=war&at=1", 200),
        ("/article/no", 404),
        ("/corrections?find=x", 200),
        ("/failures", 200),
        ("/failures?find=pdf&folder=", 200),
        ("/failures?page=9", 200),
        ("/add", 200),
        ("/add/progress", 200),
        ("/nowhere", 404),
        ("/?sort=best", 400),
        ("/?q=" + "x" * 3000, 400),
        ("/?date_from=2001-02-01&date_to=2001-01-01", 400),
        ("/?cursor=x", 400),
        ("/article/gas.txt?view=odd", 400),
    ],
)
def test_no_page_has_a_text_that_cannot_be_translated(
    browser: Browser, url: str, status: int
) -> None:
    answer = browser.get(url)
    assert answer.status_code == status
    assert Bare(answer.text).words == []
    assert "⟦" in answer.text


def test_what_answers_forms_can_be_translated(browser: Browser) -> None:
    article = "/article/oil.txt"
    for path, data in (
        ("/add/files", {"files": []}),
        ("/add/files", {"files": (io.BytesIO(b"x"), "a.exe")}),
        ("/add/folder", {"folder": ""}),
        ("/add/folder", {"folder": "/no/such/place"}),
        (f"{article}/correct", {"facet": "country", "value": "", "action": "add"}),
        (f"{article}/correct", {"facet": "country", "value": "Iran", "action": "is"}),
        (f"{article}/correct", {"undo": "0"}),
        ("/corrections", {"undo": "0"}),
    ):
        browser.get("/add")
        answer = browser.post(path, data)
        assert answer.status_code == 400
        assert Bare(answer.text).words == [], path
    browser.get(article)
    browser.post(
        f"{article}/correct",
        {"facet": "country", "value": "IR", "action": "mentioned", "where": "article"},
    )
    for path in (article, "/corrections"):
        page = browser.get(path).text
        assert "Iran" in page
        assert Bare(page).words == [], path
    (undo,) = re.findall(r'name="undo" value="([0-9a-f]+)"', page)
    browser.post("/corrections", {"undo": undo})
    assert browser.post("/corrections", {"csrf": ""}).status_code == 403
    assert Bare(browser.post("/corrections", {"csrf": ""}).text).words == []


@pytest.mark.parametrize(
    "run",
    [
        Run((Path("a"),), Progress(50, 100, 7, 0)),
        Run(
            tuple(map(Path, "abcdefghijklmnopqrstuvw")),
            problem=Said("it failed: {problem}", problem=""),
        ),
        Run(
            (Path("a"),),
            report=Report(1, 2, 3, 4, 5, [Failure("a", "is empty")], [Failure("b", "no")] * 30),
        ),
        Run((Path("a"),), report=Report()),
    ],
)
def test_every_state_of_a_run_can_be_translated(browser: Browser, run: Run) -> None:
    view: Any = browser.client.application.view_functions["progress"]
    view.__self__.runner._last = run
    for path in ("/add/progress", "/add"):
        page = re.sub(r"<li dir=\"auto\">b: ", "<li>", browser.get(path).text)
        assert Bare(page).words == []
    assert bare(browser.get("/add/progress.json").json["text"]) == []  # type: ignore[index]


@pytest.mark.parametrize("edit_key", ["", "a key of sixteen!"])
def test_an_empty_index_can_be_translated(tmp_path: Path, texts: Catalog, edit_key: str) -> None:
    settings = Settings(index=str(tmp_path / "index"), edit_key=edit_key)
    with Archive(open_engine(settings.index, settings, create=True), settings) as empty:
        app = web.create_app(empty, settings)
        brackets(app, tmp_path, texts)
        client = app.test_client()
        client.set_cookie(language.COOKIE, "de")
        for path in ("/", "/add"):
            assert Bare(client.get(path).text).words == []


@pytest.mark.parametrize(
    "error",
    [
        SearchTimeout.of(2),
        refusals.NotAllowed(),
        refusals.NotReadable(),
        refusals.NotSignedIn(),
        refusals.KeyNeeded(),
        refusals.KeyTooSmall(),
        refusals.KeysUnreadable(),
        refusals.TooManyTries(),
        refusals.TooManyAsked(),
        guard.TooLarge(),
    ],
)
def test_what_is_refused_can_be_translated(browser: Browser, error: Any) -> None:
    app = browser.client.application
    handler: Any = web.search_error if isinstance(error, SearchTimeout) else web.http_error
    with app.test_request_context(headers={"Cookie": "language=de"}):
        assert Bare(handler(error).get_data(as_text=True)).words == []


def test_what_nobody_foresaw_is_said_in_the_words_of_the_library(browser: Browser) -> None:
    with browser.client.application.test_request_context():
        for error in (TooManyRequests(), RequestEntityTooLarge()):
            assert error.name in web.http_error(error).get_data(as_text=True)  # type: ignore[attr-defined]


# --- German ---------------------------------------------------------------------------------------


@pytest.fixture
def german(archive: Archive) -> Browser:
    client = web.create_app(archive, archive.settings).test_client()
    client.set_cookie(language.COOKIE, "de")
    return Browser(client)


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/", "Alle 4 Artikel"),
        ("/?q=oil", "1 Artikel zu oil"),
        ("/?q=zzzz", "Keine Artikel zu zzzz"),
        ("/?country=BE", "Artikel über Belgien"),
        ("/?country=IR&not_country=TR", "Artikel über Iran, nicht über Türkei"),
        ("/?date_from=2001-07-01", "Artikel ab 1. Juli 2001"),
        ("/?date_from=2001-07-01", "Datum: ab 2001-07-01"),
        ("/?q=gas+-oil", "Artikel mit gas, nicht mit oil"),
        ("/?q=%22gas", "das schließende Anführungszeichen fehlte"),
        ("/?sort=best", "Der Parameter sort: 'best' ist keines von"),
        ("/article/gas.txt", "Belgien"),
        ("/article/2001-07-03%20long.txt", "3. Juli 2001"),
        ("/article/no", "Artikel nicht gefunden"),
        ("/failures", "2 Dateien und Zeilen ließen sich beim letzten Lesen nicht indexieren."),
    ],
)
def test_german_pages(german: Browser, url: str, said: str) -> None:
    page = german.get(url).text
    assert '<html lang="de" dir="ltr">' in page
    assert said in text_of(page)


@pytest.mark.parametrize(
    ("count", "facet", "said"),
    [
        (0, "country", "0 Länder"),
        (1, "country", "1 Land"),
        (2, "person", "2 Personen"),
        (1, "topic", "1 Thema"),
        (14668, "article", "14.668 Artikel"),
    ],
)
def test_german_numbers(german: Browser, count: int, facet: str, said: str) -> None:
    with german.client.application.test_request_context(headers={"Cookie": "language=de"}):
        assert language.counted(count, facet) == said


def test_what_a_search_is_called_when_it_is_saved(german: Browser) -> None:
    chosen = [
        Chosen("country", "BE", "Belgium", True, Search()),
        Chosen("date", "..", Said("until {last}", last="2001-07-03"), False, Search()),
    ]
    with german.client.application.test_request_context(headers={"Cookie": "language=de"}):
        assert language.label_of(Search(q="gas"), chosen) == "gas, −Belgien, bis 2001-07-03"


def test_documents_and_topics_keep_their_own_language(german: Browser) -> None:
    topic = '<bdi lang="en">conflict, war and peace</bdi>'
    page = german.get("/article/1999-01-01%20war.txt").text
    assert topic in page
    page = german.get("/article/2001-07-03%20long.txt").text
    assert '<h1 id="title" dir="auto" lang="en">' in page
    assert '<div class="body" lang="en">' in page
    assert '<span class="quoted" lang="en">' in page
    assert '<p class="passage" dir="auto" lang="en">' in german.get("/?q=ministers").text
    german.client.set_cookie(language.COOKIE, "en")
    page = german.get("/article/1999-01-01%20war.txt").text
    assert "<bdi>conflict, war and peace</bdi>" in page


def test_machines_are_answered_in_english(german: Browser) -> None:
    said = german.get("/api/v1/search?sort=best").json["detail"]  # type: ignore[index]
    assert "is none of" in said
    assert "Not a kind of file that is read" in german.get("/failures.csv").text


def test_arrows_turn_where_a_language_is_read_from_the_right() -> None:
    style = (ROOT / "searchapp" / "static" / "searchapp.css").read_text(encoding="utf-8")
    assert '[dir="rtl"] .arrow' in style
    for path in (ROOT / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8").replace('<span class="arrow">', "\0")
        assert not re.findall("[^\0][←→]", text), path
