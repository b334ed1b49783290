"""Sends text as gzip to whoever takes it.

Ours rather than Flask-Compress, which comes with Brotli and a second binding of Zstandard, for the
few bytes of a page that gzip leaves. What is streamed, a download of every hit, is compressed as it
is made. A page has nothing to be learned from its size (BREACH) that it should keep from who sends
its reader there: the tokens of its forms are other ones in every answer (`sessions.token`), and the
rest is what a search of the same words finds.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

from flask import Flask, request
from werkzeug.wrappers import Response

LEAST = 1000
"""Bytes: less than that fits into one packet of a network anyway."""
MOST = 2_000_000
"""Bytes: of more, the beginning could be on its way meanwhile."""
LEVEL = 5
"""A page of 50 kB takes 0.26 ms and becomes 8.2 kB; at 6, the usual level, 0.52 ms and 8.1 kB."""
TEXTS = frozenset(
    {
        *("application/json", "application/problem+json", "application/xml"),
        *("application/atom+xml", "application/opensearchdescription+xml", "image/svg+xml"),
        *("application/javascript", "application/jsonl"),
    }
)
"""What is compressed besides `text/…`."""


def register(app: Flask) -> None:
    """Before others do so: what is registered first sees an answer last."""
    app.after_request(compressed)


def compressed(response: Response) -> Response:
    """`response` as gzip, where it is worth it and the sender of the request takes that."""
    if not _is_text(response):
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code == 304 or not _takes_gzip():
        return response
    if response.is_streamed and not response.direct_passthrough:
        if hasattr(response.response, "close"):
            response.call_on_close(response.response.close)
        response.response = streamed_gzip(response.iter_encoded())
        return _as_gzip(response)
    response.direct_passthrough = False  # a static file is read here
    data = response.get_data()
    if not LEAST <= len(data) <= MOST:
        return response
    is_file = request.endpoint == "static"
    response.set_data(_file(data) if is_file else gzip.compress(data, LEVEL, mtime=0))
    return _as_gzip(response)


def streamed_gzip(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of `parts`, read as they are needed, as one gzip file in pieces; the first at once,
    so that nobody wonders whether anything comes."""
    compressor = zlib.compressobj(LEVEL, wbits=16 + zlib.MAX_WBITS)
    for number, part in enumerate(parts):
        data = compressor.compress(part)
        if number == 0:
            data += compressor.flush(zlib.Z_SYNC_FLUSH)
        if data:
            yield data
    yield compressor.flush()


def _as_gzip(response: Response) -> Response:
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("Accept-Ranges", None)
    if response.get_etag()[0] is not None:
        response.set_etag(str(response.get_etag()[0]), weak=True)
    return response


def _is_text(response: Response) -> bool:
    """Whether it is a whole text and not encoded yet."""
    kind = response.mimetype or ""
    return (
        (kind.startswith("text/") or kind in TEXTS)
        and response.status_code != 206
        and "Content-Encoding" not in response.headers
    )


def _takes_gzip() -> bool:
    """Whether gzip is accepted, and not liked less than no encoding (RFC 9110, 12.5.3)."""
    liked = {name.lower(): quality for name, quality in request.accept_encodings}
    quality = liked.get("gzip", liked.get("*", 0))
    return quality > 0 and quality >= liked.get("identity", 0)


@lru_cache(64)
def _file(data: bytes) -> bytes:
    """A static file, compressed once."""
    return gzip.compress(data, 9, mtime=0)
