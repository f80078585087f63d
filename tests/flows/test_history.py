"""What a commit writes: as little as possible, and what a stock Git takes."""

from __future__ import annotations

from pathlib import Path

from tests.trees import Picture, Tree, Word, check_snapshot, fsck, git

LARGE = 5000


def _objects(tree: Tree) -> set[str]:
    """The names of all Git objects."""
    listed = git(tree, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
    return set(listed.splitlines())


def _deep(levels: int) -> Picture:
    picture: Picture = {"f": "deepest"}
    for level in range(levels):
        picture = {"d": picture, "f": f"{level}", "other": {"x": f"{level}"}}
    return picture


def test_a_directory_is_two_objects(tmp_path: Path) -> None:
    """One tree and one blob for each directory, and the commit."""
    tree = Tree(tmp_path, {"a": {"b": {"c": "1"}, "d": {"e": "2"}}, "f": {"g": "3"}})
    tree.commit()

    kinds = [line.split()[1] for line in _objects(tree)]
    assert (kinds.count("tree"), kinds.count("commit")) == (6 - 1, 1)
    assert kinds.count("blob") <= 5
    fsck(tree)


def test_one_edit_writes_its_path_only(tmp_path: Path) -> None:
    """Directories that did not change are the same objects."""
    tree = Tree(tmp_path, _deep(10))
    tree.commit()
    before = _objects(tree)
    tree.append("d/d/d/f", "!")
    tree.commit()
    new = _objects(tree) - before

    # four directories on the path, two objects each at most, and the commit; only one of them has a new entry
    assert len(new) <= 4 * 2 + 1
    assert len([line for line in new if line.endswith("blob")]) == 1
    check_snapshot(tree)


def test_a_move_writes_both_parents_only(tmp_path: Path) -> None:
    """The content of a directory that moved is the same objects."""
    tree = Tree(tmp_path, {"a": {"big": _deep(8)}, "b": {}})
    tree.commit()
    before = _objects(tree)
    tree.move("a/big", "b/big")
    tree.commit()

    assert len(_objects(tree) - before) <= 3 * 2 + 1
    check_snapshot(tree)


def test_no_commit_when_nothing_changed(tmp_path: Path) -> None:
    """Neither a commit nor any object, also when times of directories moved."""
    tree = Tree(tmp_path, {"a": {"b": "1"}})
    tree.commit()
    before = _objects(tree)
    tree.write("a/t", "")
    tree.remove("a/t")

    assert tree.committed().commit is None
    assert _objects(tree) == before
    assert tree.heads() == 1


def test_a_stock_git_clones_and_logs_it(tmp_path: Path) -> None:
    """The history is a Git repository like any other."""
    tree = Tree(tmp_path, {"a": {"b": "1", ".git": {"config": "[core]"}}})
    tree.commit()
    tree.append("a/b", "2")
    tree.commit()
    git(tree, "clone", "-q", "--bare", tree.path(".annexish/history.git"), str(tmp_path / "clone"))

    assert git(tree, "log", "--format=%s", "--all").splitlines() == ["a commit"] * 2
    assert git(tree, "-C", str(tmp_path / "clone"), "rev-list", "--count", "HEAD").strip() == "2"


def _large(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path, {"large": {f"{n:05}": f"{n}" for n in range(LARGE)}, "small": {"x": "1"}})
    tree.commit()
    return tree


def test_a_large_directory_is_written_in_parts(tmp_path: Path) -> None:
    """An edit, an addition, a deletion and a rename each cost a few parts, not the whole directory."""
    tree = _large(tmp_path)
    check_snapshot(tree)
    expected: list[Word]
    for change in ("edit", "add", "delete", "rename"):
        before, ids = _objects(tree), tree.ids()
        if change == "edit":
            tree.write("large/00100", "other")
            expected = [("modified", "large/00100")]
        elif change == "add":
            tree.write("large/new", "more")
            expected = [("added", "large/new")]
        elif change == "delete":
            tree.remove("large/00200")
            expected = [("deleted", "large/00200")]
        else:
            tree.move("large/00300", "large/renamed")
            expected = [("moved", "large/00300", "large/renamed")]
        assert tree.status() == expected
        assert tree.commit() == expected
        check_snapshot(tree)
        assert len(_objects(tree) - before) <= 2 * 4 + 1 + (2 if change == "rename" else 0)
        kept = {path: at for path, at in tree.ids().items() if path in ids}
        assert kept.items() <= ids.items()
    fsck(tree)


def test_a_large_directory_shrinks_and_grows(tmp_path: Path) -> None:
    """Below 4,096 entries it is one node again, above it is split again; nobody sees the difference."""
    tree = _large(tmp_path)
    before = tree.ids()
    tree.remove(*(f"large/{n:05}" for n in range(4000, LARGE)))
    assert len(tree.commit()) == LARGE - 4000
    check_snapshot(tree)
    for n in range(4000, LARGE):
        tree.write(f"large/{n:05}", f"again {n}")
    tree.move("large/00000", "large/zero")
    assert len(tree.commit()) == LARGE - 4000 + 1
    check_snapshot(tree)
    tree.append("large/00001", "!")
    tree.remove("large/04500")
    assert tree.commit() == [("modified", "large/00001"), ("deleted", "large/04500")]
    check_snapshot(tree)
    assert {path: tree.ids()[path] for path in ("large/00001", "large/03999", "small/x")}.items() <= before.items()
    assert len(tree.ls("HEAD~3")) == len(before)
    fsck(tree)


def test_a_large_directory_of_directories(tmp_path: Path) -> None:
    """Subtrees are found in their parts, also when only they change."""
    tree = Tree(tmp_path, {"large": {f"{n:05}": {"f": f"{n}"} if n % 50 == 0 else "" for n in range(LARGE)}})
    tree.commit()
    tree.append("large/00050/f", "!")
    assert tree.commit() == [("modified", "large/00050/f")]
    tree.move("large/00100", "large/moved")
    tree.append("large/moved/f", "!")
    assert tree.commit() == [("moved", "large/00100", "large/moved"), ("modified", "large/moved/f")]
    tree.remove("large/00150")
    tree.move("large/00200/f", "large/00250/g")
    assert tree.commit() == [
        ("deleted", "large/00150"), ("deleted", "large/00150/f"), ("moved", "large/00200/f", "large/00250/g")
    ]  # fmt: skip
    check_snapshot(tree)
    fsck(tree)


def test_a_large_directory_moves(tmp_path: Path) -> None:
    """One line, and a few objects."""
    tree = _large(tmp_path)
    before = _objects(tree)
    tree.move("large", "small/huge")

    assert tree.commit() == [("moved", "large", "small/huge")]
    assert len(_objects(tree) - before) <= 3 * 2 + 1
    check_snapshot(tree)
