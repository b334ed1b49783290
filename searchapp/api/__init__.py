"""The JSON API: what `/api/` answers, and its OpenAPI description."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app
from flask_smorest import Blueprint  # type: ignore[import-untyped]  # it ships no types
from werkzeug.routing import PathConverter

from searchapp.api import reading, writing
from searchapp.api.describing import INFO, Description, operations
from searchapp.api.problems import CODES, failed, problem, unrouted
from searchapp.archive import Archive
from searchapp.settings import Settings

__all__ = ["CODES", "description", "failed", "operations", "problem", "register"]

_EXTENSION = "searchapp.api"


def register(app: Flask, archive: Archive, settings: Settings) -> None:
    """Adds the API to `app`; the errors of other paths stay the application's own."""
    description = app.extensions[_EXTENSION] = Description(app, spec_kwargs=INFO)
    app.url_map.converters["article"] = ArticleId
    description.register_converter(ArticleId, lambda converter: {"type": "string"})
    blueprint = Blueprint("api", __name__, description="Search, read and change the articles.")
    reading.register(blueprint, archive, settings, description)
    writing.register(blueprint, archive, settings)
    blueprint.register_error_handler(Exception, failed)
    description.register_blueprint(blueprint)
    app.before_request(unrouted)


def description(root: str) -> dict[str, Any]:
    """The OpenAPI description of the API of the application that answers, below `root`."""
    described: Description = current_app.extensions[_EXTENSION]
    return described.document(root)


class ArticleId(PathConverter):
    """Any id at all: werkzeug's `path` refuses a slash at the start and line breaks."""

    regex = r"[\s\S]+"
    part_isolating = False  # werkzeug turns it on for a regex without a slash in it
