"""Fit the points of searchapp/tag/lexicon/person_evidence.tsv to labelled articles.

    pip install searchapp[ml]
    python tools/fit_people.py LABELLED.jsonl.gz … [--strength C]

Rows are `{"title", "text", "gold": {"people": [names as mentioned]}}`. Two logistic regressions,
one over candidates of several words, one over single words that no full name explains; what is
written is their coefficients, rounded. Only numbers come from the labelled articles: no word does.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from searchapp.tag import evidence, person
from searchapp.tag.candidates import Candidate, find_names
from searchapp.tag.country import find_places
from searchapp.tag.evidence import Around
from searchapp.tag.text import Tokens, read

LEXICON = Path(__file__).resolve().parent.parent / "searchapp" / "tag" / "lexicon"
TARGET = LEXICON / "person_evidence.tsv"
HEAD = """\
# What speaks for and against a name being a person's: see searchapp.tag.evidence.
# Fitted by tools/fit_people.py. Fields: evidence, points (log-odds).
"""
RARE = 8
"""Evidence seen fewer times than this says nothing yet."""

Example = tuple[list[str], bool]


def examples_of_full_names(row: dict[str, Any]) -> Iterator[Example]:
    tokens, full, _, around = _article(row)
    names = {_plain(name) for name in row["gold"]["people"]}
    for candidate in full:
        found = list(evidence.of_full_name(tokens, candidate, around))
        yield found, _plain(person.value_of(tokens, candidate)) in names


def examples_of_bare_names(row: dict[str, Any]) -> Iterator[Example]:
    """With the full names that pass by now out of the way."""
    tokens, full, bare, around = _article(row)
    names = {_plain(name) for name in row["gold"]["people"]}
    surnames = {name.split()[-1] for name in names if " " in name}
    for mentions in person.unexplained(tokens, full, bare, around):
        name = _plain(person.value_of(tokens, mentions[0]))
        if name not in surnames:
            yield list(evidence.of_bare_name(tokens, mentions, around)), name in names


def _article(row: dict[str, Any]) -> tuple[Tokens, list[Candidate], list[Candidate], Around]:
    title = row.get("title") or ""
    text = f"{title}\n\n{row['text']}" if title else row["text"]
    tokens = read(text, len(title) + 2 if title else 0)
    places = find_places(tokens)
    full, bare, around = person.look_around(tokens, places, find_names(tokens, places))
    return tokens, full, bare, around


def _plain(name: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"(?:'s|’s|['’])$", "", name)).strip(" .,").lower()


FIXED = {
    "title": 3.0,
    "thing": -6.0,
    "closes:joined": 2.0,
    "two joined": -3.0,
    "town,": -5.0,
    "closes:acronym": -3.0,
    "before:works at": -3.0,
    "after:partners": -5.0,
    "after:age": 3.0,
    "after:(born": 3.0,
    "after:is a person": 2.5,
    "after:is a thing": -2.5,
    "bare:title": 5.0,
    "bare:before:works at": -3.0,
    "bare:after:partners": -5.0,
    "bare:role with a capital": 2.5,
    "bare:before:role,": 1.5,
    "bare:after:age": 3.0,
    "bare:after:(born": 3.0,
    "bare:after:is a person": 2.5,
    "bare:after:is a thing": -2.5,
}
"""Points of evidence that the labelled newswire has too little of to fit, set by judgement: it
knows no `Mr.`, and no births."""


ELSEWHERE = -0.3
"""Added to the constant: outside newswire, with its tables of results, fewer capitals are people.
Measured on wikigold, where it is worth 0.4 of F1; on conll-testa it makes no difference."""


def fit(examples: Sequence[Example], strength: float) -> dict[str, float]:
    """Evidence → coefficient; the first piece, which all have, carries the constant."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    counts = Counter(name for found, _ in examples for name in found)
    always = examples[0][0][0]
    seen = {name for name, times in counts.items() if times >= RARE}
    names = sorted(seen - {always} - FIXED.keys())
    column = {name: i for i, name in enumerate(names)}
    rows, columns = [], []
    for i, (found, _) in enumerate(examples):
        for name in found:
            if name in column:
                rows.append(i)
                columns.append(column[name])
    shape = (len(examples), len(names))
    table = csr_matrix((np.ones(len(rows)), (rows, columns)), shape)
    model = LogisticRegression(C=strength, max_iter=2000)
    model.fit(table, [label for _, label in examples])
    points = dict(zip(names, model.coef_[0].tolist(), strict=True))
    return {always: float(model.intercept_[0]) + ELSEWHERE, **points}


def write(points: dict[str, float]) -> None:
    lines = [
        f"{name}\t{value:.2f}\n"
        for name, value in sorted({**points, **FIXED}.items())
        if round(value, 2)
    ]
    TARGET.write_text(HEAD + "".join(lines), encoding="utf-8")
    evidence.weights.cache_clear()


def _rows(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("labelled", type=Path, nargs="+")
    parser.add_argument("--strength", type=float, default=1.0)
    arguments = parser.parse_args()
    rows = list(_rows(arguments.labelled))
    full = fit([e for row in rows for e in examples_of_full_names(row)], arguments.strength)
    write(full)
    bare = fit([e for row in rows for e in examples_of_bare_names(row)], arguments.strength)
    write({**full, **bare})
    for name, value in sorted({**full, **bare}.items(), key=lambda item: item[1]):
        print(f"{value:6.2f}  {name}")


if __name__ == "__main__":
    main()
