"""Fit the weights of searchapp/tag/about.py, and say how well they do on articles not fitted.

    python tools/fit_about.py ARTICLES.jsonl.gz

ARTICLES are rows {"id", "title", "text", "gold": {"countries_about": [codes]}}, in the order of
time. The first half is fitted, with and without headline and dateline, and the second half scored.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from searchapp.extract import extract
from searchapp.model import Source
from searchapp.tag.about import LIKELY_ENOUGH, Features, describe
from searchapp.tag.country import stand
from searchapp.tag.person import tag_people
from searchapp.tag.places import dateline_end, find_places
from searchapp.tag.resolve import resolve
from searchapp.tag.text import Tokens, read

SUCCESSOR = {"SU": "RU", "DD": "DE", "YU": "RS", "CS": "CZ", "ZR": "CD"}
REDUCED = 0.3
"""What an article without its headline or dateline counts against the article as it was."""

Array = NDArray[np.float64]
Described = tuple[float, frozenset[str], dict[str, Features]]
"""What an article counts, the countries it is about, and the features of those it mentions."""


def described(path: Path) -> Iterator[list[Described]]:
    """Each article in its versions, the full one first."""
    with gzip.open(path, "rb") as lines:
        for line in lines:
            row = json.loads(line)
            if "countries_about" not in row["gold"]:
                continue
            article = extract(Source(row["id"], row["id"], row["id"], "json", line))
            tokens = read(article.text, article.body_offset)
            gold = frozenset(SUCCESSOR.get(c, c) for c in row["gold"]["countries_about"])
            yield [
                (1.0 if n == 0 else REDUCED, gold, _features(version))
                for n, version in enumerate(_versions(tokens))
            ]


def _versions(tokens: Tokens) -> Iterator[Tokens]:
    headline, dateline = tokens.headline, dateline_end(tokens)
    yield tokens
    if headline:
        yield _without(tokens, 0, headline, 0)
    if dateline > headline:
        yield _without(tokens, headline, dateline + 1, headline)
    if headline and dateline > headline:
        yield _without(tokens, 0, dateline + 1, 0)


def _without(tokens: Tokens, start: int, end: int, headline: int) -> Tokens:
    kept = [[*part[:start], *part[end:]] for part in (tokens.words, tokens.keys)]
    return Tokens(*kept, [*tokens.starts[:start], *tokens.starts[end:]], headline)


def _features(tokens: Tokens) -> dict[str, Features]:
    places = find_places(tokens)
    _, taken = tag_people(tokens, places)
    return describe(stand(tokens, resolve(tokens, places, taken)), len(tokens))


def fit(articles: Sequence[Described]) -> Array:
    """The weights of greatest likelihood with a small penalty on size, by Newton's method."""
    x = np.array([found for _, _, all_ in articles for found in all_.values()])
    y = np.array([code in gold for _, gold, all_ in articles for code in all_], dtype=float)
    count = np.array([n for n, _, all_ in articles for _ in all_])
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1.0 / (1.0 + np.exp(-x @ weights))
        slope = x.T @ (count * (y - p)) - weights
        curve = (x * (count * p * (1.0 - p))[:, None]).T @ x + np.eye(len(weights))
        weights += np.linalg.solve(curve, slope)
    return weights


def f1(articles: Sequence[Described], weights: Array, without: frozenset[str]) -> float:
    """Percent, over all countries but those `without`."""
    right = found = wanted = 0
    for _, gold, features in articles:
        sums = {code: float(np.dot(weights, found)) for code, found in features.items()}
        chosen = {code for code, value in sums.items() if value > LIKELY_ENOUGH}
        chosen = chosen or {code for code, value in sums.items() if value == max(sums.values())}
        right += len((chosen & gold) - without)
        found += len(chosen - without)
        wanted += len(gold - without)
    return 200.0 * right / (found + wanted)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("articles", type=Path)
    articles = list(described(parser.parse_args().articles))
    half = len(articles) // 2
    weights = fit([version for versions in articles[:half] for version in versions])
    for name, part in (("fitted", articles[:half]), ("not fitted", articles[half:])):
        for n, version in enumerate(("full", "no headline", "no dateline", "neither")):
            some = [versions[n] for versions in part if len(versions) == 4]
            print(
                f"{name:10} {version:12} F1 {f1(some, weights, frozenset()):.2f}"
                f"  without the US {f1(some, weights, frozenset({'US'})):.2f}"
            )
    for feature, weight in zip(Features._fields, weights, strict=True):
        print(f"    {feature}={weight:.2f},")


if __name__ == "__main__":
    main()
