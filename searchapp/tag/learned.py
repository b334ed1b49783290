"""Topics decided by a linear classifier that `searchapp train` made from its owner's labels.

Using one takes NumPy alone. The file is an archive of NumPy arrays and a JSON header, never a
pickle: nothing in it can run. Features are stems and pairs of neighbouring stems, weighted by
TF-IDF (1 + log tf, smoothed idf, unit length), as scikit-learn's TfidfVectorizer computes it.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchapp.analyse import Token
from searchapp.model import BadSettings, Span, Tag
from searchapp.tag.own import ordered, with_topic
from searchapp.tag.percolate import Words
from searchapp.tag.topic import disjoint

FORMAT = 1
"""Raise it when a model written before means something else."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a model, packed and unpacked: ten times what `train` writes at most."""

LONGEST = 50_000
"""Tokens of an article that are weighed; a book's later chapters do not change what it is about."""
IN_HEADLINE = 2
"""How often a word in the headline counts."""
SHOWN_WORDS = 8
SHOWN_PLACES = 20
"""Words shown as evidence of a topic, the weightiest first, and places of each."""
SHOWN_SHARE = 0.1
"""Of the weightiest word's weight that a word needs to be shown."""
SHOWN_IDF = 2.8
"""Words in more than a sixth of the articles ("he is") decide a little and show nothing."""

LEAST_SCORE = 0.5
"""The score of a topic that is only just decided for. What was learned from the owner is surer
than most of what the rules find: at its bare probability, 93.8 % of BBC news have the right
level-1 topic first, at this 96.0 %."""

Above = tuple[tuple[str, str], ...]
"""The topics above one, nearest first, as (value, label)."""


@dataclass(frozen=True, slots=True)
class Model:
    """A classifier for each of `classes`, topic values.

    `vocabulary` numbers the features 0…F-1; `idf` is float32 (F,), `weights` float32 (F, K),
    `bias` and `thresholds` float32 (K,). `analyser` is the fingerprint of what made the stems.
    """

    classes: tuple[str, ...]
    vocabulary: Mapping[str, int]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    thresholds: NDArray[np.float32]
    analyser: str


# --- from words to probabilities -----------------------------------------------------------------


def features(words: Words) -> Iterator[tuple[str, Span]]:
    """Every stem of an article, and every two that stand side by side, with where."""
    previous: Token | None = None
    for token in words.text[:LONGEST]:
        yield token.stem, (token.start, token.end)
        if previous and token.position == previous.position:
            continue  # the whole of a form whose parts are words of their own
        if previous and token.position == previous.position + 1:
            yield f"{previous.stem} {token.stem}", (previous.start, token.end)
        previous = token


def count(words: Words) -> dict[str, int]:
    """How often an article has each feature, more for those in its headline."""
    counts: dict[str, int] = {}
    for feature, (start, _) in features(words):
        times = IN_HEADLINE if start < words.article.body_offset else 1
        counts[feature] = counts.get(feature, 0) + times
    return counts


