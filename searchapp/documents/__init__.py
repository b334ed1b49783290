"""Articles that are sent one by one, as JSON: what may be in one, and what is wrong with one.

An article has the members of a line of a `.jsonl` file, and becomes an article as that does. Where
a file's line drops a value without meaning, since nobody would read a message of each of a million
lines, here it is refused: a program that sends `"date": "yesterday"` wants to know.

`store` keeps them, beside the index.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from searchapp.extract.draft import Draft
from searchapp.extract.metadata import put_stated
from searchapp.model import Article, BadArticle, UnreadableSource
from searchapp.read import MAX_ID_CHARS, human, own_id

MOST_VALUES = 1000
LONGEST_VALUE = 500
"""How many values of a facet an article may come with, and characters of each."""
DEEPEST = 100
"""Lists and objects in each other; what is read must be readable again, however deep the stack."""
_BOM = b"\xef\xbb\xbf"

MemberKind = Literal["id", "text", "texts"]


@dataclass(frozen=True, slots=True)
class Member:
    """A member that an article may have. `means`: a value without meaning is refused."""

    name: str
    kind: MemberKind
    about: str
    example: Any
    means: str = ""

    @property
    def schema(self) -> dict[str, Any]:
        """The member in JSON Schema; null is as good as leaving it out."""
        value = {"type": "string", "maxLength": LONGEST_VALUE}
        kinds: dict[MemberKind, dict[str, Any]] = {
            "id": {"type": ["string", "number", "null"], "minLength": 1, "maxLength": MAX_ID_CHARS},
            "text": {"type": ["string", "null"]},
            "texts": {
                "anyOf": [
                    {"type": "array", "items": value, "maxItems": MOST_VALUES},
                    value,
                    {"type": "null"},
                ]
            },
        }
        return {**kinds[self.kind], "description": self.about, "examples": [self.example]}

    def problem(self, value: object) -> str:
        """What is wrong with `value`, which is not null; empty for nothing."""
        match self.kind:
            case "text":
                return self._text_problem(value)
            case "texts":
                return _texts_problem([value] if isinstance(value, str) else value)
            case "id":  # `read` says what an id may be, and it is asked before
                return ""

    def _text_problem(self, value: object) -> str:
        if not isinstance(value, str):
            return "is not text"
        if self.means and value.strip():
            draft = Draft()
            put_stated(draft, self.name, value)
            if not draft.provenance:
                return f"{_short(value)} is not {self.means}"
        return ""


MEMBERS = (
    Member("id", "id", "Which article this is; the same replaces it.", "wire-4711"),
    Member("title", "text", "The headline.", "Gas for Turkey"),
    Member(
        "text", "text", "The article itself, without its headline.", "Iran sells gas to Turkey."
    ),
    Member("date", "text", "When it was published.", "2001-05-02", means="a date like 2001-12-31"),
    Member(
        *("url", "text", "Where it was published.", "https://news.example/gas"),
        means="a link of http or https",
    ),
    Member("source", "text", "Who published it.", "Reuters"),
    Member("author", "text", "Who wrote it.", "Paul Goble"),
    Member("language", "text", "ISO 639-1 code.", "en", means="the code of a language"),
    Member("country", "texts", "Its countries, instead of those that are found in it.", ["IR"]),
    Member("person", "texts", "Its people, likewise.", ["Mohammad Khatami"]),
    Member("topic", "texts", "Its topics, likewise.", ["medtop:04000000"]),
)


@dataclass(frozen=True, slots=True)
class Sent:
    """An article as it is kept: `data` is JSON, the same for what says the same."""

    id: str
    data: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def sent(data: bytes, max_bytes: int, id_: str = "") -> Sent:
    """The article in `data`, whose id must be `id_` where that is given.

    One without an id gets one that depends on its content alone. Members that are not in MEMBERS
    are kept with it and mean nothing. Raises BadArticle.
    """
    data = data.removeprefix(_BOM).strip()
    if len(data) > max_bytes:
        raise BadArticle(
            f"is more than {human(max_bytes)}; that is the limit (max_file_bytes)", "", "too_large"
        )
    row = read_object(data)
    own = _own_id(row.pop("id", None))
    if id_ and own and own != id_:
        raise BadArticle(f"id: {_short(own)} is not that of the address", "id", "id_differs")
    named = id_ or own
    try:
        for member in MEMBERS:
            value = row.get(member.name)
            if value is not None and (problem := member.problem(value)):
                raise BadArticle(f"{member.name}: {problem}", member.name)
        named = named or hashlib.sha256(_packed(row)).hexdigest()[:32]
        return Sent(named, _packed({**row, "id": named}))
    except BadArticle as problem:
        problem.id = named
        raise


def checked_id(id_: str) -> str:
    """`id_`, where an article may have it. Raises BadArticle."""
    return _own_id(id_)


def as_json(article: Mapping[str, object] | Article) -> bytes:
    """An article of a program as what would be sent. Raises BadArticle."""
    row = _of_article(article) if isinstance(article, Article) else dict(article)
    try:
        return json.dumps(row, default=_plain).encode()
    except (TypeError, ValueError, RecursionError) as problem:
        raise BadArticle(f"cannot be written as JSON: {problem}", "", "not_json") from problem


def _of_article(article: Article) -> dict[str, object]:
    return {
        "id": article.id or None,
        "title": article.headline,
        "text": article.body,
        "date": article.date,
        "url": article.url,
        "source": article.source,
        "author": article.byline,
        "language": article.language,
        **{facet: list(values) for facet, values in article.given.items()},
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(f"{type(value).__name__} is nothing that JSON has")


# --- reading --------------------------------------------------------------------------------------


def read_object(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`, not nested more than DEEPEST deep. Raises BadArticle."""
    try:
        row = json.loads(data.decode(), parse_constant=_no_constant)
    except UnicodeDecodeError as problem:
        raise BadArticle("is not UTF-8", "", "not_utf8") from problem
    except RecursionError as problem:
        raise BadArticle("is nested too deeply", "", "too_deep") from problem
    except ValueError as problem:
        raise BadArticle(f"is not JSON: {problem}", "", "not_json") from problem
    if not isinstance(row, dict):
        raise BadArticle("is not a JSON object", "", "not_an_object")
    if _is_deep(row):
        raise BadArticle(f"is nested more than {DEEPEST} deep", "", "too_deep")
    return row


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _is_deep(row: Mapping[str, object]) -> bool:
    level: list[object] = [row]
    for _ in range(DEEPEST):
        below: list[object] = []
        for item in level:
            values = item.values() if isinstance(item, dict) else item
            assert isinstance(values, Iterable)
            below += (value for value in values if isinstance(value, (dict, list)))
        if not below:
            return False
        level = below
    return True


def _packed(row: Mapping[str, object]) -> bytes:
    """`row` in the order of its names. Half a surrogate pair, which UTF-8 lacks, stays escaped."""
    try:
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, allow_nan=False)
    except ValueError as problem:  # 1e999, which Python reads as infinity
        raise BadArticle("holds a number that is too large", "", "not_json") from problem
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(row, sort_keys=True).encode()


def _own_id(value: object) -> str:
    """`value` as an id, empty for null."""
    try:
        return "" if value is None else own_id(value)
    except UnreadableSource as problem:
        raise BadArticle(f"id: {str(problem).removeprefix('id ')}", "id") from problem


def _texts_problem(values: object) -> str:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return "is neither text nor a list of texts"
    if len(values) > MOST_VALUES:
        return f"has {len(values):,} values; the limit is {MOST_VALUES:,}"
    if any(len(value) > LONGEST_VALUE for value in values):
        return f"has a value of more than {LONGEST_VALUE} characters"
    return ""


def _short(value: str) -> str:
    return repr(value if len(value) <= 40 else f"{value[:39]}…")
