"""Changes of an index made at random, and whether an index holds what they make of it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from searchapp.engine import Engine, open_engine, toc
from searchapp.model import Article, Query, Tag, Tagged, Tags, Word
from searchapp.settings import Settings

SETTINGS = Settings(lock_seconds=0)
"""Nobody waits for a lock: that of a process that is gone must be free."""
WORDS = ("oil", "gas", "coal", "wind", "sun", "iron", "zinc", "gold")
"""Each its own stem."""
COUNTRIES = ("IR", "RU", "FR")
IDS = 150
"""Articles there may be: few, so that most changes replace some."""

State = Mapping[str, str]
"""What an index holds: the body of each article by id."""


class Failure(Exception):
    """An index that is not what was promised."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit does."""

    put: Mapping[str, str]
    gone: Sequence[str]

    def write(self, engine: Engine) -> None:
        engine.write([article(id_, body) for id_, body in self.put.items()], self.gone)

    def after(self, state: State) -> State:
        kept = {id_: body for id_, body in state.items() if id_ not in self.gone}
        return {**kept, **self.put}


def change(chance: random.Random, state: State) -> Change:
    """Add, replace and remove a few articles; now and then a lot, or nothing that is there."""
    kind = chance.random()
    if kind < 0.1:
        return Change({}, [f"never-{chance.randrange(IDS)}"])
    gone = chance.sample(sorted(state), min(len(state), chance.randrange(8)))
    if kind < 0.25:
        return Change({}, gone)
    count = 60 if kind > 0.95 else chance.randrange(1, 9)
    ids = {f"article-{chance.randrange(IDS)}" for _ in range(count)}
    return Change({id_: body(chance) for id_ in sorted(ids)}, sorted(set(gone) - ids))


def body(chance: random.Random) -> str:
    words = chance.choices(WORDS, k=chance.choice((1, 5, 40, 300)))
    return " ".join([*words, str(chance.randrange(10**12))])


def article(id_: str, body_: str, country: str = "") -> Tagged:
    tag = Tag(code := country or _country(body_), code)
    return Tagged(
        Article(id=id_, title=f"On {id_}", body=body_, digest=body_, origin=id_, path=id_),
        Tags(country=(tag,)),
    )


def _country(body_: str) -> str:
    return COUNTRIES[int(body_.split()[-1]) % len(COUNTRIES)]


def held(engine: Engine) -> State:
    """Everything in an index, read in every way there is. Raises Failure where two differ."""
    problems = engine.check()
    if problems:
        raise Failure(f"check: {problems}")
    known = engine.known()
    found = engine.get(list(known))
    state = {id_: tagged.article.body for id_, tagged in zip(known, found, strict=True) if tagged}
    _same("get", dict(state), {id_: seen.digest for id_, seen in known.items()})
    everything = engine.rank(Query(), stop=len(state) + 9)
    _same("rank", sorted(id_ for id_, _ in everything.hits), sorted(state))
    counts = dict(everything.facets["country"].values)
    for country in COUNTRIES:
        having = [id_ for id_, body_ in state.items() if _country(body_) == country]
        _same(country, counts.get(country, 0), len(having))
    for word in WORDS:
        hits = engine.rank(Query(Word(word, word)), stop=len(state) + 9).hits
        having = [id_ for id_, body_ in state.items() if word in body_.split()]
        _same(word, sorted(id_ for id_, _ in hits), sorted(having))
    return state


def _same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise Failure(f"{what}: found {found}, expected {expected}")


def orphans(folder: Path) -> set[str]:
    """The files of an index that its newest commit does not name, but for the lock."""
    generation = toc.generation(folder)
    named = {toc.file_name(generation), f"{toc.NAME}_WRITELOCK"}
    if generation >= 0:
        named |= {entry.file_name for entry in toc.read(folder, generation)[1]}
    return {path.name for path in folder.iterdir()} - named


def continue_from(folder: Path, state: State, chance: random.Random) -> State:
    """Make one more commit: it must work at once, and remove every file that no commit names."""
    engine = open_engine(folder, SETTINGS, create=True)
    one = Change({f"article-{chance.randrange(IDS)}": body(chance)}, ())
    one.write(engine)
    after = one.after(state)
    if held(engine) != after:
        raise Failure(f"the commit after gave {held(engine)}, expected {after}")
    engine.close()
    if left := orphans(folder):
        raise Failure(f"left behind by the next commit: {sorted(left)}")
    return after
