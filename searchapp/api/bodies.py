"""The bodies of requests: of the kinds that a view takes, packed or not, and not too large."""

from __future__ import annotations

import contextlib
import gzip
import io
import zlib
from collections.abc import Iterator
from typing import cast

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from searchapp import read
from searchapp.model import UnreadableSource

JSON = "application/json"


class BadBody(Exception):
    """A body that cannot be taken: a `code` of a problem, and of one that is not what it should be
    the JSON Pointer (RFC 6901) of the place at fault."""

    def __init__(self, detail: str, pointer: str = "", code: str = "bad_body") -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.code = code


def check_kind(*kinds: str) -> None:
    """Raises UnsupportedMediaType unless the body is of one of these media types."""
    if request.mimetype not in kinds:
        given = repr(request.mimetype) if request.mimetype else "a body without Content-Type"
        raise UnsupportedMediaType(f"send {' or '.join(kinds)}, not {given}")


def whole(most: int, setting: str = "") -> bytes:
    """The body, unpacked; see `stream`."""
    with stream(most, setting) as body:
        data = body.read(most + 1)
        if len(data) > most:
            raise _too_large(most, setting)
    return data


@contextlib.contextmanager
def stream(most: int, setting: str = "") -> Iterator[io.BufferedIOBase]:
    """The body, unpacked, as it arrives; of one that is larger than `most` bytes when it was sent
    reading fails, and whoever reads says with UnreadableSource that it unpacks to more.

    Raises BadBody, also while it is read, and UnsupportedMediaType for what is neither gzip nor as
    it is. `setting` is where the owner of the server has the limit.
    """
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise UnsupportedMediaType(f"Content-Encoding {encoding!r} is not understood, only gzip")
    request.max_content_length = most
    try:
        body = io.BufferedReader(cast(io.RawIOBase, request.stream))
        yield body if encoding == "identity" else gzip.GzipFile(fileobj=body)
    except (RequestEntityTooLarge, UnreadableSource) as problem:
        raise _too_large(most, setting) from problem
    except (gzip.BadGzipFile, EOFError, zlib.error) as problem:
        raise BadBody("the body is not sound gzip", code="bad_gzip") from problem


def _too_large(most: int, setting: str) -> BadBody:
    limit = f"; that is the limit ({setting})" if setting else ""
    return BadBody(f"this is more than {read.human(most)}, packed or not{limit}", code="too_large")
