"""Bring the translations up to date with the texts: extract, update and compile.

    python tools/translate.py [LANGUAGE ...]

Every text that is marked in searchapp and templates is in each
`searchapp/translations/LANGUAGE/LC_MESSAGES/messages.po` afterwards, those that are new without a
translation; those that are gone are taken out; and `messages.mo`, which searchapp reads, says the
same. A LANGUAGE that is not there yet, such as `fr` or `pt_BR`, begins with no text translated.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "searchapp" / "translations"
SOURCES = {
    "searchapp": [("**.py", "python")],
    "templates": [("**.html", "jinja2.ext.babel_extract")],
}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_": None,
    "lazy_gettext": None,
    "Said": None,
    "Counted": (2, 3),
    "View": (2,),
}
"""What marks a text, and which of its arguments are texts; `View` is a part of the map."""
OPTIONS = {"silent": "false", "newstyle_gettext": "true", "trim_blocks": "true"}


def template(locale: str | None = None) -> Catalog:
    """All texts there are, in the order of their files, without translations."""
    found = Catalog(
        locale,
        header_comment="# Texts of searchapp's pages. tools/translate.py keeps them up to date.",
        project="searchapp",
        msgid_bugs_address="",
        last_translator="",
        language_team="",
        charset="utf-8",
        fuzzy=False,
    )
    for folder, methods in SOURCES.items():
        options = {pattern: OPTIONS for pattern, method in methods if method.startswith("jinja2")}
        texts = extract_from_dir(ROOT / folder, methods, options, KEYWORDS)
        for name, _, text, _, context in sorted(texts, key=lambda one: (one[0], one[1])):
            found.add(text, locations=[(f"{folder}/{name}", 0)], context=context)
    return found


def folder_of(language: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES"


def read(language: str) -> Catalog:
    """The translations as they are written; none where the language is new."""
    path = folder_of(language) / "messages.po"
    if not path.exists():
        return template(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> Catalog:
    """Bring the files of a language up to date."""
    catalog, wanted = read(language), template(language)
    wanted.creation_date = catalog.creation_date  # or each run would be a change
    catalog.update(wanted, no_fuzzy_matching=True)
    folder = folder_of(language)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "messages.po").open("wb") as file:
        write_po(file, catalog, width=100, ignore_obsolete=True, include_lineno=False)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    return catalog


def languages() -> Iterator[str]:
    """Those there are."""
    yield from sorted(path.parts[-3] for path in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Bring the translations up to date.")
    parser.add_argument("language", nargs="*", help="such as fr or pt_BR; all there are if none")
    for language in parser.parse_args(arguments).language or languages():
        catalog = update(language)
        texts = [message for message in catalog if message.id]
        missing = sum(not is_translated(message.string) for message in texts)
        print(f"{language}: {len(texts) - missing} of {len(texts)} texts are translated")


def is_translated(string: str | Sequence[str] | None) -> bool:
    """In all its plural forms."""
    return bool(string) and all(string or ())


if __name__ == "__main__":
    main()
