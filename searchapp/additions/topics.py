"""`topics.tsv` → topics of the owner's own: a name, a query, and a topic above it.

A line that cannot be used is a failure of the run like a file that cannot be read, and the others
work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from searchapp import query, tag
from searchapp.additions import tables
from searchapp.analyse import Analyser, fold
from searchapp.model import All, Any, BadQuery, Failure, HasValue, Node, Not
from searchapp.settings import Settings
from searchapp.tag.own import OwnTopic

TOPICS = "topics.tsv"
COLUMNS = ("name", "query", "parent")
LONGEST_NAME = 100
"""Characters of a topic's name: it stands in a list, on a button, in an address."""


class _BadLine(Exception):
    """A line that cannot be used; the text says why."""


@dataclass(slots=True)
class _Line:
    """One line of topics.tsv, as written."""

    number: int
    name: str
    query: str
    parent: str


@dataclass(slots=True)
class _Topic:
    """All lines of one topic: any of their queries gives it, under all of their parents."""

    value: str
    label: str
    lines: list[int] = field(default_factory=list)
    queries: list[Node] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)


def read_topics(
    folder: Path, analyser: Analyser, settings: Settings, learned: Iterable[str]
) -> tuple[list[OwnTopic], list[Failure]]:
    """The topics that can be used, each after those its query asks for, and what is wrong.

    A query may ask for topics that were `learned`.
    """
    problems = [
        Failure(f"{folder.name}/{path.name}", f"is not read: topics of your own are in {TOPICS}")
        for path in sorted(folder.glob("topics.*"))
        if path.name != TOPICS
    ]
    try:
        lines = list(_lines(folder / TOPICS))
    except FileNotFoundError:
        return [], problems
    except (OSError, tables.NoText) as problem:
        return [], [*problems, Failure(f"{folder.name}/{TOPICS}", str(problem))]
    reading = _Reading(lines, analyser, settings, learned)
    failures = [
        Failure(f"{folder.name}/{TOPICS}#L{number}", reason)
        for number, reason in sorted(reading.problems)
    ]
    return reading.topics, [*problems, *failures]


def _lines(path: Path) -> Iterator[_Line]:
    for number, cells in tables.rows(path):
        if tuple(cell.lower() for cell in cells[:2]) != COLUMNS[:2]:
            name, asked, parent, *_ = [*cells, "", "", ""]
            yield _Line(number, name, asked, parent)


