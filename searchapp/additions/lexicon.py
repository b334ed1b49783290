"""`lexicon/*.tsv` → more rows for the word lists of `searchapp.tag`, each checked.

A row that cannot be used ends the run before it starts: a word list with a hole in it tags a whole
archive wrongly, and nobody sees it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from searchapp.additions import tables
from searchapp.model import BadSettings
from searchapp.tag import gazetteer, lexicons, topics, words
from searchapp.tag.text import keys_of

FOLDER = "lexicon"
SHOWN_PROBLEMS = 5
TABLES = (".tsv", ".csv", ".txt")
"""Endings of files that somebody may have meant to be read."""


def read_lexicon(folder: Path) -> lexicons.Added:
    """The rows in the files of `folder`/lexicon. Raises BadSettings, naming files and lines."""
    texts: list[tuple[str, str]] = []
    problems: list[str] = []
    for path in sorted((folder / FOLDER).glob("*")):
        if path.suffix not in TABLES or path.name.startswith("."):
            continue
        rows: list[str] = []
        for number, found in _checked(path):
            if isinstance(found, str):
                problems.append(f"{path}:{number}: {found}" if number else f"{path}: {found}")
            else:
                rows.append("\t".join(found))
        if rows:
            texts.append((path.name, "".join(f"{row}\n" for row in rows)))
    if problems:
        more = len(problems) - SHOWN_PROBLEMS
        shown = [*problems[:SHOWN_PROBLEMS], *([f"… and {more} more"] if more > 0 else [])]
        raise BadSettings("\n".join(shown))
    digest = hashlib.sha256(repr(texts).encode()).hexdigest()[:16] if texts else ""
    return lexicons.Added(tuple(texts), digest)


def _checked(path: Path) -> Iterator[tuple[int, list[str] | str]]:
    """For each line its row as lexicons have it, or what is wrong; 0 is the file."""
    check = CHECKS.get(path.name)
    if not check:
        yield 0, f"is no word list; there are {', '.join(sorted(CHECKS))}"
        return
    try:
        for number, cells in tables.rows(path):
            try:
                yield number, check(cells)
            except ValueError as problem:
                yield number, str(problem)
    except (OSError, tables.NoText) as problem:
        yield 0, str(problem)


# --- what a row of each file must be: checked and spelled as the shipped ones --------------------


def _topic_phrases(cells: list[str]) -> list[str]:
    code, weight, phrases = _fields(cells, "code", "weight", "phrases")
    if code != "-" and code not in topics():
        raise ValueError(f"{code!r} is no IPTC topic of level 1 or 2, nor -")
    try:
        points = float(weight.replace(",", "."))
    except ValueError:
        raise ValueError(f"its weight {weight!r} is not a number") from None
    if not 0 <= points <= 5:
        raise ValueError(f"its weight {weight} is not from 0 to 5")
    listed = [phrase.strip() for phrase in phrases.split(";")]
    for phrase in listed:
        _needs_words(phrase.removeprefix("="))
    return [code, str(points), "; ".join(listed)]


def _countries(cells: list[str]) -> list[str]:
    code, kind, form = _fields(cells, "code", "kind", "form")
    kinds = (*gazetteer.STRENGTH, "label", "drop", "cue")
    if kind not in kinds:
        raise ValueError(f"its kind {kind!r} is none of {', '.join(kinds)}")
    if code.upper() not in gazetteer.names().labels and not (code == "-" and kind == "none"):
        raise ValueError(f"{code!r} is no ISO 3166-1 alpha-2 code")
    _needs_words(form)
    return [code.upper(), kind, form]


def _not_people(cells: list[str]) -> list[str]:
    (name,) = _fields(cells, "name")
    _needs_words(name)
    return [name]


def _person_words(cells: list[str]) -> list[str]:
    kind, listed = _fields(cells, "kind", "words")
    if kind not in words.KINDS:
        raise ValueError(f"its kind {kind!r} is none of {', '.join(words.KINDS)}")
    _needs_words(listed)
    return [kind, " ".join(key for word in listed.split() for key in [_key(word)])]


def _key(word: str) -> str:
    return "".join(keys_of(word))


def _fields(cells: list[str], *names: str) -> list[str]:
    if len(cells) != len(names):
        raise ValueError(f"has {len(cells)} of {len(names)} cells ({', tab, '.join(names)})")
    if missing := [name for name, cell in zip(names, cells, strict=True) if not cell]:
        raise ValueError(f"has no {missing[0]}")
    return cells


def _needs_words(phrase: str) -> None:
    if not any(key[0].isalnum() for key in keys_of(phrase)):
        raise ValueError(f"{phrase!r} has no words")


CHECKS: dict[str, Callable[[list[str]], list[str]]] = {
    "topic_phrases.tsv": _topic_phrases,
    "countries.tsv": _countries,
    "not_people.tsv": _not_people,
    "person_words.tsv": _person_words,
}
