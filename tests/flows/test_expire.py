"""Expiring losses by the settings: what goes from a real repository, and what stays."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from annexish import Repository
from annexish.errors import Usage
from annexish.model.report import Released
from annexish.remote import ssh
from annexish.remote.wire import Line
from tests.conftest import MakeFilesystem
from tests.flows.kept import BIG, fill, kept, lost, run
from tests.remote.served import frames_of, line_to, started
from tests.trees import Tree, check_snapshot


def three_versions(tree: Tree) -> None:
    """Commit a file, replace it twice, then delete it."""
    tree.repository.config_set("keep.mode", "link")
    for number in range(3):
        tree.write("new", BIG + b"%d" % number)
        tree.move("new", "a")
        tree.write("b", f"{number}")
        tree.commit()
    tree.remove("a")
    tree.commit()


def there(tree: Tree) -> list[bool]:
    """Which of the versions the keep has."""
    return [kept(tree, BIG + b"%d" % number) for number in range(3)]


def expire(tree: Tree, *, dry_run: bool = False, **settings: str) -> Released:
    """Let go by settings: `expire_after="90d"`."""
    for key, value in settings.items():
        tree.repository.config_set("keep." + key.replace("_", "-"), value)
    return tree.repository.expire(dry_run=dry_run)


def test_the_default_lets_nothing_go(tmp_path: Path) -> None:
    """Before and after the first commit, and whatever was lost."""
    tree = Tree(tmp_path)
    assert expire(tree) == expire(tree, expire_after_commits="1") == Released([], 0, 0, 0)
    tree.repository.config_set("keep.expire-after-commits", "off")
    three_versions(tree)
    assert expire(tree) == Released([], 0, 0, 0)
    assert there(tree) == [True] * 3


def test_after_commits(tmp_path: Path) -> None:
    """A dry run tells what and why, and does nothing; then it is done, and a second time there is nothing."""
    tree = Tree(tmp_path)
    three_versions(tree)
    told = expire(tree, dry_run=True, expire_after_commits="1")
    assert [(each.path, each.why) for each in told.lost if each.path == b"a"] == [
        (b"a", ("2 commits ago",)),
        (b"a", ("1 commits ago",)),
    ]
    assert there(tree) == [True] * 3
    assert expire(tree) == told
    assert told.bytes_freed >= 2 * len(BIG)
    assert there(tree) == [False, False, True]
    assert lost(tree) == ["a"]
    assert expire(tree) == Released([], 0, 0, 0)
    check_snapshot(tree)


def test_a_content_that_is_present_again_stays(tmp_path: Path) -> None:
    """The loss goes, the name stays."""
    tree = Tree(tmp_path)
    three_versions(tree)
    tree.write("again", BIG + b"0")
    tree.commit()
    expire(tree, expire_after_commits="1")
    assert there(tree) == [True, False, False]
    check_snapshot(tree)


def test_the_calendar(tmp_path: Path) -> None:
    """All was lost within an hour or two: the newest stays."""
    tree = Tree(tmp_path)
    three_versions(tree)
    expire(tree, calendar="yearly=1")
    assert there(tree) == [False, False, True]


def test_space(tmp_path: Path) -> None:
    """The oldest go until it is enough; where enough is free, nothing goes."""
    tree = Tree(tmp_path)
    three_versions(tree)
    assert expire(tree, max_share="1T", dry_run=True) == Released([], 0, 0, 0)
    share = str(2 * len(BIG) + 16384)
    assert expire(tree, max_share=share, min_free="1") == Released([], 0, 0, 0)
    tree.repository.config_set("keep.min-free", "off")
    done = expire(tree, max_share=share)
    assert [each.path for each in done.lost] == [b"a"]
    assert done.lost[0].why == (f"losses take more than {share}",)
    assert there(tree) == [False, True, True]


def test_a_setting_that_was_written_wrong_by_hand(tmp_path: Path) -> None:
    """Nothing goes."""
    tree = Tree(tmp_path)
    three_versions(tree)
    settings = Path(tree.path(".annexish/config.toml"))
    settings.write_text(settings.read_text().replace('mode = "link"', 'mode = "link"\nexpire-after = "0d"'))
    with pytest.raises(Usage, match="expire-after"):
        Repository.find(tree.top).expire()
    assert there(tree) == [True] * 3


@pytest.mark.root
def test_a_full_disk(filesystem: MakeFilesystem) -> None:
    """With no byte free there is room again: that is what the rule is for."""
    top = filesystem("ext4", mib=16)
    tree = Tree(top, {"a": os.urandom(1 << 20), "b": "b"})
    tree.repository.config_set("keep.min-free", "5%")
    tree.commit()
    tree.remove("a")
    tree.commit()
    assert expire(tree) == Released([], 0, 0, 0)
    fill(top)
    done = run(tree, "expire")
    assert done.returncode == 0, done.stderr
    assert "less than 5% is free" in done.stdout
    assert lost(tree) == []
    check_snapshot(tree)


def test_what_a_key_that_may_only_add_brought_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has that key makes nothing go by what comes later: no rule and nobody here said that it may."""

    def connected(*_: object) -> Line:
        process = started("--append-only")
        return line_to(process, frames_of(process))

    monkeypatch.setattr(ssh, "_connected", connected)
    there, here = Tree(tmp_path, {"b": "2"}, name="there"), Tree(tmp_path, {"a": "precious"}, name="here")
    there.commit()
    here.repository.remote_add("there", f"ssh://there{there.top}")
    here.commit()
    here.repository.sync(adopt=True)
    here.write("new", "worthless")
    here.move("new", "a")
    here.repository.sync()
    assert (kept(there, "precious"), kept(there, "worthless")) == (True, True)

    later = time.time() + 3 * 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    assert expire(there, expire_after="90d").contents == 0
    assert kept(there, "precious")
    assert there.repository.confirm(dry_run=True).orphans == 1
