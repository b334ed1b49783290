"""Whoosh as it comes: its default codec, BM25F, a Snowball stemmer, facets counted by groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import snowballstemmer
import whoosh
import whoosh.index
from whoosh import fields, query, sorting
from whoosh.analysis import LowercaseFilter, RegexTokenizer, StemFilter

from compare.articles import FACETS, Article
from compare.peer import SHOWN, Answer, commonest
from compare.questions import Question

MEMORY = 512
"""Megabytes the writer gathers; with its default of 128 indexing is slower."""


class Whoosh:
    name = "whoosh"
    lacks: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.index: Any = None

    def version(self) -> str:
        return ".".join(map(str, whoosh.__version__)) + " (whoosh3)"

    def prepare(self, articles: Sequence[Article]) -> Sequence[dict[str, object]]:
        return [_document(article) for article in articles]

    def build(self, folder: Path, prepared: Sequence[dict[str, object]]) -> None:
        writer = whoosh.index.create_in(str(folder), _schema()).writer(limitmb=MEMORY)
        for document in prepared:
            writer.add_document(**document)
        writer.commit()

    def open(self, folder: Path) -> None:
        self.index = whoosh.index.open_dir(str(folder))
        self.searcher = self.index.searcher()

    def search(self, question: Question) -> Answer:
        plain = self._query(question)
        if not question.country:
            return self._found(plain, SHOWN, FACETS)
        country = query.Term("country", question.country)
        found = self._found(plain, SHOWN, FACETS[1:], country)
        countries = self._found(plain, 1, FACETS[:1]).counts
        return Answer(found.numbers, found.total, countries + found.counts)

    def _found(self, asked: Any, shown: int, facets: Sequence[str], narrowed: Any = None) -> Answer:
        groups = sorting.Facets()
        for facet in facets:
            groups.add_field(facet, allow_overlap=True, maptype=sorting.Count)
        # Its short cuts to the best ten would leave articles out of the counts.
        results = self.searcher.search(
            asked, limit=shown, filter=narrowed, groupedby=groups, optimize=False
        )
        return Answer(
            tuple(int(hit["number"]) for hit in results),
            len(results),
            tuple(_counts(results.groups(facet)) for facet in facets),
        )

    def _query(self, question: Question) -> Any:
        """The words alone, without the country."""
        if question.kind == "prefix":
            return query.Prefix("text", question.words[0])
        analyser = self.index.schema["text"].analyzer
        words = [token.text for token in analyser(" ".join(question.words))]
        match question.kind:
            case "phrase":
                return query.Phrase("text", words)
            case "fuzzy":
                return query.FuzzyTerm("text", words[0], maxdist=1)
        terms = [query.Term("text", word) for word in words]
        if len(terms) == 1:
            return terms[0]
        return (query.And if question.kind == "all words" else query.Or)(terms)

    def add(self, folder: Path, prepared: Sequence[dict[str, object]]) -> None:
        writer = self.index.writer()
        for document in prepared:
            writer.add_document(**document)
        writer.commit()
        self.searcher = self.searcher.refresh()

    def close(self) -> None:
        if self.index:
            self.searcher.close()
            self.index.close()


def make(variant: str) -> Whoosh:
    return Whoosh()


def _schema() -> fields.Schema:
    stemmed = RegexTokenizer() | LowercaseFilter() | StemFilter(stemfn=_Stem())
    return fields.Schema(
        number=fields.ID(stored=True, unique=True),
        text=fields.TEXT(analyzer=stemmed),
        title=fields.TEXT(analyzer=stemmed, stored=True),
        body=fields.STORED,
        **{facet: fields.KEYWORD(stored=True, commas=True) for facet in FACETS},
    )


class _Stem:
    """Snowball's English stemmer, kept out of the schema's pickle."""

    def __init__(self) -> None:
        self.word = snowballstemmer.stemmer("english").stemWord

    def __reduce__(self) -> tuple[type[_Stem], tuple[()]]:
        return _Stem, ()

    def __call__(self, word: str) -> str:
        stem: str = self.word(word)
        return stem


def _document(article: Article) -> dict[str, object]:
    facets = {f: ",".join(v) for f, v in zip(FACETS, article.values, strict=True) if v}
    return {
        "number": str(article.number),
        "title": article.title,
        "text": f"{article.title}\n\n{article.body}",
        "body": article.body,
        **facets,
    }


def _counts(groups: Mapping[str | None, int]) -> tuple[tuple[str, int], ...]:
    return commonest((value, count) for value, count in groups.items() if value is not None)
