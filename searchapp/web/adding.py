"""Adding articles from the pages: files that are sent, folders of this machine, reading again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from searchapp.read import KINDS, human
from searchapp.said import Counted, Said
from searchapp.settings import Settings
from searchapp.web import guard, uploads
from searchapp.web.language import said
from searchapp.web.running import Run, Runner
from searchapp.web.site import Site, rendered

BUSY = Said("something is being read already; wait until that is done")


def register(app: Flask, site: Site) -> None:
    views = Views(site, Runner(site.archive, site.serving.folder))
    app.context_processor(views.context)
    for rule, name, view, method in (
        ("/add", "add", views.add, "GET"),
        ("/add/files", "upload", views.upload, "POST"),
        ("/add/folder", "add_folder", views.folder, "POST"),
        ("/add/again", "add_again", views.again, "POST"),
        ("/add/progress", "progress", views.progress, "GET"),
        ("/add/progress.json", "progress_json", views.progress_json, "GET"),
    ):
        app.add_url_rule(rule, name, view, methods=[method])


@dataclass(frozen=True, slots=True)
class Views:
    site: Site
    runner: Runner

    def context(self) -> dict[str, Any]:
        return {
            "run": self.runner.last(),
            "accepted": ",".join([*KINDS, ".gz"]),
            "most_files": guard.MOST_FILES,
            "human": human,
        }

    def add(self, status: int = 200, **values: Any) -> Response:
        """The page with the forms; `values` is what went wrong with one: `problem`, `typed`."""
        self.site.guard.require()
        return rendered("adding.html", status, again=self._again(), **values)

    def upload(self) -> AnyResponse:
        """Keeps the files that can be read, says of the others why not, and reads the folder."""
        files = [file for file in request.files.getlist("files") if file.filename]
        if not files:
            return self.add(400, problem=Said("choose a file first"))
        folder = self.site.settings.uploads_folder
        refused = self._keep(folder, files)
        if len(refused) < len(files) and not self.runner.start([folder]):
            return self.add(
                409, problem=Said("the files are kept, but {busy}, then read again", busy=BUSY)
            )
        if refused:
            return self.add(400, refused=refused, kept=len(files) - len(refused))
        return self._to_progress()

    def folder(self) -> AnyResponse:
        """Reads a folder of this machine, which only somebody at this machine may name."""
        self.site.guard.require(local=True)
        typed = request.form.get("folder", "").strip()
        folder, problem = folder_of(typed, self.site.settings)
        if folder is None:
            return self.add(400, problem=problem, typed=typed)
        return self._start([folder])

    def again(self) -> AnyResponse:
        return self._start(self._again())

    def progress(self) -> Response:
        self.site.guard.require()
        return rendered("progress.html")

    def progress_json(self) -> Response:
        self.site.guard.require()
        response = jsonify(_told(self.runner.last()))
        response.headers["Cache-Control"] = "no-store"
        return response

    def _keep(self, folder: Path, files: Sequence[FileStorage]) -> list[tuple[str, str]]:
        """The names of files that are not kept, and why."""
        refused = []
        for file in files:
            name = uploads.clean_name(file.filename or "")
            try:
                why = uploads.keep(folder, name, file.stream, self.site.settings.max_file_bytes)
            except OSError as problem:
                why = Said("cannot be stored: {problem}", problem=str(problem.strerror))
            if why:
                refused.append((name, why))
        return refused

    def _start(self, paths: Sequence[Path]) -> AnyResponse:
        if not paths:
            return self.add(400, problem=Said("there is nothing to read again"))
        if not self.runner.start(paths):
            return self.add(409, problem=BUSY)
        return self._to_progress()

    def _again(self) -> tuple[Path, ...]:
        return self.site.archive.paths()

    def _to_progress(self) -> AnyResponse:
        return redirect(f"{request.script_root}/add/progress", 303)


def folder_of(typed: str, settings: Settings) -> tuple[Path | None, str]:
    """The folder that somebody typed, absolute and without links, or None and what is wrong."""
    if not typed:
        return None, Said("type the path of a folder")
    try:
        path = Path(typed).expanduser()
        if not path.is_absolute():
            example = Path.home() / "news"
            return None, Said("type the whole path, such as {example}", example=str(example))
        folder = path.resolve(strict=True)
        is_folder = folder.is_dir()
    except (OSError, RuntimeError, ValueError):  # none, a loop of links, a NUL in it
        return None, Said("there is no such folder on this machine")
    if not is_folder:
        return None, Said("this is a file; type the folder it is in")
    if folder == Path(folder.anchor):
        return None, Said("this is the whole machine; type a folder of it")
    own = (Path(settings.index), settings.rules_folder, settings.documents_folder)
    if any(folder.is_relative_to(os.path.realpath(path)) for path in own):
        return None, Said("this is the index itself, not news")
    return folder, ""


def _told(run: Run | None) -> dict[str, Any]:
    """A run as the script of the page wants it, in the language of the page."""
    if run is None:
        return {"over": True, "percent": 100, "text": said(Said("Nothing is being read."))}
    articles = Counted(run.progress.articles, "{n} article", "{n} articles")
    text = Said("{percent} %, {articles}", percent=run.percent, articles=articles)
    return {"over": run.is_over, "percent": run.percent, "text": said(text)}