class _Reading:
    """Lines → topics. A name may have several lines; a query may ask for any other topic, and for
    those that were `learned`."""

    def __init__(
        self, lines: list[_Line], analyser: Analyser, settings: Settings, learned: Iterable[str]
    ) -> None:
        self.analyser = analyser
        self.settings = settings
        self.problems: list[tuple[int, str]] = []
        self._values = {fold(value): (value, _label(value)) for value in learned}
        for line in lines:
            self._values.setdefault(fold(line.name), _value(line.name))
        found: dict[str, _Topic] = {}
        for line in lines:
            try:
                self._take(line, found)
            except _BadLine as problem:
                self.problems.append((line.number, str(problem)))
        self.topics = self._in_order(found)

    def _take(self, line: _Line, found: dict[str, _Topic]) -> None:
        node = self._query(line)
        parents = [self._parent(line.parent)] if line.parent else []
        value, label = self._values[fold(line.name)]
        topic = found.setdefault(value, _Topic(value, label))
        topic.lines.append(line.number)
        topic.queries.append(node)
        topic.parents += parents

    def _query(self, line: _Line) -> Node:
        if not line.name:
            raise _BadLine("has no name")
        if len(line.name) > LONGEST_NAME:
            raise _BadLine(f"its name has more than {LONGEST_NAME} characters")
        if (
            line.name.lower().startswith("medtop:")
            and self._values[fold(line.name)][1] == line.name
        ):
            raise _BadLine(f"there is no IPTC topic {line.name}")
        if not line.query:
            raise _BadLine("has no query: name, tab, query")
        try:
            parsed = query.parse(query.straight(line.query), "all", self.settings)
        except BadQuery as problem:
            raise _BadLine(str(problem)) from problem
        # What is repaired for somebody who reads the answer stays wrong for ever in a file.
        if parsed.repairs:
            raise _BadLine(f"its query is not clear: {'; '.join(parsed.repairs)}")
        node, unknown = query.analyse(parsed.root, self.analyser, self._resolve)
        if unknown:
            raise _BadLine("; ".join(unknown))
        if node == All(()):
            raise _BadLine("its query asks for nothing")
        return node

    def _resolve(self, facet: str, words: str) -> frozenset[str]:
        if facet == "topic" and (known := self._values.get(fold(words))):
            return frozenset({known[0]})
        return tag.resolve(facet, words)

    def _parent(self, name: str) -> str:
        value, _ = self._values.get(fold(name)) or _value(name)
        if fold(name) not in self._values and value not in tag.topics():
            raise _BadLine(f"its parent “{name}” is neither a topic of the file nor one of IPTC")
        return value

    def _in_order(self, found: dict[str, _Topic]) -> list[OwnTopic]:
        """Each after those its query asks for; topics that wait for each other are left out."""
        found = self._without_circles(found, {v: set(t.parents) for v, t in found.items()}, "above")
        topics = {
            value: OwnTopic(
                value, t.label, _either(t.queries), tuple(self._above(t, found).items())
            )
            for value, t in found.items()
        }
        given_by: dict[str, set[str]] = {}
        for topic in topics.values():
            for value, _ in ((topic.value, ""), *topic.above):
                given_by.setdefault(value, set()).add(topic.value)
        asks = {
            value: {
                giver
                for asked in _asked(topic.query)
                for giver in given_by.get(asked, ())
                # A topic may narrow the one above it: `topic:economy AND gas`, below economy.
                if giver != value or asked == value
            }
            for value, topic in topics.items()
        }
        left = self._without_circles(found, asks, "asked for by")
        order = TopologicalSorter({v: sorted(asks[v] & left.keys()) for v in sorted(left)})
        return [topics[value] for value in order.static_order()]

    def _without_circles(
        self, found: dict[str, _Topic], needs: Mapping[str, set[str]], how: str
    ) -> dict[str, _Topic]:
        left = dict(found)
        while True:
            try:
                order = TopologicalSorter({v: needs[v] & left.keys() for v in left})
                order.prepare()
            except CycleError as problem:
                circle: list[str] = problem.args[1]
                names = f" {how} ".join(f"“{found[value].label}”" for value in circle)
                for value in set(circle):
                    self.problems += [(n, f"goes in a circle: {names}") for n in found[value].lines]
                    del left[value]
            else:
                return left

    def _above(self, topic: _Topic, found: Mapping[str, _Topic]) -> dict[str, str]:
        """The topics above one, nearest first, value → label; IPTC's own parents included."""
        above: dict[str, str] = {}
        waiting = [topic.value]
        while waiting:
            value = waiting.pop(0)
            for parent in (
                *(found[value].parents if value in found else ()),
                *tag.parents("topic", value),
            ):
                if parent not in above and parent != topic.value:
                    above[parent] = found[parent].label if parent in found else _label(parent)
                    waiting.append(parent)
        return above


def _label(value: str) -> str:
    return tag.label("topic", value)


def _value(name: str) -> tuple[str, str]:
    """The topic of that name, with its label: IPTC's where IPTC has it, else the name itself."""
    value = tag.topic_value(name)
    return value, _label(value)


def _either(queries: list[Node]) -> Node:
    return queries[0] if len(queries) == 1 else Any(tuple(queries))


def _asked(node: Node) -> Iterator[str]:
    """The topics that a query asks for."""
    match node:
        case HasValue("topic", values):
            yield from values
        case All(parts) | Any(parts):
            for part in parts:
                yield from _asked(part)
        case Not(part):
            yield from _asked(part)