def vector(
    counts: Mapping[str, int], vocabulary: Mapping[str, int], idf: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The features of an article that are in `vocabulary`, ascending, and their TF-IDF."""
    known = sorted((vocabulary[f], n) for f, n in counts.items() if f in vocabulary)
    ids = np.array([id_ for id_, _ in known], np.int64)
    return ids, weigh(ids, np.array([n for _, n in known], np.float32), idf)


def weigh(
    ids: NDArray[np.int64], times: NDArray[np.float32], idf: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The TF-IDF of the features `ids` of an article, which stand in it so many `times`."""
    values = (1.0 + np.log(times)) * idf[ids]
    length = np.sqrt(np.sum(values**2))
    return (values / length if length else values).astype(np.float32)


def probabilities(
    model: Model, ids: NDArray[np.int64], values: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Of each class, that the article has it."""
    margins = values @ model.weights[ids] + model.bias
    return 1.0 / (1.0 + np.exp(-margins.astype(np.float64)))


# --- from probabilities to topics ----------------------------------------------------------------


def decide(
    model: Model,
    words: Words,
    topics: Sequence[Tag],
    label: Callable[[str], str],
    above: Callable[[str], Above],
) -> tuple[Tag, ...]:
    """`topics` with those of the model's classes replaced by what the model says.

    A topic it rejects takes along what the rules found below it; one it finds brings what is
    above it.
    """
    ids, values = vector(count(words), model.vocabulary, model.idf)
    chances = probabilities(model, ids, values)
    found: list[int] = np.flatnonzero(chances >= model.thresholds).tolist() if len(ids) else []
    kept = {model.classes[k] for k in found}
    rejected = {value for value in model.classes if value not in kept}
    rest = ordered(
        tag
        for tag in topics
        if tag.value not in model.classes
        and not any(value in rejected for value, _ in above(tag.value))
    )
    places = dict[int, list[Span]]()
    if found:
        for feature, span in features(words):
            if (id_ := model.vocabulary.get(feature)) is not None:
                places.setdefault(id_, []).append(span)
    for k in found:
        value = model.classes[k]
        parts = np.where(model.idf[ids] >= SHOWN_IDF, values * model.weights[ids, k], 0)
        spans = _evidence(ids, parts, places)
        score = _score(float(chances[k]), float(model.thresholds[k]))
        tag = Tag(value, label(value), spans, score)
        rest = with_topic(rest, tag, above(value))
    return rest


def _score(chance: float, least: float) -> float:
    return round(LEAST_SCORE + (1 - LEAST_SCORE) * (chance - least) / (1 - least), 4)


def _evidence(
    ids: NDArray[np.int64], parts: NDArray[np.float32], places: Mapping[int, Sequence[Span]]
) -> tuple[Span, ...]:
    """Where the words stand whose parts in the margin speak most for the class."""
    best = np.argsort(-parts, kind="stable")[:SHOWN_WORDS]
    strong = [n for n in best if parts[n] > 0 and parts[n] >= SHOWN_SHARE * parts[best[0]]]
    return disjoint(span for n in strong for span in places[int(ids[n])][:SHOWN_PLACES])


# --- the file ------------------------------------------------------------------------------------


def pack(model: Model) -> bytes:
    """The file of a model: the same bytes for the same model."""
    header = {
        "format": FORMAT,
        "analyser": model.analyser,
        "classes": model.classes,
        "vocabulary": sorted(model.vocabulary, key=model.vocabulary.__getitem__),
    }
    text = json.dumps(header, ensure_ascii=False).encode()
    file = io.BytesIO()
    np.savez_compressed(
        file,
        header=np.frombuffer(text, np.uint8),
        idf=model.idf,
        weights=model.weights,
        bias=model.bias,
        thresholds=model.thresholds,
    )
    return file.getvalue()


def digest(path: Path) -> str:
    """What names the content of a model's file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=2)
def load(path: str, digest: str) -> Model:
    """The model in the file `path` whose content has this digest; read once.

    Raises BadSettings where it is no model, or another one than it was.
    """
    data = Path(path).read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise BadSettings(f"{path}: changed during the run; start it again")
    try:
        return _unpacked(data)
    except BadSettings as problem:
        raise BadSettings(f"{path}: {problem}") from problem
    except Exception as problem:  # whatever a broken or foreign file makes NumPy raise
        raise BadSettings(
            f"{path}: not a model that `searchapp train` wrote ({problem}); train again, "
            "or remove the file"
        ) from problem


def _unpacked(data: bytes) -> Model:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        if sum(part.file_size for part in file.infolist()) > LARGEST:
            raise ValueError("it is too large")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        header: dict[str, Any] = json.loads(arrays["header"].tobytes())
        if header["format"] != FORMAT:
            raise BadSettings(f"a model of format {header['format']!r}, not {FORMAT}; train again")
        names = [str(name) for name in header["vocabulary"]]
        model = Model(
            classes=tuple(str(value) for value in header["classes"]),
            vocabulary={name: id_ for id_, name in enumerate(names)},
            analyser=str(header["analyser"]),
            **{name: _array(arrays[name]) for name in ("idf", "weights", "bias", "thresholds")},
        )
    size, classes = len(names), len(model.classes)
    shapes = [array.shape for array in (model.idf, model.weights, model.bias, model.thresholds)]
    if shapes != [(size,), (size, classes), (classes,), (classes,)]:
        raise ValueError("its parts do not fit together")
    if len(model.vocabulary) != size or len(set(model.classes)) != classes or not classes:
        raise ValueError("it names something twice, or nothing")
    return model


def _array(array: NDArray[Any]) -> NDArray[np.float32]:
    if array.dtype != np.float32 or not np.isfinite(array).all():
        raise ValueError("its numbers are none")
    return array
