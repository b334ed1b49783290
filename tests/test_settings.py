"""Settings from a file, the environment and flags: who wins, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchapp.model import BadSettings
from searchapp.settings import Settings, load


def test_defaults() -> None:
    assert load({}, folder=Path("/nowhere")) == Settings()


def test_flags_win_over_environment_over_file(tmp_path: Path) -> None:
    (tmp_path / "searchapp.toml").write_text('port = 1\nhost = "a"\nindex = "b"\n')
    environ = {"SEARCHAPP_PORT": "2", "SEARCHAPP_HOST": "c"}
    settings = load(environ, {"port": 3, "host": None}, tmp_path)
    assert (settings.port, settings.host, settings.index) == (3, "c", "b")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour = 1", "colour"),
        ('port = "high"', "port: 'high'"),
        ("port = -1", "port: -1"),
        ("port = true", "port: True"),
        ('editing = "on"', "editing: 'on' is none of auto, off"),
        ('edit_key = "short"', "edit_key: has 5 characters; 16 are the least"),
        ("edit_key = 1234567890123456", "edit_key: is not a str"),
        ("port = ", "searchapp.toml"),
    ],
)
def test_bad_file_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "searchapp.toml").write_text(text)
    with pytest.raises(BadSettings, match=said):
        load({}, folder=tmp_path)


def test_bad_variable_is_refused_by_name() -> None:
    with pytest.raises(BadSettings, match="SEARCHAPP_PORT: 'high'"):
        load({"SEARCHAPP_PORT": "high"}, folder=Path("/nowhere"))


@pytest.mark.parametrize("key", ["fifteen letters", 1234567890123456])
def test_key_is_in_no_message(key: object) -> None:
    with pytest.raises(BadSettings) as raised:
        load({}, {"edit_key": key}, Path("/nowhere"))
    assert str(key) not in str(raised.value)


def test_key_may_be_empty_or_long_enough() -> None:
    for key in ("", "sixteen letters!"):
        assert load({"SEARCHAPP_EDIT_KEY": key}, folder=Path("/nowhere")).edit_key == key


def test_whole_number_will_do_for_seconds(tmp_path: Path) -> None:
    (tmp_path / "searchapp.toml").write_text("search_seconds = 3")
    assert load({}, folder=tmp_path).search_seconds == 3.0
