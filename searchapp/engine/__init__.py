"""What searchapp asks of an engine, and `open_engine`, the only door to one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from searchapp.analyse import Analyser
from searchapp.model import (
    Cursor,
    DateCounts,
    Explanation,
    Neighbour,
    Query,
    Ranking,
    Sort,
    Stats,
    Tagged,
)
from searchapp.settings import Settings

CORRECTION = "correction"
UNSEEN = "unseen"
"""Further columns, of corrected articles: see `model.Corrected`."""


SPELLINGS = 32


@dataclass(frozen=True, slots=True)
class Known:
    """What an engine remembers of an article, to tell whether its source changed."""

    digest: str
    origin: str


@dataclass(frozen=True, slots=True)
class Spelling:
    """A word of the index that is `edits` from another, and how many articles have it."""

    word: str
    edits: int
    articles: int


class Engine(Protocol):
    """An index that can be searched and written. Threads may share it.

    A search sees one commit, whole; after `write` returns, the next search sees its articles.
    """

    analyser: Analyser

    def known(self) -> Mapping[str, Known]:
        """Every article by id."""
        ...

    def write(self, articles: Iterable[Tagged], gone: Collection[str] = ()) -> None:
        """Add `articles`, replacing those with the same id, and remove the ids `gone`: one commit.

        Of several articles with one id the last counts. Raises IndexLocked while another process
        writes; if anything is raised, nothing has changed.
        """
        ...

    def rank(
        self,
        query: Query,
        sort: Sort = "relevance",
        start: int = 0,
        stop: int = 10,
        size: int | None = 10,
        after: Cursor | None = None,
    ) -> Ranking:
        """Hits start…stop in order, the total, and each facet's counts.

        Order by relevance is score, newest, id; by date undated articles come last and ties go by
        id. With `after`, hits start…stop of those that come after it in this order: from the
        `Ranking.next` of one page to that of the following one no hit of a commit is left out or
        seen twice, whatever the sizes of the pages. Counts are exact, leave out the facet's own
        chosen values, unless it is one of `Query.all_of`, and keep its excluded ones. The `size`
        commonest values are listed, and always those chosen or excluded; with `size` None nothing
        is counted, and `Ranking.facets` is empty. Spellings of one person (`searchapp.variants`)
        are one value, here and in what is chosen, excluded or asked for: it goes by the spelling
        that most articles have, ties by the alphabet.

        Of a grouped query the list has, of copies of one story that match, only the first in this
        order, with the score it has there; start, stop and cursors go by that list, and nothing
        else does. Which articles are copies depends on their texts alone (`searchapp.copies`), not
        on the order of adding. Raises BadQuery when the query expands beyond a limit and
        SearchTimeout.
        """
        ...

    def explain(
        self, query: Query, ids: Sequence[str], sort: Sort = "relevance"
    ) -> list[Explanation | None]:
        """How the score that `rank` gives each of these articles came about, in the order of `ids`;
        None for one that `query` does not find.

        Of several at once, because what the best articles teach is learned from all of them.
        Raises as `rank` does.
        """
        ...

    def every(
        self, query: Query, sort: Sort = "relevance", whole: bool = True
    ) -> Iterator[tuple[Tagged, float]]:
        """Every article that `query` finds, with its score, in the order of `rank` and of one
        commit, whatever is written meanwhile; articles as `get` has them.

        Raises as `rank` does, before the first is asked for; after that it takes as long as it
        takes.
        """
        ...

    def similar(self, id_: str, size: int = 10) -> list[Neighbour]:
        """The articles most like one, in the order of `rank`, that one left out. None where there
        is no such article, or no other shares a telling word with it. Raises SearchTimeout."""
        ...

    def dates(self, query: Query) -> DateCounts:
        """How many of the articles that `query` finds there are of each day, its `dated` left out.
        Raises as `rank` does."""
        ...

    def values(self, column: str) -> Sequence[str]:
        """The different values in a column: one of `model.COLUMNS`, CORRECTION or UNSEEN."""
        ...

    def having(self, column: str, value: str) -> frozenset[str]:
        """The ids of the articles with `value`, in any spelling, in a column."""
        ...

    def copies(self, id_: str) -> Sequence[str]:
        """The ids of the other copies of the story that an article has, oldest first, undated last,
        ties by id; none for an id that is not there."""
        ...

    def words(
        self, start: str, limit: int, edits: int = 0, field: str = "text"
    ) -> Sequence[tuple[str, int]]:
        """The exact forms in one of the fields of a `model.Word` that begin with `start`, and how
        many articles have each: most first, ties by the alphabet, at most `limit`. Stop words and
        what has a digit in it are left out.

        With `edits`, those with its first letter that begin with something at most so many from it.
        In an index of many segments a word that is common in none of them may be passed over.
        """
        ...

    def spellings(self, word: str, edits: int, field: str = "text") -> Sequence[Spelling]:
        """The exact forms at most `edits` (as of `model.Fuzzy`) from `word`, itself included:
        nearest first, of one distance those that most articles have, ties by the alphabet. Of one
        distance no more than `SPELLINGS`."""
        ...

    def generation(self) -> int:
        """The number of the newest commit, which says whether anything changed; -1 before the
        first."""
        ...

    def commit(self) -> str:
        """What the newest commit is called, 16 hexadecimal digits: no other commit is, also of an
        index made anew in the same place. Empty before the first. Takes microseconds."""
        ...

    def frozen(self, commit: str = "") -> Self | None:
        """This engine for reading alone, as of one commit whatever is written meanwhile: the
        newest, or the one of that name; None where that is not kept any more.

        Of commits that were replaced those are kept that this engine has read, for the
        `cursor_seconds` and `cursor_commits` of `Settings`.
        """
        ...

    def committed(self) -> float | None:
        """When the newest commit was made, in seconds since 1970; None before the first."""
        ...

    def get(self, ids: Sequence[str], whole: bool = True) -> list[Tagged | None]:
        """The articles in the order of `ids`; None for an id that is not there.

        Of those that are not `whole`, the beginning, whose cost is the same however long they are:
        no original, of the body no more than `model.BEGINNING` characters, and the tags without
        spans and what corrections did to them.
        """
        ...

    def stats(self) -> Stats: ...

    def check(self) -> list[str]:
        """What is wrong with the index, a sentence each; empty when every file of it is sound."""
        ...

    def copy(self, into: Path, meanwhile: Callable[[], None]) -> None:
        """Copy the newest commit into the empty folder `into`, where it can be opened, and call
        `meanwhile` while nobody can write. Raises NoIndex, IndexLocked and OSError."""
        ...

    def take(self, source: Path, meanwhile: Callable[[], None]) -> None:
        """Make what the index in `source` holds the next commit, and call `meanwhile` right before.
        Raises IndexLocked, IndexDamaged and OSError, and then nothing has changed; so it is where
        `meanwhile` raises."""
        ...

    def close(self) -> None: ...


def open_engine(
    where: str | Path, settings: Settings, create: bool = False, rebuild: bool = False
) -> Engine:
    """The engine of the index at `where`.

    `create` makes an empty one where there is none; `rebuild` starts anew without reading what is
    there, which stays in use until the first commit. Raises NoIndex, IndexMismatch (naming both
    fingerprints) and IndexDamaged.
    """
    from searchapp.engine.embedded import EmbeddedEngine  # Whoosh is slow to import

    return EmbeddedEngine.open(Path(where), settings, create=create, rebuild=rebuild)
