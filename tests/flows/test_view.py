"""A revision as a directory of links."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish.errors import Usage
from annexish.model.report import Restored
from tests.conftest import MakeFilesystem
from tests.kept import forget, kept_path
from tests.rich import Found, draw_everything, everything
from tests.trees import Link, Tree, troubles


def view(tree: Tree, *, copy: bool = False, revision: str = "HEAD") -> tuple[str, Restored]:
    """Make a view beside the tree; return where it is, and what was made."""
    to = os.path.join(os.path.dirname(tree.top), "view")
    return to, tree.repository.view(revision, to, copy=copy)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A tree of two revisions, whose contents are all kept as hard links."""
    tree = Tree(tmp_path, {"a": "one", "d": {"x": "deep", "l": Link("x")}, "gone": "soon"})
    tree.commit()
    tree.remove("gone")
    tree.commit()
    return tree


@pytest.mark.root
@pytest.mark.parametrize("kind", ["ext4", "btrfs", "xfs", "tmpfs"])
def test_a_view_is_the_revision(filesystem: MakeFilesystem, kind: str) -> None:
    """With all that a file system can hold; only directories have another mode, and no ACLs."""
    top = filesystem(kind, mib=120)
    (top / "tree").mkdir()
    draw_everything(str(top / "tree"))
    tree = Tree(top)
    tree.commit()
    before = {path: _read_only(found) for path, found in everything(tree.top).items()}
    to, done = view(tree)

    assert done.problems == ()
    assert {path: _read_only(found) for path, found in everything(to).items()} == before
    assert {one.mode & 0o7777 for one in everything(to).values() if one.mode & 0o170000 == 0o040000} == {0o555}
    shares = "reflink" if kind in ("btrfs", "xfs") else "link"
    assert done.counts[shares] > 20


def _read_only(found: Found) -> Found:
    """What a view has of a file or directory; who else has the inode is no matter."""
    if found.mode & 0o170000 != 0o040000:
        return found._replace(joined=frozenset())
    attributes = tuple(pair for pair in found.attributes if "posix_acl" not in pair[0])
    return found._replace(mode=0o040555, attributes=attributes)


def test_files_are_the_kept_ones(tree: Tree) -> None:
    """Under another name, where there are no reflinks; what is gone from the tree is there too."""
    to, done = view(tree, revision="HEAD~1")

    assert dict(done.counts) == {"link": 3, "mkdir": 1, "symlink": 1}
    assert os.path.samefile(os.path.join(to, "a"), tree.path("a"))
    assert Path(to, "gone").read_text() == "soon"


def test_with_copy_nothing_is_shared(tree: Tree) -> None:
    """Writing to a copy changes the copy, and directories are as recorded."""
    to, done = view(tree, copy=True)
    Path(to, "a").write_text("mine now")

    assert done.counts["copy"] == 2
    assert os.stat(os.path.join(to, "d")).st_mode & 0o777 == 0o755
    assert tree.read("a") == b"one"
    assert Path(kept_path(tree, "a")).read_text() == "one"


def test_another_dress_is_a_copy(tree: Tree) -> None:
    """A file that has another mode, time, owner or attribute by now than it had then."""
    tree.write("attribute", "4")
    tree.commit()
    os.chmod(tree.path("a"), 0o600)
    os.utime(tree.path("d/x"), ns=(0, 5))
    os.setxattr(tree.path("attribute"), "user.new", b"1")
    to, done = view(tree)

    assert dict(done.counts) == {"copy": 3, "mkdir": 1, "symlink": 1}
    assert os.stat(os.path.join(to, "a")).st_mode & 0o777 == 0o644
    assert os.listxattr(os.path.join(to, "attribute")) == []
    assert done.problems == ()


def test_a_kept_file_that_was_written_to_is_not_lent(tree: Tree) -> None:
    """Its time or size shows it; the copy that is tried instead does not have the digest."""
    Path(kept_path(tree, "d/x")).write_text("DEEP")
    to, done = view(tree)

    assert troubles(done.problems) == [("corrupt", "d/x")]
    assert sorted(os.listdir(to)) == ["a", "d"]
    assert os.listdir(os.path.join(to, "d")) == ["l"]


def test_hard_links_stay_together(tmp_path: Path) -> None:
    """Lent, copied because of their dress, or from a present file."""
    tree = Tree(tmp_path, {name: f"shared {name}" for name in ("lent", "dressed", "present")})
    for name in ("lent", "dressed", "present"):
        os.link(tree.path(name), tree.path(f"{name} too"))
    tree.commit()
    os.chmod(tree.path("dressed"), 0o600)
    digest = tree["present"].digest
    assert digest is not None
    forget(tree, digest)
    to, done = view(tree)

    assert done.problems == ()
    for name in ("lent", "dressed", "present"):
        assert os.path.samefile(os.path.join(to, name), os.path.join(to, f"{name} too"))
    assert not os.path.samefile(os.path.join(to, "dressed"), tree.path("dressed"))


def test_on_another_file_system(tree: Tree, filesystem: MakeFilesystem) -> None:
    """Links do not reach there: files are copies."""
    to = filesystem("tmpfs") / "view"
    done = tree.repository.view("HEAD", to)

    assert done.counts["copy"] == 2
    assert (to / "d" / "x").read_text() == "deep"


def test_the_working_tree_is_no_place(tree: Tree) -> None:
    """The next commit would record the view."""
    with pytest.raises(Usage, match="in the working tree"):
        tree.repository.view("HEAD", tree.path("view"))
