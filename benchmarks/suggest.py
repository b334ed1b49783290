"""How well slips in words are mended, and how long suggestions take, on an index.

    python benchmarks/suggest.py INDEX

Slips are made in words of the index itself, each kind in the same words, which are drawn at random
from those of five letters and more that five articles have: a key beside the right one, two letters
exchanged, a letter doubled, a letter left out, and two such slips. Beside each kind it prints how
often the word itself is proposed first, how often it or another of its stem is, and how often it is
among the proposals. Then how many words that only one or two articles have are taken for slips:
of those that the encyclopedia in the measuring data has, which are words, and of the others, many
of which are slips. At last the milliseconds that suggestions take for the beginnings of some texts.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from string import ascii_lowercase

import searchapp
from searchapp import spelling
from searchapp.analyse import Analyser
from searchapp.archive import Archive
from searchapp.model import Word

DATA = Path(os.environ.get("SEARCHAPP_DATA") or Path(__file__).parents[2] / "shared" / "data")
WORDS = 1000
LEAST = 5
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
TYPED = (
    "iranian oil minister",
    "ronald reagan",
    "gas pipeline",
    '"crude oil" -opec',
    "country:japan",
    "person:paul volcker",
    "interst rates",
    "paul volkcer",
    "presidnet reagan",
    "central bank of brazil",
)

Slip = Callable[[str, random.Random], str]


def neighbour(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    row = next(row for row in ROWS if word[at] in row)
    place = row.index(word[at])
    others = [row[i] for i in (place - 1, place + 1) if 0 <= i < len(row)]
    return word[:at] + chance.choice(others) + word[at + 1 :]


def exchanged(word: str, chance: random.Random) -> str:
    places = [i for i in range(len(word) - 1) if word[i] != word[i + 1]]
    at = chance.choice(places)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def doubled(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    return word[:at] + word[at] + word[at:]


def left_out(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    return word[:at] + word[at + 1 :]


def two(word: str, chance: random.Random) -> str:
    first, second = chance.sample([neighbour, exchanged, doubled, left_out], 2)
    return second(first(word, chance), chance)


SLIPS: dict[str, Slip] = {
    "a key beside": neighbour,
    "two exchanged": exchanged,
    "one doubled": doubled,
    "one left out": left_out,
    "two slips": two,
}


def words_of(archive: Archive) -> dict[str, int]:
    """Words of the index and how many articles have each."""
    found: dict[str, int] = {}
    for letter in ascii_lowercase:
        found |= dict(archive.engine.words(letter, 1_000_000))
    return {word: n for word, n in found.items() if word.isascii() and word.isalpha()}


def mended(archive: Archive, words: Sequence[str], known: dict[str, int]) -> None:
    chance = random.Random(1)
    stems = {token.stem for word in known for token in archive.engine.analyser.tokens(word)}

    def stem(word: str) -> str:
        return next(archive.engine.analyser.tokens(word)).stem

    print("| slip | words | first | or its stem | among three | ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, slip in SLIPS.items():
        typed = [(word, slip(word, chance)) for word in words]
        typed = [(word, wrong) for word, wrong in typed if stem(wrong) not in stems]
        began = time.perf_counter()
        found = [spelling.corrections(archive.engine, wrong, 0) for _, wrong in typed]
        took = (time.perf_counter() - began) * 1000 / len(typed)
        pairs = list(zip([word for word, _ in typed], found, strict=True))
        first = sum(word == answer[0] for word, answer in pairs if answer)
        same = sum(stem(word) == stem(answer[0]) for word, answer in pairs if answer)
        among = sum(word in answer for word, answer in pairs)
        shares = " | ".join(f"{100 * n / len(typed):.1f} %" for n in (first, same, among))
        print(f"| {name} | {len(typed):,} | {shares} | {took:.1f} |")


def wrongly(archive: Archive, known: dict[str, int]) -> None:
    right = encyclopedia()
    rare = [word for word, count in known.items() if count <= spelling.RARE and len(word) > 2]
    chance = random.Random(2)
    for what, words in (
        ("in the encyclopedia, too,", [word for word in rare if word in right]),
        ("in no article of the encyclopedia", [word for word in rare if word not in right]),
    ):
        some = chance.sample(words, min(WORDS, len(words)))
        changed = {word: answer[0] for word in some if (answer := taken_for(archive, word))}
        few = ", ".join(f"{word} → {answer}" for word, answer in list(changed.items())[:12])
        print(f"\nOf {len(some):,} words of one or two articles that are {what} {len(changed)} are")
        print(f"taken for slips: {few}")


def taken_for(archive: Archive, word: str) -> list[str]:
    token = next(archive.engine.analyser.tokens(word))
    number = spelling.articles(archive.engine, Word(token.stem, token.exact))
    return spelling.corrections(archive.engine, word, number)


def encyclopedia() -> set[str]:
    """The words of the encyclopedia in the measuring data, which is spelled well."""
    analyser = Analyser()
    found: set[str] = set()
    with gzip.open(DATA / "wiki" / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            found.update(token.exact for token in analyser.tokens(json.loads(line)["text"]))
    return found


def suggested(archive: Archive) -> None:
    """Each beginning once, as somebody types it, after the values of a commit are gathered."""
    began = time.perf_counter()
    archive.suggest("a")
    first = (time.perf_counter() - began) * 1000
    times: dict[bool, list[float]] = {False: [], True: []}
    for text in TYPED:
        for size in range(1, len(text) + 1):
            began = time.perf_counter()
            found = archive.suggest(text[:size])
            times[found.mended].append((time.perf_counter() - began) * 1000)
    print(f"\nThe first suggestion of a commit takes {first:.0f} ms.\n")
    print("| beginnings | number | median, ms | 95 %, ms | longest, ms |")
    print("| --- | --- | --- | --- | --- |")
    for mended, took in times.items():
        took.sort()
        what = "mended" if mended else "as typed"
        late = took[int(0.95 * len(took))]
        middle = statistics.median(took)
        print(f"| {what} | {len(took)} | {middle:.1f} | {late:.1f} | {took[-1]:.1f} |")


def main(index: str) -> None:
    with searchapp.open(index) as archive:
        known = words_of(archive)
        common = sorted(word for word, n in known.items() if n >= LEAST and len(word) >= 5)
        chosen = random.Random(0).sample(common, min(WORDS, len(common)))
        archive.engine.spellings("searchapp", 1)  # makes the matrices
        mended(archive, chosen, known)
        wrongly(archive, known)
        suggested(archive)


if __name__ == "__main__":
    main(sys.argv[1])
