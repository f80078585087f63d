"""A commit as Git takes it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from annexish.codec.commits import check_commit, encode_commit, links_in
from annexish.errors import Corrupt
from annexish.model.commit import Signature
from annexish.model.ids import CommitId, TreeId

ZONES = {0: "+0000", 90: "+0130", -90: "-0130", -720: "-1200"}


@pytest.mark.parametrize("offset", ZONES)
def test_git_takes_it(tmp_path: Path, offset: int) -> None:
    """`git hash-object` parses what it is given; the zone is written as hours and minutes."""
    who = Signature("Ada \udcff", "ada@example.org", 1_700_000_000, offset)
    parents = [CommitId("2" * 40), CommitId("3" * 40)]
    made = encode_commit(TreeId(b"\x11" * 20), parents, who, "m\n\nmore", repository="r", counts={"added": 1})
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path)], check=True)
    command = ["git", "--git-dir", str(tmp_path), "hash-object", "-t", "commit", "--stdin"]
    subprocess.run(command, input=made, check=True, capture_output=True)
    lines = made.split(b"\n")
    assert lines[:3] == [b"tree " + b"11" * 20, b"parent " + b"2" * 40, b"parent " + b"3" * 40]
    assert lines[3] == b"author Ada \xff <ada@example.org> 1700000000 " + ZONES[offset].encode()
    assert lines[4].partition(b" ")[2] == lines[3].partition(b" ")[2]
    assert (lines[5], lines[6], lines[-2]) == (b"", b"m", b"Annexish-Counts: added=1")


def test_what_a_commit_names() -> None:
    """Its tree and its parents; whatever else is in it, and in what language."""
    who = Signature("Ada \udcff", "ada@example.org", -5, -90)
    parents = [CommitId("2" * 40), CommitId("3" * 40)]
    made = encode_commit(TreeId(b"\x11" * 20), parents, who, "m\n\nparent x", repository="r", counts={})
    assert links_in(made) == (b"\x11" * 20, parents)
    check_commit(made)
    check_commit(made.replace(b"\n\n", b"\nencoding cp1252\ngpgsig x\n y\n\n", 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"tree ", b"tree x"), (b"\nauthor", b"\nparent x\nauthor"), (b"author", b"x"), (b"committer", b"x"),
        (b"<a>", b"a"), (b" 1 ", b" "), (b"+0000", b"0"), (b"+0000\n\n", b"+0000\nencoding hex\n\n"), (b"m", b"\0"),
        (b"+0000\n\nm", b"+0000\nencoding utf-8\n\n\xff"), (b"+0000\n\nm", b"+0000\nencoding iso8859-99\n\n\xff"),
        (b"Format: 1", b"Format: 2"), (b"Format: 1", b"Format: 1.5"),
    ],
)  # fmt: skip
def test_a_commit_that_cannot_be_read_is_corrupt(old: bytes, new: bytes) -> None:
    """Git's library would refuse it later, or this program."""
    made = encode_commit(TreeId(b"\x11" * 20), [], Signature("A", "a", 1, 0), "m", repository="r", counts={})
    assert old in made
    with pytest.raises(Corrupt):
        check_commit(made.replace(old, new))


def test_what_names_no_tree_is_corrupt() -> None:
    """Nothing can be followed from it."""
    with pytest.raises(Corrupt):
        links_in(b"parent " + b"1" * 40 + b"\n")
