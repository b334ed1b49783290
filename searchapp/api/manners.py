"""What an answer has besides its body: a tag by which it need not be sent again (RFC 9110), and its
links in a header (RFC 8288).

A tag is made of what an answer depends on, not of the answer, so that a search whose answer is
known is not run. That is the commit that is read and the owner's names (`Archive.state`), this
version and its settings, and the address asked. It is weak: `took_ms` is another one each time.

By the same tags each process remembers answers, so that what many ask at once, such as a search
that somebody linked to, is searched once. Nothing has to be thrown away when articles are indexed:
the tags are others then.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from searchapp import __version__
from searchapp.api.problems import answer
from searchapp.archive import Archive
from searchapp.remembered import Remembered
from searchapp.settings import Settings

DESCRIPTION = "/api/openapi.json"
VARY = ("Accept-Encoding", "Authorization")
LONGEST_LINKS = 2000
"""Characters of a `Link` header. A query of 2,048 characters is 24,000 in an address, there are
four of these, and nginx takes 4,000 of all headers."""

View = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a view answered with status 200."""

    data: bytes
    kind: str
    links: str

    @classmethod
    def of(cls, response: Response) -> Answer:
        return cls(response.get_data(), response.content_type, response.headers.get("Link", ""))

    def response(self) -> Response:
        response = Response(self.data, content_type=self.kind)
        if self.links:
            response.headers["Link"] = self.links
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def weight(self) -> int:
        return len(self.data) + len(self.links) + 500


@dataclass(frozen=True, slots=True)
class Tags:
    """Makes the entity tags of one archive."""

    archive: Archive
    digest: str
    """Of what stays the same while the server runs."""
    answers: Remembered[str, Answer]
    """By tag."""

    @classmethod
    def of(cls, archive: Archive, settings: Settings) -> Tags:
        fixed = f"{__version__} {settings!r}"  # which leaves the keys out
        answers: Remembered[str, Answer] = Remembered(settings.max_answer_bytes, Answer.weight)
        return cls(archive, hashlib.sha256(fixed.encode()).hexdigest(), answers)

    def tag(self) -> str:
        """That of the request being answered."""
        path = f"{request.script_root}{request.path}?".encode("utf-8", "replace")
        said = f"{self.digest} {self.archive.state()} ".encode()
        return hashlib.blake2b(said + path + request.query_string, digest_size=12).hexdigest()

    def tagged(self, view: View) -> View:
        """`view`, not asked where the sender of the request has its answer.

        An answer by cursor has no tag: it depends on what the server still keeps.
        """

        @functools.wraps(view)
        def answered(**arguments: Any) -> Response:
            if "cursor" in request.args:
                return _kept(view(**arguments))
            tag = self.tag()  # before the view: what is written meanwhile has another
            if tag in request.if_none_match.as_set(include_weak=True):
                response = Response(status=304, mimetype="application/json")  # no page's `Vary`
                response.vary.update(VARY)
            elif remembered := self.answers.get(tag):
                response = remembered.response()
            else:
                response = view(**arguments)
                if response.status_code != 200:
                    return response
                if not response.is_streamed:
                    self.answers.put(tag, Answer.of(response))
            response.set_etag(tag, weak=True)
            return _kept(response)

        return answered


def _kept(response: Response) -> Response:
    """Says who may keep an answer: everybody who asks first whether it still holds; what was
    answered to a key, only whoever has it."""
    if response.status_code < 400:
        private = "private, " if "Authorization" in request.headers else ""
        response.headers["Cache-Control"] = f"{private}no-cache"
        response.vary.update(VARY)
    return response


def linked(body: Mapping[str, Any]) -> Response:
    """`body` as an answer whose `links` are in its header, too."""
    response = answer(body)
    response.headers["Link"] = link_header(body.get("links", {}), request.script_root)
    return response


def link_header(links: Mapping[str, str | None], root: str) -> str:
    """The links of an answer that have a name of RFC 8288, where they are not too long for a
    header, and the description of the API."""
    description = f'<{root}{DESCRIPTION}>; rel="service-desc"; type="application/json"'
    found = [
        f'<{target}>; rel="{name}"'
        for name in ("self", "next", "prev")
        if (target := links.get(name))
    ]
    if page := links.get("html"):
        found.append(f'<{page}>; rel="alternate"; type="text/html"')
    header = ", ".join([*found, description])
    return header if len(header) <= LONGEST_LINKS else description
