"""A commit as Git takes it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from annexish.codec.commits import encode_commit
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
