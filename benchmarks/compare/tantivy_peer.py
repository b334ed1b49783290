"""tantivy: BM25, English stems by its `en_stem`, facets in fast fields counted by aggregations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Filter, Occur, Query

from compare.articles import FACETS, Article
from compare.peer import SHOWN, Answer, commonest
from compare.questions import Question

HEAP = 512_000_000
"""Bytes the writer gathers before it writes a segment; from 128 MB to 2 GB it is as fast."""


class Tantivy:
    lacks: Mapping[str, str] = {}

    def __init__(self, threads: int) -> None:
        """`threads` that index; 0 leaves it to tantivy."""
        self.name = "tantivy" if threads == 1 else "tantivy-threads"
        self.threads = threads
        self.schema = _schema()
        stemmed = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        self.analyser = stemmed.filter(Filter.lowercase()).filter(Filter.stemmer("english")).build()
        self.index: tantivy.Index | None = None
        self.searcher: Any = None
        self.writer: tantivy.IndexWriter | None = None

    def version(self) -> str:
        return metadata.version("tantivy")

    def prepare(self, articles: Sequence[Article]) -> Sequence[tantivy.Document]:
        return [_document(article) for article in articles]

    def build(self, folder: Path, prepared: Sequence[tantivy.Document]) -> None:
        writer = tantivy.Index(self.schema, path=str(folder)).writer(HEAP, self.threads)
        for document in prepared:
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> None:
        self.index = tantivy.Index.open(str(folder))
        self.searcher = self.index.searcher()

    def search(self, question: Question) -> Answer:
        plain = self.query(question)
        narrowed = self._narrowed(plain, question)
        found = self.searcher.search(narrowed, limit=SHOWN, count=True)
        numbers = self.searcher.fast_field_values("number", [address for _, address in found.hits])
        return Answer(tuple(numbers), found.count, self._counts(plain, narrowed))

    def _counts(
        self, plain: Query, narrowed: Query, size: int = SHOWN
    ) -> tuple[tuple[tuple[str, int], ...], ...]:
        if narrowed is plain:
            counted = self.searcher.aggregate(plain, _terms(FACETS, size))
        else:
            counted = self.searcher.aggregate(plain, _terms(FACETS[:1], size))
            counted |= self.searcher.aggregate(narrowed, _terms(FACETS[1:], size))
        return tuple(
            tuple((b["key"], b["doc_count"]) for b in counted[facet]["buckets"]) for facet in FACETS
        )

    def query(self, question: Question) -> Query:
        """The words alone, without the country."""
        words: list[Any] = self.analyser.analyze(" ".join(question.words))
        match question.kind:
            case "phrase":
                return Query.phrase_query(self.schema, "text", words)
            case "prefix":  # a phrase_prefix_query stops at 50 words
                return Query.regex_query(self.schema, "text", f"{question.words[0]}.*")
            case "fuzzy":
                return Query.fuzzy_term_query(self.schema, "text", words[0], distance=1)
        terms = [Query.term_query(self.schema, "text", word, "freq") for word in words]
        if len(terms) == 1:
            return terms[0]
        occur = Occur.Must if question.kind == "all words" else Occur.Should
        return Query.boolean_query([(occur, term) for term in terms])

    def _narrowed(self, plain: Query, question: Question) -> Query:
        if not question.country:
            return plain
        country = Query.term_query(self.schema, "country", question.country, "basic")
        return Query.boolean_query(
            [(Occur.Must, plain), (Occur.Must, Query.const_score_query(country, 0.0))]
        )

    def exact(self, question: Question) -> tuple[bool, bool]:
        """Whether the count is the number of hits, and whether the counts of the commonest values
        are those of an aggregation that leaves out none."""
        plain = self.query(question)
        narrowed = self._narrowed(plain, question)
        everything = max(1, self.searcher.num_docs)
        hits = len(self.searcher.search(narrowed, limit=everything).hits)
        counted = tuple(map(commonest, self._counts(plain, narrowed, everything)))
        shown = tuple(map(commonest, self._counts(plain, narrowed)))
        amounts = [[[n for _, n in facet] for facet in counts] for counts in (counted, shown)]
        return self.search(question).total == hits, amounts[0] == amounts[1]

    def add(self, folder: Path, prepared: Sequence[tantivy.Document]) -> None:
        assert self.index
        if not self.writer:
            self.writer = self.index.writer(HEAP, self.threads)
        for document in prepared:
            self.writer.add_document(document)
        self.writer.commit()
        self.index.reload()
        self.searcher = self.index.searcher()

    def close(self) -> None:
        if self.writer:
            self.writer.wait_merging_threads()
        self.index = self.writer = None


def make(variant: str) -> Tantivy:
    return Tantivy(0 if variant == "threads" else 1)


def _schema() -> tantivy.Schema:
    fields = tantivy.SchemaBuilder()
    fields.add_unsigned_field("number", stored=True, indexed=True, fast=True)
    fields.add_text_field("text", tokenizer_name="en_stem")
    fields.add_text_field("title", stored=True, tokenizer_name="en_stem")
    fields.add_bytes_field("body", stored=True)
    for facet in FACETS:
        fields.add_text_field(
            facet, stored=True, fast=True, tokenizer_name="raw", index_option="basic"
        )
    return fields.build()


def _document(article: Article) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("number", article.number)
    document.add_text("title", article.title)
    document.add_text("text", article.title)
    document.add_text("text", article.body)
    document.add_bytes("body", article.body.encode())
    for facet, values in zip(FACETS, article.values, strict=True):
        for value in values:
            document.add_text(facet, value)
    return document


def _terms(facets: Sequence[str], size: int) -> dict[str, Any]:
    return {facet: {"terms": {"field": facet, "size": size}} for facet in facets}
