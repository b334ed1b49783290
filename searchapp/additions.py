"""What an owner adds to the rules: the folder `index.rules` → the tagger of the index.

Read once at the start of a run. `topics.tsv` holds topics of the owner's own; a line of it that
cannot be used is a failure of the run like a file that cannot be read, and the others work.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from searchapp import query, tag
from searchapp.analyse import Analyser, fold
from searchapp.model import All, Any, BadQuery, BadSettings, Failure, HasValue, Node, Not
from searchapp.settings import Settings
from searchapp.tag import Tagger
from searchapp.tag.own import OwnTopic

TOPICS = "topics.tsv"
MODEL = "topics-model.npz"
COLUMNS = ("name", "query", "parent")
LONGEST_NAME = 100
"""Characters of a topic's name: it stands in a list, on a button, in an address."""


def tagger_of(settings: Settings, language: str = "", with_model: bool = True) -> Tagger:
    """The tagger of an index whose words are stemmed in `language`, a Snowball name.

    What cannot be used of `topics.tsv` is among its `problems`. Raises BadSettings where the
    model cannot be used.
    """
    folder = settings.rules_folder
    analyser = Analyser(language or settings.language or "english")
    model = _model(folder, analyser) if with_model else None
    topics, problems = _topics(folder, analyser, settings, _classes(model))
    parts = [repr((t.value, t.above, _canonical(t.query))) for t in topics]
    parts += [analyser.fingerprint] if parts else []
    parts += [f"model {model[1]}"] if model else []
    return Tagger(
        topics=tuple(topics),
        language=analyser.language,
        model=model,
        additions=_digest(parts),
        problems=tuple(problems),
    )


def _digest(parts: Iterable[str]) -> str:
    """Changes when what is added does; empty for nothing."""
    text = "\n".join(parts)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16] if text else ""


def _canonical(node: Node) -> str:
    """`node` as text that is the same in every process: sets have no order."""
    match node:
        case HasValue(facet, values):
            return f"{facet}:{sorted(values)}"
        case All(parts) | Any(parts):
            return f"{type(node).__name__}({', '.join(map(_canonical, parts))})"
        case Not(part):
            return f"Not({_canonical(part)})"
        case _:
            return repr(node)


# --- the model of topics -------------------------------------------------------------------------


def _model(folder: Path, analyser: Analyser) -> tuple[str, str] | None:
    """The file of the model and the digest of its content, where there is one that fits."""
    path = folder / MODEL
    if not path.is_file():
        return None
    from searchapp.tag import learned  # NumPy is loaded only where there is a model

    found = str(path), learned.digest(path)
    made_by = learned.load(*found).analyser
    if made_by != analyser.fingerprint:
        raise BadSettings(
            f"{path}: was trained on stems of {made_by}, the index has {analyser.fingerprint}; "
            "train again"
        )
    return found


def _classes(model: tuple[str, str] | None) -> tuple[str, ...]:
    """The topics that the model knows."""
    if not model:
        return ()
    from searchapp.tag import learned

    return learned.load(*model).classes


# --- topics of the owner's own -------------------------------------------------------------------


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


def _topics(
    folder: Path, analyser: Analyser, settings: Settings, learned: Iterable[str]
) -> tuple[list[OwnTopic], list[Failure]]:
    """The topics that can be used, each after those its query asks for, and what is wrong."""
    problems = [
        Failure(f"{folder.name}/{path.name}", f"is not read: topics of your own are in {TOPICS}")
        for path in sorted(folder.glob("topics.*"))
        if path.name != TOPICS
    ]
    try:
        lines = list(_lines(folder / TOPICS))
    except FileNotFoundError:
        return [], problems
    except (OSError, ValueError) as problem:
        return [], [*problems, Failure(f"{folder.name}/{TOPICS}", str(problem))]
    reading = _Reading(lines, analyser, settings, learned)
    failures = [
        Failure(f"{folder.name}/{TOPICS}#L{number}", reason)
        for number, reason in sorted(reading.problems)
    ]
    return reading.topics, [*problems, *failures]


def _lines(path: Path) -> Iterator[_Line]:
    """The lines with something in them. Raises OSError, and ValueError where it is not text."""
    for number, line in enumerate(_text(path).splitlines(), 1):
        cells = [_cell(cell) for cell in line.split("\t")]
        if not any(cells) or line.startswith("#"):
            continue
        if tuple(cell.lower() for cell in cells[:2]) == COLUMNS[:2]:
            continue
        name, asked, parent, *_ = [*cells, "", "", ""]
        yield _Line(number, name, asked, parent)


def _text(path: Path) -> str:
    """The text of a file that an editor or a spreadsheet saved."""
    data = path.read_bytes()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        number = data[: problem.start].count(b"\n") + 1
        raise ValueError(f"line {number} is not UTF-8; save the file as UTF-8") from problem


def _cell(text: str) -> str:
    """A cell as it is meant: spreadsheets put `"…"` around one with quotation marks in it and
    double those; what somebody typed, as `"gas pipeline"`, stays."""
    text = " ".join(text.split())
    inner = text[1:-1]
    quoted = len(text) > 3 and text[0] == text[-1] == '"' and '""' in inner
    return inner.replace('""', '"') if quoted and '"' not in inner.replace('""', "") else text


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
