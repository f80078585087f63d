"""After a commit every content that is present has a name in the keep."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from blake3 import blake3

from annexish.model.entry import Kind
from tests.conftest import MakeFilesystem
from tests.flows.hammering import IN_PLACE, REPLACE, SIZE, hammering
from tests.kept import kept_path
from tests.mounts import mounted
from tests.randomly import Worker
from tests.rich import draw_everything, everything
from tests.trees import Tree, inside, troubles

PUT_BY_REFLINK = ("btrfs", "xfs")


def kept_wrongly(tree: Tree) -> list[str]:
    """The names in the keep that are not what they say."""
    found: list[str] = []
    for at, _, names in os.walk(tree.path(".annexish/keep")):
        found += [
            name for name in names if blake3(Path(at, name).read_bytes()).hexdigest() != os.path.basename(at) + name
        ]
    return found


def not_kept(tree: Tree) -> list[str]:
    """The paths of the head without a content in the keep."""
    return [
        path
        for path, entry in tree.ls().items()
        if entry.kind is Kind.FILE and entry.size and not os.path.exists(kept_path(tree, path))
    ]


def lost(tree: Tree) -> list[tuple[str, bool]]:
    """(path, can be recovered) of every loss, newest first."""
    return [(os.fsdecode(one.path), one.recoverable) for one in tree.repository.lost()]


@pytest.mark.root
@pytest.mark.parametrize("kind", ["ext4", "btrfs", "xfs", "tmpfs"])
def test_everything_is_kept(filesystem: MakeFilesystem, kind: str) -> None:
    """On any file system; the metadata of the files stay what they were, and hard links are groups of themselves."""
    top = filesystem(kind, mib=120)
    (top / "tree").mkdir()
    draw_everything(str(top / "tree"))
    tree = Tree(top)
    before = everything(tree.top)
    tree.commit()

    assert (not_kept(tree), kept_wrongly(tree)) == ([], [])
    assert everything(tree.top) == before
    assert tree["linked/first"].links == tree["names/third"].links is not None
    assert tree["large"].links is None
    linked = os.stat(tree.path("large")).st_nlink
    assert linked == (1 if kind in PUT_BY_REFLINK else 2)


@pytest.mark.parametrize("seed", range(6))
def test_everything_is_kept_after_anything(tmp_path: Path, seed: int) -> None:
    """Whatever is done between commits; no kept name lies when a commit is done."""
    tree = Tree(tmp_path)
    worker = Worker(tree.top, seed)
    for _ in range(5):
        worker.work(40)
        tree.commit(allow_mass_deletion=True)
        assert not_kept(tree) == []
        assert kept_wrongly(tree) == []


def test_links_make_nothing_to_read(tmp_path: Path) -> None:
    """They change the ctime of each file, which is no reason to read it again."""
    tree = Tree(tmp_path, {"a": "1", "d": {"b": "22", "c": "22"}})
    tree.commit_calmly()
    assert os.stat(tree.path("a")).st_nlink == 2
    answer = tree.committed()

    assert (answer.commit, dict(answer.read)) == (None, {})


def test_linking_old_files_makes_nothing_to_read(tmp_path: Path) -> None:
    """The record that is remembered is the one after the link: the very next commit reads nothing."""
    tree = Tree(tmp_path, {"a": "1", "d": {"b": "22", "c": "22"}})
    tree.repository.config_set("keep.mode", "off")
    tree.commit_calmly()
    tree.repository.config_set("keep.mode", "link")
    for name in os.listdir(tree.path(".annexish")):
        if name.startswith("cache.sqlite"):
            os.unlink(tree.path(f".annexish/{name}"))
    assert tree.committed().read["files"] == 3
    assert os.stat(tree.path("a")).st_nlink == 2
    assert dict(tree.committed().read) == {}


def test_a_file_written_in_place(tmp_path: Path) -> None:
    """Its former bytes are gone, which is said; the kept name is that of the new ones."""
    tree = Tree(tmp_path, {"a": "before", "b": "1"})
    tree.commit_calmly()
    old = kept_path(tree, "a")
    tree.write("a", "behind")
    done = tree.committed()

    assert troubles(done.problems) == [("note", "a")]
    assert not os.path.exists(old)
    assert (not_kept(tree), kept_wrongly(tree)) == ([], [])
    assert lost(tree) == [("a", False)]


def test_a_file_written_in_place_that_has_a_twin(tmp_path: Path) -> None:
    """Its former bytes are kept again, from the twin."""
    tree = Tree(tmp_path, {"a": "before", "b": "before", "c": "1"})
    tree.commit_calmly()
    kept = next(path for path in ("a", "b") if os.stat(tree.path(path)).st_nlink == 2)
    tree.write(kept, "behind")
    done = tree.committed()

    assert done.problems == ()
    assert (not_kept(tree), kept_wrongly(tree)) == ([], [])
    assert lost(tree) == [(kept, True)]


def test_a_file_written_in_place_and_gone_whose_copy_is_new(tmp_path: Path) -> None:
    """The copy is taken for the file, so its bytes are those that are kept from then on."""
    tree = Tree(tmp_path, {"a": "content"})
    tree.commit()
    tree.copy("a", "b")
    tree.append("a", ", and more")
    tree.remove("a")
    assert tree.commit() == [("moved", "a", "b")]
    assert tree.repository.verify().problems == ()
    tree.remove("b")
    tree.commit(allow_mass_deletion=True)
    tree.repository.recover([inside("b")])
    assert tree.read("b") == b"content"


@pytest.mark.root
@pytest.mark.parametrize("kind", PUT_BY_REFLINK)
def test_a_file_written_in_place_where_blocks_are_shared(filesystem: MakeFilesystem, kind: str) -> None:
    """The former bytes are kept, also after the file was deleted and came back."""
    tree = Tree(filesystem(kind), {"a": "before", "b": "1"})
    tree.commit()
    tree.remove("a")
    tree.repository.recover([b"a"])  # type: ignore[list-item]
    tree.commit()
    old = kept_path(tree, "a")
    tree.write("a", "behind")

    assert tree.committed().problems == ()
    assert Path(old).read_text() == "before"
    assert kept_wrongly(tree) == []


@pytest.mark.parametrize("program", [REPLACE, IN_PLACE], ids=["replaced", "in place"])
def test_files_that_change_while_they_are_kept(tmp_path: Path, program: str) -> None:
    """When it is quiet, the next commit leaves no name that lies, and keeps what is there."""
    tree = Tree(tmp_path, dict.fromkeys("abc", b"%08d" % 0 * (SIZE // 8)))
    tree.write(".annexishignore", "*~\n")
    tree.commit()
    with hammering(tree, program):
        for _ in range(15):
            tree.committed()
    tree.commit()

    assert not_kept(tree) == []
    assert all(blake3(Path(kept_path(tree, path)).read_bytes()).digest() == tree[path].digest for path in "abc")


def test_nothing_is_kept(tmp_path: Path) -> None:
    """With `keep.mode off`; losses are listed, and cannot be recovered."""
    tree = Tree(tmp_path, {"a": "1", "b": "1"})
    tree.repository.config_set("keep.mode", "off")
    tree.commit()
    assert not os.path.exists(tree.path(".annexish/keep"))
    tree.write("a", "22")
    tree.remove("b")
    tree.commit()
    assert sorted(lost(tree)) == [("a", False), ("b", False)]


def test_copies_below_a_size(tmp_path: Path) -> None:
    """With `keep.copy-below` a write in place does not reach what is kept."""
    tree = Tree(tmp_path, {"small": "1234", "large": "x" * 100})
    tree.repository.config_set("keep.copy-below", "100")
    tree.commit()
    assert [os.stat(tree.path(path)).st_nlink for path in ("small", "large")] == [1, 2]
    old = kept_path(tree, "small")
    tree.write("small", "4321")

    assert tree.committed().problems == ()
    assert Path(old).read_text() == "1234"
    assert lost(tree) == [("small", True)]


def test_losses_come_back_with_a_lost_cache(tmp_path: Path) -> None:
    """They follow from the history and the keep."""
    tree = Tree(tmp_path, {"a": "1", "b": "22", "d": {"c": "333"}})
    tree.commit_calmly()
    tree.remove("a", "d")
    tree.commit()
    tree.remove("b")
    tree.write("b", "4444")
    tree.commit()
    before = lost(tree)
    for name in os.listdir(tree.path(".annexish")):
        if name.startswith("cache.sqlite"):
            os.unlink(tree.path(f".annexish/{name}"))
    tree.commit()

    assert sorted(before) == [("a", True), ("b", True), ("d", True), ("d/c", True)]
    assert sorted(lost(tree)) == sorted(before)


@pytest.mark.root
def test_what_is_on_another_file_system_is_not_kept(tmp_path: Path) -> None:
    """It is recorded all the same; `status` and `doctor` count it."""
    tree = Tree(tmp_path, {"a": "1", "in": {}})
    with mounted(tree.path("in")):
        tree.write("in/x", "on another one")
        tree.commit()
        assert not_kept(tree) == ["in/x"]
        assert tree.repository.status().unprotected == 1
        net = next(one for one in tree.repository.doctor() if one.subject == "safety net")
        assert "1 contents of present files cannot be kept" in net.explanation
