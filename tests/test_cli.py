"""The commands as somebody types them: what they print, where, and their exit status."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from searchapp.cli import main
from tests.conftest import SEEDS

WASHINGTON = "000_8fcf2ceb6fb25fee.txt"
MOSCOW = "003_49aa628526d73ed2.txt"


def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("cli") / "index"
    result = run("index", SEEDS, "--index", where)
    assert result.exit_code == 0
    assert re.fullmatch(r"2 added, 0 failed in \d+\.\d s\n", result.stderr)
    assert result.stdout == ""
    return where


@pytest.mark.parametrize(
    "command",
    [
        "index",
        "serve",
        "search",
        "correct",
        "tag",
        "train",
        "batch",
        "stats",
        "check",
        "watch",
        "backup",
        "restore",
        "",
    ],
)
def test_every_command_explains_itself(command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def test_index_lists_what_failed_and_exits_with_1(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "empty.txt").write_text("")
    (tmp_path / "news" / "photo.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / "news" / "good.txt").write_text("Gas talks\n\nThey spoke of gas.\n")
    failures = tmp_path / "failures.tsv"
    result = run("index", tmp_path / "news", "--index", tmp_path / "i", "--failures", failures)
    assert result.exit_code == 1
    assert "failed: empty.txt: is empty" in result.stderr
    assert "failed: photo.jpg:" in result.stderr
    assert "1 added, 2 failed" in result.stderr
    rows = list(csv.reader(io.StringIO(failures.read_text()), dialect="excel-tab"))
    assert [row[0] for row in rows] == ["path", "empty.txt", "photo.jpg"]


def test_index_of_nothing_there(tmp_path: Path) -> None:
    result = run("index", tmp_path / "nowhere", "--index", tmp_path / "i")
    assert result.exit_code == 1
    assert "nowhere" in result.stderr


def test_search_prints_hits_and_facets(index: Path) -> None:
    result = run("search", "--index", index, '"Northern Alliance"')
    assert result.exit_code == 0
    assert "1 article in" in result.stdout
    assert "Both Moscow and Tehran support the Northern Alliance." in result.stdout
    assert "Ali Shamkhani (1)" in result.stdout


def test_search_says_what_may_have_been_meant(index: Path) -> None:
    lines = run("search", "--index", index, '"Nothern Alliance"').stdout.splitlines()
    assert lines[:1] == ['did you mean: "Northern Alliance" (1 article)']


def test_search_exports_every_hit(index: Path, tmp_path: Path) -> None:
    command = ("search", "--index", index, "Iran", "--limit", "1", "--export")
    assert run(*command, tmp_path / "found.csv").output == ""
    with (tmp_path / "found.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["id"] for row in csv.DictReader(file)} == {WASHINGTON, MOSCOW}
    assert run(*command, tmp_path / "found.jsonl").exit_code == 0
    lines = (tmp_path / "found.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["id"] for line in lines} == {WASHINGTON, MOSCOW}
    refused = run(*command, tmp_path / "found.xlsx")
    assert refused.exit_code == 2
    assert "neither .csv nor .jsonl" in refused.stderr


def test_search_takes_filters(index: Path) -> None:
    mentioned = ("search", "--index", index, "--countries", "mentioned")
    assert "0 articles" in run("search", "--index", index, "--country", "BE").stdout
    assert MOSCOW in run(*mentioned, "--country", "BE").stdout
    both = (*mentioned, "--country", "BE", "--country", "TR")
    assert "2 articles" in run(*both).stdout
    assert "1 article" in run(*both, "--all-of", "country").stdout
    assert "country mentioned: " in run(*mentioned).stdout
    assert WASHINGTON in run(*mentioned, "--not-country", "BE").stdout
    assert WASHINGTON in run("search", "--index", index, "--from", "2000-01-01").stdout
    assert "0 articles" in run("search", "--index", index, "--to", "1999-01-01").stdout
    empty = run("search", "--index", index, "--country", "BR", "--person", "Mehdi Safari")
    assert "without country Brazil there are 1" in empty.stdout


def test_search_as_json_is_the_answer_of_the_api(index: Path) -> None:
    result = run("search", "--index", index, "--json", "--limit", "1", "Iran")
    answer = json.loads(result.stdout)
    assert answer["total"] == {"value": 2, "relation": "eq"}
    assert len(answer["hits"]) == 1
    assert set(answer["facets"]) == {"country", "person", "topic"}


def test_search_goes_on_by_cursor(index: Path) -> None:
    search = ("search", "--index", index, "Iran", "--limit", "1")
    first = json.loads(run(*search, "--json").stdout)
    lines = run(*search, "--cursor", first["next_cursor"]).stdout.splitlines()
    assert lines[2].startswith("2. ")
    assert first["hits"][0]["id"] not in "".join(lines)
    wrong = run(*search, "--cursor", "x")
    assert (wrong.exit_code, "cursor: not a `next_cursor`" in wrong.stderr) == (1, True)


def test_search_explains_a_score_below_its_hit(index: Path) -> None:
    lines = run("search", "--index", index, "--explain", "rapprochement").stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if line.endswith("  score"))
    word, occurrences, headline, form = (line.strip() for line in lines[at + 1 : at + 5])
    assert word.endswith("rapprochement: field text, stem rapproch, idf 0.69315, articles 1, of 2")
    assert "occurrences: times 1, headline 1, length 706, average 829.5, saturated" in occurrences
    assert "headline: weight 0.25" in headline
    assert "form rapprochement: weight 0.25" in form
    score, *parts = (float(line.split()[0]) for line in lines[at : at + 5])
    assert score == parts[0] == pytest.approx(sum(parts[1:]), abs=2e-4)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--sort", "up"], "sort: 'up' is none of relevance, newest, oldest"),
        (["--limit", "1000"], "per_page: 1000 is not from 1 to 100"),
        (["--from", "yesterday"], "date_from: 'yesterday' is not a date"),
        (["(" * 100], "max_query_depth"),
    ],
)
def test_search_says_what_is_wrong(index: Path, arguments: list[str], said: str) -> None:
    result = run("search", "--index", index, *arguments)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_correct_takes_effect_at_once_and_is_taken_back(tmp_path: Path) -> None:
    where = ("--index", tmp_path / "i")
    assert run("index", SEEDS, *where).exit_code == 0
    ivanov = ("correct", "person", "Sergei Ivanov", "is", "Sergei B. Ivanov", *where)
    assert run(*ivanov, "--note", "the minister").stderr == "1 article changed\n"
    assert MOSCOW in run("search", *where, "--person", "Sergei B. Ivanov").stdout
    table = (tmp_path / "i.rules" / "corrections.csv").read_text(encoding="utf-8-sig")
    assert table.splitlines()[1] == "person,Sergei Ivanov,is,Sergei B. Ivanov,,the minister"
    assert run(*ivanov, "--undo").stderr == "1 article changed\n"
    assert "0 articles" in run("search", *where, "--person", "Sergei B. Ivanov").stdout
    again = run(*ivanov, "--undo")
    assert (again.exit_code, "no such correction" in again.stderr) == (1, True)
    add = run("correct", "country", "Belgium", "add", "--article", MOSCOW, *where)
    assert add.stderr == "1 article changed\n"
    assert MOSCOW in run("search", *where, "--country", "BE").stdout


def test_index_applies_corrections_and_warns_of_bad_ones(tmp_path: Path) -> None:
    where = ("--index", tmp_path / "i")
    run("index", SEEDS, *where)
    (tmp_path / "i.rules").mkdir()
    (tmp_path / "i.rules" / "corrections.csv").write_text(
        "facet;value;action\nperson;Sergei Ivanov;not\ncountry;Atlantis;not\n"
    )
    result = run("index", SEEDS, *where)
    assert result.exit_code == 0
    assert "corrections.csv#L3: no country is called “Atlantis”" in result.stderr
    assert "0 added, 1 corrected, 2 unchanged, 0 failed" in result.stderr
    assert run("check", *where).exit_code == 1


def test_tag_shows_what_was_corrected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEARCHAPP_RULES", str(tmp_path))
    (tmp_path / "corrections.csv").write_text(
        "facet,value,action,becomes\nperson,Ali Shamkhani,is,A. Shamkhani\n"
        "person,Sergei Ivanov,not\nplanet,Mars,not\n"
    )
    result = run("tag", SEEDS / MOSCOW)
    assert re.search(r"A\. Shamkhani: .*\(corrected: was Ali Shamkhani\)", result.stdout)
    assert re.search(r"person +not Sergei Ivanov  \(corrected\)", result.stdout)
    assert "warning: " in result.stderr
    assert "#L4: “planet” is none of country, person, topic" in result.stderr
    row = json.loads(run("tag", "--jsonl", stdin='{"text": "Sergei Ivanov spoke."}').stdout)
    assert row["people"] == []


@pytest.mark.parametrize("command", ["search", "stats", "check"])
def test_no_index_says_how_to_make_one(command: str, tmp_path: Path) -> None:
    result = run(command, "--index", tmp_path / "none")
    assert result.exit_code == 1
    assert "searchapp index PATH" in result.stderr


def test_tag_prints_values_with_their_mentions() -> None:
    result = run("tag", SEEDS / MOSCOW)
    assert result.exit_code == 0
    assert re.search(r"person +Ali Shamkhani: Ali Shamkhani, Shamkhani ×3", result.stdout)
    assert re.search(r"country +Belgium \[BE\].*: Brussels", result.stdout)


def test_tag_jsonl_answers_a_line_for_a_line() -> None:
    article = {"id": 7, "title": "Khatami in Moscow", "text": "Mohammad Khatami flew to Moscow."}
    result = run("tag", "--jsonl", stdin=json.dumps(article) + "\n")
    assert result.exit_code == 0
    row = json.loads(result.stdout)
    assert row["id"] == "7"
    assert list(row) == ["id", "countries", "people", "topics"]
    (person,) = row["people"]
    text = f"{article['title']}\n\n{article['text']}"
    assert person["name"] == "Mohammad Khatami"
    assert {text[a:b] for a, b in person["mentions"]} == {"Khatami", "Mohammad Khatami"}
    (russia,) = row["countries"]
    assert (russia["code"], russia["name"], russia["about"]) == ("RU", "Russia", True)


def test_tag_jsonl_reports_a_bad_line_and_goes_on() -> None:
    result = run("tag", "--jsonl", stdin='{"id":"a","text":"x"}\nbroken\n{"id":"b","text":"y"}\n')
    assert result.exit_code == 1
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["a", "b"]
    assert "standard input#L2" in result.stderr


def test_tag_without_anything_to_tag_is_misused() -> None:
    assert run("tag").exit_code == 2


def test_batch_of_lines_as_csv(index: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.txt"
    queries.write_text("Northern Alliance\n\npipeline\n")
    result = run("batch", queries, "--index", index)
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["query_id"], row["rank"], row["id"]) for row in rows] == [
        ("1", "1", MOSCOW),
        ("3", "1", WASHINGTON),
    ]
    assert rows[1]["date"] == "2000-07-03"


def test_batch_as_trec_reports_bad_lines_and_runs_the_rest(index: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text(
        '{"id":"q1","text":"What (about) Iran?"}\n{"id":"q2"}\n{"id":"q 3","text":"gas"}\n'
    )
    result = run("batch", queries, "--index", index, "--match", "any", "--format", "trec")
    assert result.exit_code == 1
    assert "queries.jsonl:2:" in result.stderr
    lines = [line.split() for line in result.stdout.splitlines()]
    assert {line[0] for line in lines} == {"q1", "q%203"}
    assert all(line[1] == "Q0" and line[5] == "searchapp" for line in lines)
    assert [line[3] for line in lines if line[0] == "q1"] == ["1", "2"]


def test_batch_as_jsonl(index: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.txt"
    queries.write_text("Shamkhani\n")
    result = run("batch", queries, "--index", index, "--format", "jsonl")
    row = json.loads(result.stdout)
    assert (row["text"], [hit["id"] for hit in row["hits"]]) == ("Shamkhani", [MOSCOW])


def test_stats(index: Path) -> None:
    assert "articles                   2" in run("stats", "--index", index).stdout
    assert json.loads(run("stats", "--index", index, "--json").stdout)["values"]["person"] == 7


def test_check_of_a_sound_index(index: Path) -> None:
    result = run("check", "--index", index)
    assert (result.exit_code, result.stdout) == (0, f"{index}: sound\n")


def test_check_of_a_damaged_index(tmp_path: Path) -> None:
    run("index", SEEDS, "--index", tmp_path / "i")
    (segment,) = (tmp_path / "i").glob("*.arrays")
    segment.write_bytes(segment.read_bytes()[:-2000])
    result = run("check", "--index", tmp_path / "i")
    assert (result.exit_code, result.stdout) == (1, f"{tmp_path / 'i'}: 1 problems\n")
    assert str(segment) in result.stderr


def test_nothing_of_a_document_steers_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "evil.txt").write_text("Gas \x1b[2J talks\n\nThey spoke \x1b]0;owned\x07 of gas.\n")
    run("index", tmp_path / "evil.txt", "--index", tmp_path / "i")
    result = run("search", "--index", tmp_path / "i", "gas")
    assert "\x1b" not in result.stdout.replace("\x1b[1m", "").replace("\x1b[0m", "")
