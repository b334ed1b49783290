"""An owner's labelled articles → a classifier of topics, and how well it does.

One-vs-rest logistic regression on TF-IDF of stems and pairs of stems: what a newsroom's few
hundred labels are enough for, and a matrix product to use. Only training needs scikit-learn (the
extra `ml`); using the result is `searchapp.tag.learned`.
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchapp import extract, read, tag
from searchapp.additions import MODEL, tagger_of
from searchapp.analyse import Analyser, fold
from searchapp.disk import replace_file
from searchapp.model import (
    Article,
    CannotTrain,
    Failure,
    MissingExtra,
    Source,
    UnreadableSource,
)
from searchapp.settings import Settings
from searchapp.tag import Tagger, learned
from searchapp.tag.percolate import Words

SEED = 0
FOLDS = 5
LEAST = 10
"""Articles with a label that it takes to learn it: fewer leave folds without a single one."""
STRENGTHS = (10.0, 100.0, 1000.0)
"""Inverse regularisation (C), of which cross-validation chooses. On 4,000 articles of Reuters micro
F1 is 86.0 with 1, 87.9, 88.7 and 89.6 with these; on BBC news 96.7, 96.7 and 97.0."""
TRIED = 20
"""Labels on which it chooses, spread from the commonest to the rarest: more tell no more."""

FEATURES = 20_000
"""Features kept at most, those of most articles: 50,000 did no better on BBC news."""
WEIGHTS = 1_500_000
"""Weights kept at most, 6 MB: with many labels there are fewer features."""
LEAST_ARTICLES = 2
"""Articles a feature must be in: what stands in one tells nothing of another."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Listener = Callable[[str, int, int], None]
"""Is told what is being done, and how much of how much of it is done."""


@dataclass(frozen=True, slots=True)
class Score:
    """How decisions on one label, or on all, compare with what the owner says."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)


@dataclass(frozen=True, slots=True)
class Row:
    """One label: how many articles have it, how the model does and how the rules alone do.

    `rules` is None where they cannot know the label.
    """

    label: str
    articles: int
    model: Score
    rules: Score | None


@dataclass(frozen=True, slots=True)
class Table:
    """Every label, commonest first, and their sum, whose rules are None where one of them is."""

    rows: tuple[Row, ...]
    total: Row


@dataclass(slots=True)
class Trained:
    """What came of a training: scores by cross-validation, and on the file held out.

    `skipped` are labels of too few articles, with how many; `unlabelled` articles say nothing of
    their topics; `failed` is what could not be read.
    """

    path: Path
    size: int
    articles: int
    strength: float
    scores: Table
    skipped: list[tuple[str, int]]
    unlabelled: int
    failed: list[Failure]
    held_out: Table | None = None


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article with the values of the topics its owner gave it."""

    article: Article
    topics: frozenset[str]


def train(
    labelled: Path,
    settings: Settings,
    language: str = "",
    held_out: Path | None = None,
    least: int = LEAST,
    tell: Listener = lambda what, done, total: None,
) -> Trained:
    """Learn the topics of the articles in `labelled` and write the model beside the index.

    `language` is that of the index's stems. The same articles give the same model. Raises
    MissingExtra without scikit-learn, and CannotTrain where no topic has `least` articles with it
    and as many without.
    """
    _require_sklearn()
    rules = tagger_of(settings, language, with_model=False)
    if not rules.topics:  # then who is named decides no topic
        rules = replace(rules, spacy="")
    spelled = {fold(topic.value): topic.value for topic in rules.topics}
    read_ = _read(labelled, spelled, settings)
    classes, skipped = _classes(read_.articles, least)
    if not classes:
        raise CannotTrain(
            f"{labelled}: no topic has {least} articles with it and {least} without it, among "
            f"{len(read_.articles):,} that have a list of topics"
        )
    apart = _read(held_out, spelled, settings) if held_out else None
    analyser = Analyser(rules.language)
    said = _truth(read_.articles, classes)
    data = _prepare(read_.articles, said, analyser, tell)
    strength = _strength(data, tell)
    chances = _out_of_fold(data, strength, tell)
    decided = _decided_apart(chances, data)
    model = _model(data, classes, strength, chances, analyser)
    by_rules = _by(rules, read_.articles, classes, tell)
    path = settings.rules_folder / MODEL
    size = _write(path, learned.pack(model))
    trained = Trained(
        path=path,
        size=size,
        articles=len(read_.articles),
        strength=strength,
        scores=_table(classes, said, decided, by_rules, rules),
        skipped=skipped,
        unlabelled=read_.unlabelled,
        failed=[*rules.problems, *read_.failed],
    )
    if apart:
        taught = replace(rules, model=(str(path), learned.digest(path)))
        decided, by_rules = (_by(t, apart.articles, classes, tell) for t in (taught, rules))
        said = _truth(apart.articles, classes)
        trained.held_out = _table(classes, said, decided, by_rules, rules)
        trained.failed += apart.failed
    return trained


