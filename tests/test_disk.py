"""Files are replaced whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from searchapp.disk import replace_file, sync_folder


def test_file_is_made_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    replace_file(path, [b"one ", b"two"])
    assert path.read_bytes() == b"one two"
    replace_file(path, [])
    assert path.read_bytes() == b""
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.parametrize(("mode", "expected"), [(None, 0o640), (0o600, 0o600), (0o644, 0o644)])
def test_permissions_are_those_said_else_those_of_any_file(
    tmp_path: Path, mode: int | None, expected: int
) -> None:
    before = os.umask(0o027)
    try:
        replace_file(tmp_path / "a", [b"x"], mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == expected


def test_what_was_there_stays_where_the_new_one_cannot_be_written(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"half of it"
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "a"
    path.write_bytes(b"before")
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, parts())
    assert path.read_bytes() == b"before"
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize(("code", "forgiven"), [("EINVAL", True), ("EBADF", True), ("EIO", False)])
def test_folder_that_cannot_be_brought_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, forgiven: bool
) -> None:
    def fsync(_: int) -> None:
        raise OSError(getattr(errno, code), code)

    monkeypatch.setattr(os, "fsync", fsync)
    if forgiven:
        sync_folder(tmp_path)
    else:
        with pytest.raises(OSError, match=code):
            sync_folder(tmp_path)
