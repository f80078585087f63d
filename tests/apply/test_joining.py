"""Names that become one inode again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from blake3 import blake3

from annexish.apply import copying
from annexish.apply import joining as room
from annexish.apply.joining import Joining
from annexish.apply.staging import Staging
from annexish.model.ids import Digest
from tests.pictures import entry
from tests.trees import inside


def test_names_that_are_one_inode_already_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes of the others are the same ones; another file with them is joined, and what differs stays."""
    tree = tmp_path / "tree"
    tree.mkdir()
    for name, text in (("a", "same"), ("other", "same"), ("saved", "else")):
        (tree / name).write_text(text)
    for name in ("b", "c"):
        os.link(tree / "a", tree / name)
    read = []
    digest_of = copying.digest_of

    def counted(descriptor: int) -> bytes:
        read.append(os.fstat(descriptor).st_ino)
        return digest_of(descriptor)

    monkeypatch.setattr(room, "digest_of", counted)
    inodes = [os.stat(tree / name).st_ino for name in ("a", "other", "saved")]
    staging = Staging([str(tmp_path / "staging")])
    same = Digest(blake3(b"same").digest())
    group = [
        (inside(name), entry(name, "same")._replace(size=4, digest=same)) for name in ("a", "b", "c", "other", "saved")
    ]
    joined = Joining(bytes(tree), staging).join(group)
    staging.clear()

    assert joined == [b"a", b"b", b"c", b"other"]
    assert read == inodes
    assert {os.stat(tree / name).st_nlink for name in ("a", "b", "c", "other")} == {4}
    assert (tree / "saved").read_text() == "else"
