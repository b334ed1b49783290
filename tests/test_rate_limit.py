"""How many requests a sender may make: whose count, in how many processes, and what is answered."""

from __future__ import annotations

import datetime
import multiprocessing
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from limits import parse_many

from searchapp import keys, settings, web
from searchapp.access import counts
from searchapp.access.counts import SIZE, WAYS, SharedCounts
from searchapp.archive import Archive
from searchapp.settings import Settings
from tests.editing import shelf

SEARCH = "/api/v1/search"
NOW = datetime.datetime.now(datetime.UTC)
STRANGER = "192.168.0.7"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with shelf(tmp_path_factory.mktemp("rates")) as found:
        yield found


@pytest.fixture
def table(tmp_path: Path) -> SharedCounts:
    return SharedCounts(path=str(tmp_path / "index.rates"))


def client_of(archive: Archive, rate: str = "3/hour", **more: Any) -> FlaskClient:
    """A reader from elsewhere, of a server that has counted nothing yet."""
    index = archive.settings.index
    served = Settings(**{"index": index, "access": "open", "rate_limit": rate, **more})
    served.beside("rates").unlink(missing_ok=True)
    client = web.create_app(archive, served).test_client()
    client.environ_base["REMOTE_ADDR"] = STRANGER
    return client


def statuses(client: FlaskClient, times: int, path: str = SEARCH, **send: Any) -> list[int]:
    return [client.get(path, buffered=True, **send).status_code for _ in range(times)]


# --- what is answered -----------------------------------------------------------------------------


def test_more_than_the_limit_is_a_problem_that_says_when_to_come_again(archive: Archive) -> None:
    client = client_of(archive)
    assert statuses(client, 4) == [200, 200, 200, 429]
    answer = client.get(SEARCH)
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == "rate_limited"
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    page = client.get("/")
    assert (page.status_code, page.mimetype) == (429, "text/html")
    assert "Too many requests" in page.text
    assert 0 < int(page.headers["Retry-After"]) <= 3600


def test_one_count_for_all_addresses_of_the_site_but_what_is_for_everybody(
    archive: Archive,
) -> None:
    client = client_of(archive)
    free = ("/static/favicon.svg", "/health/live", "/health/ready", "/robots.txt")
    assert [statuses(client, 5, path) for path in free] == [[200] * 5] * 4
    assert (
        statuses(client, 1, "/") + statuses(client, 1) + statuses(client, 1, "/help") == [200] * 3
    )
    assert statuses(client, 1, "/failures") == [429]
    assert [statuses(client, 2, path) for path in free] == [[200] * 2] * 4


def test_each_address_and_each_key_has_a_count_of_its_own(archive: Archive) -> None:
    client = client_of(archive)
    path = archive.settings.beside("keys")
    made = [keys.create(path, name, "read", None, NOW)[1] for name in ("one", "two")]
    one, two = ({"Authorization": f"Bearer {token}"} for token in made)
    other: dict[str, Any] = {"environ_overrides": {"REMOTE_ADDR": "192.168.0.8"}}
    assert statuses(client, 4) == [200, 200, 200, 429]
    assert statuses(client, 4, **other) == [200, 200, 200, 429]
    assert statuses(client, 2, headers=one) == [200, 200]
    assert statuses(client, 2, headers=one, **other) == [200, 429]
    assert statuses(client, 1, headers=two) == [200]
    neighbours = [{"REMOTE_ADDR": f"2001:db8:1:2::{n}"} for n in range(1, 5)]
    of_one_network = [client.get(SEARCH, environ_overrides=each) for each in neighbours]
    assert [answer.status_code for answer in of_one_network] == [200, 200, 200, 429]


def test_who_is_on_this_machine_is_not_counted(archive: Archive) -> None:
    client = client_of(archive)
    local: dict[str, Any] = {"environ_overrides": {"REMOTE_ADDR": "127.0.0.1"}}
    assert set(statuses(client, 6, **local)) == {200}
    local["environ_overrides"]["HTTP_X_FORWARDED_FOR"] = "127.0.0.1"
    assert statuses(client, 4, **local)[-1] == 429


def test_where_everybody_needs_a_key_everybody_is_counted(archive: Archive) -> None:
    client = client_of(archive, access="keys")
    local: dict[str, Any] = {"environ_overrides": {"REMOTE_ADDR": "127.0.0.1"}}
    assert statuses(client, 4, **local) == [401, 401, 401, 429]


def test_an_empty_setting_counts_nobody(archive: Archive) -> None:
    assert set(statuses(client_of(archive, ""), 8)) == {200}
    assert not archive.settings.beside("rates").exists()


