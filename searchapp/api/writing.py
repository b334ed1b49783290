"""What changes articles: PUT, POST and DELETE. Who may is decided before any of these is asked.

A body is read a line at a time and each line parsed once, so that a request needs little more than
its own size; `max_body_bytes` holds for what was sent and for what it unpacks to.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint  # type: ignore[import-untyped]  # it ships no types
from werkzeug.exceptions import (
    PreconditionFailed,
)

from searchapp import documents, read
from searchapp.api import bodies
from searchapp.api.answers import DOCUMENTS, Links
from searchapp.api.bodies import JSON
from searchapp.api.describing import documented
from searchapp.api.problems import answer
from searchapp.api.reading import DOCUMENT_ID
from searchapp.api.schemas import DeletedSchema, PostSchema, PutSchema
from searchapp.archive import Archive
from searchapp.documents import MEMBERS, Sent
from searchapp.model import BadArticle, BadParameter, NoSuchArticle
from searchapp.settings import Settings

DELETE = f"{DOCUMENTS}/delete"
LINES = ("application/jsonl", "application/x-ndjson")
MOST_LINES = 100_000
"""Lines of one request, blank ones too, or ids: what is said of each has to fit in memory."""

ARTICLE = {
    "type": "object",
    "title": "SentArticle",
    "properties": {member.name: member.schema for member in MEMBERS},
    "anyOf": [{"required": ["text"]}, {"required": ["title"]}],
    "description": "An article. It needs a text or a title. Members that are not listed are kept "
    "in the original and mean nothing.",
}
ARTICLES = {"type": "string", "description": "An article a line, a JSON object as for PUT."}
IDS = {
    "type": "object",
    "title": "Ids",
    "properties": {
        "ids": {
            "type": "array",
            "items": {"type": "string"},
            "maxItems": MOST_LINES,
            "description": "Ids of articles.",
            "examples": [["wire-4711", "wire-4712"]],
        }
    },
    "required": ["ids"],
    "additionalProperties": False,
}
_EXAMPLE = {member.name: member.example for member in MEMBERS}
_BODIES: dict[str, Any] = {
    "put_document": {JSON: (ARTICLE, {n: v for n, v in _EXAMPLE.items() if n != "id"})},
    "post_documents": {
        JSON: (ARTICLE, _EXAMPLE),
        **dict.fromkeys(LINES, (ARTICLES, json.dumps(_EXAMPLE) + "\n")),
    },
    "delete_documents": {JSON: (IDS, {"ids": ["wire-4711"]})},
}
_ONLY_NEW = {
    "in": "header",
    "name": "If-None-Match",
    "description": "`*`: add the article only where there is none with this id.",
    "schema": {"type": "string", "enum": ["*"]},
}
_REFUSED = (400, 401, 403, 413, 415, 500, 503)


def register(blueprint: Blueprint, archive: Archive, settings: Settings) -> None:
    views = Views(archive, settings)
    one = f"{DOCUMENTS}/<article:id>"
    put = documented(blueprint, views.put_document, PutSchema, 412, *_REFUSED)
    new = blueprint.alt_response(
        201, schema=PutSchema, description="It is new; `Location` has its address.", success=True
    )
    conditional = blueprint.doc(parameters=[_ONLY_NEW])
    post = documented(blueprint, views.post_documents, PostSchema, *_REFUSED)
    delete_many = documented(blueprint, views.delete_documents, DeletedSchema, *_REFUSED)
    delete = documented(
        *(blueprint, views.delete_document, None, 400, 401, 403, 404, 500, 503), status=204
    )
    for rule, method, view in (
        (one, "PUT", new(conditional(put))),
        (one, "DELETE", delete),
        (DOCUMENTS, "POST", post),
        (DELETE, "POST", delete_many),
    ):
        blueprint.add_url_rule(
            rule,
            view_func=_with_body(blueprint, view),
            methods=[method],
            parameters=[DOCUMENT_ID] if rule == one else [],
            merge_slashes=False,
        )


def _with_body(blueprint: Blueprint, view: Any) -> Any:
    """`view`, described with the body that it takes."""
    bodies = _BODIES.get(view.__name__)
    if not bodies:
        return view
    content = {kind: {"schema": s, "example": example} for kind, (s, example) in bodies.items()}
    return blueprint.doc(requestBody={"required": True, "content": content})(view)


@dataclass(frozen=True)
class Views:
    """What answers requests; OpenAPI shows the docstrings."""

    archive: Archive
    settings: Settings

    def put_document(self, id: str) -> Response:
        """Add or replace one article

        It has the members of a line of a `.jsonl` file. Its id is that of the address, and may be
        left out. It is kept beside the index, wins over a file with its id, and is found by the
        next search.
        """
        _takes_no_parameters()
        bodies.check_kind(JSON)
        only_new = _only_new()
        documents.checked_id(id)
        one = documents.sent(self._body(), self.settings.max_file_bytes, id)
        (result,) = self.archive.sending.put([one], only_new)
        if isinstance(result, BadArticle):
            raise result
        if result == "exists":
            raise PreconditionFailed(f"there is an article {id!r}")
        links = Links(request.script_root, self.settings)
        shown = {"self": links.document(id), "html": links.article(id)}
        status = 201 if result == "added" else 200
        response = answer({"id": id, "result": result, "links": shown}, status)
        if status == 201:
            response.headers["Location"] = shown["self"]
        return response

    def post_documents(self) -> Response:
        """Add or replace many articles

        JSON lines, an article each, or one article as JSON; `Content-Encoding: gzip` is
        understood. All that can be taken is committed at once, and found by the next search; a
        line that cannot be is listed, and stops no other. An article without an id gets one that
        depends on its content. Of several lines with one id the last counts.
        """
        began = time.perf_counter()
        _takes_no_parameters()
        bodies.check_kind(JSON, *LINES)
        received = _Received()
        if request.mimetype == JSON:
            received.take(1, documents.sent(self._body(), self.settings.max_file_bytes))
        else:
            self._take_lines(received)
        sent = received.articles()
        for one, result in zip(sent, self.archive.sending.put(sent), strict=True):
            if isinstance(result, BadArticle) and request.mimetype == JSON:
                raise result
            received.settle(one, result)
        return answer(received.answer() | {"took_ms": _since(began)})

    def delete_document(self, id: str) -> Response:
        """Delete one article

        It is kept that it is deleted: a file that holds it does not bring it back.
        """
        _takes_no_parameters()
        if self.archive.sending.delete([id]) == ["missing"]:
            raise NoSuchArticle(f"there is no article {id!r}")
        response = Response(status=204)
        del response.headers["Content-Type"]  # of nothing
        return response

    def delete_documents(self) -> Response:
        """Delete many articles

        All in one commit; ids that there are not are listed.
        """
        began = time.perf_counter()
        _takes_no_parameters()
        bodies.check_kind(JSON)
        ids = _ids(self._body())
        results = self.archive.sending.delete(ids)
        missing = [id_ for id_, result in zip(ids, results, strict=True) if result == "missing"]
        body = {"deleted": len(ids) - len(missing), "missing": missing, "took_ms": _since(began)}
        return answer(body)

    def _take_lines(self, received: _Received) -> None:
        most, longest = self.settings.max_body_bytes, self.settings.max_file_bytes
        with bodies.stream(*self._limit) as stream:
            for number, line in enumerate(read.lines(stream, longest, most), 1):
                if number > MOST_LINES:
                    raise BadArticle(f"this has more than {MOST_LINES:,} lines", "", "too_large")
                if not line.strip():
                    continue
                try:
                    received.take(number, documents.sent(line, longest))
                except BadArticle as problem:
                    received.refuse(number, problem)

    def _body(self) -> bytes:
        return bodies.whole(*self._limit)

    @property
    def _limit(self) -> tuple[int, str]:
        return self.settings.max_body_bytes, "max_body_bytes"


@dataclass(slots=True)
class _Received:
    """The lines of one request, and what becomes of each."""

    _last: dict[str, tuple[int, Sent]] = field(default_factory=dict)
    _failed: list[dict[str, Any]] = field(default_factory=list)
    _repeated: list[dict[str, Any]] = field(default_factory=list)
    _counts: dict[str, int] = field(
        default_factory=lambda: {"added": 0, "updated": 0, "unchanged": 0}
    )

    def take(self, number: int, article: Sent) -> None:
        """A line that is an article; it counts instead of an earlier one with its id."""
        if before := self._last.pop(article.id, None):
            self._repeated.append({"line": before[0], "id": article.id, "by": number})
        self._last[article.id] = number, article

    def refuse(self, number: int, problem: BadArticle, id_: str = "") -> None:
        self._failed.append(
            {
                "line": number,
                "id": problem.id or id_ or None,
                "code": problem.code,
                "member": problem.member or None,
                "detail": str(problem),
            }
        )

    def articles(self) -> list[Sent]:
        """Those that count, in the order of their lines."""
        return [article for _, article in self._last.values()]

    def settle(self, article: Sent, result: str | BadArticle) -> None:
        if isinstance(result, BadArticle):
            number, _ = self._last.pop(article.id)
            self.refuse(number, result, article.id)
        else:
            self._counts[result] += 1

    def answer(self) -> dict[str, Any]:
        """What `PostSchema` describes, but how long it took."""
        return {
            **self._counts,
            "failed": sorted(self._failed, key=lambda row: row["line"]),
            "repeated": sorted(self._repeated, key=lambda row: row["line"]),
            "ids": [*self._last],
        }


def _takes_no_parameters() -> None:
    for name in request.args:
        raise BadParameter(name, "no such parameter; this takes none")


def _only_new() -> bool:
    """Whether the article may only be added. Other conditions cannot be kept: no article has a
    version that could be compared."""
    if request.headers.get("If-Match") is not None:
        raise PreconditionFailed("If-Match cannot be answered; there is If-None-Match: *")
    condition = request.headers.get("If-None-Match", "").strip()
    if condition not in ("", "*"):
        raise PreconditionFailed("of If-None-Match only * is understood")
    return condition == "*"


def _ids(data: bytes) -> list[str]:
    """The ids in the body of a request to delete them, each once."""
    row = documents.read_object(data)
    for name in row:
        if name != "ids":
            raise BadArticle(f"{name}: no such member; there is ids", name)
    ids = row.get("ids")
    if not isinstance(ids, list) or not all(isinstance(id_, str) for id_ in ids):
        raise BadArticle("ids: is not a list of texts", "ids")
    if len(ids) > MOST_LINES:
        raise BadArticle(f"ids: has more than {MOST_LINES:,}", "ids", "too_large")
    return list(dict.fromkeys(ids))


def _since(began: float) -> float:
    return round(1000 * (time.perf_counter() - began), 3)
