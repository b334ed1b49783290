"""API keys: the file they are kept in, the commands that change it, what a server sees of it."""

from __future__ import annotations

import datetime
import hmac
import json
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from searchapp import keys
from searchapp.cli import main
from searchapp.model import KeysProblem

NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
TOMORROW = datetime.date(2026, 11, 26)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.keys"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


# --- scopes and tokens ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "may"),
    [
        ("read", {"read"}),
        ("write", {"read", "write"}),
        ("admin", {"read", "write", "admin"}),
    ],
)
def test_a_scope_includes_those_before_it(held: str, may: set[str]) -> None:
    assert {scope for scope in keys.SCOPES if keys.includes(held, scope)} == may


def test_a_token_opens_its_own_key_alone(path: Path) -> None:
    desk, token = keys.create(path, "the desk", "read", None, NOW)
    other, its_token = keys.create(path, "a mirror", "write", TOMORROW, NOW)
    ring = keys.Ring(path)
    assert (ring.find(token), ring.find(its_token)) == (desk, other)
    secret = token.split("_")[2]
    for wrong in (
        "",
        token[:-1],
        token + "0",
        token.upper(),
        f" {token}",
        f"{token}\n",
        secret,
        f"searchapp_{other.id}_{secret}",
        f"searchapp_{desk.id}_{desk.sha256}",
        f"searchapp_{desk.id}_{'0' * 64}",
        f"searchapp_00000000_{'0' * 64}",
        "searchapp__",
        "\ud800",
        "x" * 100_000,
    ):
        assert ring.find(wrong) is None


@given(st.text())
def test_no_other_text_is_a_token(text: str) -> None:
    assert keys.Ring(Path("/nowhere/index.keys")).find(text) is None


def test_an_unknown_id_costs_the_same_comparison(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, token = keys.create(path, "desk", "read", None, NOW)
    compared: list[tuple[int, int]] = []

    def compare(left: str, right: str) -> bool:
        compared.append((len(left), len(right)))
        return hmac.compare_digest(left, right)

    monkeypatch.setattr(keys, "hmac", type("hmac", (), {"compare_digest": staticmethod(compare)}))
    ring = keys.Ring(path)
    for token_ in (token, f"{token[:-2]}00", f"searchapp_00000000_{'1' * 64}", "no token"):
        ring.find(token_)
    assert compared == [(64, 64)] * 4


def test_a_key_expires_at_the_beginning_of_its_day(path: Path) -> None:
    key, _ = keys.create(path, "desk", "read", TOMORROW, NOW)
    last = datetime.datetime(2026, 11, 25, 23, 59, 59, tzinfo=datetime.UTC)
    east = datetime.timezone(datetime.timedelta(hours=2))
    assert not key.has_expired(last)
    assert not key.has_expired(datetime.datetime(2026, 11, 26, 1, tzinfo=east))
    assert key.has_expired(last + datetime.timedelta(seconds=1))


# --- the file -------------------------------------------------------------------------------------


def test_of_a_secret_the_file_has_a_hash_alone(path: Path) -> None:
    key, token = keys.create(path, "Nachrichtentisch “A”", "admin", TOMORROW, NOW)
    text = path.read_text(encoding="utf-8")
    assert token.split("_")[2] not in text
    assert "Nachrichtentisch “A”" in text
    assert key.sha256 not in repr(key)
    assert keys.load(path) == (key,)
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {entry.name for entry in path.parent.iterdir()} == {path.name, f".{path.name}.lock"}


@pytest.mark.parametrize("name", ["", " ", "two\nlines", "x" * 101, "\x1b[31m", "\u202e"])
def test_a_name_that_would_garble_the_list_is_refused(path: Path, name: str) -> None:
    with pytest.raises(KeysProblem, match="no name"):
        keys.create(path, name, "read", None, NOW)
    assert not path.exists()


GOOD: dict[str, Any] = {
    "id": "0123abcd",
    "name": "desk",
    "scope": "read",
    "created": "2026-11-25T12:00:00Z",
    "expires": None,
    "sha256": "a" * 64,
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expecting value"),
        ("[]", 'no list "keys"'),
        ('{"keys": 1}', 'no list "keys"'),
        ("[" * 100_000, "nested too deeply"),
        (b"\xff\xfe{", "codec can't decode"),
        ({**GOOD, "scope": "owner"}, "key 1"),
        ({**GOOD, "scope": ["read"]}, "key 1"),
        ({**GOOD, "id": 7}, "key 1"),
        ({**GOOD, "name": None}, "key 1"),
        ({**GOOD, "sha256": ""}, "key 1"),
        ({**GOOD, "sha256": "A" * 64}, "key 1"),
        ({**GOOD, "created": "yesterday"}, "key 1"),
        ({**GOOD, "expires": "soon"}, "key 1"),
        ({**GOOD, "expires": 0}, "key 1"),
        ({**GOOD, "more": 1}, "key 1 has not the members"),
        ({"id": "0123abcd"}, "key 1 has not the members"),
        ("key", "key 1 has not the members"),
    ],
)
def test_a_damaged_file_opens_nothing_and_is_named(path: Path, text: Any, said: str) -> None:
    if isinstance(text, dict) or text == "key":
        text = json.dumps({"keys": [text]})
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(KeysProblem) as raised:
        keys.load(path)
    assert str(raised.value).startswith(f"{path}: is damaged (")
    assert said in str(raised.value)
    before = path.read_bytes()
    for change in (
        lambda: keys.create(path, "desk", "read", None, NOW),
        lambda: keys.revoke(path, "0123abcd"),
    ):
        with pytest.raises(KeysProblem, match="is damaged"):
            change()
    assert path.read_bytes() == before


