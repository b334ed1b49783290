"""Lines in frames: they come back as they were, and a long one costs its neighbours nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.engine.arrays import ArrayFile, ArrayWriter
from searchapp.engine.store import FRAME, StoreReader, StoreWriter, copy

BOOK = b"oil " * FRAME
NOTE = b"Oil rose."


def store_of(path: Path, lines: list[bytes]) -> StoreReader:
    writer = StoreWriter()
    for line in lines:
        writer.add(line)
    return read(path, writer)


def read(path: Path, writer: StoreWriter) -> StoreReader:
    out = ArrayWriter(path)
    writer.write(out, "article")
    out.close()
    return StoreReader(ArrayFile(path), "article")


@pytest.mark.parametrize(
    ("lines", "frames"),
    [
        ([], []),
        ([NOTE, NOTE], [2]),
        ([NOTE, BOOK], [1, 1]),
        ([BOOK, NOTE], [1, 1]),
        ([NOTE, NOTE, BOOK, BOOK, NOTE, NOTE], [2, 1, 1, 2]),
        ([b""] * (FRAME + 2), [FRAME, 2]),
    ],
)
def test_a_long_line_has_a_frame_of_its_own(
    tmp_path: Path, lines: list[bytes], frames: list[int]
) -> None:
    store = store_of(tmp_path / "store", lines)
    assert [len(store.documents(number)) for number in range(len(store))] == frames
    assert list(store.all_lines()) == lines


@given(st.lists(st.tuples(st.sampled_from([b"", NOTE, BOOK]), st.booleans()), max_size=9))
def test_copies_hold_what_was_kept(
    tmp_path_factory: pytest.TempPathFactory, documents: list[tuple[bytes, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("stores")
    store = store_of(folder / "one", [line for line, _ in documents])
    copied = StoreWriter()
    copy(store, np.array([kept for _, kept in documents], np.bool_), copied)
    kept = [line for line, kept in documents if kept]
    other = read(folder / "other", copied)
    assert list(other.all_lines()) == kept
    assert other.lines(range(len(kept))) == kept
