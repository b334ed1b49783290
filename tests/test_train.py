"""Training on an owner's labels: what is learned, what is said, and what cannot be learned from."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from searchapp import train
from searchapp.additions import tagger_of
from searchapp.archive import Archive
from searchapp.cli import main
from searchapp.engine import open_engine
from searchapp.model import Article, CannotTrain
from searchapp.settings import Settings
from tests import labelled

pytest.importorskip("sklearn", reason="the extra ml is not installed (scikit-learn)")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(index=str(tmp_path / "index"))


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    return labelled.write(tmp_path / "labelled.jsonl", labelled.articles())


def found(settings: Settings, body: str) -> set[str]:
    """Which of the two topics an article has; the rules may find others."""
    tags = tagger_of(settings).tag(Article("a", "", body))
    return {topic.label for topic in tags.topic} & {"shipping", "sport"}


def test_what_was_learned_is_used_at_once(settings: Settings, examples: Path) -> None:
    trained = train.train(examples, settings)
    articles = {row.label: row.articles for row in trained.scores.rows}
    assert articles == {"shipping": 25, "sport": 25}
    assert all(row.model.f1 > 0.95 for row in trained.scores.rows)
    assert found(settings, "A freighter left the harbour with cargo.") == {"shipping"}
    assert found(settings, "Ajax scored a goal in the match.") == {"sport"}
    assert found(settings, "Members spoke of the census until the evening.") == set()


def test_the_same_articles_give_the_same_model(settings: Settings, examples: Path) -> None:
    first = train.train(examples, settings).path.read_bytes()
    assert train.train(examples, settings).path.read_bytes() == first


def test_rules_are_compared_where_they_can_know_the_topic(
    settings: Settings, examples: Path
) -> None:
    rows = {row.label: row.rules for row in train.train(examples, settings).scores.rows}
    assert rows["sport"]
    assert rows["shipping"] is None
    settings.rules_folder.joinpath("topics.tsv").write_text("Shipping\tharbour OR goal\n")
    rows = {row.label: row.rules for row in train.train(examples, settings).scores.rows}
    assert rows["Shipping"] == train.Score(right=25, wrong=25, missed=0)


def test_an_earlier_model_is_not_asked(settings: Settings, examples: Path) -> None:
    before = train.train(examples, settings).scores
    assert train.train(examples, settings).scores == before
    (settings.rules_folder / "topics-model.npz").write_bytes(b"broken")
    assert train.train(examples, settings).scores == before


def test_rare_topics_are_left_to_the_rules(settings: Settings, tmp_path: Path) -> None:
    rows = labelled.articles()
    for row in rows[:9]:
        row["topic"] = [*row["topic"], "rare"]  # type: ignore[misc]
    path = labelled.write(tmp_path / "l.jsonl", rows)
    assert train.train(path, settings).skipped == [("rare", 9)]
    assert train.train(path, settings, least=5).skipped == []


def test_articles_that_say_nothing_of_their_topics_are_left_out(
    settings: Settings, tmp_path: Path
) -> None:
    silent = '{"id": "s", "text": "A freighter left the harbour."}'
    empty = '{"id": "e", "text": "Nothing.", "topic": []}'
    path = labelled.write(tmp_path / "l.jsonl", labelled.articles(), silent, empty)
    trained = train.train(path, settings)
    assert (trained.articles, trained.unlabelled) == (76, 1)


def test_a_topic_of_level_two_counts_for_its_level_one(settings: Settings, tmp_path: Path) -> None:
    rows = labelled.articles()
    for n, row in enumerate(r for r in rows if r["topic"] == ["sport"]):
        row["topic"] = ["sport" if n % 2 else "sport event"]
    trained = train.train(labelled.write(tmp_path / "l.jsonl", rows), settings)
    assert {row.label: row.articles for row in trained.scores.rows} == {
        "shipping": 25,
        "sport": 25,
        "sport event": 13,
    }


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "no article in it has a list `topic`"),
        (["broken"], r"no article in it has a list `topic`: l\.jsonl#L1: is not JSON"),
        (['{"id": "a", "text": "x"}'], "no article in it has a list `topic`"),
        (
            ['{"id": "a", "text": "x", "topic": ["oil"]}'] * 12,
            "no topic has 10 articles with it and 10 without it, among 12 that have",
        ),
    ],
)
def test_too_little_to_learn_from_is_said(
    settings: Settings, tmp_path: Path, lines: list[str], problem: str
) -> None:
    with pytest.raises(CannotTrain, match=problem):
        train.train(labelled.write(tmp_path / "l.jsonl", [], *lines), settings)
    assert not settings.rules_folder.exists()


def test_a_topic_is_one_however_it_is_spelled(settings: Settings, tmp_path: Path) -> None:
    rows = labelled.articles()
    apart = [{**row, "topic": [str(t).upper() for t in row["topic"]]} for row in rows]  # type: ignore[attr-defined]
    path = labelled.write(tmp_path / "l.jsonl", rows[6:] + apart[:6])
    held_out = labelled.write(tmp_path / "apart.jsonl", apart[:12])
    trained = train.train(path, settings, held_out=held_out)
    assert {row.label: row.articles for row in trained.scores.rows} == {"shipping": 25, "sport": 25}
    assert trained.held_out
    assert [row.model.missed for row in trained.held_out.rows] == [0, 0]


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_command_reports_bad_lines_and_goes_on(settings: Settings, tmp_path: Path) -> None:
    rows = labelled.articles()
    path = labelled.write(tmp_path / "l.jsonl", rows[3:], "broken")
    apart = labelled.write(tmp_path / "apart.jsonl", rows[:6], '{"text": 1, "topic": []}')
    result = run("train", path, "--held-out", apart, "--index", settings.index)
    assert result.exit_code == 1
    assert "failed: l.jsonl#L73: is not JSON" in result.stderr
    assert "failed: apart.jsonl#L7: text is not text" in result.stderr
    assert "72 articles, 2 topics" in result.stdout
    number = r" +(?:\d+\.\d|-)"
    tables = re.findall(rf"^(sport|shipping|all) +(\d+){number * 6}$", result.stdout, re.MULTILINE)
    assert sorted(tables[:3]) == [("all", "48"), ("shipping", "24"), ("sport", "24")]
    assert sorted(tables[3:]) == [("all", "4"), ("shipping", "2"), ("sport", "2")]


def test_command_says_where_the_model_is(settings: Settings, examples: Path) -> None:
    result = run("train", examples, "--index", settings.index)
    assert result.exit_code == 0
    assert f"{settings.rules_folder / 'topics-model.npz'}: 0.0 MB" in result.stdout


def test_command_without_enough_labels(settings: Settings, examples: Path) -> None:
    result = run("train", examples, "--least", "30", "--index", settings.index)
    assert result.exit_code == 1
    assert "no topic has 30 articles" in result.stderr


def test_the_next_run_applies_the_model(settings: Settings, examples: Path, tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    (news / "a.txt").write_text("Late news\n\nA freighter left the harbour with cargo.\n")
    with Archive(open_engine(settings.index, settings, create=True), settings) as archive:
        archive.add([news])
        train.train(examples, settings)
        assert archive.add([news]).updated == 1
        assert [hit.id for hit in archive.search("topic:shipping").hits] == ["a.txt"]


def test_it_is_the_language_of_the_index(
    settings: Settings, examples: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("Titel\n\nDas Haus brennt.\n")
    run("index", tmp_path / "a.txt", "--index", settings.index, "--language", "german")
    assert run("train", examples, "--index", settings.index).exit_code == 0
    again = run("index", tmp_path / "a.txt", "--index", settings.index)
    assert (again.exit_code, "1 updated" in again.stderr) == (0, True)


WITHOUT_SKLEARN = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("sklearn", "scipy"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
from searchapp.cli import main
main(sys.argv[1:])
"""


