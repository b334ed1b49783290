"""Where words stand in what was typed: those that are asked for, and those being typed at the end.

`query.parse` gives a tree that has forgotten the text; what mends a word of it or goes on from its
end has to keep the rest as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from searchapp.query import FIELDS, LEXEMES, LOOKED_UP, OPERATORS, printable, straight

_SIGN = re.compile(r"[?*~]")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a plain word, or what is in quotation marks, stands in what was typed; in `field` where
    one was named."""

    start: int
    end: int
    field: str | None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Typing:
    """The words at the end of a text that are being typed: one after the other with nothing between
    but space, or in quotation marks that are still open.

    `words` are their places, and `begins` where each of them begins with what belongs to it: its
    field, minus sign and quotation mark. `is_open`: the last may go on. `is_alone`: nothing stands
    before them. `is_nested`: they are in brackets.
    """

    words: tuple[tuple[int, int], ...]
    begins: tuple[int, ...]
    field: str | None
    excluded: bool
    quoted: bool
    is_open: bool
    is_alone: bool
    is_nested: bool


def asked(text: str) -> Iterator[Asked]:
    """What `text` asks for in words, in order: nothing excluded, no pattern, no name that is looked
    up and no date."""
    for atom in _atoms(text):
        is_text = atom.field not in (*LOOKED_UP, "date")
        if atom.start < atom.end and is_text and not atom.excluded and not atom.has_signs:
            yield Asked(atom.start, atom.end, atom.field, atom.quoted)


def typing(text: str) -> Typing | None:
    """What is being typed at the end of `text`; None where no word is."""
    atoms = list(_atoms(text))
    if not atoms or atoms[-1].has_signs or not atoms[-1].goes_on:
        return None
    last = atoms[-1]
    if last.quoted:
        words = [m.span() for m in _WORD.finditer(text, last.start, last.end)]
        begins = [last.begin] * len(words)
        number = len(atoms) - 1
    else:
        number = len(atoms) - 1
        while number and atoms[number - 1].run == last.run and not atoms[number - 1].has_signs:
            number -= 1
        words = [(atom.start, atom.end) for atom in atoms[number:]]
        begins = [atom.begin for atom in atoms[number:]]
    if not words:
        return None
    return Typing(
        tuple(words),
        tuple(begins),
        last.field,
        last.excluded,
        last.quoted,
        is_open=not text[-1].isspace(),
        is_alone=not number and not text[: begins[0]].strip(),
        is_nested=last.is_nested,
    )


@dataclass(frozen=True, slots=True)
class _Atom:
    """A word, or what stands in quotation marks.

    `run`: atoms of one number stand side by side, with nothing but space between and nothing that
    belongs to one alone. At the end of all is one that is empty where something follows the last.
    """

    start: int
    end: int
    begin: int
    field: str | None
    excluded: bool
    quoted: bool
    run: int
    is_nested: bool
    goes_on: bool = True
    has_signs: bool = False


def _atoms(text: str) -> Iterator[_Atom]:
    scopes: list[tuple[str | None, bool]] = [(None, False)]
    name, excluded = scopes[0]
    begin: int | None = None
    run = 0
    is_last = True  # whether the atom found last has nothing behind it
    for m in LEXEMES.finditer(printable(straight(text))):
        word, quoted = m["word"] or "", m["phrase"] is not None
        known = (m["field"] or "").lower() in FIELDS
        if m["field"] and not known and name:
            continue  # topic:medtop:16000000
        is_last = quoted or bool((m["field"] and not known) or (word and word not in OPERATORS))
        if is_last:
            alone = quoted or begin is not None
            run += alone
            group = "phrase" if quoted else "field" if m["field"] else "word"
            yield _Atom(
                m.start(group),
                m.end(group),
                m.start() if begin is None else begin,
                name,
                excluded,
                quoted,
                run,
                len(scopes) > 1,
                goes_on=not m["end"],
                has_signs=not quoted and bool(_SIGN.search(word.rstrip("?"))),
            )
            run += alone
            (name, excluded), begin = scopes[-1], None
            continue
        run += 1
        if m["open"]:
            scopes.append((name, excluded))
            begin = None
        elif m["minus"] or OPERATORS.get(word) == "NOT" or known:
            begin = m.start() if begin is None else begin
            name, excluded = (m["field"].lower(), excluded) if known else (name, True)
        else:
            if m["close"] and len(scopes) > 1:
                scopes.pop()
            (name, excluded), begin = scopes[-1], None
    if not is_last:
        end = len(text)
        yield _Atom(end, end, end, None, False, False, run, False, goes_on=False)
