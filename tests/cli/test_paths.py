"""Paths as they are typed and printed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.cli.paths import Place
from annexish.errors import Usage

NAMES = st.lists(st.sampled_from([b"a", b"b", b"c c"]), max_size=4).map(b"/".join)


@pytest.mark.parametrize(
    ("word", "path"),
    [
        (b".", b"sub/dir"),
        (b"x", b"sub/dir/x"),
        (b"x/", b"sub/dir/x"),
        (b"../x", b"sub/x"),
        (b"../..", b""),
        (b"./x/../y", b"sub/dir/y"),
        (b"/files/z", b"z"),
        (b"../../../files/z", b"z"),
    ],
)
def test_a_typed_path_is_relative_to_the_current_directory(word: bytes, path: bytes) -> None:
    """`..` is resolved by its letters; absolute paths into the repository are understood."""
    assert Place(b"/files", b"/files/sub/dir").inward(word) == path


@pytest.mark.parametrize("word", [b"../x", b"/", b"/filesystem", b"/files2/x"])
def test_a_path_outside_of_the_repository_is_named(word: bytes) -> None:
    """The error says which path it was."""
    with pytest.raises(Usage, match=f"^{os.fsdecode(word)} is outside"):
        Place(b"/files", b"/files").inward(word)


def test_an_empty_word_is_no_path() -> None:
    """It would otherwise mean everything."""
    with pytest.raises(Usage):
        Place(b"/files", b"/files").inward(b"")


def test_an_absolute_path_may_lead_to_the_root_through_links(tmp_path: Path) -> None:
    """Links above the root are followed, links in it are not."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real/inner").symlink_to("nowhere")
    place = Place(os.fsencode(tmp_path / "real"), os.fsencode(tmp_path / "real"))
    assert place.inward(os.fsencode(tmp_path / "link/inner")) == b"inner"


@given(NAMES, NAMES)
def test_what_is_printed_can_be_typed(below: bytes, path: bytes) -> None:
    """A printed path, typed in the same directory, is the same path."""
    place = Place(b"/files", b"/files/" + below if below else b"/files")
    assert place.inward(place.outward(path)) == path


@pytest.mark.parametrize(
    ("path", "shown"),
    [(b"sub/x", b"x"), (b"sub", b"."), (b"", b".."), (b"other/x", b"../other/x"), (b"sub2", b"../sub2")],
)
def test_a_printed_path_is_relative_to_the_current_directory(path: bytes, shown: bytes) -> None:
    """What lies elsewhere is reached through `..`."""
    assert Place(b"/files", b"/files/sub").outward(path) == shown
