"""What a model of spaCy thinks of the names that the rules look at, where one is installed.

The rules stay in charge: on newswire (conll-train) they reach 94.3 F1 for people where spaCy's
small English model reaches 72.5, and of the names of several words that it alone finds one in
eight is a person's. It adds points to those of the rules before they decide, so that short forms
of a name are merged as ever. With the points below and the small model, F1 goes from 94.27 to
94.32 on conll-train, from 83.5 to 83.8 on wikigold, and from 94.33 to 94.41 on conll-testa, which
nothing was chosen on.
"""

from __future__ import annotations

import bisect
import importlib
import importlib.util
import pkgutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from searchapp.model import BadSettings, MissingExtra
from searchapp.tag.candidates import Candidate
from searchapp.tag.person import Opinion
from searchapp.tag.text import Tokens

PREFIX = "en_core_web_"
PREFERRED = ("lg", "md", "sm", "trf")
"""Sizes, best first; a transformer, which is slow without a graphics card, last."""

EXCLUDED = ("tagger", "parser", "senter", "attribute_ruler", "lemmatizer")
"""Parts of a model that say nothing of names."""
CHUNK = 20_000
"""Characters that a model reads at a time: its memory grows with them."""


@dataclass(frozen=True, slots=True)
class Points:
    """For a name that the model calls a person's, as a whole or in part; something else's; or
    nothing."""

    same: float
    part: float
    other: float
    nothing: float


FULL = Points(same=0.25, part=0.25, other=-0.25, nothing=-0.25)
BARE = Points(same=0.25, part=1.0, other=0.0, nothing=-1.5)
"""Of names of several words and of one: a single word that it passes over is hardly a person."""

Entity = tuple[int, int, bool]
"""Start and end in the text, and whether it is a person."""


def opinion(package: str, text: str, tokens: Tokens) -> Opinion:
    """What the model in `package` thinks of candidates among `tokens` of `text`."""
    entities = list(_entities(package, text))
    starts = [start for start, _, _ in entities]

    def points(candidate: Candidate) -> float:
        first, last = tokens.span(candidate.first, candidate.last)
        near = entities[max(bisect.bisect(starts, first) - 1, 0) : bisect.bisect_left(starts, last)]
        over = [(start, end, person) for start, end, person in near if end > first]
        table = FULL if len(candidate.key) > 1 else BARE
        if (first, last, True) in over:
            return table.same
        if any(person for _, _, person in over):
            return table.part
        return table.other if over else table.nothing

    return lambda mentions: sum(map(points, mentions)) / len(mentions)


def _entities(package: str, text: str) -> Iterator[Entity]:
    """Ascending and disjoint, as spaCy's are."""
    chunks = list(_chunks(text))
    parts = load(package).pipe(text[start:end] for start, end in chunks)
    for (base, _), part in zip(chunks, parts, strict=True):
        for found in part.ents:
            name = found.text.removesuffix("'s").removesuffix("’s")
            start = base + found.start_char
            yield start, start + len(name), found.label_ == "PERSON"


def _chunks(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of at most CHUNK characters, cut at a line's end or a space where there is one."""
    start = 0
    while start < len(text):
        end = min(start + CHUNK, len(text))
        if end < len(text):
            cut = max(text.rfind("\n", start + CHUNK // 2, end), 0)
            cut = cut or text.rfind(" ", start + CHUNK // 2, end)
            end = cut + 1 if cut > start else end
        yield start, end
        start = end


# --- models --------------------------------------------------------------------------------------


def installed() -> list[str]:
    """The packages with a model, the one to be preferred first. Distributions of other names
    carry them, too: what counts is what can be imported."""
    names = [module.name for module in pkgutil.iter_modules()]
    return sorted((name for name in names if name.startswith(PREFIX)), key=_rank)


def _rank(name: str) -> tuple[int, str]:
    size = name.removeprefix(PREFIX).partition("_")[0]
    return PREFERRED.index(size) if size in PREFERRED else len(PREFERRED), name


def fingerprint(package: str) -> str:
    """Changes when the model or spaCy does. Raises BadSettings and MissingExtra."""
    model = load(package)
    spacy = importlib.import_module("spacy").__version__
    return f"{package}-{model.meta.get('version')}-spacy-{spacy}"


@lru_cache(maxsize=2)
def load(package: str) -> Any:
    """The model in `package`, from its own files, with nothing but what names need.

    Raises MissingExtra without spaCy, and BadSettings where it is no model that this spaCy reads.
    """
    if not _can_import("spacy"):
        raise MissingExtra(
            f"spacy: the model {package} needs spaCy, which is not installed: "
            "pip install 'searchapp[spacy]'"
        )
    if not _can_import(package):
        there = ", ".join(installed()) or "none"
        raise BadSettings(f"spacy: no package {package!r} is installed; models installed: {there}")
    try:
        with warnings.catch_warnings():  # of old versions, which show in the error where it matters
            warnings.simplefilter("ignore")
            model = importlib.import_module(package).load(exclude=list(EXCLUDED))
            architecture = model.get_pipe_config("ner")["model"]["tok2vec"]["@architectures"]
    except Exception as problem:  # whatever a package that is no model, or an old one, raises
        reason = " ".join(str(problem).split())[:200]
        raise BadSettings(f"spacy: {package} cannot be loaded: {reason}") from problem
    if "tok2vec" in model.pipe_names and "Listener" not in architecture:
        model.disable_pipe("tok2vec")  # the model finds names without it
    return model


def _can_import(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):  # a.b without a, or no name at all
        return False
