"""Xapian: BM25, its English stemmer, facets in value slots counted by match spies.

A match spy counts whole slots, so an article's values of a facet stand together in one and are
taken apart afterwards. Debian's package is for Debian's Python, and a virtual environment does not
see it: from there only this module is taken, and fits where the Python's version is the same.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from compare.articles import FACETS, Article
from compare.peer import SHOWN, Answer, commonest
from compare.questions import Question

DEBIAN = Path("/usr/lib/python3/dist-packages/xapian")
SEPARATOR = "\t"
NUMBER = len(FACETS)
"""The slot of an article's number, after those of the facets."""


def _xapian() -> ModuleType:
    """The module, wherever it is. Raises ImportError."""
    if importlib.util.find_spec("xapian") is None and DEBIAN.is_dir():
        spec = importlib.util.spec_from_file_location(
            "xapian", DEBIAN / "__init__.py", submodule_search_locations=[str(DEBIAN)]
        )
        assert spec
        assert spec.loader
        sys.modules["xapian"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["xapian"])
    return importlib.import_module("xapian")


xapian = _xapian()


class Xapian:
    name = "xapian"
    lacks: Mapping[str, str] = {"fuzzy": "has none in 1.4"}

    def __init__(self) -> None:
        self.stem = xapian.Stem("english")
        self.terms = xapian.TermGenerator()
        self.terms.set_stemmer(self.stem)
        self.terms.set_stemming_strategy(xapian.TermGenerator.STEM_ALL)  # as the others do
        self.db = self.writable = None

    def version(self) -> str:
        return str(xapian.version_string())

    def prepare(self, articles: Sequence[Article]) -> Sequence[Article]:
        return articles

    def build(self, folder: Path, prepared: Sequence[Article]) -> None:
        db = xapian.WritableDatabase(str(folder), xapian.DB_CREATE_OR_OVERWRITE)
        for article in prepared:
            db.add_document(self._document(article))
        db.commit()
        db.close()

    def _document(self, article: Article) -> object:
        document = xapian.Document()
        self.terms.set_document(document)
        self.terms.set_termpos(0)
        self.terms.index_text(article.title)
        self.terms.increase_termpos()
        self.terms.index_text(article.body)
        self.terms.index_text(article.title, 1, "S")
        document.set_data(json.dumps([article.title, article.body]))
        document.add_value(NUMBER, str(article.number))
        for slot, values in enumerate(article.values):
            if values:
                document.add_value(slot, SEPARATOR.join(values))
            for value in values:
                document.add_boolean_term(_term(slot, value))
        document.add_boolean_term(f"Q{article.number}")
        return document

    def open(self, folder: Path) -> None:
        self.db = xapian.Database(str(folder))

    def search(self, question: Question) -> Answer:
        plain = self._query(question)
        if not question.country:
            return self._found(plain, SHOWN, range(len(FACETS)))
        country = xapian.Query(_term(0, question.country))
        narrowed = xapian.Query(xapian.Query.OP_FILTER, plain, country)
        found = self._found(narrowed, SHOWN, range(1, len(FACETS)))
        countries = self._found(plain, 0, range(1)).counts
        return Answer(found.numbers, found.total, countries + found.counts)

    def _found(self, query: object, shown: int, slots: range) -> Answer:
        assert self.db
        enquire = xapian.Enquire(self.db)
        enquire.set_query(query)
        spies = [xapian.ValueCountMatchSpy(slot) for slot in slots]
        for spy in spies:
            enquire.add_matchspy(spy)
        matches = enquire.get_mset(0, shown, self.db.get_doccount())
        return Answer(
            tuple(int(match.document.get_value(NUMBER)) for match in matches),
            matches.get_matches_estimated(),  # exact, as every article is looked at
            tuple(map(_counts, spies)),
        )

    def _query(self, question: Question) -> object:
        """The words alone, without the country."""
        if question.kind == "prefix":
            return xapian.Query(
                xapian.Query.OP_WILDCARD,
                question.words[0],
                0,  # words it may stand for: any number
                xapian.Query.WILDCARD_LIMIT_ERROR,
                xapian.Query.OP_SYNONYM,  # the default: as one word
            )
        stems = [self.stem(word) for word in question.words]
        operator = {
            "any word": xapian.Query.OP_OR,
            "all words": xapian.Query.OP_AND,
            "phrase": xapian.Query.OP_PHRASE,
        }
        return xapian.Query(operator.get(question.kind, xapian.Query.OP_OR), stems)

    def add(self, folder: Path, prepared: Sequence[Article]) -> None:
        assert self.db
        if not self.writable:
            self.writable = xapian.WritableDatabase(str(folder), xapian.DB_OPEN)
        for article in prepared:
            self.writable.add_document(self._document(article))
        self.writable.commit()
        self.db.reopen()

    def close(self) -> None:
        for db in (self.db, self.writable):
            if db:
                db.close()


def make(variant: str) -> Xapian:
    return Xapian()


def _term(slot: int, value: str) -> str:
    return f"X{FACETS[slot].upper()}:{value}"


def _counts(spy: object) -> tuple[tuple[str, int], ...]:
    counted: Counter[str] = Counter()
    for item in spy.values():  # type: ignore[attr-defined]
        for value in item.term.decode().split(SEPARATOR):
            counted[value] += item.termfreq
    return commonest(counted)
