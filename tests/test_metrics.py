"""Metrics: what is counted, how processes count together, and that labels are bounded."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from searchapp import web
from searchapp.model import SearchTimeout
from searchapp.web import observing
from tests.conftest import item
from tests.editing import shelf

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(client: FlaskClient, name: str, **labels: str) -> float:
    return samples(client.get("/metrics").text).get((name, frozenset(labels.items())), 0)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    with shelf(tmp_path) as archive:
        yield web.create_app(archive, archive.settings).test_client()


@pytest.mark.parametrize(
    ("path", "kind", "outcome"),
    [
        ("/?q=gas", "page", "ok"),
        ("/api/v1/search?q=gas", "search", "ok"),
        ("/api/v1/search?page=x", "search", "refused"),
        ("/api/v1/search.csv?q=gas", "export", "ok"),
        ("/api/v1/suggest?q=ga", "suggest", "ok"),
        ("/api/v1/timeline", "timeline", "ok"),
        ("/country/IR", "values", "ok"),
        ("/article/none", "article", "refused"),
        ("/feed.atom", "feed", "ok"),
    ],
)
def test_search_is_counted_by_what_it_asks_and_how_it_ends(
    client: FlaskClient, path: str, kind: str, outcome: str
) -> None:
    client.get(path, buffered=True)
    assert value(client, "searchapp_searches_total", kind=kind, outcome=outcome) == 1
    assert value(client, "searchapp_request_seconds_count", kind=kind) == 1


def test_index_is_described(tmp_path: Path) -> None:
    with shelf(tmp_path) as archive:
        client = web.create_app(archive, archive.settings).test_client()
        before = value(client, "searchapp_index_generation")
        assert value(client, "searchapp_index_articles") == 2
        assert value(client, "searchapp_index_failures") == 0
        assert 0 <= value(client, "searchapp_index_age_seconds") < 3600
        archive.engine.write([item("more", "Oil")])
        (toc,) = (tmp_path / "index").glob("*.toc")
        os.utime(toc, (0, 0))
        assert value(client, "searchapp_index_articles") == 3
        assert value(client, "searchapp_index_generation") == before + 1
        assert value(client, "searchapp_index_age_seconds") > 1_000_000_000
        toc.write_bytes(b"nonsense")
        archive.close()
        assert value(client, "searchapp_index_usable") == 0
        assert client.get("/health/live").json == {"status": "ok"}
        ready = client.get("/health/ready")
        assert ready.status_code == 503
        assert toc.name in ready.json["reason"]


def test_timeouts_and_errors_are_counted(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from searchapp.archive import Archive

    def raising(problem: Exception) -> Any:
        def run(*_: Any, **__: Any) -> Any:
            raise problem

        return run

    monkeypatch.setattr(Archive, "run", raising(SearchTimeout("too long")))
    assert [
        client.get(path, buffered=True).status_code for path in ("/?q=x", "/api/v1/search")
    ] == [
        503,
        503,
    ]
    monkeypatch.setattr(Archive, "run", raising(ZeroDivisionError("x")))
    assert [
        client.get(path, buffered=True).status_code for path in ("/?q=x", "/api/v1/search")
    ] == [
        500,
        500,
    ]
    assert value(client, "searchapp_timeouts_total") == 2
    assert value(client, "searchapp_errors_total") == 2
    assert value(client, "searchapp_searches_total", kind="page", outcome="timeout") == 1
    assert value(client, "searchapp_searches_total", kind="search", outcome="error") == 1


def test_labels_do_not_grow_with_what_is_sent(client: FlaskClient) -> None:
    def ask(number: int) -> None:
        for path in ("/nothing{}", "/article/{}", "/?q=x{}", "/country/{}", "/facet/{}"):
            client.get(path.format(number), buffered=True)
        client.open("/help", method=f"M{number}", buffered=True)

    ask(0)
    client.get("/metrics", buffered=True)
    before = samples(client.get("/metrics").text).keys()
    for number in range(1, 6):
        ask(number)
    assert samples(client.get("/metrics").text).keys() == before


def test_every_kind_belongs_to_a_view(client: FlaskClient) -> None:
    assert observing.KINDS.keys() | observing.UNSEEN <= client.application.view_functions.keys()


def test_nothing_is_in_progress_once_all_is_answered(client: FlaskClient) -> None:
    for path in ("/", "/nothing", "/api/v1/search.csv"):
        client.get(path, buffered=True)
    assert value(client, "searchapp_requests_in_progress") == 1  # this one


def test_server_that_stops_is_not_ready(tmp_path: Path) -> None:
    serving = web.Serving()
    with shelf(tmp_path) as archive:
        client = web.create_app(archive, archive.settings, serving).test_client()
        assert client.get("/health/ready").status_code == 200
        serving.stopping.set()
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.json["status"]) == (503, "unavailable")
        assert client.get("/health/live").status_code == 200


TOGETHER = """
import os, sys
from pathlib import Path
folder = Path(sys.argv[1])
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
from prometheus_client.multiprocess import mark_process_dead
from searchapp.metrics import Metrics

metrics = Metrics(lambda: None, folder)
for number in range(2):
    if not (child := os.fork()):
        metrics.in_progress.inc()
        metrics.searches.labels("page", "ok").inc(10)
        metrics.seconds.labels("page").observe(0.003)
        os._exit(0)
    os.waitpid(child, 0)
    if number:
        mark_process_dead(child)
print(metrics.exposition("")[0].decode())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_processes_count_together_and_the_dead_are_not_busy(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", TOGETHER, tmp_path], capture_output=True, text=True, check=True
    )
    found = samples(ran.stdout)
    page = ("kind", "page")
    assert found["searchapp_searches_total", frozenset({page, ("outcome", "ok")})] == 20
    assert found["searchapp_request_seconds_count", frozenset({page})] == 2
    assert found["searchapp_request_seconds_bucket", frozenset({page, ("le", "0.0025")})] == 0
    assert found["searchapp_request_seconds_bucket", frozenset({page, ("le", "0.005")})] == 2
    assert found["searchapp_requests_in_progress", frozenset()] == 1
    assert found["searchapp_index_usable", frozenset()] == 0
    assert found["process_resident_memory_bytes", frozenset()] > 1_000_000
