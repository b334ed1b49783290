"""SQLite's FTS5: bm25, the porter tokenizer, facets in a table of values counted by SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from compare.articles import FACETS, Article
from compare.peer import SHOWN, Answer, commonest
from compare.questions import Question

SCHEMA = """
    CREATE VIRTUAL TABLE article USING fts5(title, body, tokenize = 'porter unicode61');
    CREATE TABLE value (number INTEGER, facet INTEGER, value TEXT,
                        PRIMARY KEY (number, facet, value)) WITHOUT ROWID;
"""
MATCHED = "SELECT rowid AS number FROM article WHERE article MATCH :words"
NARROWED = """
    AND EXISTS (SELECT 1 FROM value
                WHERE number = article.rowid AND facet = 0 AND value = :country)
"""
"""With `rowid IN (SELECT …)` SQLite asks FTS5 for one article at a time, far slower."""
HITS = "SELECT rowid FROM article WHERE article MATCH :words {also} ORDER BY rank LIMIT :shown"
COUNTS = """
    WITH hit AS MATERIALIZED ({hits})
    SELECT facet, value, count(*) FROM hit CROSS JOIN value USING (number)
    WHERE facet BETWEEN :first AND :last GROUP BY facet, value
    UNION ALL SELECT -1, '', count(*) FROM hit
"""
"""CROSS JOIN keeps the order: left to itself, SQLite reads the whole table of values."""

Counted = tuple[int, list[dict[str, int]]]


class Fts5:
    name = "fts5"
    lacks: Mapping[str, str] = {"fuzzy": "has none"}

    def __init__(self) -> None:
        self.db: sqlite3.Connection | None = None
        sqlite3.connect(":memory:").executescript(SCHEMA)

    def version(self) -> str:
        return sqlite3.sqlite_version

    def prepare(self, articles: Sequence[Article]) -> Sequence[Article]:
        return articles

    def build(self, folder: Path, prepared: Sequence[Article]) -> None:
        db = self._connect(folder)
        db.executescript(SCHEMA)
        with db:
            self._insert(db, prepared)
            db.execute("INSERT INTO article (article) VALUES ('optimize')")
        db.close()

    def _connect(self, folder: Path) -> sqlite3.Connection:
        return sqlite3.connect(folder / "articles.db")

    def _insert(self, db: sqlite3.Connection, articles: Sequence[Article]) -> None:
        db.executemany(
            "INSERT INTO article (rowid, title, body) VALUES (?, ?, ?)",
            ((a.number, a.title, a.body) for a in articles),
        )
        db.executemany("INSERT INTO value VALUES (?, ?, ?)", _values(articles))

    def open(self, folder: Path) -> None:
        self.db = self._connect(folder)

    def search(self, question: Question) -> Answer:
        assert self.db
        also = NARROWED if question.country else ""
        asked = {"words": _match(question), "country": question.country, "shown": SHOWN}
        hits = self.db.execute(HITS.format(also=also), asked)
        numbers = tuple(number for (number,) in hits)
        total, counts = self._counts(f"{MATCHED} {also}", asked, 1 if also else 0)
        if also:
            counts[0] = self._counts(MATCHED, asked, 0, 0)[1][0]
        return Answer(numbers, total, tuple(map(commonest, counts)))

    def _counts(
        self, hits: str, asked: Mapping[str, object], first: int, last: int = len(FACETS) - 1
    ) -> Counted:
        """How many articles `hits` selects, and of every value of facets first…last."""
        assert self.db
        rows = self.db.execute(COUNTS.format(hits=hits), {**asked, "first": first, "last": last})
        total, counts = 0, [dict[str, int]() for _ in FACETS]
        for facet, value, count in rows:
            if facet < 0:
                total = count
            else:
                counts[facet][value] = count
        return total, counts

    def add(self, folder: Path, prepared: Sequence[Article]) -> None:
        assert self.db
        with self.db:
            self._insert(self.db, prepared)

    def close(self) -> None:
        if self.db:
            self.db.close()


def make(variant: str) -> Fts5:
    try:
        return Fts5()
    except sqlite3.OperationalError as problem:
        raise ImportError("SQLite without FTS5") from problem


def _values(articles: Sequence[Article]) -> Iterator[tuple[int, int, str]]:
    for article in articles:
        for facet, values in enumerate(article.values):
            for value in values:
                yield article.number, facet, value


def _match(question: Question) -> str:
    words = [f'"{word}"' for word in question.words]
    match question.kind:
        case "any word":
            return " OR ".join(words)
        case "phrase":
            return f'"{" ".join(question.words)}"'
        case "prefix":
            return f"{words[0]}*"
    return " ".join(words)
