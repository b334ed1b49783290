"""What an owner adds to the rules: topics of their own, by query."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from searchapp.additions import tagger_of
from searchapp.archive import Archive
from searchapp.cli import main
from searchapp.engine import open_engine
from searchapp.model import Article, Tag
from searchapp.settings import Settings
from searchapp.tag import Tagger
from searchapp.tag.own import with_topic
from searchapp.web import create_app

GAS = "Iran sells gas. A new gas pipeline will cross Turkey."
STRIKE = "Dockers walked out in Le Havre; their union wants higher wages."


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "index.rules").mkdir()
    return Settings(index=str(tmp_path / "index"))


def write(settings: Settings, text: str | bytes) -> None:
    data = text.encode() if isinstance(text, str) else text
    (settings.rules_folder / "topics.tsv").write_bytes(data)


def tagger(settings: Settings, *lines: str) -> Tagger:
    write(settings, "".join(f"{line}\n" for line in lines))
    return tagger_of(settings)


def article(body: str, **more: object) -> Article:
    return Article("a", body[:40], body, provenance={"title": "inferred"}, **more)  # type: ignore[arg-type]


def topics(tagger: Tagger, body: str, **more: object) -> dict[str, Tag]:
    return {tag.label: tag for tag in tagger.tag(article(body, **more)).topic}


def reasons(tagger: Tagger) -> dict[str, str]:
    return {problem.path: problem.reason for problem in tagger.problems}


def test_without_a_folder_nothing_changes(tmp_path: Path) -> None:
    found = tagger_of(Settings(index=str(tmp_path / "none")))
    assert found == Tagger()
    assert found.fingerprint() == Tagger().fingerprint()


def test_an_article_that_matches_has_the_topic_with_its_evidence(settings: Settings) -> None:
    found = topics(tagger(settings, "gas pipelines\tgas pipel*"), GAS)
    own = found["gas pipelines"]
    assert (own.value, 0 < own.score <= 1) == ("gas pipelines", True)
    assert [GAS[a:b] for a, b in own.spans] == ["gas", "gas", "pipeline"]
    assert "gas pipelines" not in topics(tagger(settings, "gas pipelines\tgas pipel*"), STRIKE)


def test_filters_are_part_of_the_query(settings: Settings) -> None:
    asked = tagger(settings, "Gulf\tcountry:Iran -topic:sport", "old\tdate:..1999")
    assert [GAS[a:b] for a, b in topics(asked, GAS)["Gulf"].spans] == ["Iran"]
    assert not {"Gulf", "old"} & topics(asked, STRIKE).keys()


def test_the_file_may_come_from_an_editor_or_a_spreadsheet(settings: Settings) -> None:
    typed = 'name\tquery\tparent\n# ours\n\n gas \t"gas pipeline" OR “oil pipeline”\t\n'
    saved = 'name\tquery\tparent\r\ngas\t"""gas pipeline"" OR ""oil pipeline"""\t\r\n'
    for data in (typed.encode(), saved.encode("utf-8-sig"), saved.encode("utf-16")):
        write(settings, data)
        found = tagger_of(settings)
        assert found.problems == ()
        assert "gas" in topics(found, GAS)
        assert "gas" not in topics(found, "A pipeline for gas.")


def test_lines_are_numbered_as_editors_do(settings: Settings) -> None:
    write(settings, "\u2028gas\x0b\x1b[2J\tgas\r\n\roil\n")
    found = tagger_of(settings)
    assert [topic.value for topic in found.topics] == ["gas [2J"]
    assert list(reasons(found)) == ["index.rules/topics.tsv#L3"]


def test_lines_of_one_name_are_alternatives(settings: Settings) -> None:
    found = tagger(settings, "unrest\tstrikes", "Unrest\twages union")
    assert [t.value for t in found.topics] == ["unrest"]
    assert "unrest" in topics(found, STRIKE)


def test_a_name_of_iptc_adds_to_that_topic(settings: Settings) -> None:
    found = topics(tagger(settings, "Weather\tzephyr"), "The zephyr came.")
    assert [(tag.value, label) for label, tag in found.items()] == [("medtop:17000000", "weather")]


def test_parents_come_along_and_score_no_less(settings: Settings) -> None:
    found = topics(
        tagger(
            settings,
            "pipelines\tpipeline\tenergy",
            "energy\toil\teconomy, business and finance",
            "diplomacy\tturkey\tinternational relations",
        ),
        GAS,
    )
    assert {"pipelines", "energy", "economy, business and finance", "politics and government"} <= (
        found.keys()
    )
    assert found["energy"].spans == found["pipelines"].spans
    assert found["economy, business and finance"].score >= found["energy"].score
    assert found["international relations"].score >= found["diplomacy"].score


def test_a_query_may_ask_for_another_topic_of_the_file(settings: Settings) -> None:
    found = tagger(settings, 'exports\ttopic:"Gas Pipelines" sells', "gas pipelines\tgas pipeline")
    assert found.problems == ()
    assert {"exports", "gas pipelines"} <= topics(found, GAS).keys()


def test_a_topic_may_narrow_the_one_above_it(settings: Settings) -> None:
    found = tagger(settings, "wages\ttopic:labour wages\tlabour")
    assert found.problems == ()
    assert "wages" in topics(found, STRIKE)


def test_what_the_owner_gave_an_article_stays_as_given(settings: Settings) -> None:
    found = topics(tagger(settings, "gas\tgas"), GAS, given={"topic": ("our town",)})
    assert list(found) == ["our town"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("gas", "has no query: name, tab, query"),
        ("\tgas", "has no name"),
        (f"{'x' * 101}\tgas", "its name has more than 100 characters"),
        ("medtop:99\tgas", "there is no IPTC topic medtop:99"),
        ("gas\t!!", "its query asks for nothing"),
        ('gas\t"gas', "its query is not clear: the closing quotation mark was missing"),
        ("gas\tcolour:red", "its query is not clear: “colour:” is not a field; it was searched"),
        ("gas\tcountry:Atlantis", "no country is called “Atlantis”"),
        ("gas\ttopic:gaz", "no topic is called “gaz”"),
        ("gas\t" + "(" * 30 + "gas", "the query nests more than 20 deep (max_query_depth)"),
        ("gas\tgas\tgaz", "its parent “gaz” is neither a topic of the file nor one of IPTC"),
        ("gas\ttopic:gas", "goes in a circle: “gas” asked for by “gas”"),
        ("gas\tgas\tgas", "goes in a circle: “gas” above “gas”"),
    ],
)
def test_a_bad_line_is_named_and_the_others_work(
    settings: Settings, line: str, reason: str
) -> None:
    found = tagger(settings, "strikes\tunion wages", line, "oil\toil")
    ((path, said),) = reasons(found).items()
    assert path == "index.rules/topics.tsv#L2"
    assert said.startswith(reason)
    assert [topic.value for topic in found.topics] == ["oil", "strikes"]


def test_topics_that_wait_for_each_other_are_named(settings: Settings) -> None:
    found = tagger(settings, "a\ttopic:b", "b\ttopic:c", "c\ttopic:a", "d\tgas")
    assert len(reasons(found)) == 3
    assert [topic.value for topic in found.topics] == ["d"]


@pytest.mark.parametrize("data", [b"gas\t\xff\xfe", b"gas\tgas\n\xe4\tx"])
def test_a_file_that_is_no_text_is_named(settings: Settings, data: bytes) -> None:
    write(settings, data)
    assert list(reasons(tagger_of(settings))) == ["index.rules/topics.tsv"]


def test_a_file_under_another_name_is_named(settings: Settings) -> None:
    (settings.rules_folder / "topics.csv").write_text("gas,gas\n")
    assert list(reasons(tagger_of(settings))) == ["index.rules/topics.csv"]


def test_fingerprint_follows_what_the_file_means(settings: Settings) -> None:
    one = tagger(settings, "gas\tgas").fingerprint()
    assert tagger(settings, "# ours", "gas\t gas").fingerprint() == one
    assert tagger(settings, "gas\toil").fingerprint() != one
    assert tagger(settings, "gaz\tgas").fingerprint() != one
    assert tagger(settings, "gas\tgas\tlabour").fingerprint() != one


def test_fingerprint_is_the_same_in_every_process(settings: Settings) -> None:
    write(
        settings,
        "gulf\tcountry:(Iran OR Iraq OR Kuwait) topic:sport -congolese country:congolese\n",
    )
    code = (
        "from searchapp.additions import tagger_of; from searchapp.settings import Settings;"
        f"print(tagger_of(Settings(index={settings.index!r})).fingerprint())"
    )
    prints = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(prints) == 1


def test_with_topic_keeps_the_laws_of_tags() -> None:
    old = Tag("p", "p", ((0, 5),), 0.2)
    found = with_topic([old], Tag("c", "c", ((3, 8), (10, 12)), 0.5), [("p", "p")])
    assert found == (
        Tag("p", "p", ((0, 5), (10, 12)), 0.5),
        Tag("c", "c", ((3, 8), (10, 12)), 0.5),
    )


# --- from the file to the search page -----------------------------------------------------------


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "gas.txt").write_text(f"Gas for Turkey\n\n{GAS}\n")
    (folder / "strike.txt").write_text(f"Strike in the docks\n\n{STRIKE}\n")
    return folder


def archive(settings: Settings) -> Archive:
    return Archive(open_engine(settings.index, settings, create=True), settings)


def test_the_next_run_applies_a_changed_file(settings: Settings, news: Path) -> None:
    with archive(settings) as found:
        found.add([news])
        write(settings, "Gas pipelines\tgas pipeline\n")
        assert found.add([news]).updated == 2
        assert found.add([news]).unchanged == 2
        page = found.search(topic=["Gas pipelines"])
        assert [hit.id for hit in page.hits] == ["gas.txt"]
        buckets = {b.value: (b.label, b.count) for f in page.facets for b in f.buckets}
        assert buckets["Gas pipelines"] == ("Gas pipelines", 1)
        asked = found.search('topic:"gas pipelines"')
        assert ([hit.id for hit in asked.hits], asked.warnings) == (["gas.txt"], ())
        evidence = found.read("gas.txt").evidence["topic"]
        (own,) = [e for e in evidence if e.tag.value == "Gas pipelines"]
        assert own.sentences
        (settings.rules_folder / "topics.tsv").unlink()
        assert found.add([news]).updated == 2
        assert found.search(topic=["Gas pipelines"]).total == 0


def test_bad_lines_are_in_the_report_of_the_run(settings: Settings, news: Path) -> None:
    write(settings, "gas\tgas\nbad\n")
    result = CliRunner().invoke(main, ["index", str(news), "--index", settings.index])
    assert result.exit_code == 1
    assert "failed: index.rules/topics.tsv#L2: has no query" in result.stderr
    with archive(settings) as found:
        assert found.search(topic=["gas"]).total == 1


def test_a_name_is_text_and_never_markup(settings: Settings, news: Path) -> None:
    name = "<b>Q&A</b> 100% 'gas'"
    write(settings, f"{name}\tgas pipeline\n")
    with archive(settings) as found:
        found.add([news])
        client = create_app(found, settings).test_client()
        page = client.get("/", query_string={"topic": name}).get_data(as_text=True)
        assert "<b>Q&A" not in page
        assert "&lt;b&gt;Q&amp;A&lt;/b&gt; 100% &#39;gas&#39;" in page
        answer = client.get("/api/v1/search", query_string={"topic": name}).get_json()
        assert answer["total"]["value"] == 1
        assert found.search(f'topic:"{name}"').total == 1


def test_workers_apply_own_topics(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    rows = ({"id": str(n), "title": f"Talks {n}", "text": GAS * 40} for n in range(1100))
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert path.stat().st_size > 2_000_000
    write(settings, "Gas pipelines\tgas pipeline\n")
    with archive(settings) as found:
        found.add([path], workers=2)
        assert found.search(topic=["Gas pipelines"]).total == 1100


def test_tag_shows_own_topics(
    settings: Settings, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEARCHAPP_INDEX", settings.index)
    write(settings, "Gas pipelines\tgas pipeline\nbad\n")
    result = CliRunner().invoke(main, ["tag", str(news / "gas.txt")])
    assert "topic    Gas pipelines 0." in result.stdout
    assert "topics.tsv#L2: has no query" in result.stderr
    assert result.exit_code == 1


def test_tag_compares_words_as_the_index_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("Titel\n\nDie Häuser brennen.\n")
    (tmp_path / "index.rules").mkdir()
    (tmp_path / "index.rules" / "topics.tsv").write_text("Brand\tHaus\n")
    assert "Brand" not in CliRunner().invoke(main, ["tag", "a.txt"]).stdout
    CliRunner().invoke(main, ["index", "a.txt", "--language", "german"])
    assert "Brand" in CliRunner().invoke(main, ["tag", "a.txt"]).stdout
