"""Measures how well copies of a story are found among Reuters articles, and what that costs.

    python benchmarks/copies.py [REUTERS.jsonl.gz]

Of ARTICLES of each length, drawn at random, one edited version for each kind of edit goes into an
index with all articles. Printed is how many versions are grouped with what they were made of
(recall), and how much of what they are grouped with is that article, a copy that it had before, or
a version of one (precision). Of texts that are made to look like copies and are none, and of the
nearest other story of each long article, it says how many are grouped. Then it prints random
grouped pairs to be looked at, what sketches cost when an index is made, and how long the first
question for copies takes after a commit.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reuters import article

from searchapp.copies import SHORT, Sketches
from searchapp.engine import Engine, build, open_engine
from searchapp.model import Article, Query, Tagged, Tags
from searchapp.settings import Settings

DATA = Path(os.environ.get("SEARCHAPP_DATA") or Path(__file__).parents[2] / "shared" / "data")

ARTICLES = 500
BANDS = (
    ("100 and more", 100, 10**9),
    (f"{SHORT} to 99", SHORT, 100),
    (f"10 to {SHORT - 1}", 10, SHORT),
)
"""Of words: the shortest are copies only when equal, and half of the next become as short by being
cut."""
PAIRS = 30
TIMES = 20
"""How often the articles are in the large index."""
SAID = (
    "Reuters, the news and media division of its group, is a provider of news for professionals.",
    "Copyright 1987. All rights reserved. Republication without written consent is prohibited.",
    "Send your comments to the editor. Subscribe to our daily newsletter.",
)
ADDED = (
    "Analysts in the region who were asked about it late in the evening said that they did not "
    "expect anything to come of it before the end of the year."
)

Edit = Callable[[str, random.Random], str]


def main(path: Path) -> None:
    news = read(path)
    chance = random.Random(1)
    samples = {}
    for name, least, most in BANDS:
        of = [tagged for tagged in news if least <= words(tagged) < most]
        samples[name] = chance.sample(of, ARTICLES)
        print(f"{len(of):6,} articles of {name} words")
    drawn = samples[BANDS[0][0]]
    with tempfile.TemporaryDirectory() as folder:
        before = index(folder, "plain", news)
        copies = copies_of(before, news)
        quality(folder, news, samples, copies)
        look_alikes(folder, news, drawn, chance)
        nearest(before, drawn, copies)
        describe(copies, {t.article.id: t for t in news}, chance)
        cost(folder, news)


def read(path: Path) -> list[Tagged]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [article(json.loads(line)) for line in lines]
    whole = [row for row in rows if "title" in row or "text" in row]
    return [made(row["id"], row.get("title", ""), row.get("text", "")) for row in whole]


def made(id_: str, title: str, body: str) -> Tagged:
    return Tagged(Article(id_, title, body, None, None, id_, id_, original="", digest=""), Tags())


def index(folder: str, name: str, news: Iterable[Tagged]) -> Engine:
    engine = open_engine(Path(folder) / name, Settings(), create=True)
    engine.write(news)
    return engine


def copies_of(engine: Engine, news: Sequence[Tagged]) -> Mapping[str, frozenset[str]]:
    return {t.article.id: frozenset(engine.copies(t.article.id)) for t in news}


# --- edits ----------------------------------------------------------------------------------------


def paragraphs(text: str) -> list[str]:
    return re.split(r"\n\s+", text)


def joined(parts: Iterable[str]) -> str:
    return "\n    ".join(parts)


def cut(share: float) -> Edit:
    def edit(text: str, chance: random.Random) -> str:
        words = text.split(" ")
        return " ".join(words[: max(1, round(len(words) * share))])

    return edit


def other_dateline(text: str, chance: random.Random) -> str:
    return re.sub(r"^.{0,60}?,? \w{3,5} \d+ -", "Our correspondent, CITY (Reuters) --", text)


def dropped(text: str, chance: random.Random) -> str:
    parts = paragraphs(text)
    if len(parts) > 2:
        del parts[chance.randrange(len(parts))]
    return joined(parts)


def added(text: str, chance: random.Random) -> str:
    parts = paragraphs(text)
    parts.insert(chance.randint(0, len(parts)), ADDED)
    return joined(parts)


def shuffled(text: str, chance: random.Random) -> str:
    """Sub-editors move background up."""
    first, *rest = paragraphs(text)
    return joined([first, *chance.sample(rest, len(rest))])


def slips(share: float) -> Edit:
    """Typos put in, or corrected."""

    def edit(text: str, chance: random.Random) -> str:
        return re.sub(r"[a-z]{4,}", lambda m: slip(m[0], chance), text)

    def slip(word: str, chance: random.Random) -> str:
        if chance.random() >= share:
            return word
        at = chance.randrange(len(word) - 1)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return edit


def one_number(text: str, chance: random.Random) -> str:
    """A correction."""
    numbers = list(re.finditer(r"\d+", text))
    if not numbers:
        return text
    found = chance.choice(numbers)
    return text[: found.start()] + str(int(found[0]) + 1) + text[found.end() :]


def wrapped(text: str, chance: random.Random) -> str:
    return re.sub(r"\s+", lambda _: chance.choice([" ", "\n", "  "]), text)


def boilerplate(text: str, chance: random.Random) -> str:
    return joined([SAID[0], text, *SAID[1:]])


def everything(text: str, chance: random.Random) -> str:
    """As another paper prints it."""
    return boilerplate(wrapped(cut(0.8)(other_dateline(text, chance), chance), chance), chance)


HEADLINE = "other headline"
EDITS: Mapping[str, Edit] = {
    HEADLINE: lambda text, _: text,
    "other dateline": other_dateline,
    "cut to 90 %": cut(0.9),
    "cut to 80 %": cut(0.8),
    "cut to 70 %": cut(0.7),
    "cut to 60 %": cut(0.6),
    "a paragraph dropped": dropped,
    "a paragraph added": added,
    "paragraphs moved": shuffled,
    "slips in 2 % of the words": slips(0.02),
    "slips in 5 % of the words": slips(0.05),
    "one number corrected": one_number,
    "lines wrapped": wrapped,
    "boilerplate around": boilerplate,
    "dateline, cut to 80 %, boilerplate": everything,
}


def quality(
    folder: str,
    news: Sequence[Tagged],
    samples: Mapping[str, Sequence[Tagged]],
    copies: Mapping[str, frozenset[str]],
) -> None:
    print(f"\n{'found / right':36}" + "".join(f" {name:>15}" for name in samples))
    every = [tagged for drawn in samples.values() for tagged in drawn]
    for name, edit in EDITS.items():
        chance = random.Random(name)
        title = "{} as another paper put it" if name == HEADLINE else "{}"
        edited = [
            made(
                f"edit-{t.article.id}",
                title.format(t.article.title),
                edit(t.article.body, chance),
            )
            for t in every
        ]
        engine = index(folder, name, [*news, *edited])
        rates = [rated(engine, drawn, copies) for drawn in samples.values()]
        engine.close()
        print(f"{name:36}" + "".join(f"   {found:5.3f} / {right:5.3f}" for found, right in rates))


def rated(
    engine: Engine, drawn: Sequence[Tagged], copies: Mapping[str, frozenset[str]]
) -> tuple[float, float]:
    """Recall and precision of the groups that edited versions are in."""
    found = right = every = 0
    for tagged in drawn:
        here = set(engine.copies(f"edit-{tagged.article.id}"))
        wanted = {tagged.article.id, *copies[tagged.article.id]}
        wanted |= {f"edit-{id_}" for id_ in wanted}
        found += tagged.article.id in here
        right += len(here & wanted)
        every += len(here)
    return found / len(drawn), right / max(every, 1)


# --- what only looks like a copy ------------------------------------------------------------------


def other_numbers(text: str, chance: random.Random) -> str:
    return re.sub(r"\d", lambda _: str(chance.randint(0, 9)), text)


def follow_up(text: str, other: str) -> str:
    """News of its own, and as many words of the second half of a story as its background."""
    old, new = text.split(" "), other.split(" ")
    half = min(len(old) // 2, len(new))
    return joined([" ".join(new[:half]), " ".join(old[len(old) - half :])])


def look_alikes(
    folder: str, news: Sequence[Tagged], drawn: Sequence[Tagged], chance: random.Random
) -> None:
    """None of these is a copy."""
    texts = [t.article.body for t in drawn]
    others = [*texts[1:], texts[0]]
    tables = [t for t in news if words(t) >= SHORT and numbers(t) > 0.15 * words(t)]
    notes = [t for t in news if 10 <= words(t) < SHORT and numbers(t) > 1]
    rows: list[tuple[str, Sequence[Tagged], Iterable[str]]] = [
        (name, some, [other_numbers(t.article.body, chance) for t in some])
        for name, some in (
            ("tables with other numbers", chance.sample(tables, ARTICLES)),
            ("short notes with other numbers", chance.sample(notes, ARTICLES)),
        )
    ]
    rows += [
        ("follow-ups, half of them background", drawn, map(follow_up, texts, others)),
        ("digests of six", drawn, [joined([t, *chance.sample(texts, 5)]) for t in texts]),
    ]
    print(f"\n{'none of these is a copy':36} {'grouped':>7}")
    for name, originals, made_up in rows:
        edited = [
            made(f"edit-{t.article.id}", t.article.title, text)
            for t, text in zip(originals, made_up, strict=True)
        ]
        engine = index(folder, name, [*news, *edited])
        wrong = sum(t.article.id in engine.copies(f"edit-{t.article.id}") for t in originals)
        engine.close()
        print(f"{name:36} {wrong / len(originals):7.3f}")


def numbers(tagged: Tagged) -> int:
    return sum(word[:1].isdigit() for word in tagged.article.body.split())


def nearest(engine: Engine, drawn: Sequence[Tagged], copies: Mapping[str, frozenset[str]]) -> None:
    """Whether the story that is most like an article is in its group; no label says which are."""
    grouped = asked = 0
    for tagged in drawn:
        for near in engine.similar(tagged.article.id, 1):
            asked += 1
            grouped += near.id in copies[tagged.article.id]
    print(f"\nof {asked} nearest other articles {grouped} are grouped")


# --- the articles as they are ---------------------------------------------------------------------


def describe(
    copies: Mapping[str, frozenset[str]], news: Mapping[str, Tagged], chance: random.Random
) -> None:
    plain = {id_: " ".join(tagged.article.body.split()) for id_, tagged in news.items()}
    groups = {frozenset({id_, *others}) for id_, others in copies.items() if others}
    long = [sorted(group) for group in groups if words(news[min(group)]) >= SHORT]
    print(
        f"{len(groups):,} groups of {sum(map(len, groups)):,} articles, the largest of "
        f"{max(map(len, groups))}; {len(long):,} of long texts"
    )
    differ = sorted(group for group in long if len({plain[id_] for id_ in group}) > 1)
    print(f"\n{PAIRS} pairs of the {len(differ):,} groups of long texts that are not equal:")
    for group in chance.sample(differ, PAIRS):
        print()
        for id_ in chance.sample(group, 2):
            text = plain[id_]
            print(f"{id_}, {words(news[id_])} words: {news[id_].article.title}")
            print(f"    {text[:260]} … {text[-120:]}")


def words(tagged: Tagged) -> int:
    return len(tagged.article.body.split())


# --- what it costs --------------------------------------------------------------------------------


def cost(folder: str, news: Sequence[Tagged]) -> None:
    spent: list[float] = []
    numbers_of: list[int] = []
    plain = build._sketches

    def timed(*given: Any) -> Sketches:
        began = time.process_time()
        made_now = plain(*given)
        spent.append(time.process_time() - began)
        numbers_of.append(len(made_now))
        return made_now

    build._sketches = timed
    heads = f"{'articles':>8} {'write s':>8} {'sketches s':>10} {'groups s':>8} {'search ms':>9}"
    print(f"\n{'':36} {heads}")
    collections: list[tuple[str, Iterable[Tagged]]] = [
        ("as they are", news),
        (f"{TIMES} times, a word in three another", repeated(news, True)),
        (f"{TIMES} times, each with a word added", repeated(news, False)),
    ]
    for name, made_up in collections:
        spent.clear()
        numbers_of.clear()
        began = time.process_time()
        engine = index(folder, f"cost of {name}", made_up)
        wrote = time.process_time() - began
        number = sum(numbers_of)
        began = time.perf_counter()
        engine.copies(news[0].article.id)
        grouping = time.perf_counter() - began
        engine.rank(Query(grouped=True))
        began = time.perf_counter()
        ranking = engine.rank(Query(grouped=True))
        took = time.perf_counter() - began
        engine.close()
        print(
            f"{name:36} {number:8,} {wrote:8.2f} {sum(spent):10.2f} {grouping:8.2f} "
            f"{1000 * took:9.2f}  {ranking.groups:,} hits"
        )
    build._sketches = plain
    print("write and sketches are CPU seconds, groups those until the first answer")


def repeated(news: Sequence[Tagged], different: bool) -> Iterator[Tagged]:
    for number in range(TIMES):
        for tagged in news:
            parts = tagged.article.body.split(" ")
            if different and number:
                parts = [f"{p}x{number}" if at % 3 == 1 else p for at, p in enumerate(parts)]
            body = " ".join([*parts, f"end{number}"])
            id_ = f"{tagged.article.id}-{number}" if number else tagged.article.id
            yield replace(tagged, article=replace(tagged.article, id=id_, body=body))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "reuters" / "train.jsonl.gz")