def test_two_limits_hold_both(archive: Archive) -> None:
    assert statuses(client_of(archive, "100/hour, 2/day"), 3) == [200, 200, 429]


def test_two_servers_of_an_index_have_one_count(archive: Archive) -> None:
    first = client_of(archive)
    settings_ = Settings(index=archive.settings.index, access="open", rate_limit="3/hour")
    second = web.create_app(archive, settings_).test_client()
    second.environ_base["REMOTE_ADDR"] = STRANGER
    assert statuses(first, 2) + statuses(second, 2) == [200, 200, 200, 429]


def test_where_the_file_cannot_be_written_each_process_counts_by_itself(
    archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(archive)
    path = archive.settings.beside("rates")
    path.unlink(missing_ok=True)
    path.mkdir()
    try:
        assert statuses(client, 4) == [200, 200, 200, 429]
    finally:
        path.rmdir()


# --- the setting ----------------------------------------------------------------------------------


@given(st.from_regex(settings.RATES, fullmatch=True))
def test_what_the_setting_allows_is_understood(rate: str) -> None:
    if rate:
        assert len(parse_many(rate)) == rate.count("/")


@pytest.mark.parametrize(
    "rate", ["", "1/second", "600/minute", "10/minute, 1000/day", "5/hour,9/day"]
)
def test_good_rates_are_taken(rate: str) -> None:
    assert settings.load({"SEARCHAPP_RATE_LIMIT": rate}, folder=Path("/nowhere")).rate_limit == rate


@pytest.mark.parametrize(
    "rate", ["600", "0/minute", "-1/minute", "a/minute", "6/fortnight", " ", "1/day;"]
)
def test_a_bad_rate_is_named(tmp_path: Path, rate: str) -> None:
    (tmp_path / "searchapp.toml").write_text(f'rate_limit = "{rate}"')
    with pytest.raises(
        settings.BadSettings, match=f"rate_limit: {re.escape(repr(rate))} is not like"
    ):
        settings.load({}, folder=tmp_path)


# --- the table ------------------------------------------------------------------------------------


def test_a_count_begins_again_after_its_time(
    table: SharedCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(counts, "time", type("time", (), {"time": staticmethod(lambda: now[0])}))
    assert [table.incr("a", 60) for _ in range(3)] == [1, 2, 3]
    assert (table.get("a"), table.get_expiry("a")) == (3, 1060.0)
    now[0] = 1059.9
    assert table.incr("a", 60) == 4
    now[0] = 1060.0
    assert table.get("a") == 0
    assert table.incr("a", 60) == 1
    now[0] = 500.0  # the clock is set back
    assert table.incr("a", 60) == 1


def test_keys_do_not_share_a_count_and_can_be_forgotten(table: SharedCounts) -> None:
    for name in ("a", "b", "ü\ud800", ""):
        assert table.incr(name, 60, 5) == 5
    table.clear("a")
    assert [table.get(name) for name in ("a", "b", "")] == [0, 5, 5]
    table.reset()
    assert table.get("b") == 0
    assert table.check()


def test_a_flood_of_senders_makes_no_room_and_forgets_none_near_its_limit(
    table: SharedCounts, tmp_path: Path
) -> None:
    for _ in range(100):
        table.incr("busy", 3600)
    for number in range(3000):
        table.incr(f"flood {number}", 3600)
    assert table.get("busy") == 100
    assert (tmp_path / "index.rates").stat().st_size == SIZE


def test_in_a_full_row_the_smallest_makes_room(
    table: SharedCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "ROWS", 1)
    for number in range(WAYS):
        table.incr(str(number), 3600, amount=number + 1)
    table.incr("new", 3600, amount=5)
    assert [table.get(str(number)) for number in range(WAYS)] == [0, *range(2, WAYS + 1)]
    assert table.get("new") == 5


def test_a_file_that_was_cut_off_or_scribbled_on_counts_on(tmp_path: Path) -> None:
    path = tmp_path / "index.rates"
    path.write_bytes(b"\xff" * SIZE)
    assert SharedCounts(path=str(path)).incr("a", 60) == 1
    path.write_bytes(b"short")
    assert SharedCounts(path=str(path)).incr("a", 60) == 1


def count_often(path: str, times: int) -> None:
    table = SharedCounts(path=path)
    for _ in range(times):
        table.incr("shared", 3600)


def test_processes_lose_no_count(tmp_path: Path) -> None:
    path = tmp_path / "index.rates"
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=count_often, args=(str(path), 500)) for _ in range(3)]
    for worker in workers:
        worker.start()
    count_often(str(path), 500)
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert SharedCounts(path=str(path)).get("shared") == 2000
    assert SharedCounts(path=str(path)).get_expiry("shared") > time.time()