def _require_sklearn() -> None:
    try:
        import sklearn  # noqa: F401 (only whether it is there)
    except ImportError as problem:
        raise MissingExtra(
            "training needs scikit-learn, which is not installed: pip install 'searchapp[ml]'"
        ) from problem


# --- what the owner says -------------------------------------------------------------------------


@dataclass(slots=True)
class _Read:
    """What a file of labelled articles holds."""

    articles: list[Labelled]
    unlabelled: int
    failed: list[Failure]


def _read(path: Path, spelled: dict[str, str], settings: Settings) -> _Read:
    """The articles that have a list of topics, if an empty one, with what is wrong.

    `spelled` holds how topics are spelled, by their folded names, and learns more.
    """
    files, failures = read.list_files([path])
    found = _Read([], 0, failures)
    for file in files:
        for source in read.read_file(file, settings.max_file_bytes):
            try:
                if isinstance(source, Failure):
                    found.failed.append(source)
                elif (labelled := _labelled(source, spelled)) is None:
                    found.unlabelled += 1
                else:
                    found.articles.append(labelled)
            except UnreadableSource as problem:
                found.failed.append(Failure(source.path, str(problem)))
    if not found.articles:
        why = f": {found.failed[0].path}: {found.failed[0].reason}" if found.failed else ""
        raise CannotTrain(f"{path}: no article in it has a list `topic`{why}")
    return found


def _labelled(source: Source, spelled: dict[str, str]) -> Labelled | None:
    """None where the article says nothing of its topics; an empty list says it has none."""
    if source.kind != "json":
        return None
    article = extract.extract(source)
    names = article.given.get("topic", ())
    if not names and json.loads(source.data).get("topic") != []:
        return None
    values = (tag.topic_value(name) for name in names)
    # Somebody who writes "Gas" here and "gas" there means one topic.
    topics = frozenset(spelled.setdefault(fold(value), value) for value in values)
    # Its own list is what is learned, and would be all that the rules find.
    return Labelled(replace(article, given={}), topics)


def _classes(articles: Sequence[Labelled], least: int) -> tuple[list[str], list[tuple[str, int]]]:
    """The topics to learn, commonest first, and those of too few articles with how many."""
    named = {value for one in articles for value in one.topics}
    having = Counter(value for one in articles for value in _with_parents(one) & named)
    ranked = sorted(having, key=lambda value: (-having[value], value))
    enough = [v for v in ranked if least <= having[v] <= len(articles) - least]
    return enough, [(tag.label("topic", v), having[v]) for v in ranked if v not in enough]


def _with_parents(one: Labelled) -> set[str]:
    """The topics of an article: one of level 2 says that it has the one of level 1, too."""
    return {*one.topics, *(above for v in one.topics for above in tag.parents("topic", v))}


def _truth(articles: Sequence[Labelled], classes: Sequence[str]) -> Bools:
    """Articles × classes: what the owner says."""
    said = np.zeros((len(articles), len(classes)), np.bool_)
    for row, one in enumerate(articles):
        topics = _with_parents(one)
        said[row] = [value in topics for value in classes]
    return said


# --- from articles to numbers --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Data:
    """Articles × features as a sparse matrix; `said` articles × classes; `folds` of articles."""

    matrix: Any
    said: Bools
    folds: NDArray[np.int64]
    vocabulary: dict[str, int]
    idf: NDArray[np.float32]


Counts = tuple[NDArray[np.int32], NDArray[np.float32]]
"""The features of one article by number, and how often each stands in it."""


