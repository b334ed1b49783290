"""The facets beside spaCy's small model, in one run on the same articles.

    pip install searchapp[spacy]  and a model, en_core_web_sm
    python benchmarks/facets.py [--floors]

Prints Markdown: people F1 on the labelled sets, and words per CPU-second on one core and peak
memory of each system, on the articles of conll-testa and bbc. Each system runs in a process of its
own, the two in turn, three times; the median counts, and a ratio of speeds means more than a speed.
Without spaCy its row says so. `--floors` adds what all sets reach beside the floors of the tests.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import resource
import statistics
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
PEOPLE_SETS = ("conll-testa", "wikigold")
SPEED_SETS = ("conll-testa", "bbc")
TURNS = 3

Row = dict[str, Any]
Tag = Callable[[Row], list[str]]
"""An article → the names of its people."""


def module(path: Path) -> ModuleType:
    """A script as a module: neither folder is a package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


QUALITY = module(HERE / "quality.py")


def rows(name: str) -> list[Row]:
    with gzip.open(QUALITY.DATA / "facets" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def text_of(row: Row) -> str:
    return f"{row['title']}\n\n{row['text']}" if row["title"] else str(row["text"])


# --- the systems --------------------------------------------------------------------------------


def searchapp_tagger() -> Tag:
    """All three facets, by the rules alone."""
    from searchapp.model import Article
    from searchapp.tag import tag_article

    def tag(row: Row) -> list[str]:
        found = "found" if row["title"] else "inferred"
        article = Article(row["id"], row["title"], row["text"], provenance={"title": found})
        return [person.value for person in tag_article(article).person]

    return tag


def small_models() -> list[str]:
    """The packages with a small English model of spaCy, whatever is added to its name."""
    from searchapp.tag import spacy_people

    return [name for name in spacy_people.installed() if name.startswith("en_core_web_sm")]


def spacy_tagger() -> Tag:
    """People alone, with no more of the model than names need."""
    from searchapp.tag import spacy_people

    model = spacy_people.load(small_models()[0])

    def tag(row: Row) -> list[str]:
        return [entity.text for entity in model(text_of(row)).ents if entity.label_ == "PERSON"]

    return tag


SYSTEMS = {"searchapp": searchapp_tagger, "spaCy small": spacy_tagger}


def measure(system: str) -> Row:
    """Scores and speed of one system, in this process."""
    scoring = module(QUALITY.SCRIPTS / "score_facets.py")
    tag = SYSTEMS[system]()
    found: Row = {}
    for name in PEOPLE_SETS:
        counter = scoring.Counter()
        for row in rows(name):
            counter.add(scoring.canonical(row["gold"]["people"]), scoring.canonical(tag(row)))
        found[name] = 200 * counter.tp / (2 * counter.tp + counter.fp + counter.fn)
    articles = [row for name in SPEED_SETS for row in rows(name)]
    words = sum(len(text_of(row).split()) for row in articles)
    began = time.process_time()
    for row in articles:
        tag(row)
    found["words_per_second"] = words / (time.process_time() - began)
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


# --- the tables ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """One measure: its heading, and how a value of it is written."""

    key: str
    heading: str
    form: str


COLUMNS = (
    Column("conll-testa", "people F1, conll-testa", "{:.1f}"),
    Column("wikigold", "people F1, wikigold", "{:.1f}"),
    Column("words_per_second", "words per CPU-second", "{:,.0f}"),
    Column("megabytes", "memory, MB", "{:.0f}"),
)


def medians(systems: Sequence[str]) -> dict[str, Row]:
    """System → measure → the median of the turns."""
    turns: dict[str, list[Row]] = {system: [] for system in systems}
    for _ in range(TURNS):
        for system in systems:
            command = [sys.executable, __file__, "--measure", system]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            turns[system].append(json.loads(done.stdout))
    return {
        system: {c.key: statistics.median(turn[c.key] for turn in taken) for c in COLUMNS}
        for system, taken in turns.items()
    }


def beside_spacy() -> list[str]:
    has_model = bool(small_models())
    found = medians(list(SYSTEMS) if has_model else ["searchapp"])
    lines = table_head(["system", *(column.heading for column in COLUMNS)])
    for system in SYSTEMS:
        cells = [c.form.format(found[system][c.key]) for c in COLUMNS] if system in found else []
        lines.append(table_row([system, *(cells or ["not installed", "", "", ""])]))
    if has_model:
        ratio = found["searchapp"]["words_per_second"] / found["spaCy small"]["words_per_second"]
        lines += ["", f"searchapp finds three facets at {ratio:.0f} times the speed of the model."]
    return lines


def beside_floors() -> list[str]:
    floors = tomllib.loads((HERE.parent / "tests" / "floors.toml").read_text(encoding="utf-8"))
    lines = table_head(["set", "measure", "floor", "reached"])
    for name in QUALITY.FACET_SETS:
        reached = QUALITY.scores(name)
        for measure_, floor in floors[name].items():
            lines.append(table_row([name, measure_, f"{floor:.1f}", f"{reached[measure_]:.1f}"]))
    return lines


def table_head(cells: Sequence[str]) -> list[str]:
    return [table_row(cells), table_row(["---"] * len(cells))]


def table_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--floors", action="store_true")
    parser.add_argument("--measure", choices=list(SYSTEMS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure)))
        return
    print("\n".join(beside_spacy()))
    if arguments.floors:
        print("\n" + "\n".join(beside_floors()))


if __name__ == "__main__":
    main()
