"""searchapp's embedded engine, by its protocol and its query language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import searchapp
from compare.articles import FACETS, Article
from compare.peer import SHOWN, Answer
from compare.questions import Question
from searchapp import model, query
from searchapp.engine import Engine, open_engine
from searchapp.settings import Settings

AT_ONCE = 300_000
"""Articles per commit: up to 20 copies of Reuters are one, 100 are five."""
SETTINGS = Settings(max_expansions=1_000_000, search_seconds=600.0)
"""Limits that other engines do not have are out of the way."""


class Searchapp:
    name = "searchapp"

    def __init__(self) -> None:
        known = hasattr(model, "Fuzzy")
        self.lacks: Mapping[str, str] = {} if known else {"fuzzy": "not in this version"}
        self.engine: Engine | None = None

    def version(self) -> str:
        return searchapp.__version__

    def prepare(self, articles: Sequence[Article]) -> Sequence[model.Tagged]:
        return [_tagged(article) for article in articles]

    def build(self, folder: Path, prepared: Sequence[model.Tagged]) -> None:
        engine = open_engine(folder, SETTINGS, create=True)
        for start in range(0, len(prepared), AT_ONCE):
            engine.write(prepared[start : start + AT_ONCE])
        engine.close()

    def open(self, folder: Path) -> None:
        self.engine = open_engine(folder, SETTINGS)

    def search(self, question: Question) -> Answer:
        assert self.engine
        parsed = query.parse(_typed(question), "all", SETTINGS)
        root, _ = query.analyse(parsed.root, self.engine.analyser, _nothing)
        chosen = {"country": frozenset({question.country})} if question.country else {}
        words = query.words(parsed.root, self.engine.analyser)
        asked = model.Query(root, chosen, words=words)
        ranking = self.engine.rank(asked, stop=SHOWN, size=SHOWN)
        return Answer(
            tuple(int(id_) for id_, _ in ranking.hits),
            ranking.total,
            tuple(ranking.facets[facet].values[:SHOWN] for facet in FACETS),  # and what is chosen,
        )

    def add(self, folder: Path, prepared: Sequence[model.Tagged]) -> None:
        assert self.engine
        self.engine.write(prepared)

    def close(self) -> None:
        if self.engine:
            self.engine.close()


def make(variant: str) -> Searchapp:
    return Searchapp()


def _typed(question: Question) -> str:
    """What somebody would type into the search field."""
    words = question.words
    match question.kind:
        case "any word":
            return " OR ".join(words)
        case "phrase":
            return f'"{" ".join(words)}"'
        case "prefix":
            return f"{words[0]}*"
        case "fuzzy":
            return f"{words[0]}~1"
    return " ".join(words)


def _tagged(article: Article) -> model.Tagged:
    columns = (tuple(model.Tag(value, value) for value in values) for values in article.values)
    tags = model.Tags(*columns)
    return model.Tagged(model.Article(str(article.number), article.title, article.body), tags)


def _nothing(facet: str, words: str) -> frozenset[str]:
    """No question names a country, person or topic by a field."""
    return frozenset()
