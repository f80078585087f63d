"""Changes as lines."""

from __future__ import annotations

import io
from collections.abc import Iterable

from annexish.cli.changes import HELD, ChangeLines
from annexish.cli.paths import Place
from annexish.cli.printing import Printer
from annexish.model.change import Change
from annexish.model.entry import Kind
from tests.cli.pictures import added, deleted, modified, moved


def lines(changes: Iterable[Change], here: bytes = b"/files", *, verbose: bool = False) -> list[str]:
    """What a person sees, with single spaces between columns."""
    seen = ChangeLines(Place(b"/files", here), Printer(io.StringIO(), io.StringIO()), verbose=verbose)
    return [" ".join(line.split()) for line in seen.all(changes)]


def test_each_change_is_a_line_that_begins_with_its_word() -> None:
    """Old and new path of a move stand in one line."""
    assert lines(
        [added(b"a"), deleted(b"b"), moved(b"c", b"d"), modified(b"e", digest=b"x"), modified(b"f", mode=0)]
    ) == [
        "added a",
        "deleted b",
        "moved c -> d",
        "modified e",
        "metadata f",
    ]


def test_paths_are_relative_to_the_current_directory() -> None:
    """Those elsewhere too."""
    assert lines([moved(b"c", b"sub/d")], b"/files/sub") == ["moved ../c -> d"]


def test_a_directory_that_moved_is_one_line() -> None:
    """It says how much it took along."""
    assert lines([moved(b"old", b"new", Kind.DIRECTORY, 80_000)]) == ["moved old/ -> new/ (80000 inside)"]


def test_a_directory_that_is_new_as_a_whole_is_one_line() -> None:
    """It says what is in it."""
    changes = [
        added(b"new", Kind.DIRECTORY),
        added(b"new/a", size=1000),
        added(b"new/b", Kind.DIRECTORY),
        added(b"new/b/c", size=24),
        added(b"new/b/l", Kind.SYMLINK, target=b"a"),
        added(b"new.txt"),
    ]
    assert lines(changes) == ["added new/ (2 files, 1 directory, 1 link, 1.0 KiB)", "added new.txt"]


def test_an_empty_directory_is_said_to_be_empty() -> None:
    """Nothing is counted in it."""
    assert lines([deleted(b"d", Kind.DIRECTORY)]) == ["deleted d/ (empty)"]


def test_what_moved_into_a_new_directory_has_its_own_line() -> None:
    """It stands below the line of the directory, which does not count it."""
    changes = [added(b"new", Kind.DIRECTORY), moved(b"old", b"new/a"), added(b"new/b")]
    assert lines(changes) == ["added new/ (1 file, 3 B)", "moved old -> new/a"]


def test_a_difference_of_any_length_needs_no_memory() -> None:
    """When too many lines wait for the one of their directory, they stop waiting."""
    inside = [moved(b"%d" % number, b"new/%d" % number) for number in range(HELD + 2)]
    seen = lines([added(b"new", Kind.DIRECTORY), *inside])
    assert len(seen) == HELD + 3
    assert seen[HELD + 1] == "added new/"


def test_everything_new_in_the_root_is_not_one_line() -> None:
    """A first commit says what is in the root."""
    assert lines([added(b"", Kind.DIRECTORY), added(b"a")]) == ["added ./", "added a"]


def test_verbose_says_every_change_and_which_fields() -> None:
    """With the values before and after where they are short."""
    changes = [added(b"d", Kind.DIRECTORY), added(b"d/a"), modified(b"e", size=2000, mode=0o600, mtime_ns=1)]
    assert lines(changes, verbose=True) == [
        "added d/",
        "added d/a",
        "modified e (size 3 B -> 2.0 KiB, mode 0644 -> 0600, mtime)",
    ]
