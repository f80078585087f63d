"""A directory in shards: only what differs in it is looked at, and the stat cache knows all of it afterwards."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from annexish.model.node import FULL
from annexish.scan.check import names_of
from annexish.scan.stat import Statter, pick, unpack
from annexish.store.cache import SPLIT, Cache
from tests.conftest import DEEP
from tests.trees import Tree, check_snapshot

SEEDS = range(50) if DEEP else range(2)
SIZE = FULL + 40
Act = Callable[[Tree, random.Random], None]


def edit(tree: Tree, choice: random.Random) -> None:
    """Write into a file."""
    tree.append(some_file(tree, choice), "more")


def save(tree: Tree, choice: random.Random) -> None:
    """Replace a file by another inode, as an editor does."""
    tree.write("temporary", choice.randbytes(9))
    tree.move("temporary", some_file(tree, choice))


def add(tree: Tree, choice: random.Random) -> None:
    """Write new files."""
    for _ in range(choice.choice([1, 60])):
        tree.write(free(choice), choice.randbytes(9))


def remove(tree: Tree, choice: random.Random) -> None:
    """Delete files."""
    tree.remove(*{some_file(tree, choice) for _ in range(choice.choice([1, 60]))})


def rename(tree: Tree, choice: random.Random) -> None:
    """Rename a file or a directory, within or out."""
    old = choice.choice([some_file(tree, choice), some_directory(tree, choice)])
    tree.move(old, choice.choice([free(choice), f"out{choice.random()}"]))


def become_directory(tree: Tree, choice: random.Random) -> None:
    """Put a directory where a file was."""
    path = some_file(tree, choice)
    tree.remove(path)
    tree.write(f"{path}/in", "in")


def edit_below(tree: Tree, choice: random.Random) -> None:
    """Write into a file in a child directory."""
    tree.append(f"{some_directory(tree, choice)}/in", "more")


def link(tree: Tree, choice: random.Random) -> None:
    """Give a file a second name."""
    os.link(tree.path(some_file(tree, choice)), tree.path(free(choice)))


ACTS: list[Act] = [edit, edit, save, add, remove, rename, become_directory, edit_below, link]


def some_file(tree: Tree, choice: random.Random) -> str:
    """A path of a file in the large directory."""
    return choice.choice(sorted(f"flat/{e.name}" for e in os.scandir(tree.path("flat")) if e.is_file()))


def some_directory(tree: Tree, choice: random.Random) -> str:
    """A path of a directory in the large directory."""
    return choice.choice(sorted(f"flat/{e.name}" for e in os.scandir(tree.path("flat")) if e.is_dir()))


def free(choice: random.Random) -> str:
    """A path at which nothing is."""
    return f"flat/{choice.random()}"


def large(top: Path) -> Tree:
    """A directory in shards with some child directories, committed."""
    files = {f"{number}": f"{number}" for number in range(SIZE)}
    tree = Tree(top, {"flat": {**files, **{f"d{number}": {"in": "in"} for number in range(8)}}})
    tree.commit_calmly()
    return tree


def known(tree: Tree) -> dict[bytes, bytes]:
    """The records that the stat cache has of the large directory; each name is there once."""
    cache = Cache(os.path.join(tree.top, ".annexish", "cache.sqlite"), read_only=True)
    row = cache.row(cache.children(1)[b"flat"])
    shards = cache.shards(row.row)
    assert bool(shards) == bool(row.flags & SPLIT)
    parts = [(names_of(part.names), part.stats) for part in shards] or [(names_of(row.names), row.stats)]
    cache.close()
    pairs = [(name, pick(stats, (at,))) for names, stats in parts for at, name in enumerate(names)]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def found(tree: Tree) -> dict[bytes, bytes]:
    """The records of what is in the large directory and no directory."""
    statter = Statter()
    descriptor = os.open(tree.path("flat"), os.O_RDONLY)
    names = [os.fsencode(e.name) for e in os.scandir(tree.path("flat")) if not e.is_dir(follow_symlinks=False)]
    records = {name: statter.one(descriptor, name)[0] for name in names}
    os.close(descriptor)
    return records


def as_known(tree: Tree) -> dict[bytes, bytes]:
    """The records of what is there; those of the cache that match nothing, so that the file is read again, stay.

    Such are records that were too young to be trusted, and those of files edited in place: their old name in the keep
    is taken away after the record was taken.
    """
    kept = known(tree)
    return {
        name: kept[name] if name in kept and matches_nothing(kept[name], record) else record
        for name, record in found(tree).items()
    }


def matches_nothing(known: bytes, found: bytes) -> bool:
    """Whether a record of the cache says of itself that it is not to be trusted."""
    (before,), (now,) = unpack(known), unpack(found)
    return before[2:4] == now[2:4] and (before.ctime == 0 or before.links > now.links)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_cache_knows_all_names_after_each_commit(tmp_path: Path, seed: int) -> None:
    """Whatever happened, also around the size at which a directory is split: records and snapshot are the tree."""
    tree, choice = large(tmp_path), random.Random(seed)
    for _ in range(6):
        if choice.random() < 0.5:
            tree.commit_calmly()
        for act in choice.choices(ACTS, k=choice.choice([1, 1, 3])):
            act(tree, choice)
        assert tree.status() == tree.commit()
        assert known(tree) == as_known(tree)
    check_snapshot(tree)


def test_an_edited_file_alone_is_looked_at(tmp_path: Path) -> None:
    """Of a directory with the same names only the part is compared in which a record differs."""
    tree = large(tmp_path)
    tree.append("flat/7", "more")
    tree.append("flat/d3/in", "more")
    assert tree.commit() == [("modified", "flat/7"), ("modified", "flat/d3/in")]
    assert known(tree) == as_known(tree)


def test_an_ignore_file_in_a_large_directory(tmp_path: Path) -> None:
    """New rules hold for what was left out before, although no name of the directory changed."""
    tree = large(tmp_path)
    tree.write("flat/.annexishignore", "*.tmp\n")
    tree.commit()
    tree.write("flat/a.tmp", "a")
    tree.commit_calmly()
    tree.write("flat/.annexishignore", "")
    assert ("added", "flat/a.tmp") in tree.commit()
