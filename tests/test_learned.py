"""Topics decided by a classifier: what it decides, what it shows, and files that are none."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from searchapp import tag
from searchapp.additions import tagger_of
from searchapp.analyse import Analyser
from searchapp.model import Article, BadSettings, Tag
from searchapp.settings import Settings
from searchapp.tag import Tagger, learned
from searchapp.tag.percolate import Words

ANALYSER = Analyser("english")
SPORT, SOCIETY = "medtop:15000000", "medtop:14000000"
RELATIONS, POLITICS = "medtop:20000638", "medtop:11000000"


def model(weights: dict[str, dict[str, float]], **more: Any) -> learned.Model:
    """A model of topic → word → weight; a word alone decides from weight 3 on."""
    words = sorted({word for row in weights.values() for word in row})
    table = [[row.get(word, 0.0) for row in weights.values()] for word in words]
    made = {
        "classes": tuple(weights),
        "vocabulary": {word: id_ for id_, word in enumerate(words)},
        "idf": np.full(len(words), 5.0, np.float32),
        "weights": np.array(table, np.float32).reshape(len(words), len(weights)),
        "bias": np.full(len(weights), -1.0, np.float32),
        "thresholds": np.full(len(weights), 0.5, np.float32),
        "analyser": ANALYSER.fingerprint,
    }
    return learned.Model(**{**made, **more})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "index.rules").mkdir()
    return Settings(index=str(tmp_path / "index"))


def tagger(settings: Settings, found: learned.Model) -> Tagger:
    (settings.rules_folder / "topics-model.npz").write_bytes(learned.pack(found))
    return tagger_of(settings)


def topics(tagger: Tagger, body: str, headline: str = "") -> dict[str, Tag]:
    found = {"title": "found"} if headline else {"title": "inferred"}
    article = Article("a", headline, body, provenance=found)  # type: ignore[arg-type]
    return {topic.label: topic for topic in tagger.tag(article).topic}


def test_features_are_stems_and_pairs_with_their_places() -> None:
    article = Article("a", "Oil", "Oil tankers, e-mail.", provenance={"title": "found"})
    text = article.text
    found = [(name, text[a:b]) for name, (a, b) in learned.features(Words(article, (), ANALYSER))]
    assert found == [
        ("oil", "Oil"),
        ("oil", "Oil"),
        ("tanker", "tankers"),
        ("oil tanker", "Oil tankers"),
        ("e", "e"),
        ("tanker e", "tankers, e"),
        ("email", "e-mail"),
        ("mail", "mail"),
        ("e mail", "e-mail"),
    ]


def test_a_word_in_the_headline_counts_twice() -> None:
    article = Article("a", "Oil", "Oil rose.", provenance={"title": "found"})
    assert learned.count(Words(article, (), ANALYSER))["oil"] == 3


def test_a_topic_is_given_with_the_words_that_decided(settings: Settings) -> None:
    body = "A tanker left. The tanker sank; a harbour closed at noon."
    found = topics(
        tagger(settings, model({"shipping": {"tanker": 9.0, "harbour": 3, "noon": -9}})), body
    )
    own = found["shipping"]
    assert own.value == "shipping"
    assert 0.5 <= own.score <= 1
    assert [body[a:b] for a, b in own.spans] == ["tanker", "tanker", "harbour"]


def test_what_it_was_trained_on_is_decided_by_the_model(settings: Settings) -> None:
    body = (
        "The striker scored in the football championship. Troops invaded; the war killed soldiers."
    )
    assert {"sport", "conflict, war and peace"} <= topics(Tagger(), body).keys()
    found = topics(tagger(settings, model({SPORT: {"football": -9.0}})), body)
    assert "sport" not in found
    assert "conflict, war and peace" in found


def test_what_is_below_a_rejected_topic_goes_with_it(settings: Settings) -> None:
    body = "The ambassador handed over the treaty; diplomats praised the summit."
    assert "international relations" in topics(Tagger(), body)
    assert topics(tagger(settings, model({POLITICS: {"treati": -9.0}})), body) == {}


def test_a_level_two_topic_brings_its_level_one(settings: Settings) -> None:
    found = topics(tagger(settings, model({RELATIONS: {"zephyr": 9.0}})), "A zephyr came.")
    assert list(found) == ["politics and government", "international relations"]
    rejected = model({RELATIONS: {"zephyr": 9.0}, POLITICS: {"zephyr": -9.0}})
    assert set(topics(tagger(settings, rejected), "A zephyr came.")) == set(found)


def test_own_topics_by_query_see_what_was_learned(settings: Settings) -> None:
    (settings.rules_folder / "topics.tsv").write_text("wrecks\ttopic:Shipping sank\n")
    found = tagger(settings, model({"shipping": {"tanker": 9.0}}))
    assert found.problems == ()
    assert {"shipping", "wrecks"} <= topics(found, "The tanker sank.").keys()


def test_an_article_without_known_words_has_no_learned_topic(settings: Settings) -> None:
    sure = model({"shipping": {"tanker": 9.0}}, bias=np.array([9.0], np.float32))
    assert topics(tagger(settings, sure), "Nothing.") == {}
    assert topics(tagger(settings, sure), "中国") == {}


def test_packing_is_a_round_trip_and_always_the_same_bytes(tmp_path: Path) -> None:
    made = model({"shipping": {"tanker": 9.0, "sea port": 1.0}, SPORT: {"goal": 2.0}})
    path = tmp_path / "m.npz"
    path.write_bytes(learned.pack(made))
    found = learned.load(str(path), learned.digest(path))
    assert learned.pack(found) == learned.pack(made) == path.read_bytes()
    assert (found.classes, found.vocabulary) == (made.classes, made.vocabulary)


def test_fingerprint_follows_the_model(settings: Settings) -> None:
    one = tagger(settings, model({"shipping": {"tanker": 9.0}})).fingerprint()
    two = tagger(settings, model({"shipping": {"tanker": 8.0}})).fingerprint()
    assert len({one, two, Tagger().fingerprint()}) == 3


def pickled() -> bytes:
    file = io.BytesIO()
    np.savez(file, header=np.array([{"format": 1}], object))
    return file.getvalue()


GOOD = learned.pack(model({"shipping": {"tanker": 9.0}}))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a model",
        GOOD[: len(GOOD) // 2],
        GOOD[:100] + b"\0" * 50 + GOOD[150:],
        pickled(),
        learned.pack(model({"shipping": {"tanker": float("nan")}})),
        learned.pack(model({"shipping": {"tanker": 1.0}}, bias=np.zeros(2, np.float32))),
        learned.pack(model({"shipping": {"tanker": 1.0}}, bias=np.zeros(1, np.float64))),
        learned.pack(model({"a": {"x": 1.0}, "b": {"x": 1.0}}, classes=("a", "a"))),
        learned.pack(model({})),
    ],
    ids=["empty", "text", "cut", "damaged", "pickle", "nan", "shape", "dtype", "twice", "nothing"],
)
def test_a_file_that_is_no_model_is_named(settings: Settings, data: bytes) -> None:
    (settings.rules_folder / "topics-model.npz").write_bytes(data)
    with pytest.raises(BadSettings, match=r"topics-model\.npz: not a model that .* train again"):
        tagger_of(settings)


def test_a_model_of_another_format_says_train_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learned, "FORMAT", 99)
    data = learned.pack(model({"shipping": {"tanker": 9.0}}))
    monkeypatch.undo()
    (settings.rules_folder / "topics-model.npz").write_bytes(data)
    with pytest.raises(BadSettings, match="a model of format 99, not 1; train again"):
        tagger_of(settings)


def test_a_model_of_other_stems_says_train_again(settings: Settings) -> None:
    with pytest.raises(BadSettings, match="was trained on stems of 1-german"):
        tagger(
            settings,
            model({"a": {"x": 1.0}}, analyser=Analyser("german").fingerprint),
        )


def test_a_model_that_changes_during_a_run_is_noticed(settings: Settings) -> None:
    made = tagger(settings, model({"shipping": {"tanker": 9.0}}))
    learned.load.cache_clear()  # as in a worker that starts later
    (settings.rules_folder / "topics-model.npz").write_bytes(
        learned.pack(model({"shipping": {"tanker": 1.0}}))
    )
    with pytest.raises(BadSettings, match="changed during the run"):
        topics(made, "A tanker sank.")


def test_without_a_model_numpy_is_not_loaded_for_tagging() -> None:
    check = (
        "import sys; from searchapp.additions import tagger_of;"
        "from searchapp.settings import Settings; from searchapp.model import Article;"
        "tagger_of(Settings(index='none')).tag(Article('a', '', 'Oil rose.'));"
        "assert not {'numpy', 'sklearn', 'scipy', 'spacy'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", check], check=True)


def test_labels_are_those_of_iptc(settings: Settings) -> None:
    found = topics(tagger(settings, model({SOCIETY: {"zephyr": 9.0}})), "A zephyr came.")
    assert [(t.label, t.value) for t in found.values()] == [(tag.label("topic", SOCIETY), SOCIETY)]
