"""Corrections from the pages: of one article's values, and the list of all that are in force.

A correction is named by its identity, so that an undo carries nothing that could be mistyped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, flash, g, get_flashed_messages, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from searchapp.corrections import identity, subject
from searchapp.model import BadCorrection, Correction, IndexLocked
from searchapp.said import Counted, Label, Said
from searchapp.web import language, present
from searchapp.web.site import Site, rendered

LISTED = 100
"""Corrections on one page."""
LONGEST_LABEL = 80
"""Characters of a value in a message: it travels in a cookie."""
LONGEST_NOTE = 300
KINDS = {
    "country": Counted(1, "country", "countries"),
    "person": Counted(1, "person", "people"),
    "topic": Counted(1, "topic", "topics"),
}
"""What a value of each facet is."""
STORED = Said(
    "Stored, but not applied yet: something else is writing to the index. "
    "The next run of indexing applies it."
)


def register(app: Flask, site: Site) -> None:
    views = Views(site)
    app.context_processor(views.context)
    app.add_url_rule("/article/<id:id>/correct", "correct", views.correct, methods=["POST"])
    app.add_url_rule("/corrections", "corrections", views.corrections)
    app.add_url_rule("/corrections", "uncorrect", views.uncorrect, methods=["POST"])


@dataclass(frozen=True, slots=True)
class Known:
    """A correction in force as people read it."""

    correction: Correction
    identity: str
    sentence: Said


@dataclass(frozen=True, slots=True)
class Views:
    site: Site

    def context(self) -> dict[str, Any]:
        return {"corrections_of": self.corrections_of, "told": self.told}

    def correct(self, id: str) -> AnyResponse:
        """Does what a form of the article's page says, and shows that page again."""
        article = self.site.archive.article(id).article
        search = self.site.search()
        try:
            if "undo" in request.form:
                self._undo(request.form["undo"])
            else:
                self._correct(correction_of(request.form, id))
        except BadCorrection as problem:
            return rendered(
                "correct.html",
                400,
                article=article,
                search=search,
                problem=problem.said,
                typed=request.form.to_dict(),
            )
        back = self.site.url(search, present.article_path(id))
        return redirect(f"{back}#message", 303)

    def corrections(self, status: int = 200, problem: str = "") -> Response:
        self.site.guard.require()
        search = self.site.search("find")
        find = request.args.get("find", "").strip()
        table = self.site.archive.corrections()
        said = [self._known(correction) for correction in table.corrections]
        found = [one for one in said if find.casefold() in _words(one).casefold()]
        start = (search.page - 1) * LISTED
        return rendered(
            "corrections.html",
            status,
            corrections=found[start : start + LISTED],
            total=len(found),
            problems=table.problems,
            problem=problem,
            find=find,
            search=search,
            last=max(1, -(-len(found) // LISTED)),
        )

    def uncorrect(self) -> AnyResponse:
        try:
            self._undo(request.form.get("undo", ""))
        except BadCorrection as problem:
            return self.corrections(400, problem.said)
        also = [("find", find)] if (find := request.args.get("find", "")) else []
        return redirect(self.site.url(self.site.search("find"), "/corrections", also), 303)

    def corrections_of(
        self, article: str, facet: str, value: str, was_corrected: bool = False
    ) -> Sequence[Known]:
        """The corrections in force that speak of a value in an article; of one that was corrected
        also those that made it so."""
        if "corrections" not in g:
            g.corrections = by_subject(self.site.archive.corrections().corrections, article)
        about, becomes = g.corrections
        wanted = subject(facet, value)
        found = [*about.get(wanted, ()), *(becomes.get(wanted, ()) if was_corrected else ())]
        return [self._known(correction) for correction in dict.fromkeys(found)]

    def told(self) -> list[Mapping[str, str]]:
        """What was done just now: `text`, and `undo`, the identity of a correction to take back."""
        if not self.site.guard.editing().allowed:
            return []
        told: list[Any] = list(get_flashed_messages())
        return told

    def _correct(self, correction: Correction) -> None:
        archive = self.site.archive
        before = archive.corrections().corrections.identities
        outcome = _outcome(archive.correct, correction)
        after = archive.corrections().corrections
        said = next((one for one in after if identity(one) not in before), None)
        if said is None:
            told = Said("Corrected: that was said before. {outcome}", outcome=outcome)
            return self._tell(told)
        sentence = self._sentence(said)
        told = Said("Corrected: {sentence} {outcome}", sentence=sentence, outcome=outcome)
        return self._tell(told, identity(said))

    def _undo(self, wanted: str) -> None:
        said = self.site.archive.corrections().corrections
        found = next((one for one in said if identity(one) == wanted), None)
        if found is None:
            raise BadCorrection(Said("this correction is not in force any more"))
        outcome = _outcome(self.site.archive.uncorrect, found)
        sentence = self._sentence(found)
        self._tell(Said("Taken back: {sentence} {outcome}", sentence=sentence, outcome=outcome))

    def _tell(self, text: Said, undo: str = "") -> None:
        told: Any = {"text": language.said(text), "undo": undo}
        flash(told)

    def _known(self, correction: Correction) -> Known:
        return Known(correction, identity(correction), self._sentence(correction))

    def _sentence(self, correction: Correction) -> Said:
        """`“White House” is not in one article (person).`"""
        value = self._label(correction.facet, correction.value)
        kind = KINDS[correction.facet]
        one = bool(correction.article)
        match correction.action:
            case "is":
                becomes = self._label(correction.facet, correction.becomes)
                if one:
                    return Said(
                        "“{value}” is “{becomes}” in one article ({kind}).",
                        value=value,
                        becomes=becomes,
                        kind=kind,
                    )
                return Said(
                    "“{value}” is “{becomes}” in all articles ({kind}).",
                    value=value,
                    becomes=becomes,
                    kind=kind,
                )
            case "not":
                if one:
                    return Said("“{value}” is not in one article ({kind}).", value=value, kind=kind)
                return Said("“{value}” is not in any article ({kind}).", value=value, kind=kind)
            case "mentioned":
                if one:
                    return Said(
                        "“{value}” is only mentioned in one article ({kind}).",
                        value=value,
                        kind=kind,
                    )
                return Said(
                    "“{value}” is only mentioned in all articles ({kind}).", value=value, kind=kind
                )
        return Said("“{value}” is in one article ({kind}).", value=value, kind=kind)

    def _label(self, facet: str, value: str) -> Label:
        label = self.site.archive.label(facet, value)
        short = label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
        return Label(short, facet, value)


def _outcome(change: Callable[[Correction], int], correction: Correction) -> Said:
    """Makes the change, and says what came of it. Raises BadCorrection, also where the table cannot
    be written."""
    try:
        return Counted(change(correction), "{n} article changed.", "{n} articles changed.")
    except IndexLocked:
        return STORED
    except OSError as problem:
        why = Said("it cannot be stored ({problem})", problem=str(problem.strerror))
        raise BadCorrection(why) from problem


def correction_of(form: Mapping[str, str], article: str) -> Correction:
    """What the fields of a form say: `facet`, `value`, `action`, `becomes`, `note`, and `where`, in
    the article or `everywhere`. Raises BadCorrection where something is left out."""
    said = {name: form.get(name, "").strip() for name in ("facet", "value", "action", "becomes")}
    if not said["value"]:
        raise BadCorrection(Said("type a name"))
    if said["action"] == "is" and not said["becomes"]:
        raise BadCorrection(Said("type the name that is meant"))
    note = form.get("note", "").strip()
    if len(note) > LONGEST_NOTE:
        raise BadCorrection(Said("a note has {limit} characters at most", limit=LONGEST_NOTE))
    everywhere = form.get("where") == "everywhere"
    return Correction(**said, article="" if everywhere else article, note=note)


BySubject = Mapping[str, Sequence[Correction]]


def by_subject(corrections: Any, article: str) -> tuple[BySubject, BySubject]:
    """The corrections that hold in an article: by the value they speak of, by what it becomes."""
    about: dict[str, list[Correction]] = {}
    becomes: dict[str, list[Correction]] = {}
    for correction in corrections:
        if correction.article in ("", article):
            about.setdefault(subject(correction.facet, correction.value), []).append(correction)
            if correction.action == "is":
                made = subject(correction.facet, correction.becomes)
                becomes.setdefault(made, []).append(correction)
    return about, becomes


def _words(known: Known) -> str:
    """What a correction is found by, in the language of the page."""
    correction, sentence = known.correction, language.said(known.sentence)
    return f"{sentence} {correction.value} {correction.article} {correction.note}"
