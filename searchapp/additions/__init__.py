"""What an owner adds to the rules: the folder `index.rules` → the tagger of the index.

Read once at the start of a run: `topics` are topics of the owner's own, by query; `lexicon` more
rows for the word lists; `topics-model.npz` is what `searchapp train` wrote. A model of spaCy that
is installed joins them. What the tagger needs
of them is plain data, which goes to the worker processes.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable
from pathlib import Path

from searchapp.additions.lexicon import read_lexicon
from searchapp.additions.topics import read_topics
from searchapp.analyse import Analyser
from searchapp.model import All, Any, BadSettings, Failure, HasValue, Node, Not
from searchapp.settings import Settings
from searchapp.tag import Tagger, lexicons

MODEL = "topics-model.npz"


def tagger_of(settings: Settings, language: str = "", with_model: bool = True) -> Tagger:
    """The tagger of an index whose words are stemmed in `language`, a Snowball name.

    What cannot be used of `topics.tsv` is among its `problems`. Raises BadSettings where a
    lexicon or the model cannot be used.
    """
    folder = settings.rules_folder
    lexicon = read_lexicon(folder)
    with lexicons.using(lexicon):  # in which topics name countries
        return _tagger(folder, lexicon, settings, language, with_model)


def _tagger(
    folder: Path, lexicon: lexicons.Added, settings: Settings, language: str, with_model: bool
) -> Tagger:
    analyser = Analyser(language or settings.language or "english")
    model = _model(folder, analyser) if with_model else None
    topics, problems = read_topics(folder, analyser, settings, _classes(model))
    parts = [repr((t.value, t.above, _canonical(t.query))) for t in topics]
    parts += [analyser.fingerprint] if parts else []
    parts += [f"model {model[1]}"] if model else []
    spacy, joined, failed = _spacy(settings.spacy)
    parts += [joined] if joined else []
    parts += [f"lexicon {lexicon.digest}"] if lexicon.digest else []
    return Tagger(
        lexicon=lexicon,
        topics=tuple(topics),
        language=analyser.language,
        model=model,
        spacy=spacy,
        additions=_digest(parts),
        problems=(*problems, *failed),
    )


def lexicon_of(settings: Settings) -> lexicons.Added:
    """The rows that the owner adds to the word lists. Raises BadSettings."""
    return read_lexicon(settings.rules_folder)


def _digest(parts: Iterable[str]) -> str:
    """Changes when what is added does; empty for nothing."""
    text = "\n".join(parts)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16] if text else ""


def _canonical(node: Node) -> str:
    """`node` as text that is the same in every process: sets have no order."""
    match node:
        case HasValue(column, values):
            return f"{column}:{sorted(values)}"
        case All(parts) | Any(parts):
            return f"{type(node).__name__}({', '.join(map(_canonical, parts))})"
        case Not(part):
            return f"Not({_canonical(part)})"
        case _:
            return repr(node)


def _spacy(wanted: str) -> tuple[str, str, list[Failure]]:
    """The package of the model that `wanted` means, its fingerprint, and what is wrong.

    A model that is named must work; one that happens to be there and does not is left out.
    """
    if wanted in ("", "off") or (wanted == "auto" and not _has_spacy()):
        return "", "", []
    from searchapp.tag import spacy_people

    package = next(iter(spacy_people.installed()), "") if wanted == "auto" else wanted
    if not package:
        return "", "", []
    try:
        return package, spacy_people.fingerprint(package), []
    except BadSettings as problem:
        if wanted != "auto":
            raise
        return "", "", [Failure(package, f'{problem}; `spacy = "off"` leaves it alone')]


def _has_spacy() -> bool:
    try:
        return importlib.util.find_spec("spacy") is not None
    except ImportError:
        return False


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
