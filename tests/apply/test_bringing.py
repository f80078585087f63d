"""What is brought to where nothing is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from blake3 import blake3

from annexish.apply.bringing import BROKEN, LEFT, MADE, Bringing
from annexish.apply.keep import Keep
from annexish.apply.keeps import Keeps
from annexish.apply.staging import Staging
from annexish.model.ids import Digest
from tests.limited import no_more_files
from tests.pictures import entry
from tests.trees import inside


def test_a_directory_that_cannot_be_entered_is_not_left_there(tmp_path: Path) -> None:
    """The same again makes it, with its metadata; what was there before stays as it is."""
    (tmp_path / "there").mkdir()
    with (
        Keeps(Keep(str(tmp_path / "keep")), {}, {}) as keep,
        Bringing(bytes(tmp_path), keep) as hands,
        no_more_files(),
    ):
        for name in ("d", "there"):
            with pytest.raises(OSError, match="Too many open files"):
                list(hands.bring(inside(name), entry(name, {})))

    assert [found.name for found in tmp_path.iterdir()] == ["there"]


@pytest.mark.parametrize("hashed", [True, False])
def test_what_was_just_hashed_is_not_read_again(tmp_path: Path, *, hashed: bool) -> None:
    """Anything else is, before it is given out."""
    data = b"new"
    new = entry("new")._replace(size=len(data), digest=Digest(blake3(data).digest()))
    assert new.digest is not None
    keep = Keep(str(tmp_path / "keep"))
    fan, name = keep.room(new.digest)
    with open(os.open(name, os.O_CREAT | os.O_WRONLY, dir_fd=fan), "wb") as file:
        file.write(b"rot")
    known = {new.digest} if hashed else set()
    with Keeps(keep, {}, {}) as keeps, Bringing(bytes(tmp_path), keeps, hashed=known) as hands:
        brought = [*hands.bring(inside("new"), new), *hands.finish()]
    assert [each.how for each in brought] == [MADE if hashed else BROKEN]


def test_what_is_replaced_changes_places_when_all_is_durable(tmp_path: Path) -> None:
    """Many files are synced at once; one that somebody saves meanwhile stays."""
    paths = {inside(name): tmp_path / name for name in ("a", "b", "c")}
    for at in paths.values():
        at.write_text("old")
    content = b"new"
    new = entry("new")._replace(size=len(content), digest=Digest(blake3(content).digest()))
    (tmp_path / "source").write_bytes(content)
    keep = Keep(str(tmp_path / "keep"))
    with open(tmp_path / "source", "rb") as file:
        assert new.digest is not None
        keep.put(file.fileno(), new.digest, new.size)
    staging = Staging([str(tmp_path / "staging")])
    with Keeps(keep, {}, {}) as keeps, Bringing(bytes(tmp_path), keeps) as hands:
        for path, at in paths.items():
            assert not list(hands.replace(path, new, staging, os.stat(at)))
        assert [at.read_text() for at in paths.values()] == ["old"] * 3
        paths[inside("b")].write_text("saved")
        assert [brought.how for brought in hands.publish()] == [MADE, LEFT, MADE]

    assert [at.read_text() for at in paths.values()] == ["new", "saved", "new"]
