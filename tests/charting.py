"""A small site of one page with both charts, under the headers of the real one, for tests."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, render_template_string, request, url_for
from flask_babel import Babel
from werkzeug.serving import make_server

from searchapp import charts
from searchapp.model import Bucket
from searchapp.web import HEADERS, language

ROOT = Path(__file__).parents[1]

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Charts</title>
<link rel="icon" href="{{ static('favicon.svg') }}">
<link rel="stylesheet" href="{{ static('searchapp.css') }}">
<link rel="stylesheet" href="{{ static('charts.css') }}">
<script src="{{ static('charts.js') }}" defer></script>
</head>
<body>
<main>
{% import "charts.html" as charts with context %}
<h1>{{ heading }}</h1>
{{ charts.world_map(map, country_url, view=view) }}
{% call charts.timeline(bars, period_url, range_url="/?date_from=FROM&date_to=TO") %}
<p><a href="/">All dates</a></p>
{% endcall %}
</main>
</body>
</html>
"""


@dataclass(frozen=True)
class Span:
    """A period, as charts.bars takes them."""

    label: str
    first: datetime.date
    last: datetime.date
    count: int
    within: bool = False


def month(year: int, number: int, count: int, within: bool = False) -> Span:
    first = datetime.date(year, number, 1)
    last = (first + datetime.timedelta(31)).replace(day=1) - datetime.timedelta(1)
    return Span(f"{first:%B %Y}", first, last, count, within)


def site(buckets: Sequence[Bucket], spans: Sequence[Span]) -> Flask:
    """Choosing toggles a country and sets the dates, as the parameters of `/`."""
    app = Flask(
        "charting",
        static_folder=str(ROOT / "searchapp" / "static"),
        template_folder=str(ROOT / "templates"),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, default_locale=language.ENGLISH)
    app.jinja_env.filters.update(counted=language.counted, number=language.number)

    @app.get("/")
    def page() -> Response:
        chosen, out = request.args.getlist("country"), request.args.getlist("not_country")
        start, end = request.args.get("date_from", "9999"), request.args.get("date_to", "")
        return Response(
            render_template_string(
                PAGE,
                heading=" ".join(chosen) or "All",
                map=charts.choropleth(
                    Bucket(b.value, b.label, b.count, b.value in chosen, b.value in out)
                    for b in buckets
                ),
                bars=charts.bars(
                    [
                        Span(s.label, s.first, s.last, s.count, start <= str(s.first) <= end)
                        for s in spans
                    ]
                ),
                view=request.args.get("view", "world"),
                static=lambda name: url_for("static", filename=name, v="1"),
                country_url=lambda c: "/" if c.selected else url_for("page", country=c.value),
                period_url=lambda p: url_for("page", date_from=p.first, date_to=p.last),
            ),
            headers=HEADERS,
        )

    return app


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the site while it is served by this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