def _prepare(
    articles: Sequence[Labelled], said: Bools, analyser: Analyser, tell: Listener
) -> _Data:
    from scipy.sparse import csr_matrix

    numbers: dict[str, int] = {}
    counts: list[Counts] = []
    for done, one in enumerate(articles):
        tell("reading", done, len(articles))
        counts.append(_numbered(learned.count(Words(one.article, (), analyser)), numbers))
    kept, idf = _vocabulary(counts, list(numbers), min(FEATURES, WEIGHTS // said.shape[1]))
    renumbered = np.full(len(numbers), -1, np.int64)
    renumbered[kept] = np.arange(len(kept))
    rows = [_row(count, renumbered, idf) for count in counts]
    matrix = csr_matrix(
        (
            np.concatenate([values for _, values in rows]),
            np.concatenate([ids for ids, _ in rows]),
            np.cumsum([0, *(len(ids) for ids, _ in rows)]),
        ),
        shape=(len(articles), len(kept)),
    )
    names = list(numbers)
    vocabulary = {names[number]: id_ for id_, number in enumerate(kept)}
    return _Data(matrix, said, _folds(articles), vocabulary, idf)


def _numbered(count: Mapping[str, int], numbers: dict[str, int]) -> Counts:
    """Numbers in place of features, new ones as they come: a tenth of the memory."""
    ids = [numbers.setdefault(feature, len(numbers)) for feature in count]
    return np.array(ids, np.int32), np.array(list(count.values()), np.float32)


def _vocabulary(
    counts: Sequence[Counts], names: Sequence[str], most: int
) -> tuple[list[int], NDArray[np.float32]]:
    """The numbers of the features of most articles, in the order of their names, and the idf of
    each. Which they are does not depend on the labels, so that cross-validation may use one
    choice for all folds."""
    having = np.bincount(np.concatenate([ids for ids, _ in counts]), minlength=len(names))
    enough = np.flatnonzero(having >= LEAST_ARTICLES).tolist()
    enough.sort(key=lambda number: (-having[number], names[number]))
    kept = sorted(enough[:most], key=names.__getitem__)
    idf = np.log((1 + len(counts)) / (1 + having[kept])) + 1
    return kept, idf.astype(np.float32)


def _row(
    count: Counts, renumbered: NDArray[np.int64], idf: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """An article's row of the matrix."""
    ids, times = renumbered[count[0]], count[1]
    order = np.argsort(ids, kind="stable")
    order = order[np.searchsorted(ids[order], 0) :]  # without those that are not kept
    return ids[order], learned.weigh(ids[order], times[order], idf)


def _folds(articles: Sequence[Labelled]) -> NDArray[np.int64]:
    """A fold for each article; articles of the same topics are dealt out evenly."""
    order = np.random.default_rng(SEED).permutation(len(articles)).tolist()
    order.sort(key=lambda row: sorted(articles[row].topics))
    folds = np.empty(len(articles), np.int64)
    folds[order] = np.arange(len(articles)) % FOLDS
    return folds


# --- learning ------------------------------------------------------------------------------------


def _fit(matrix: Any, said: Bools, strength: float) -> tuple[Floats, float]:
    """The weights and the bias of one class."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if said.all() or not said.any():  # in a fold: what is always so needs no weights
        return np.zeros(matrix.shape[1]), 20.0 if said.all() else -20.0
    # Balanced classes find rare topics (macro F1 on Reuters 58 → 73); the dual is four times as
    # fast here, and at this tolerance its decisions are the same.
    classifier = LogisticRegression(
        C=strength,
        class_weight="balanced",
        solver="liblinear",
        dual=True,
        tol=0.01,
        max_iter=1000,
        random_state=SEED,
    )
    with warnings.catch_warnings():
        # Labels that contradict each other never converge under weak regularisation; how well it
        # does is measured, and that decides.
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(matrix, said)
    return classifier.coef_[0], float(classifier.intercept_[0])


def _chances(matrix: Any, weights: Floats, bias: float) -> Floats:
    chances: Floats = 1.0 / (1.0 + np.exp(-(matrix @ weights + bias)))
    return chances


def _strength(data: _Data, tell: Listener) -> float:
    """The one of STRENGTHS that does best under cross-validation; of equals the weakest."""
    classes = data.said.shape[1]
    some = np.unique(np.linspace(0, classes - 1, min(classes, TRIED)).astype(int))
    tried = replace(data, said=data.said[:, some])
    best, reached = STRENGTHS[0], -1.0
    for strength in STRENGTHS:
        decided = _decided_apart(_out_of_fold(tried, strength, tell), tried)
        f1 = _score(decided, tried.said).f1
        if f1 > reached:
            best, reached = strength, f1
    return best


def _out_of_fold(data: _Data, strength: float, tell: Listener) -> Floats:
    """Articles × classes: the chance that those of the other folds give an article."""
    chances = np.zeros(data.said.shape)
    for k in range(data.said.shape[1]):
        tell(f"cross-validating, C = {strength:g}", k, data.said.shape[1])
        for fold_ in range(FOLDS):
            inside = data.folds != fold_
            weights, bias = _fit(data.matrix[inside], data.said[inside, k], strength)
            chances[~inside, k] = _chances(data.matrix[~inside], weights, bias)
    return chances


def _decided_apart(chances: Floats, data: _Data) -> Bools:
    """Each article decided by the threshold that is best for the other folds: a threshold
    chosen on what it is judged by would flatter."""
    decided = np.zeros(data.said.shape, np.bool_)
    for fold_ in range(FOLDS):
        inside = data.folds != fold_
        for k in range(data.said.shape[1]):
            least = _threshold(chances[inside, k], data.said[inside, k])
            decided[~inside, k] = chances[~inside, k] >= least
    return decided


def _threshold(chances: Floats, said: Bools) -> float:
    """The least chance of articles to be given the class so that F1 is best: half-way to the
    next article's."""
    order = np.argsort(-chances, kind="stable")
    right = np.cumsum(said[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + said.sum())
    last = int(f1.argmax())
    following = chances[order[last + 1]] if last + 1 < len(order) else 0.0
    return float(np.clip((chances[order[last]] + following) / 2, 0.02, 0.98))


def _model(
    data: _Data, classes: Sequence[str], strength: float, chances: Floats, analyser: Analyser
) -> learned.Model:
    fitted = [_fit(data.matrix, said, strength) for said in data.said.T]
    pairs = zip(chances.T, data.said.T, strict=True)
    return learned.Model(
        classes=tuple(classes),
        vocabulary=data.vocabulary,
        idf=data.idf,
        weights=np.array([weights for weights, _ in fitted], np.float32).T.copy(),
        bias=np.array([bias for _, bias in fitted], np.float32),
        thresholds=np.array([_threshold(c, said) for c, said in pairs], np.float32),
        analyser=analyser.fingerprint,
    )


def _write(path: Path, data: bytes) -> int:
    """Replace the model in one step; its size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, [data])
    return len(data)


# --- judging -------------------------------------------------------------------------------------


def _by(
    tagger: Tagger, articles: Sequence[Labelled], classes: Sequence[str], tell: Listener
) -> Bools:
    """Articles × classes: what a tagger decides."""
    column = {value: k for k, value in enumerate(classes)}
    decided = np.zeros((len(articles), len(classes)), np.bool_)
    for row, one in enumerate(articles):
        tell("comparing with " + ("the model" if tagger.model else "the rules"), row, len(articles))
        for found in tagger.tag(one.article).topic:
            if found.value in column:
                decided[row, column[found.value]] = True
    return decided


def _table(
    classes: Sequence[str], said: Bools, decided: Bools, by_rules: Bools, rules: Tagger
) -> Table:
    known = {*tag.topics(), *(topic.value for topic in rules.topics)}
    rows = tuple(
        Row(
            tag.label("topic", value),
            int(said[:, k].sum()),
            _score(decided[:, k], said[:, k]),
            _score(by_rules[:, k], said[:, k]) if value in known else None,
        )
        for k, value in enumerate(classes)
    )
    of_rules = _score(by_rules, said) if known.issuperset(classes) else None
    return Table(rows, Row("all", int(said.sum()), _score(decided, said), of_rules))


def _score(decided: Bools, said: Bools) -> Score:
    return Score(
        int((decided & said).sum()), int((decided & ~said).sum()), int((~decided & said).sum())
    )
