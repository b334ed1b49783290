"""An article as a reference: each format's own rules, missing values, and hostile ones."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp import citation
from searchapp.model import Article

SEEN = datetime.date(2026, 11, 25)
PAGE = "http://127.0.0.1:8000/article/a.txt"
ARTICLE = Article(
    id="a.txt",
    title="Russia sells missiles to Iran",
    body="Russia sells missiles.",
    date=datetime.date(2001, 10, 2),
    source="RFE/RL",
    byline="By Paul Goble and Jane Doe",
    language="en",
    url="https://news.example/missiles?a=1&b=2",
    path="news/a.txt",
)
BARE = Article(id="a.txt", title="", body="Nothing is known.")


def cited(article: Article = ARTICLE) -> citation.Reference:
    return citation.reference(article, PAGE, SEEN)


def test_a_citation_in_words() -> None:
    assert citation.plain(cited()) == (
        "Paul Goble and Jane Doe. “Russia sells missiles to Iran”. RFE/RL, 2 October 2001. "
        "https://news.example/missiles?a=1&b=2. Accessed 25 November 2026."
    )
    assert citation.plain(cited(BARE)) == (
        f"“Untitled”. File a.txt. {PAGE}. Accessed 25 November 2026."
    )


def test_bibtex() -> None:
    assert citation.bibtex(cited()) == (
        "@article{goble2001russia,\n"
        "  author = {Paul Goble and Jane Doe},\n"
        "  title = {{Russia sells missiles to Iran}},\n"
        "  journal = {RFE/RL},\n"
        "  year = {2001},\n"
        "  month = oct,\n"
        "  day = {2},\n"
        "  url = {https://news.example/missiles?a=1&b=2},\n"
        "  urldate = {2026-11-25},\n"
        "  language = {en}\n"
        "}\n"
    )
    assert citation.bibtex(cited(BARE)) == (
        "@misc{untitled,\n"
        "  title = {{Untitled}},\n"
        f"  url = {{{PAGE}}},\n"
        "  urldate = {2026-11-25},\n"
        "  note = {File a.txt}\n"
        "}\n"
    )


def test_ris() -> None:
    assert citation.ris(cited()).split("\r\n") == [
        "TY  - NEWS",
        "TI  - Russia sells missiles to Iran",
        "AU  - Paul Goble",
        "AU  - Jane Doe",
        "T2  - RFE/RL",
        "PY  - 2001",
        "DA  - 2001/10/02",
        "LA  - en",
        "UR  - https://news.example/missiles?a=1&b=2",
        "Y2  - 2026/11/25",
        "ER  - ",
        "",
    ]
    assert "AU" not in citation.ris(cited(BARE))


def test_csl_json() -> None:
    assert json.loads(citation.csl(cited())) == [
        {
            "id": "goble2001russia",
            "type": "article-newspaper",
            "title": "Russia sells missiles to Iran",
            "author": [{"literal": "Paul Goble"}, {"literal": "Jane Doe"}],
            "container-title": "RFE/RL",
            "issued": {"date-parts": [[2001, 10, 2]]},
            "language": "en",
            "URL": "https://news.example/missiles?a=1&b=2",
            "accessed": {"date-parts": [[2026, 11, 25]]},
        }
    ]
    assert set(json.loads(citation.csl(cited(BARE)))[0]) == {
        *("id", "type", "title", "URL", "accessed", "note"),
    }


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("", ()),
        ("Paul Goble", ("Paul Goble",)),
        ("BY PAUL GOBLE", ("PAUL GOBLE",)),
        ("Byron Smith", ("Byron Smith",)),
        ("A & B; C and D", ("A", "B", "C", "D")),
        ("Anders Sandberg", ("Anders Sandberg",)),
        ("Jane Doe, Reuters", ("Jane Doe, Reuters",)),
        (" and ", ("and",)),
    ],
)
def test_authors_of_a_byline(byline: str, names: tuple[str, ...]) -> None:
    assert citation.authors(byline) == names


def test_a_name_with_a_comma_is_not_turned_round_by_bibtex() -> None:
    written = citation.bibtex(cited(replace(ARTICLE, byline="Jane Doe, Reuters")))
    assert "  author = {{Jane Doe, Reuters}},\n" in written


def test_what_is_special_to_tex_is_escaped() -> None:
    title = r"100% of $5 & {50} #1 a_b ~ ^ \input{x}"
    assert (
        r"{{100\% of \$5 \& \textbraceleft{}50\textbraceright{} \#1 a\_b "
        r"\textasciitilde{} \textasciicircum{} \textbackslash{}input\textbraceleft{}x"
        r"\textbraceright{}}}"
    ) in citation.bibtex(cited(replace(ARTICLE, title=title)))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "", None])
def test_only_an_address_on_the_web_is_cited(url: str | None) -> None:
    assert cited(replace(ARTICLE, url=url)).address == PAGE


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    ["a\r\nER  - \r\nTY  - BOOK", "}, evil = {", "{", "\\", "a\u2028b", "\u202egnp"]
)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_value_breaks_out_of_its_field(title: str, byline: str, source: str, path: str) -> None:
    url = f"https://news.example/{title}"
    found = cited(replace(ARTICLE, title=title, byline=byline, source=source, path=path, url=url))
    lines = citation.ris(found).split("\r\n")
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines[:-1])
    assert [line[:2] for line in lines].count("ER") == 1
    assert not re.search(r"[\r\n\v\f\x85\u2028\u2029]", "".join(lines))
    bibtex = citation.bibtex(found)
    depth = 0
    for at, character in enumerate(bibtex.rstrip()):
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth > 0 or at < bibtex.index("{") or at == len(bibtex.rstrip()) - 1
    assert depth == 0
    assert re.fullmatch("[a-z0-9]+", found.key)
    assert len(json.loads(citation.csl(found))) == 1
