"""What Whoosh is told of an index: its fields, and how each is analysed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoosh import analysis, columns, fields

from searchapp.analyse import PARAGRAPH, Analyser
from searchapp.engine.build import ALL_COLUMNS, STEMMED

FORMAT = "6"
"""Of the files and the records: raise it when an index made before cannot be used."""


class Words(analysis.Analyzer):  # type: ignore[misc]
    """Our analyser as one of Whoosh's, giving stems or exact forms. Pickled into the schema."""

    def __init__(self, analyser: Analyser, stems: bool) -> None:
        self.language = analyser.language
        self.fingerprint = fingerprint(analyser)
        self.stems = stems
        self._analyser: Analyser | None = analyser

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_analyser": None}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and self.__getstate__() == other.__getstate__()

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, value: str, **_: Any) -> Iterator[analysis.Token]:
        if self._analyser is None:
            self._analyser = Analyser(self.language)
        token = analysis.Token()
        token.boost = 1.0
        token.stopped = False
        for exact, stem, position, start, end in self._analyser.tokens(value):
            token.text = stem if self.stems else exact
            token.pos, token.startchar, token.endchar = position, start, end
            yield token


class Values(analysis.Analyzer):  # type: ignore[misc]
    """Every value of a facet whole; they come joined by PARAGRAPH, which no value contains."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Values)

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, value: str, **_: Any) -> Iterator[analysis.Token]:
        token = analysis.Token()
        token.boost = 1.0
        token.stopped = False
        for position, text in enumerate(value.split(PARAGRAPH)):
            token.text, token.pos = text, position
            yield token


def fingerprint(analyser: Analyser) -> str:
    """What an index must have been made by for this program to use it."""
    return f"format-{FORMAT}-analyser-{analyser.fingerprint}"


def schema(analyser: Analyser) -> fields.Schema:
    """The fields of an index. Nothing is a stored field: Whoosh pickles those."""
    stems, exact = Words(analyser, stems=True), Words(analyser, stems=False)
    names: dict[str, fields.FieldType] = {
        "id": fields.ID(unique=True, sortable=True),
        "state": fields.COLUMN(columns.VarBytesColumn()),
        "rest": fields.COLUMN(columns.VarBytesColumn()),
        "record": fields.COLUMN(columns.VarBytesColumn()),
        "date": fields.COLUMN(columns.NumericColumn("i", default=0)),
    }
    for name in STEMMED:
        names[name] = fields.TEXT(analyzer=stems)
        names[f"{name}_exact"] = fields.TEXT(analyzer=exact, phrase=False)
    for name in ("person", "source"):
        names[name] = fields.TEXT(analyzer=exact)
    for column in ALL_COLUMNS:
        names[f"facet_{column}"] = fields.ID(analyzer=Values())
    return fields.Schema(**names)
