"""searchapp turns a folder of news into a search site. This is the map, in the order data flows.

`model` holds the nouns that pass between the stages below, `settings` every setting and limit.

On the way in, `ingest` runs four steps in one visible list: `read` finds files and gives a `Source`
for each article in them; `extract` makes it an `Article` (title, body, date, source, byline,
language); `tag` finds the countries, people and topics with the sentences that prove it, by rules
and by what `additions` reads of the owner's own; and an `engine` writes the result. Between the two
`corrections` does what the owner said of the tags, and `variants` says which spellings of a name
are one person. `analyse` turns text into tokens, the same for indexing, querying and highlighting;
`matching` says of one text what an index says of all: what a pattern or a slip stands for.

`journal` keeps what a run leaves besides: which files failed and why. Articles also come one by one
from programs, over HTTP or in Python: `documents` says what may be in one and keeps it beside the
index, and `sending` tags and commits what threads send, joined.

On the way out, `query` reads what somebody typed and gives a tree of analysed terms; `search` asks
the engine for the ranking and the exact facet counts, `highlight` marks the passages that show why,
where `locate` finds the words, and the answer is a `Page` of plain data. `describe` says a search
in words, `spelling` what may have been meant by one that finds little, and `suggest` how one that
is being typed may go on; `typed` knows where its words stand. `said` is a text for people that can
be translated.

`engine` is a protocol with one door, `open_engine`. Behind it `embedded` keeps a Whoosh index in a
folder, whose segments are mapped arrays, and `execute` evaluates queries on them. `copies` says
which texts are copies of one story, so that a search may list one of them.

On top, and imported by nothing else: `web` renders HTML pages, `api` answers JSON, `cli` is the
command line; `address` is a search as a URL for both of the first. `archive` is all of it for
Python:

    with searchapp.open("index") as archive:
        archive.add(["news/"])
        page = archive.search("gas pipeline", country=["IR"])
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from searchapp.archive import Archive
    from searchapp.export import csv_lines, json_lines
    from searchapp.ingest import Report
    from searchapp.model import (
        Article,
        BadArticle,
        BadCorrection,
        BadParameter,
        BadQuery,
        BadSettings,
        Bar,
        Branch,
        Bucket,
        Chosen,
        Copy,
        Correction,
        Cursor,
        Evidence,
        Explanation,
        Facet,
        Failure,
        Hit,
        IndexDamaged,
        IndexLocked,
        IndexMismatch,
        IndexProblem,
        Meant,
        MissingExtra,
        NoIndex,
        NoSuchArticle,
        Page,
        Passage,
        Reading,
        Search,
        SearchError,
        SearchTimeout,
        Shown,
        Stats,
        Suggestion,
        Suggestions,
        Tag,
        Tagged,
        Tags,
        Timeline,
        UnreadableSource,
    )

__version__ = "0.1.0"

__all__ = [
    "Archive",
    "Article",
    "BadArticle",
    "BadCorrection",
    "BadParameter",
    "BadQuery",
    "BadSettings",
    "Bar",
    "Branch",
    "Bucket",
    "Chosen",
    "Copy",
    "Correction",
    "Cursor",
    "Evidence",
    "Explanation",
    "Facet",
    "Failure",
    "Hit",
    "IndexDamaged",
    "IndexLocked",
    "IndexMismatch",
    "IndexProblem",
    "Meant",
    "MissingExtra",
    "NoIndex",
    "NoSuchArticle",
    "Page",
    "Passage",
    "Reading",
    "Report",
    "Search",
    "SearchError",
    "SearchTimeout",
    "Shown",
    "Stats",
    "Suggestion",
    "Suggestions",
    "Tag",
    "Tagged",
    "Tags",
    "Timeline",
    "UnreadableSource",
    "__version__",
    "csv_lines",
    "json_lines",
    "open",
]
"""What is public, as docs/python.md explains it; everything else may change with any version."""

_HOMES = {
    "Archive": "archive",
    "Report": "ingest",
    "csv_lines": "export",
    "json_lines": "export",
}
"""Where a public name is from, if not from `model`."""


def __getattr__(name: str) -> Any:
    """A public name, from its module when it is first asked for: `import searchapp` is instant."""
    if name not in __all__:
        raise AttributeError(f"module 'searchapp' has no attribute {name!r}")
    found = getattr(import_module(f"searchapp.{_HOMES.get(name, 'model')}"), name)
    globals()[name] = found
    return found


def open(index: str | Path = "index", **settings: Any) -> Archive:
    """The archive whose index is in the folder `index`, made if there is none.

    `settings` are those of docs/settings.md; what is not given comes from `searchapp.toml` and the
    environment. Raises IndexMismatch, IndexDamaged and BadSettings.

    >>> with searchapp.open("index", per_page=20) as archive:
    ...     archive.search("gas pipeline").total
    1
    """
    from searchapp.archive import Archive
    from searchapp.engine import open_engine
    from searchapp.settings import load

    chosen = load(os.environ, {**settings, "index": str(index)})
    return Archive(open_engine(index, chosen, create=True), chosen)
