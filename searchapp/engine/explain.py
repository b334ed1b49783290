"""How scores came about: what `execute` and `rerank` add up, told apart and named.

The numbers are theirs, and so are the formulas; here are only the sums. What is asked is asked for
several articles at once, because a page shows several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from searchapp.engine import execute, rerank
from searchapp.engine.execute import EXACT, HEADLINE, TITLE, Found, Run, locate, saturated
from searchapp.engine.postings import Ints, Term
from searchapp.engine.rerank import Stems
from searchapp.engine.snapshot import Floats, Leaf
from searchapp.model import (
    MENTIONED,
    NAMES,
    All,
    Any,
    Dated,
    Explanation,
    Fuzzy,
    HasValue,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    Query,
    Wildcard,
    Word,
)

Explained = list[Explanation | None]
"""One for each of some documents, None for one that does not match."""
Place = tuple[Leaf, int]
Facts = dict[str, float | str]


def explain(
    run: Run, query: Query, places: Sequence[Place | None], words: Sequence[Word], stems: Stems
) -> Explained:
    """Of each document how its score came about; None where there is none or it does not match.
    `words`: those that `rerank` is to go by; with fewer than two it has nothing to do."""
    found = execute.find(run, query)
    again = rerank.best_again(run, found, words, stems) if len(words) > 1 else None
    known: dict[tuple[int, int], Explanation] = {}
    for part in found:
        here = {doc for leaf, doc in filter(None, places) if leaf is part.leaf}
        wanted = np.array(sorted(here), np.int64)
        for doc, whole in _explained(run, query, part, wanted):
            known[id(part.leaf), doc] = whole
        for doc, score, added in _added(run, query, again, part.leaf, wanted):
            whole = known[id(part.leaf), doc]
            whole = replace(whole, score=score, parts=(*whole.parts, *added))
            known[id(part.leaf), doc] = whole
    return [known.get((id(place[0]), place[1])) if place else None for place in places]


def _explained(
    run: Run, query: Query, found: Found, wanted: Ints
) -> Iterator[tuple[int, Explanation]]:
    """Those of the documents that were found, with what they score before `rerank`."""
    at, rows = locate(found.docs, wanted, found.leaf.size)
    docs = wanted[at]
    scores = np.zeros(len(docs), np.float32) if found.scores is None else found.scores[rows]
    trees = _Articles(run, found.leaf, docs).node(query.root)
    for doc, score, tree in zip(docs.tolist(), scores.tolist(), trees, strict=True):
        assert tree is not None, "found, and not matched"
        parts = tree.parts if tree.kind in ("all", "any") else (tree,)
        yield doc, Explanation("score", score, parts=(*parts, *_filters(query)))


# --- the tree -------------------------------------------------------------------------------------


@dataclass
class _Articles:
    """Some documents of a leaf, ascending."""

    run: Run
    leaf: Leaf
    docs: Ints

    def node(self, node: Node) -> Explained:
        self.run.budget.check()
        match node:
            case Word():
                return self._fields(node.fields, lambda name: self._word(node, name))
            case Phrase(words) | Near(words):
                kind = "phrase" if isinstance(node, Phrase) else "near"
                return self._fields(node.fields, lambda name: self._words(kind, node, words, name))
            case Prefix() | Wildcard():
                return self._fields(node.fields, lambda name: self._pattern(node, name))
            case Fuzzy():
                return self._fields(node.fields, lambda name: self._slip(node, name))
            case HasValue() | Dated():
                at, _ = execute.narrow(self.run, self.leaf, node, self.docs)
                return self._spread(at, [_filter(said(node))] * len(at))
            case Not(part):
                matched = self.node(part)
                return [None if found else _filter(said(node)) for found in matched]
            case All(parts):
                rows = self._rows([self.node(part) for part in parts])
                return [_sum("all", row) if None not in row else None for row in rows]
            case Any(parts):
                rows = self._rows([self.node(part) for part in parts])
                return [_sum("any", row) if any(row) else None for row in rows]

    def _rows(self, columns: Sequence[Explained]) -> Iterator[tuple[Explanation | None, ...]]:
        """Of each document what the columns have of it."""
        return iter(zip(*columns, strict=True)) if columns else iter([()] * len(self.docs))

    def _fields(self, names: Sequence[str], explain: Callable[[str], Explained]) -> Explained:
        rows = self._rows([explain(name) for name in names])
        return [_only(row) if any(row) else None for row in rows]

    def _spread(self, at: Ints, found: Sequence[Explanation]) -> Explained:
        """`found`, of the documents `at` these places, as one for each document."""
        out: Explained = [None] * len(self.docs)
        for place, explanation in zip(at.tolist(), found, strict=True):
            out[place] = explanation
        return out

    def _word(self, word: Word, name: str) -> Explained:
        run, text = self.run, execute.term_of(word, name)
        term = run.term(self.leaf, name, text)
        if term is None:
            return [None] * len(self.docs)
        at, rows = locate(term.docs, self.docs, self.leaf.size)
        times = run.weight(word, name)
        facts: Facts = {"field": name, "stem": text}
        if not times:
            return self._spread(at, [Explanation("stop word", 0.0, word.exact, facts)] * len(at))
        facts |= _rarity(run, name, text) | ({"typed": times} if times != 1 else {})
        there = self._occurrences(word, name, term, at, rows, times * run.idf(name, text))
        forms = self._form(word, name, term, rows, times)
        parts = [[*one, *other] for one, other in zip(there, forms, strict=True)]
        return self._spread(at, [_sum("word", row, word.exact, facts) for row in parts])

    def _occurrences(
        self, word: Word, name: str, term: Term, at: Ints, rows: Ints, weight: float
    ) -> list[list[Explanation]]:
        """What being there scores, and what being in the headline."""
        run, docs = self.run, self.docs[at]
        tf = np.ones(len(docs), np.float32) if term.tf is None else term.tf[rows].astype(np.float32)
        counts, headlines = tf.copy(), np.empty(0, np.int64)
        if name == "text":
            headlines = execute.add_headline(run, self.leaf, word.stem, docs, counts)
        saturation = saturated(counts, run.norms(self.leaf, name).take(docs))
        lengths, average = self._lengths(name, at), run.average(name)
        headline = set(headlines.tolist())
        found = []
        for row in range(len(docs)):
            facts: Facts = {"times": float(tf[row])}
            if name == "text":
                facts["headline"] = float((counts[row] - tf[row]) / HEADLINE)
            facts |= {"length": float(lengths[row]), "average": average}
            facts["saturated"] = float(saturation[row])
            score = float(np.float32(weight) * saturation[row])
            parts = [Explanation("occurrences", score, "", facts)]
            if row in headline:
                parts.append(Explanation("headline", TITLE * weight, "", {"weight": TITLE}))
            found.append(parts)
        return found

    def _lengths(self, name: str, at: Ints) -> Floats:
        if name not in self._kept:
            self._kept[name] = self.run.lengths(self.leaf, name)[self.docs].astype(np.float32)
        return self._kept[name][at]

    @cached_property
    def _kept(self) -> dict[str, Floats]:
        return {}

    def _form(
        self, word: Word, name: str, term: Term, rows: Ints, times: float
    ) -> list[list[Explanation]]:
        """What the form that was typed scores."""
        if name in NAMES or self.run.ordinal(self.leaf, name, word.exact, True) is None:
            return [[] for _ in rows]
        bonus = np.zeros(len(term.docs), np.float32)
        execute.add_exact(self.run, self.leaf, word, name, term, None, bonus)
        facts = {"weight": EXACT, **_rarity(self.run, name, word.exact, exact=True)}
        return [
            [Explanation("form", times * score, word.exact, facts)] if score else []
            for score in bonus[rows].tolist()
        ]

    def _words(self, kind: str, node: Phrase | Near, words: Sequence[Word], name: str) -> Explained:
        at, _ = execute.narrow(self.run, self.leaf, replace(node, fields=(name,)), self.docs)
        within = _Articles(self.run, self.leaf, self.docs[at])
        rows = within._rows([within._word(word, name) for word in words])
        what = said(replace(node, fields=("text",)))
        return self._spread(at, [_sum(kind, row, what, {"field": name}) for row in rows])

    def _pattern(self, node: Prefix | Wildcard, name: str) -> Explained:
        at, scores = execute.narrow(self.run, self.leaf, replace(node, fields=(name,)), self.docs)
        what = said(replace(node, fields=("text",)))
        found = [] if scores is None else scores.tolist()
        return self._spread(at, [Explanation("pattern", s, what, {"field": name}) for s in found])

    def _slip(self, fuzzy: Fuzzy, name: str) -> Explained:
        docs, likeness = execute.alike(self.run, fuzzy, name)[id(self.leaf)]
        at, rows = locate(docs, self.docs, self.leaf.size)
        number = execute.number_alike(self.run, fuzzy, name)
        size = self.run.snapshot.size
        idf = execute.idf(size, number)
        rarity: Facts = {"field": name, "idf": idf, "articles": number, "of": size}
        what = said(replace(fuzzy, fields=("text",)))
        return self._spread(
            at,
            [
                Explanation("slip", like * idf, what, {**rarity, "likeness": like})
                for like in likeness[rows].tolist()
            ],
        )


def _rarity(run: Run, name: str, term: str, exact: bool = False) -> dict[str, float]:
    return {
        "idf": run.idf(name, term, exact),
        "articles": run.frequency(name, term, exact),
        "of": run.snapshot.size,
    }


def _sum(
    kind: str,
    parts: Sequence[Explanation | None],
    what: str = "",
    facts: Mapping[str, float | str] | None = None,
) -> Explanation:
    there = tuple(part for part in parts if part is not None)
    return Explanation(kind, sum(part.score for part in there), what, facts or {}, there)


def _only(parts: Sequence[Explanation | None]) -> Explanation:
    """Their sum, or the one there is."""
    whole = _sum("any", parts)
    return whole.parts[0] if len(whole.parts) == 1 else whole


def _filter(what: str) -> Explanation:
    return Explanation("filter", 0.0, what)


def _filters(query: Query) -> Iterator[Explanation]:
    """Those beside the tree."""
    for facet, values in query.chosen.items():
        together = [frozenset({value}) for value in sorted(values)]
        for these in together if facet in query.all_of else [values] if values else []:
            yield _filter(said(HasValue(query.column(facet), these)))
    for facet, values in query.excluded.items():
        if values:
            yield _filter(said(Not(HasValue(query.column(facet), values))))
    if query.dated:
        yield _filter(said(query.dated))


# --- the best looked at again ---------------------------------------------------------------------


def _added(
    run: Run, query: Query, again: rerank.Again | None, leaf: Leaf, wanted: Ints
) -> Iterator[tuple[int, float, Sequence[Explanation]]]:
    """Those of the documents that are among the best, their new scores, and what was added."""
    part = next((part for part in again.parts if part.leaf is leaf), None) if again else None
    if again is None or part is None:
        return
    pairs = list(rerank.near_each_other(run, part, again.pairs))
    fed = {stem: rerank.feedback(run, part, {stem: w}) for stem, w in again.expansion.items()}
    typed = {word.stem: word.exact for word in reversed(query.words)}
    at, rows = locate(part.docs, wanted, leaf.size)
    for doc, row in zip(wanted[at].tolist(), rows.tolist(), strict=True):
        added = [_pair(run, pair, again.pairs[pair.stems], typed, row) for pair in pairs]
        added += [
            _feedback(run, stem, again.expansion[stem], float(scores[row]))
            for stem, scores in fed.items()
        ]
        yield doc, float(part.scores[row]), [one for one in added if one.score]


def _pair(
    run: Run, pair: rerank.Pair, times: int, typed: Mapping[str, str], row: int
) -> Explanation:
    ordered: Facts = {"times": float(pair.ordered[row]), "weight": rerank.ORDERED}
    unordered: Facts = {"times": float(pair.unordered[row]), "weight": rerank.UNORDERED}
    parts = [
        Explanation("in order", float(pair.score_ordered[row]), facts=ordered),
        Explanation(
            "in a window",
            float(pair.score_unordered[row]),
            facts={**unordered, "window": rerank.WINDOW},
        ),
    ]
    facts: Facts = {"idf": sum(run.idf("text", stem) for stem in pair.stems)}
    what = " ".join(typed[stem] for stem in pair.stems)
    there = [part for part in parts if part.score]
    return _sum("pair", there, what, {**facts, "typed": times} if times != 1 else facts)


def _feedback(run: Run, stem: str, weight: float, score: float) -> Explanation:
    return Explanation("feedback", score, stem, {"weight": weight, **_rarity(run, "text", stem)})


# --- queries in words -----------------------------------------------------------------------------


def said(node: Node) -> str:
    """A tree as somebody could have typed it."""
    match node:
        case HasValue(column, values):
            return f"{'mentions' if column == MENTIONED else column}:{' or '.join(sorted(values))}"
        case Dated(start, end):
            return f"date:{start or ''}..{end or ''}"
        case Not(part):
            return f"NOT {said(part)}"
        case All(parts):
            return f"({' AND '.join(map(said, parts))})"
        case Any(parts):
            return f"({' OR '.join(map(said, parts))})"
    field = "" if "text" in node.fields else f"{node.fields[0]}:"
    match node:
        case Word():
            return f"{field}{node.exact}"
        case Prefix():
            return f"{field}{node.start}*"
        case Wildcard():
            return f"{field}{node.pattern}"
        case Fuzzy():
            return f"{field}{node.word}~{node.edits}"
        case Phrase() | Near():
            near = f"~{node.distance}" if isinstance(node, Near) else ""
            return f'{field}"{" ".join(word.exact for word in node.words)}"{near}'
