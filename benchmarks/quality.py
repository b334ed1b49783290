"""Scores tagging and ranking on the labelled sets of the measuring data.

    python benchmarks/quality.py [SET ...]

Prints a line for each measure of each set, in percent. Uses what everybody uses: the commands
`searchapp tag --jsonl`, `index` and `batch`, and the scoring scripts beside the data. The sets are
named in that folder's README; tests/floors.toml pins what was reached.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("SEARCHAPP_DATA") or ROOT.parent / "shared" / "data")
SCRIPTS = DATA.parent / "eval"
FACET_SETS = ("conll-testa", "wikigold", "lgl", "bbc", "reuters-train")
RANKING_SETS = ("cranfield", "cisi", "cacm", "lisa")
DEFAULTS = {**os.environ, "SEARCHAPP_SPACY": "off"}
"""As a default install tags, also where a model of spaCy is installed."""
SEARCHAPP = [sys.executable, "-m", "searchapp"]


def scores(name: str) -> dict[str, float]:
    """Measure → percent, of a facet set or a ranking set."""
    return ranking_scores(name) if name in RANKING_SETS else facet_scores(name)


def facet_scores(name: str) -> dict[str, float]:
    """F1, recall or accuracy, whatever the set has labels for."""
    gold = DATA / "facets" / f"{name}.jsonl.gz"
    with tempfile.TemporaryDirectory() as folder:
        tags = Path(folder) / "tags.jsonl"
        with gzip.open(gold, "rb") as articles, tags.open("wb") as out:
            rows = articles.read()
            command = [*SEARCHAPP, "tag", "--jsonl"]
            subprocess.run(command, input=rows, stdout=out, env=DEFAULTS, check=True)
        printed = _run(sys.executable, SCRIPTS / "score_facets.py", gold, tags)
    return {m: float(v) for m, v in re.findall(r"^(\w+) ([\d.]+)", printed, re.MULTILINE)}


def ranking_scores(name: str) -> dict[str, float]:
    """nDCG@10 of `batch --match any` at the defaults everybody gets."""
    source = DATA / f"ir_{name}"
    with tempfile.TemporaryDirectory() as folder:
        docs, queries = Path(folder) / "docs.jsonl", Path(folder) / "queries.jsonl"
        docs.write_text("".join(_articles(source / "docs.jsonl.gz")), encoding="utf-8")
        queries.write_bytes(gzip.decompress((source / "queries.jsonl.gz").read_bytes()))
        index = ["--index", Path(folder) / "index"]
        subprocess.run([*SEARCHAPP, "index", docs, *index], stderr=subprocess.PIPE, check=False)
        run = Path(folder) / "run.trec"
        options = ["--match", "any", "--limit", "1000", "--format", "trec"]
        run.write_text(_run(*SEARCHAPP, "batch", queries, *options, *index), encoding="utf-8")
        printed = _run(sys.executable, SCRIPTS / "score_ranking.py", source / "qrels.tsv", run)
    found = re.search(r"ndcg@10 ([\d.]+)", printed)
    assert found, printed
    return {"ndcg@10": 100 * float(found[1])}


def _articles(path: Path) -> list[str]:
    """Lines to index; the sets date their documents in no common form, which is left out."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    fields = ("id", "title", "text", "author")
    return [json.dumps({k: row[k] for k in fields if row.get(k)}) + "\n" for row in rows]


def _run(*command: str | Path) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr}")
    return done.stdout


if __name__ == "__main__":
    for wanted in sys.argv[1:] or (*FACET_SETS, *RANKING_SETS):
        for measure, value in scores(wanted).items():
            print(f"{wanted:15} {measure:26} {value:6.2f}", flush=True)
