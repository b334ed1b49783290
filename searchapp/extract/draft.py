"""An article in the making: what has been found so far, and how."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from searchapp.model import Provenance


@dataclass(slots=True)
class Draft:
    """The fields of an `Article` that extraction fills in; the first value put stays."""

    title: str = ""
    body: str = ""
    original: str = ""
    date: datetime.date | None = None
    source: str | None = None
    byline: str | None = None
    place: str | None = None
    language: str | None = None
    url: str | None = None
    provenance: dict[str, Provenance] = field(default_factory=dict)
    given: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def put(self, name: str, value: object, how: Provenance = "found") -> None:
        """Sets a field that has no value yet; no value changes nothing."""
        if value and name not in self.provenance:
            setattr(self, name, value)
            self.provenance[name] = how
