"""An archive: one index with everything that can be done to it. What `searchapp.open` gives."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from searchapp import additions, documents, ingest, journal, search, sending, suggest, tag
from searchapp.corrections import table
from searchapp.engine import Engine
from searchapp.model import (
    Article,
    BadArticle,
    Branch,
    Copies,
    Copy,
    Correction,
    Countries,
    Cursor,
    Facet,
    Failure,
    Hit,
    Match,
    Order,
    Page,
    Query,
    Reading,
    Search,
    Sort,
    Stats,
    Suggestions,
    Tagged,
    Timeline,
)
from searchapp.settings import Settings
from searchapp.tag import label, lexicons

Date = datetime.date | str | None


class Archive:
    """One index. Threads may share it; leaving the `with` block closes it.

    In the examples below `archive` is that of two articles, which are in the folder `seeds`.
    """

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings
        self._names: lexicons.Added | None = None
        self._above: Mapping[str, tuple[str, ...]] | None = None
        self.sending = sending.Sending(engine, settings)
        self._suggester = suggest.Suggester(engine, settings)
        self._failures: tuple[tuple[int, ...], tuple[Failure, ...]] = ((), ())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index's files."""
        self.engine.close()

    def add(
        self,
        paths: Iterable[str | Path],
        prune: bool = False,
        workers: int = 1,
        progress: ingest.Listener | None = None,
    ) -> ingest.Report:
        """Index files and folders: see `ingest.add`. After it returns, `search` sees them.

        With `workers` above 1, a script that calls this needs the `if __name__ == "__main__"`
        that multiprocessing asks for.

        >>> report = archive.add(["seeds"])
        >>> report.added, report.unchanged, report.failed
        (0, 2, [])
        """
        self._names = self._above = None
        return ingest.add(
            self.engine, [Path(p) for p in paths], self.settings, prune, workers, progress
        )

    def put(self, article: Mapping[str, object] | Article) -> sending.Result:
        """Add or replace one article: "added", "updated" or "unchanged".

        It has the members of a line of a `.jsonl` file (see `documents.MEMBERS`), and is kept
        beside the index: it wins over a file with its id, and is there after the index was made
        anew. After it returns, `search` sees it. Raises BadArticle and IndexLocked.
        """
        most = self.settings.max_file_bytes
        (result,) = self.sending.put([documents.sent(documents.as_json(article), most)])
        if isinstance(result, BadArticle):
            raise result
        return result

    def put_all(self, articles: Iterable[Mapping[str, object] | Article]) -> ingest.Report:
        """The same for many, in one commit; of several with one id the last counts.

        What cannot be taken is among `failed` of the report, by its number from 1, and the rest
        goes in. Raises IndexLocked.
        """
        report = ingest.Report()
        places: dict[str, int] = {}
        sent: dict[str, documents.Sent] = {}
        for number, article in enumerate(articles, 1):
            try:
                one = documents.sent(documents.as_json(article), self.settings.max_file_bytes)
            except BadArticle as problem:
                report.failed.append(Failure(f"#{number}", str(problem)))
                continue
            places[one.id], sent[one.id] = number, one
        for one, result in zip(sent.values(), self.sending.put([*sent.values()]), strict=True):
            if isinstance(result, BadArticle):
                report.failed.append(Failure(f"#{places[one.id]}", str(result)))
            else:
                report.count(result)
        report.failed.sort(key=lambda failure: int(failure.path[1:]))
        return report

    def delete(self, ids: str | Iterable[str]) -> int:
        """Delete articles, by one id or several, in one commit; how many of them there were.

        That they are deleted is kept: a file that holds one does not bring it back. After it
        returns, `search` does not find them. Raises IndexLocked.
        """
        chosen = [ids] if isinstance(ids, str) else [*dict.fromkeys(ids)]
        return self.sending.delete(chosen).count("deleted")

    def forget(self, ids: Iterable[str]) -> int:
        """Say nothing of `ids` any more: files that hold them count again from the next `add` on,
        and what was sent stays in the index until `add` prunes it. How many were forgotten."""
        return self.sending.store.forget(ids)

    def search(
        self,
        q: str = "",
        *,
        match: Match = "all",
        country: Sequence[str] = (),
        person: Sequence[str] = (),
        topic: Sequence[str] = (),
        not_country: Sequence[str] = (),
        not_person: Sequence[str] = (),
        not_topic: Sequence[str] = (),
        all_of: Collection[str] = (),
        countries: Countries = "about",
        date_from: Date = None,
        date_to: Date = None,
        sort: Sort = "relevance",
        page: int = 1,
        per_page: int | None = None,
        facet_size: int | None = None,
        cursor: Cursor | None = None,
        explain: bool = False,
        copies: Copies | None = None,
        copies_of: str = "",
    ) -> Page:
        """One page of results; the parameters are those of `/api/v1/search`, dates ISO 8601.

        Every chosen value must be there of the facets in `all_of`, any of the others.
        `cursor` is the `next` of a page of the same search: what comes after it, however deep.

        >>> page = archive.search("Iran", person=["Ali Shamkhani"])
        >>> page.total, [hit.id for hit in page.hits]
        (1, ['003_49aa628526d73ed2.txt'])
        """
        return self.run(
            Search(
                q=q,
                match=match,
                chosen=_given(country=country, person=person, topic=topic),
                excluded=_given(country=not_country, person=not_person, topic=not_topic),
                all_of=frozenset(all_of),
                countries=countries,
                date_from=_date(date_from),
                date_to=_date(date_to),
                sort=sort,
                page=page,
                per_page=self.settings.per_page if per_page is None else per_page,
                facet_size=self.settings.facet_size if facet_size is None else facet_size,
                cursor=cursor,
                explain=explain,
                copies=copies,
                copies_of=copies_of,
            )
        )

    def _named(self) -> AbstractContextManager[None]:
        """Inside, countries have the names that the owner adds, as when they were tagged."""
        if self._names is None:
            self._names = additions.lexicon_of(self.settings)
        return lexicons.using(self._names)

    def run(self, what: Search, grouped: bool = False) -> Page:
        """One page of results; `grouped`: copies of a story are one hit where `what` does not say.
        Raises BadQuery, BadParameter and SearchTimeout."""
        with self._named():
            return search.run(self.engine, what, self.settings, grouped)

    def as_now(self) -> Archive:
        """This archive for reading alone, as it is now whatever is written meanwhile."""
        now = copy.copy(self)
        now.engine = self.engine.frozen() or self.engine
        return now

    def state(self) -> str:
        """Changes with whatever a search, a suggestion or an article of this archive may change
        with, settings apart. Takes microseconds."""
        with self._named():
            return f"{self.engine.commit()} {lexicons.added_digest()}"

    def suggest(self, q: str, limit: int = suggest.LIMIT) -> Suggestions:
        """How `q`, which somebody is typing, may go on. Raises BadQuery where it is too long.

        >>> [(one.kind, one.label.text) for one in archive.suggest("ali sh").items]
        [('word', 'shamkhani'), ('person', 'Ali Shamkhani')]
        """
        with self._named():
            return self._suggester.suggest(q, limit)

    def read(self, id_: str, q: str = "", match: Match = "all") -> Reading:
        """An article with the words of `q` marked and its tags explained. Raises NoSuchArticle.

        >>> reading = archive.read("000_8fcf2ceb6fb25fee.txt", "pipelines")
        >>> [reading.body.text[start:end] for start, end in reading.body.marks]
        ['pipeline', 'pipeline']
        >>> evidence = reading.evidence["person"][0]
        >>> evidence.tag.value, evidence.sentences[0].text[-21:]
        ('Leonid Ivashov', 'to Tehran since 1991.')
        """
        with self._named():
            return search.read(self.engine, id_, q, match, self.settings)

    def copies(self, id_: str) -> tuple[Copy, ...]:
        """The other copies of the story that an article has: see `search.copies`."""
        return search.copies(self.engine, id_)

    def article(self, id_: str) -> Tagged:
        """An article as indexed. Raises NoSuchArticle.

        >>> found = archive.article("000_8fcf2ceb6fb25fee.txt")
        >>> found.article.source, found.tags.values("country")[:2]
        ('RFE/RL', ('RU', 'IR'))
        """
        return search.article(self.engine, id_)

    def facet(
        self,
        what: Search,
        name: str,
        contains: str = "",
        offset: int = 0,
        limit: int = 100,
        prefix: str = "",
        order: Order = "count",
    ) -> Facet:
        """Values offset…offset+limit of one facet for a search: see `search.facet_values`.

        >>> facet = archive.facet(Search(q="Iran"), "person", prefix="sha")
        >>> [(bucket.label, bucket.count) for bucket in facet.buckets]
        [('Ali Shamkhani', 1)]
        """
        with self._named():
            return search.facet_values(
                self.engine, what, name, self.settings, contains, offset, limit, prefix, order
            )

    def tree(self, what: Search, name: str = "topic") -> tuple[Branch, ...]:
        """Every value of a facet for a search, those below others below them: IPTC's topics, and
        the owner's own below what topics.tsv says. See `search.tree`.

        >>> for branch in archive.tree(Search()):
        ...     print(branch.bucket.label, [below.bucket.label for below in branch.below])
        politics and government ['international relations']
        conflict, war and peace ['act of terror']
        """
        return self.branches(self.facet(what, name, limit=search.EVERY_VALUE))

    def branches(self, facet: Facet) -> tuple[Branch, ...]:
        """The buckets of a facet, those below others below them: see `search.tree`."""
        name = facet.name
        own = self._own_parents() if name == "topic" else {}
        return search.tree(facet, lambda value: own.get(value) or tag.parents(name, value))

    def _own_parents(self) -> Mapping[str, tuple[str, ...]]:
        """What each topic of the owner's own lies below, nearest first."""
        if self._above is None:
            language = self.engine.analyser.language
            topics = additions.tagger_of(self.settings, language, with_model=False).topics
            self._above = {
                topic.value: tuple(value for value, _ in topic.above) for topic in topics
            }
        return self._above

    def timeline(self, what: Search) -> Timeline:
        """How many articles a search finds over time: see `model.Timeline`.

        >>> timeline = archive.timeline(Search(q="Iran"))
        >>> timeline.unit, [(bar.label, bar.count) for bar in timeline.bars], timeline.undated
        ('day', [('3 July 2000', 1)], 1)
        """
        with self._named():
            return search.over_time(self.engine, what, self.settings)

    def every(self, what: Search) -> Iterator[Hit]:
        """Every hit of a search, without a limit, of one commit: see `search.every`.

        >>> [hit.id for hit in archive.every(Search(sort="newest"))]
        ['000_8fcf2ceb6fb25fee.txt', '003_49aa628526d73ed2.txt']
        """
        with self._named():
            return search.every(self.engine, what, self.settings)

    def every_article(self, what: Search) -> Iterator[Tagged]:
        """The same as whole articles."""
        with self._named():
            return search.every_article(self.engine, what, self.settings)

    def similar(self, id_: str, size: int = 10) -> tuple[Hit, ...]:
        """The articles most like one: see `search.similar`. Raises NoSuchArticle.

        >>> [hit.id for hit in archive.similar("000_8fcf2ceb6fb25fee.txt")]
        ['003_49aa628526d73ed2.txt']
        """
        return search.similar(self.engine, id_, size)

    def rank(self, text: str, match: Match = "all", limit: int = 10) -> Sequence[tuple[str, float]]:
        """The best articles for `text` as (id, score): see `search.rank_text`."""
        with self._named():
            return search.rank_text(self.engine, text, match, limit, self.settings)

    def correct(self, correction: Correction) -> int:
        """Write a correction into the owner's table and apply it; how many articles it changed.

        After it returns, `search` sees it. Raises BadCorrection, and IndexLocked while another
        process writes to the index: then it is in the table, and the next run applies it.
        """
        with self._named():
            table.append(self.settings.rules_folder, correction)
        return self._settle()

    def uncorrect(self, correction: Correction) -> int:
        """Take a correction back, whatever its note: the tags as found come back.

        Raises BadCorrection where the table has none that says so, and IndexLocked as `correct`.
        """
        with self._named():
            table.remove(self.settings.rules_folder, correction)
        return self._settle()

    def label(self, facet: str, value: str) -> str:
        """What people read for a value: the country's name, the topic's label, else `value`.

        >>> archive.label("country", "IR"), archive.label("topic", "medtop:16000000")
        ('Iran', 'conflict, war and peace')
        """
        with self._named():
            return label(facet, value)

    def corrections(self) -> table.Table:
        """The corrections in force, and the rows of the owner's table that make no sense."""
        with self._named():
            return table.load(self.settings.rules_folder)

    def _settle(self) -> int:
        with self._named():
            return ingest.settle(self.engine, self.settings)

    def failures(self) -> tuple[Failure, ...]:
        """Files and lines that could not be indexed when they were last read, by file and line."""
        folder = Path(self.settings.index)
        state = journal.failures_state(folder)
        if state != self._failures[0]:
            self._failures = (state, journal.failures(folder))
        return self._failures[1]

    def paths(self) -> tuple[Path, ...]:
        """The files and folders that were indexed and are still there: what to read again."""
        named = map(Path, journal.paths(Path(self.settings.index)))
        return tuple(path for path in named if path.exists())

    def is_empty(self) -> bool:
        """Whether there is no article at all."""
        return not self.engine.rank(Query(), stop=0, size=None).total

    def stats(self) -> Stats:
        """What the index holds.

        >>> stats = archive.stats()
        >>> stats.articles, stats.first_date, stats.values["person"]
        (2, '2000-07-03', 7)
        """
        return self.engine.stats()

    @property
    def language(self) -> str:
        """The Snowball language of the stems."""
        return self.engine.analyser.language

    def check(self) -> list[str]:
        """What is wrong with the index and its corrections, a sentence each; empty when sound."""
        problems = self.corrections().problems
        return [
            *self.engine.check(),
            *self.sending.store.check(),
            *(f"{p.path}: {p.reason}" for p in problems),
        ]


def _given(**values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    return {facet: tuple(chosen) for facet, chosen in values.items() if chosen}


def _date(value: Date) -> datetime.date | None:
    return datetime.date.fromisoformat(value) if isinstance(value, str) else value