def without_sklearn(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", WITHOUT_SKLEARN, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_without_scikit_learn_it_says_what_to_install(settings: Settings, examples: Path) -> None:
    ran = without_sklearn("train", examples, "--index", settings.index)
    assert ran.returncode == 1
    assert "pip install 'searchapp[ml]'" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_using_a_model_needs_no_scikit_learn(
    settings: Settings, examples: Path, tmp_path: Path
) -> None:
    train.train(examples, settings)
    (tmp_path / "a.txt").write_text("Late news\n\nA freighter left the harbour with cargo.\n")
    ran = without_sklearn("index", tmp_path / "a.txt", "--index", settings.index)
    assert ran.returncode == 0, ran.stderr
    ran = without_sklearn("search", "topic:shipping", "--index", settings.index)
    assert "1 article" in ran.stdout


def test_folds_share_out_the_articles_of_a_topic() -> None:
    articles = [
        train.Labelled(Article(str(n), "", "x"), frozenset({"a"} if n % 10 == 0 else ()))
        for n in range(100)
    ]
    folds = train._folds(articles)
    assert sorted(folds[::10]) == sorted(list(range(5)) * 2)


def test_a_threshold_lies_between_the_articles_that_it_parts() -> None:
    import numpy as np

    said = np.array([True, True, False, False])
    assert train._threshold(np.array([0.9, 0.7, 0.5, 0.1]), said) == pytest.approx(0.6)