def test_the_same_id_twice_is_damage(path: Path) -> None:
    path.write_text(json.dumps({"keys": [GOOD, GOOD]}))
    with pytest.raises(KeysProblem, match="an id is there twice"):
        keys.load(path)


def test_two_commands_at_once_lose_nothing(path: Path) -> None:
    code = (
        "import datetime, sys; from pathlib import Path; from searchapp import keys\n"
        "now = datetime.datetime.now(datetime.UTC)\n"
        "path, name = sys.argv[1:]\n"
        "for n in range(20): keys.create(Path(path), f'{name} {n}', 'read', None, now)"
    )
    makers = [subprocess.Popen([sys.executable, "-c", code, path, name]) for name in "abc"]
    assert [maker.wait(120) for maker in makers] == [0, 0, 0]
    assert {key.name for key in keys.load(path)} == {f"{a} {n}" for a in "abc" for n in range(20)}


# --- what a server sees ---------------------------------------------------------------------------


def test_a_server_sees_a_change_at_its_next_look_and_reads_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    load = keys.load
    monkeypatch.setattr(keys, "load", lambda path: reads.append(path) or load(path))  # type: ignore[func-returns-value]
    ring = keys.Ring(path)
    assert ring.keys() == {}
    key, token = keys.create(path, "desk", "read", None, NOW)
    reads.clear()
    assert [ring.find(token) for _ in range(3)] == [key] * 3
    assert len(reads) == 1
    keys.revoke(path, key.id)
    assert ring.find(token) is None
    path.unlink()
    assert ring.keys() == {}


def test_a_damaged_file_is_logged_once_and_mended_without_a_restart(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, token = keys.create(path, "desk", "read", None, NOW)
    good = path.read_bytes()
    path.write_text("{")
    ring = keys.Ring(path)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            with pytest.raises(KeysProblem, match="is damaged"):
                ring.find(token)
    assert [record.getMessage().partition(" (")[0] for record in caplog.records] == [
        f"{path}: is damaged"
    ]
    path.unlink()
    path.write_bytes(good)
    assert ring.find(token)


def test_a_folder_in_its_place_is_said(path: Path) -> None:
    path.mkdir()
    with pytest.raises(KeysProblem, match="cannot be read"):
        keys.Ring(path).keys()


# --- the commands ---------------------------------------------------------------------------------


def test_keys_are_made_listed_and_revoked_without_an_index(tmp_path: Path) -> None:
    where = tmp_path / "none yet" / "index"
    made = run("keys", "create", "the desk", "--scope", "write", "--index", where)
    assert made.exit_code == 0
    token = made.stdout.strip()
    assert keys.TOKEN.fullmatch(token)
    id_ = token.split("_")[1]
    assert id_ in made.stderr
    assert token.split("_")[2] not in made.stderr
    expiring = ("keys", "create", "press", "--scope", "read", "--expires", "2100-01-01")
    assert run(*expiring, "--index", where).exit_code == 0
    listed = run("keys", "list", "--index", where)
    first, second = listed.stdout.splitlines()
    assert first.split()[:2] == [id_, "write"]
    assert first.endswith("for ever            the desk")
    assert second.endswith("until 2100-01-01    press")
    as_json = run("keys", "list", "--json", "--index", where)
    rows = json.loads(as_json.stdout)
    assert [set(row) for row in rows] == [{"id", "name", "scope", "created", "expires"}] * 2
    assert (rows[0]["expires"], rows[1]["expires"]) == (None, "2100-01-01")
    for output in (listed.output, as_json.output):
        assert token.split("_")[2] not in output
        assert keys.load(where.with_name("index.keys"))[0].sha256 not in output
    revoked = run("keys", "revoke", id_, "--index", where)
    assert (revoked.exit_code, revoked.stderr) == (0, f"{id_} (the desk) is revoked\n")
    assert [key.name for key in keys.load(where.with_name("index.keys"))] == ["press"]
    assert not where.exists()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("create", "desk"), 2, "--scope"),
        (("create", "desk", "--scope", "owner"), 2, "owner"),
        (("create", "desk", "--scope", "read", "--expires", "soon"), 2, "soon"),
        (
            ("create", "desk", "--scope", "read", "--expires", "2001-01-01"),
            1,
            "2001-01-01 has come",
        ),
        (("create", "", "--scope", "read"), 1, "no name"),
        (("revoke", "0123abcd"), 1, "there is no key '0123abcd'"),
    ],
)
def test_what_makes_no_sense_is_said(
    tmp_path: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:
    result = run("keys", *arguments, "--index", tmp_path / "index")
    assert (result.exit_code, result.stdout) == (status, "")
    assert said in result.stderr


def test_an_expired_key_is_listed_as_such(tmp_path: Path) -> None:
    past = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
    keys.create(tmp_path / "index.keys", "old", "read", datetime.date(2001, 2, 1), past)
    assert "expired 2001-02-01" in run("keys", "list", "--index", tmp_path / "index").stdout


def test_a_damaged_file_fails_the_commands(tmp_path: Path) -> None:
    (tmp_path / "index.keys").write_text("{")
    result = run("keys", "list", "--index", tmp_path / "index")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "index.keys: is damaged" in result.stderr
