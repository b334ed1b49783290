"""The words of an index as people are offered them: those that go on from what was typed, those
that it may be a slip for, and how many articles have each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import numpy as np

from searchapp.engine import SPELLINGS, Spelling
from searchapp.engine.postings import Ints
from searchapp.engine.segment import Field
from searchapp.engine.snapshot import Leaf, Snapshot

MORE = 4
"""So many times the words asked for are counted: articles that are deleted since can change which
of them are the commonest, and so can other segments."""


def beginning(
    snapshot: Snapshot, name: str, start: str, limit: int, edits: int, stop: Collection[str]
) -> list[tuple[str, int]]:
    """See `Engine.words`."""
    words: dict[str, None] = {}
    for leaf in snapshot.leaves:
        field = leaf.field(name)
        if edits:
            forms = field.forms.beginnings(start, edits)
        else:
            found = field.forms.prefix(start)
            forms = np.arange(found.start, found.stop)
        offered = (word for word in _commonest(field, forms) if _is_offered(word, stop))
        words |= dict.fromkeys(word for word, _ in zip(offered, range(MORE * limit), strict=False))
    counted = ((word, articles(snapshot, name, word)) for word in words)
    ranked = sorted((-count, word) for word, count in counted if count)
    return [(word, -count) for count, word in ranked[:limit]]


def near(snapshot: Snapshot, name: str, word: str, edits: int) -> list[Spelling]:
    """See `Engine.spellings`."""
    if not edits:
        count = articles(snapshot, name, word)
        return [Spelling(word, 0, count)] if count else []
    words: dict[str, int] = {}
    for leaf in snapshot.leaves:
        field = leaf.field(name)
        forms, distances = field.forms.fuzzy(word, edits)
        for far in range(edits + 1):
            likely = _commonest(field, forms[distances == far])
            some = zip(likely, range(MORE * SPELLINGS), strict=False)
            words |= dict.fromkeys((other for other, _ in some), far)
    counted = ((far, -articles(snapshot, name, other), other) for other, far in words.items())
    ranked = sorted(one for one in counted if one[1])
    return [
        Spelling(other, far, -count)
        for distance in range(edits + 1)
        for far, count, other in [one for one in ranked if one[0] == distance][:SPELLINGS]
    ]


def articles(snapshot: Snapshot, name: str, word: str) -> int:
    """How many articles have an exact form."""
    return sum(_articles(leaf, leaf.field(name), word) for leaf in snapshot.leaves)


def _articles(leaf: Leaf, field: Field, word: str) -> int:
    form = field.forms.find(word)
    if form is None:
        return 0
    if leaf.live is None:
        return int(field.form_df[form])
    return int(np.count_nonzero(leaf.live[field.form_docs(form)]))


def _commonest(field: Field, forms: Ints) -> Iterator[str]:
    """Exact forms, those first that most documents have, deleted ones included."""
    order: Iterable[int] = np.argsort(-field.form_df[forms], kind="stable").tolist()
    return (field.forms.term(int(forms[place])) for place in order)


def _is_offered(word: str, stop: Collection[str]) -> bool:
    return word not in stop and not any(map(str.isdigit, word))
