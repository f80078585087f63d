"""Which disk it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish.scan import disk
from annexish.scan.disk import disk_of
from annexish.scan.filesystem import mount_of
from tests.conftest import MakeFilesystem


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "tmpfs"])
def test_a_file_system_is_one_disk_and_another_one_another(filesystem: MakeFilesystem, kind: str) -> None:
    """Wherever on it a path is; the label says where that was."""
    one, other = filesystem(kind), filesystem(kind)
    (one / "d").mkdir()

    assert disk_of(os.fsencode(one / "d")) == disk_of(os.fsencode(one))
    assert disk_of(os.fsencode(one)).id != disk_of(os.fsencode(other)).id
    assert disk_of(os.fsencode(one)).label == f"{os.uname().nodename}:{one}"


def test_the_uuid_is_that_of_the_device(
    filesystem: MakeFilesystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where udev names it: it is the same on every machine."""
    top = os.fsencode(filesystem("ext4"))
    mount = mount_of(top)
    assert mount is not None
    (tmp_path / "0815-CAFE").symlink_to(os.fsdecode(mount.source))
    (tmp_path / "other").symlink_to("/dev/null")
    monkeypatch.setattr(disk, "_BY_UUID", os.fsencode(tmp_path))
    assert disk_of(top).id == "0815-CAFE"
