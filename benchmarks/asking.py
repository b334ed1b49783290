"""What the benchmarks of the API ask: addresses drawn from the articles of the index itself.

The same for the same index: nothing is written down here but how often each kind of question is
asked. Words are drawn as `compare.questions` does, by the share of articles that have them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from urllib.parse import urlencode

from compare.articles import FACETS, Article
from compare.questions import KINDS, SEED, Draws, Question

from searchapp.archive import Archive
from searchapp.model import Search

SEARCH = "/api/v1/search"
SHARES = {
    "common word": 3,
    "rare word": 3,
    "any word": 2,
    "all words": 7,
    "phrase": 3,
    "prefix": 1,
    "fuzzy": 1,
}
"""Of twenty questions, how many are of each kind. One of the kind "fuzzy" is a word with a slip,
typed as people do, without `~`."""
DRAWN_FROM = 15_000
"""Articles, the newest: all of Reuters."""
PLAIN = {"facet_size": "0", "per_page": "1"}
"""Without facets, and one hit."""


def questions(archive: Archive, many: int) -> list[Question]:
    """Different ones, in a mixed order, somewhat fewer of a small index; each with a country of an
    article that answers it."""
    draws = Draws(list(_articles(archive)))
    of_twenty = many / sum(SHARES.values())
    found = [one for kind in KINDS for one in draws.some(kind, round(of_twenty * SHARES[kind]))]
    random.Random(SEED).shuffle(found)
    return found


def searches(asked: Sequence[Question], also: Mapping[str, str] | None = None) -> list[str]:
    """The addresses of searches for some questions, with other parameters besides."""
    return [_address({"q": typed(one), **(also or {})}) for one in asked]


def filtered(asked: Sequence[Question]) -> list[str]:
    """The same with the country chosen that comes with each question, every third of March 1987
    alone, which is a month of Reuters."""
    month = {"date_from": "1987-03-01", "date_to": "1987-03-31"}
    return [
        _address(
            {
                "q": typed(one),
                **({"country": one.country} if one.country else {}),
                **(month if number % 3 == 0 else {}),
            }
        )
        for number, one in enumerate(asked)
    ]


def suggestions(asked: Sequence[Question]) -> list[str]:
    """What is typed on the way to some questions: from two letters on."""
    return [
        f"/api/v1/suggest?{urlencode({'q': text[: 2 + number % max(1, len(text) - 1)]})}"
        for number, text in enumerate(" ".join(one.words) for one in asked)
    ]


def documents(archive: Archive, many: int) -> list[str]:
    """Articles, all over the index."""
    ids = [hit.id for hit in islice(archive.every(Search()), DRAWN_FROM)]
    chosen = random.Random(SEED).sample(ids, min(many, len(ids)))
    return [f"/api/v1/documents/{id_}" for id_ in chosen]


def typed(question: Question) -> str:
    """What somebody would type into the search field."""
    words = " ".join(question.words)
    match question.kind:
        case "any word":
            return " OR ".join(question.words)
        case "phrase":
            return f'"{words}"'
        case "prefix":
            return f"{words}*"
    return words


def _address(parameters: Mapping[str, str]) -> str:
    return f"{SEARCH}?{urlencode(parameters)}"


def _articles(archive: Archive) -> Iterator[Article]:
    newest = islice(archive.every_article(Search(sort="newest")), DRAWN_FROM)
    for number, tagged in enumerate(newest):
        values = tuple(tuple(tag.value for tag in tagged.tags.of(facet)) for facet in FACETS)
        yield Article(number, tagged.article.title, tagged.article.body, values)
