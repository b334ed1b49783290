"""Articles that a program sends or deletes one by one: tagged, kept, and committed at once.

A commit waits for the disk several times, whatever is in it; so changes that threads ask for while
another commit goes on wait together, and the first of them commits for all (group commit). What is
sent is kept beside the index before it is committed, and under the lock of the index, so that the
order of what is kept is the order of commits, in all processes.
"""

from __future__ import annotations

import copy
import pickle
import threading
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from searchapp import ingest
from searchapp.corrections import table
from searchapp.documents import Sent
from searchapp.documents.store import DELETED, Store
from searchapp.engine import Engine
from searchapp.model import BadArticle, Failure, Tagged
from searchapp.settings import Settings
from searchapp.tag import Tagger, lexicons

Result = Literal["added", "updated", "unchanged", "exists", "deleted", "missing"]
"""What became of a change. Nothing did where it is "unchanged", "exists" (it was to be new) or is
"missing" (it was to be deleted)."""
_CHUNK = 200
"""Articles looked up at a time."""


class Sending:
    """Puts and deletes articles of one index; threads share it, and it joins their commits."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.store = Store(settings.documents_folder)
        self._engine = engine
        self._settings = settings
        self._turn = threading.Lock()
        self._waiting: list[_Request] = []
        self._waiting_lock = threading.Lock()
        self._tagger: tuple[object, Tagger] | None = None
        self._tagger_lock = threading.Lock()

    def put(self, articles: Sequence[Sent], only_new: bool = False) -> list[Result | BadArticle]:
        """Add or replace `articles`, no two with one id, in one commit; what became of each.

        `only_new`: what is there stays. After it returns they are on the disk, and the next search
        of any process sees them. Raises IndexLocked, and then nothing has changed.
        """
        tagger = self.tagger()
        outcomes: list[Result | BadArticle | _Change] = []
        for start in range(0, len(articles), _CHUNK):
            some = articles[start : start + _CHUNK]
            states = self._states([article.id for article in some])
            outcomes += [self._judged(one, states[one.id], tagger, only_new) for one in some]
        results = iter(self._ask([made for made in outcomes if isinstance(made, _Change)]))
        return [next(results) if isinstance(one, _Change) else one for one in outcomes]

    def delete(self, ids: Collection[str]) -> list[Result]:
        """Delete the articles `ids` in one commit: "deleted" or "missing" for each.

        It is kept that they are deleted, so that a file which holds one does not bring it back.
        Raises as `put` does.
        """
        # What UTF-8 cannot say is the id of no article.
        known = [id_ for id_ in ids if id_.encode("utf-8", "ignore").decode() == id_]
        results = dict(zip(known, self._ask([*map(_Change, known)]), strict=True))
        return [results.get(id_, "missing") for id_ in ids]

    def tagger(self) -> Tagger:
        """The tagger of the index, made anew when what its owner adds to the rules has changed."""
        with self._tagger_lock:
            language = self._engine.analyser.language
            state = language, _state_of(self._settings)
            if self._tagger is None or self._tagger[0] != state:
                self._tagger = state, ingest.tagger_of(self._settings, language)
            return self._tagger[1]

    def _judged(
        self, article: Sent, state: _State, tagger: Tagger, only_new: bool
    ) -> Result | BadArticle | _Change:
        """What became of an article that changes nothing, else the change."""
        if only_new and state.is_there:
            return "exists"
        source = ingest.source_of(article, self.store)
        digest = ingest.digest_of(source, tagger)
        if state == _State(indexed=digest, kept=article.digest):
            return "unchanged"
        made = ingest.prepare(source, tagger, digest)
        if isinstance(made, Failure):
            return BadArticle(made.reason, "text", "no_text")
        return _Change(article.id, article, digest, _packed(made), only_new)

    def _states(self, ids: Collection[str]) -> Mapping[str, _State]:
        kept = self.store.digests(ids)
        found = zip(ids, self._engine.get([*ids], whole=False), strict=True)
        return {
            id_: _State(there.article.digest if there else None, kept.get(id_))
            for id_, there in found
        }

    # --- commits ----------------------------------------------------------------------------------

    def _ask(self, changes: Sequence[_Change]) -> list[Result]:
        """Make changes, together with those of other threads; what became of each."""
        request = _Request(changes)
        with self._waiting_lock:
            self._waiting.append(request)
        with self._turn:
            if not request.done:
                with self._waiting_lock:
                    batch, self._waiting = self._waiting, []
                self._commit(batch)
        if request.problem is not None:
            # Of the thread that committed. Each has its own, as raising adds a traceback.
            raise copy.copy(request.problem) from request.problem
        return request.results

    def _commit(self, batch: Sequence[_Request]) -> None:
        gone = {c.id for request in batch for c in request.changes if c.article is None}
        problem: Exception | None = None
        try:
            if any(request.changes for request in batch):
                self._engine.write(self._changed(batch), gone)
        except Exception as caught:
            problem = caught
            raise
        except BaseException:
            problem = RuntimeError("the thread that committed was stopped")
            raise
        finally:
            for request in batch:
                request.problem = problem
                request.done = True

    def _changed(self, batch: Sequence[_Request]) -> Iterator[Tagged]:
        """Keeps what the batch changes, and gives what is to be indexed. Asked for by the engine
        while nobody else can write, so that nothing changes in between."""
        ids = {change.id for request in batch for change in request.changes}
        states = self._states(ids)
        effective: dict[str, _Change] = {}
        for request in batch:
            for change in request.changes:
                result = states[change.id].after(change)
                request.results.append(result)
                if result in ("added", "updated", "deleted"):
                    effective[change.id] = change
        last = effective.values()
        if effective:
            self.store.write(
                [change.article for change in last if change.article],
                [change.id for change in last if not change.article],
            )
        with lexicons.using(self.tagger().lexicon):
            corrections = table.load(self._settings.rules_folder).corrections
            articles = (_unpacked(change.tagged) for change in last if change.tagged)
            yield from map(corrections.correct, articles)


@dataclass(frozen=True, slots=True)
class _Change:
    """An article to be put, with the digest of its source and packed as it is tagged; without one,
    an id to be deleted."""

    id: str
    article: Sent | None = None
    digest: str = ""
    tagged: bytes = b""
    only_new: bool = False


@dataclass(slots=True)
class _Request:
    """What one thread asks for, and once it is done what became of each change, or why not."""

    changes: Sequence[_Change]
    results: list[Result] = field(default_factory=list)
    problem: Exception | None = None
    done: bool = False


@dataclass(slots=True)
class _State:
    """The digests of what is indexed of an id and of what is kept; None where nothing is."""

    indexed: str | None
    kept: str | None

    @property
    def is_there(self) -> bool:
        """What is kept decides: a crash may have been before the commit."""
        return self.indexed is not None if self.kept is None else self.kept != DELETED

    def after(self, change: _Change) -> Result:
        """What becomes of a change; this is then the state after it."""
        was_there = self.is_there
        if change.article is None:
            self.indexed, self.kept = None, DELETED if was_there else self.kept
            return "deleted" if was_there else "missing"
        if change.only_new and was_there:
            return "exists"
        before = self.indexed, self.kept
        self.indexed, self.kept = change.digest, change.article.digest
        if before == (self.indexed, self.kept):
            return "unchanged"
        return "updated" if was_there else "added"


def _packed(tagged: Tagged) -> bytes:
    """What waits for its commit: the spans of an article take ten times its text, and a request may
    have a hundred thousand articles."""
    return zlib.compress(pickle.dumps(tagged, pickle.HIGHEST_PROTOCOL), 1)


def _unpacked(data: bytes) -> Tagged:
    tagged: Tagged = pickle.loads(zlib.decompress(data))  # noqa: S301 packed by this process
    return tagged


def _state_of(settings: Settings) -> tuple[tuple[str, int, int], ...]:
    """Changes when a file in the folder of rules does."""
    files = (path for path in settings.rules_folder.rglob("*") if path.is_file())
    found = ((path, path.stat()) for path in files)
    return tuple(sorted((str(path), info.st_mtime_ns, info.st_size) for path, info in found))
