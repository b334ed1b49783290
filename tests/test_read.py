"""Folders and files to sources."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.model import Failure, Source
from searchapp.read import File, list_files, read_file

MB = 1 << 20


def write(folder: Path, name: str, data: bytes | str = "Rain fell on Tehran.\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def shown(*paths: Path, index: Path | None = None) -> list[str]:
    return [file.shown for file in list_files(paths, index)[0]]


def read(path: Path, max_bytes: int = MB) -> list[Source | Failure]:
    (file,), failures = list_files([path])
    assert failures == []
    return list(read_file(file, max_bytes))


def reason(path: Path, max_bytes: int = MB) -> str:
    (answer,) = read(path, max_bytes)
    assert isinstance(answer, Failure)
    return answer.reason


# --- which files --------------------------------------------------------------------------------


def test_a_folder_is_listed_with_its_folders_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a/2.md", "a/1.HTML", "a.txt", "c/d/e.htm.gz", "z.jsonl"):
        write(tmp_path, name)
    files, failures = list_files([tmp_path])
    assert failures == []
    assert files[0] == File(tmp_path / "a.txt", "a.txt", tmp_path)
    assert [f.shown for f in files] == [
        "a.txt",
        "a/1.HTML",
        "a/2.md",
        "b.txt",
        "c/d/e.htm.gz",
        "z.jsonl",
    ]


def test_hidden_files_and_folders_are_left_out_unless_given(tmp_path: Path) -> None:
    hidden = write(tmp_path, ".notes.txt")
    write(tmp_path, ".git/a.txt")
    write(tmp_path, "a.txt")
    assert shown(tmp_path) == ["a.txt"]
    assert shown(hidden) == [".notes.txt"]
    assert shown(tmp_path / ".git") == ["a.txt"]


def test_a_file_given_directly_is_shown_by_its_name_and_is_its_own_root(tmp_path: Path) -> None:
    path = write(tmp_path, "deep/down/a.txt")
    assert list_files([path]) == ([File(path, "a.txt", path)], [])


def test_an_unknown_kind_is_a_failure_that_says_what_is_known(tmp_path: Path) -> None:
    write(tmp_path, "photo.jpg")
    write(tmp_path, "README")
    files, failures = list_files([tmp_path])
    assert files == []
    assert failures == [
        Failure(
            "README",
            "has no known ending; known are .txt .md .html .htm .jsonl, each also with .gz",
        ),
        Failure(
            "photo.jpg",
            "is of an unknown kind (.jpg); "
            "known are .txt .md .html .htm .jsonl, each also with .gz",
        ),
    ]


def test_a_missing_path_is_a_failure_and_the_rest_goes_on(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    files, failures = list_files([tmp_path / "nowhere", tmp_path])
    assert [f.shown for f in files] == ["a.txt"]
    assert failures == [Failure(str(tmp_path / "nowhere"), "does not exist")]


def test_the_index_folder_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "index/MAIN.txt")
    write(tmp_path, "a.txt")
    assert shown(tmp_path, index=tmp_path / "index") == ["a.txt"]
    files, failures = list_files([tmp_path / "index"], tmp_path / "index")
    assert files == []
    assert failures[0].reason == "is the index, not news"


def test_overlapping_paths_list_a_file_once(tmp_path: Path) -> None:
    inner = write(tmp_path, "a/b.txt")
    assert shown(tmp_path, tmp_path / "a", inner) == ["a/b.txt"]
    assert shown(inner, inner) == ["b.txt"]


def test_two_files_with_one_id_are_not_both_listed(tmp_path: Path) -> None:
    first = write(tmp_path, "monday/001.txt")
    write(tmp_path, "tuesday/001.txt")
    files, failures = list_files([tmp_path / "monday", tmp_path / "tuesday"])
    assert [f.path for f in files] == [first]
    assert failures == [
        Failure("001.txt", f"has the same id as {first}; index the folder above both")
    ]


# --- links --------------------------------------------------------------------------------------


def test_a_link_that_leaves_the_folder_is_reported_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "outside/secret.txt")
    news = write(tmp_path, "news/a.txt").parent
    (news / "folder").symlink_to(tmp_path / "outside")
    (news / "file.txt").symlink_to(tmp_path / "outside/secret.txt")
    files, failures = list_files([news])
    assert [f.shown for f in files] == ["a.txt"]
    assert failures == [
        Failure("file.txt", "is a link that leaves the folder; it is not followed"),
        Failure("folder", "is a link that leaves the folder; it is not followed"),
    ]


def test_a_loop_of_links_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "a/b/c.txt")
    (tmp_path / "a/b/up").symlink_to(tmp_path / "a")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "here").symlink_to(tmp_path)
    assert list_files([tmp_path]) == ([File(tmp_path / "a/b/c.txt", "a/b/c.txt", tmp_path)], [])


def test_a_link_within_the_folder_is_followed_to_what_has_no_other_name(tmp_path: Path) -> None:
    stored = write(tmp_path, ".store/x1.txt")
    write(tmp_path, "z.txt")
    (tmp_path / "a.txt").symlink_to(stored)
    (tmp_path / "b.txt").symlink_to(tmp_path / "z.txt")
    files, failures = list_files([tmp_path])
    assert failures == []
    assert [(f.shown, f.path) for f in files] == [
        ("a.txt", stored),
        ("z.txt", tmp_path / "z.txt"),
    ]


def test_a_broken_link_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nothing")
    _, failures = list_files([tmp_path])
    assert failures == [Failure("gone.txt", "is a link to something that does not exist")]


def test_a_folder_given_through_a_link_is_read(tmp_path: Path) -> None:
    write(tmp_path, "real/a.txt")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert shown(tmp_path / "link") == ["a.txt"]


# --- names --------------------------------------------------------------------------------------


def test_names_are_composed_and_printable(tmp_path: Path) -> None:
    write(tmp_path, unicodedata.normalize("NFD", "Žižek.txt"))
    write(tmp_path, "two\nlines\x1b[31m.txt")
    with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "wb") as stream:
        stream.write(b"Rain.")
    files, failures = list_files([tmp_path])
    assert failures == []
    assert [f.shown for f in files] == ["caf\\xe9.txt", "two\\nlines\\x1b[31m.txt", "Žižek.txt"]
    for file in files:
        (source,) = read_file(file, MB)
        assert isinstance(source, Source)
        (source.id + source.path + source.origin).encode("utf-8")


def test_a_folder_with_an_undecodable_name_fails_printably(tmp_path: Path) -> None:
    _, failures = list_files([tmp_path / os.fsdecode(b"n\xff")])
    assert failures[0].path.encode().endswith(b"n\\xff")


# --- one document -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text"),
        ("a.TXT", "text"),
        ("a.md", "markdown"),
        ("a.Html", "html"),
        ("a.htm", "html"),
    ],
)
def test_a_document_is_one_source_also_packed(tmp_path: Path, name: str, kind: str) -> None:
    plain = write(tmp_path, name, b"Rain fell.")
    packed = write(tmp_path, name + ".GZ", gzip.compress(b"Rain fell."))
    assert read(plain) == [Source(name, name, str(plain), kind, b"Rain fell.")]  # type: ignore[arg-type]
    assert read(packed) == [
        Source(name + ".GZ", name + ".GZ", str(packed), kind, b"Rain fell.")  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(
    "data",
    [b"", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n", b"\xff\xfe", b"\xff\xfe\n\0", b"\0\0"],
)
def test_nothing_but_blanks_is_empty(tmp_path: Path, data: bytes) -> None:
    assert reason(write(tmp_path, "a.txt", data)) == "is empty"
    assert reason(write(tmp_path, "a.txt.gz", gzip.compress(data))) == "is empty"


@pytest.mark.parametrize(
    ("size", "limit", "expected"),
    [
        (64_172_851, 50 * MB, "is 61.2 MB; the limit is 50 MB (max_file_bytes)"),
        (50 * MB + 1, 50 * MB, "is 52,428,801 bytes; the limit is 50 MB (max_file_bytes)"),
        (2000, 1000, "is 2 KB; the limit is 1000 bytes (max_file_bytes)"),
        (3 << 30, 1536 * MB, "is 3 GB; the limit is 1.5 GB (max_file_bytes)"),
    ],
)
def test_a_large_file_names_the_limit(tmp_path: Path, size: int, limit: int, expected: str) -> None:
    path = write(tmp_path, "a.txt", b"")
    os.truncate(path, size)
    assert reason(path, limit) == expected


def test_a_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    (source,) = read(write(tmp_path, "a.txt", b"x" * 100), 100)
    assert isinstance(source, Source)
    (packed,) = read(write(tmp_path, "a.txt.gz", gzip.compress(b"x" * 100)), 100)
    assert isinstance(packed, Source)


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = write(tmp_path, "bomb.txt.gz", gzip.compress(b"\0" * (20 * MB)))
    assert bomb.stat().st_size < MB / 10
    assert reason(bomb) == "is more than 1 MB unpacked; that is the limit (max_file_bytes)"


@pytest.mark.parametrize(
    "data",
    [gzip.compress(b"rain" * 99)[:-9], b"no gzip", b"\x1f\x8b\x08"],
    ids=["cut off", "no gzip", "a head alone"],  # the first has the time in it
)
def test_a_broken_gzip_file_is_a_failure(tmp_path: Path, data: bytes) -> None:
    assert (
        reason(write(tmp_path, "a.txt.gz", data)) == "is not a sound gzip file; it may be cut off"
    )


def test_a_damaged_gzip_file_is_a_failure(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(bytes(range(256)) * 9))
    data[12] ^= 0xFF
    assert "gzip" in reason(write(tmp_path, "a.txt.gz", bytes(data)))


def test_a_file_that_vanished_is_a_failure(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt")
    (file,), _ = list_files([tmp_path])
    path.unlink()
    assert list(read_file(file, MB)) == [Failure("a.txt", "does not exist")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_never_waited_on(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert reason(tmp_path / "pipe.txt") == "is not a regular file"


def test_a_link_put_in_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path, "secret.txt")
    path = write(tmp_path, "news/a.txt")
    (file,), _ = list_files([tmp_path / "news"])
    path.unlink()
    path.symlink_to(secret)
    assert list(read_file(file, MB)) == [Failure("a.txt", "is not a regular file")]


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may enter: pytest's own are for their owner only."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything; for a while this process is somebody who may not."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="this system has no such permissions")
def test_what_may_not_be_read_is_a_failure(public: Path) -> None:
    closed = write(public, "closed/a.txt").parent
    locked = write(public, "locked.txt")
    closed.chmod(0)
    locked.chmod(0)
    try:
        with as_nobody():
            (file,), failures = list_files([public])
            found = list(read_file(file, MB))
    finally:
        closed.chmod(0o700)
    assert failures == [Failure("closed/", "cannot be read: permission denied")]
    assert found == [Failure("locked.txt", "cannot be read: permission denied")]


# --- JSON Lines ---------------------------------------------------------------------------------


def test_each_line_is_a_source_with_its_own_id_or_its_number(tmp_path: Path) -> None:
    path = write(
        tmp_path, "x.jsonl", '{"id": "r-1"}\r\n\n {"id": 7, "text": "é"} \n{"text": "no id"}'
    )
    assert read(path) == [
        Source("r-1", "x.jsonl#L1", str(path), "json", b'{"id": "r-1"}'),
        Source("7", "x.jsonl#L3", str(path), "json", '{"id": 7, "text": "é"}'.encode()),
        Source("x.jsonl#L4", "x.jsonl#L4", str(path), "json", b'{"text": "no id"}'),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"[1]", "is not a JSON object"),
        (b'"text"', "is not a JSON object"),
        (b'{"id": 1', "is not JSON: Expecting ',' delimiter: line 1 column 9 (char 8)"),
        (b'{"id": "caf\xe9"}', "is not UTF-8"),
        (b'{"id": ""}', "id is empty"),
        (b'{"id": "  "}', "id is empty"),
        (b'{"id": true}', "id is neither text nor a number"),
        (b'{"id": ["a"]}', "id is neither text nor a number"),
        (b'{"id": "a\\u0000b"}', "id has control characters"),
        (b'{"id": "\\ud800"}', "id has control characters"),
        (b'{"id": "' + b"x" * 513 + b'"}', "id has 513 characters; the limit is 512"),
        (b"[" * 200_000, "is nested too deeply"),
        (b"x" * 300_000, "is more than 256 KB; that is the limit (max_file_bytes)"),
    ],
)
def test_a_bad_line_is_a_failure_and_the_rest_goes_on(
    tmp_path: Path, line: bytes, expected: str
) -> None:
    path = write(tmp_path, "x.jsonl", b'{"id": "a"}\n' + line + b'\n{"id": "b"}\n')
    first, failure, last = read(path, 1 << 18)
    assert isinstance(first, Source)
    assert isinstance(last, Source)
    assert (first.id, last.id, last.path) == ("a", "b", "x.jsonl#L3")
    assert failure == Failure("x.jsonl#L2", expected)


def test_the_limit_is_for_a_line_not_for_the_file(tmp_path: Path) -> None:
    line = json.dumps({"text": "rain " * 10}) + "\n"
    path = write(tmp_path, "x.jsonl", line * 50)
    assert len(read(path, max_bytes=len(line))) == 50


def test_json_lines_start_after_a_byte_order_mark(tmp_path: Path) -> None:
    (source,) = read(write(tmp_path, "x.jsonl", b'\xef\xbb\xbf{"id": "a"}'))
    assert isinstance(source, Source)
    assert (source.id, source.data) == ("a", b'{"id": "a"}')


def test_json_lines_in_utf16_say_so(tmp_path: Path) -> None:
    path = write(tmp_path, "x.jsonl", '{"id": "a"}'.encode("utf-16"))
    assert read(path) == [Failure("x.jsonl", "is UTF-16; JSON Lines must be UTF-8")]


def test_json_lines_without_any_are_empty(tmp_path: Path) -> None:
    assert reason(write(tmp_path, "x.jsonl", b"\n \n")) == "is empty"


def test_what_came_before_a_break_in_a_packed_file_stays(tmp_path: Path) -> None:
    packed = gzip.compress(b'{"id": "a"}\n') + gzip.compress(os.urandom(5000))[:-900]
    first, *_, last = read(write(tmp_path, "x.jsonl.gz", packed))
    assert isinstance(first, Source)
    assert first.id == "a"
    assert last == Failure("x.jsonl.gz", "is not a sound gzip file; it may be cut off")


@pytest.mark.parametrize("unit", [b"\n", b" " * 1000, b"{}\n"])
def test_packed_lines_out_of_all_proportion_end_the_file(tmp_path: Path, unit: bytes) -> None:
    bomb = gzip.compress(unit * (6_000_000 // len(unit)))
    answers = read(write(tmp_path, "x.jsonl.gz", bomb), max_bytes=1000)
    assert answers[-1] == Failure(
        "x.jsonl.gz", "unpacks to more than 200 times its size; the rest is left out"
    )


# --- laws ---------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_reading_never_raises_and_repeats_itself(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    for name in ("a.jsonl", "a.jsonl.gz", "a.txt", "a.txt.gz"):
        write(folder, name, data)
    write(folder, "b.jsonl.gz", gzip.compress(data))
    files, failures = list_files([folder])
    once = [answer for file in files for answer in read_file(file, 100)]
    again = [answer for file in list_files([folder])[0] for answer in read_file(file, 100)]
    assert failures == []
    assert once == again
    assert all(len(answer.data) <= 100 for answer in once if isinstance(answer, Source))


@given(st.permutations(["a.txt", "b/a.txt", "b/c.md", "é.html", "z.jsonl"]))
def test_the_order_of_creation_is_irrelevant(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("order")
    for name in names:
        write(folder, name)
    assert shown(folder) == ["a.txt", "b/a.txt", "b/c.md", "z.jsonl", "é.html"]
