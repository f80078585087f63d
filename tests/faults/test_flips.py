"""Bits flip, blocks are zeroed or swapped, files are cut short, and no record shows it: all is found and healed."""

from __future__ import annotations

import mmap
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from annexish.errors import AnnexishError
from annexish.flows.place.place import Place
from annexish.flows.verify.soundness import files_damage, objects_damage
from annexish.model.report import Damage as Found
from annexish.model.report import Verified
from tests.conftest import DEEP, MakeFilesystem
from tests.faults.images import SECTOR, Image, flipped, places_of, settle, times_of
from tests.trees import Tree, git

FILES = 100 if DEEP else 12
ROUNDS = 7 if DEEP else 1
EVERY = 1 if DEEP else 41
"""Each byte in the deep run, else one in so many."""

PROGRAM = "from annexish.cli.main import main; raise SystemExit(main())"

Damage = Callable[[mmap.mmap, int, int], None]


def flip(data: mmap.mmap, at: int, _: int) -> None:
    """One bit."""
    data[at + at % SECTOR] ^= 1 << at % 7


def zero(data: mmap.mmap, at: int, _: int) -> None:
    """A sector that was never written."""
    data[at : at + SECTOR] = bytes(SECTOR)


def swap(data: mmap.mmap, at: int, other: int) -> None:
    """Two files have each other's bytes."""
    data[at : at + SECTOR], data[other : other + SECTOR] = data[other : other + SECTOR], data[at : at + SECTOR]


def shift(data: mmap.mmap, at: int, _: int) -> None:
    """A write that was off by one."""
    data[at : at + SECTOR] = data[at + 1 : at + SECTOR] + data[at : at + 1]


def content(number: int, round_: int) -> bytes:
    """The bytes of a file: no two sectors are alike."""
    return random.Random(f"{number} {round_}").randbytes(SECTOR * 20 + 100)


def damage(place: Place) -> list[Found]:
    """What is wrong with a history: its objects are looked at if its files are sound."""
    return files_damage(place) or objects_damage(place)


@pytest.mark.root
@pytest.mark.parametrize(
    ("kind", "options", "also_kept", "code"),
    [
        ("ext4", "", False, "rot"),
        ("xfs", "", True, "rot"),
        ("btrfs", "nodatasum", True, "rot"),
        ("btrfs", "", True, "unreadable"),
    ],
)
@pytest.mark.parametrize("damage", [flip, zero, swap, shift])
def test_damaged_blocks(
    filesystem: MakeFilesystem, kind: str, options: str, damage: Damage, code: str, *, also_kept: bool
) -> None:
    """Every rotten file is found and healed from its twin; where the keep shares its blocks, the keep is too."""
    image = Image(filesystem(kind, mib=128), options=options)
    image.remount()
    tree = Tree(image.at, {"a": {}, "b": {}})
    for round_ in range(ROUNDS):
        contents = [content(number, round_) for number in range(FILES)]
        for number, data in enumerate(contents):
            tree.write(f"a/{number}", data)
            tree.write(f"b/{number}", data)
        settle(tree)
        before = records(tree)
        hit = spoil(image, contents, damage)
        assert records(tree) == before

        answer = tree.repository.verify(repair=True)

        assert [found.code for found in answer.problems].count(code) == hit
        assert all(found.healed for found in answer.problems), answer.problems
        assert also_kept or len(answer.problems) == hit
        assert {tree.read(f"{top}/{number}") for top in "ab" for number in range(FILES)} == set(contents)
        assert tree.status() == []
        assert tree.repository.verify().problems == ()
    if DEEP:
        print(f"{kind} {options}: {damage.__name__}: {FILES * ROUNDS} of {FILES * ROUNDS} found and healed")  # noqa: T201


def records(tree: Tree) -> list[tuple[int, int, int, int]]:
    """What must not tell that bytes are others."""
    return [times_of(tree.path(f"{top}/{number}")) for top in "ab" for number in range(FILES)]


def spoil(image: Image, contents: list[bytes], damage: Damage) -> int:
    """Damage one of the two copies of each content; return how many files that are."""
    chance = random.Random(len(contents))
    chosen = [data[at : at + SECTOR] for data in contents for at in [SECTOR * chance.randrange(20)]]
    with image.unmounted() as data:
        places = places_of(data, set(chosen))
        first = [places[sector][0] for sector in chosen]
        for at, other in zip(first[::2], first[1::2], strict=True):
            damage(data, at, other)
            if damage is not swap:
                damage(data, other, at)
    return len(chosen)


@pytest.mark.root
@pytest.mark.parametrize("size", [0, 1, 5000, 20000])
def test_another_size(filesystem: MakeFilesystem, size: int) -> None:
    """A file that is cut short or grew, with its times as they were, is rot too."""
    data = content(1, 1)
    tree = Tree(filesystem("ext4"), {"a": data, "b": data})
    settle(tree)
    before = times_of(tree.path("a"))
    Image(Path(tree.top).parent).debug(f"set_inode_field <{before[3]}> size {size}")
    assert times_of(tree.path("a")) == (size, *before[1:])

    answer = tree.repository.verify(repair=True)

    assert [(found.code, found.path, found.healed) for found in answer.problems] == [("rot", b"a", True)]
    assert tree.read("a") == data
    assert tree.status() == []


def history(tmp_path: Path) -> Tree:
    """A small history in all shapes: our packs, Git's with deltas, loose objects, packed references."""
    tree = Tree(tmp_path, {"a": "one", "d": {f"{number}": f"{number}" for number in range(30)}})
    tree.commit()
    for number in range(3):
        tree.write(f"d/{number}", "changed")
        tree.commit()
    git(tree, "repack", "-a", "-d", "-q")
    tree.write("d/9", "changed")
    tree.commit()
    git(tree, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "tag", "-a", "-m", "a tag", "first", "HEAD~1")
    git(tree, "tag", "second", "HEAD")
    git(tree, "pack-refs", "--all")
    tree.write("d/10", "changed")
    tree.commit()
    return tree


def metadata_of(tree: Tree) -> list[Path]:
    """The files that hold the objects and references of a history."""
    top = Path(tree.path(".annexish/history.git"))
    files = [*top.glob("objects/??/*"), *top.glob("objects/pack/*"), *top.glob("refs/**/*")]
    return [file for file in (*files, top / "HEAD", top / "packed-refs") if file.is_file()]


def test_every_byte_of_the_history(tmp_path: Path) -> None:
    """Whichever bit of an object, an index or a reference flips, it is found."""
    tree = history(tmp_path)
    place = Place(os.fsencode(tree.top))
    assert damage(place) == []
    chance = random.Random(3)
    flips, missed = 0, []
    for file in metadata_of(tree):
        whole = file.read_bytes()
        file.chmod(0o644)
        for at in checked_in(file, whole)[chance.randrange(min(EVERY, 20)) :: EVERY]:
            file.write_bytes(flipped(whole, at, chance.randrange(8)))
            flips += 1
            if not damage(place):
                missed.append((file.name, at))
        file.write_bytes(whole)
    assert missed == []
    assert damage(place) == []
    if DEEP:
        print(f"history: {flips} of {flips} flips found")  # noqa: T201


def checked_in(file: Path, whole: bytes) -> list[int]:
    """The bytes that something checks: all but the names and remarks in Git's list of packed references."""
    if file.name != "packed-refs":
        return list(range(len(whole)))
    return [at for found in re.finditer(rb"\b[0-9a-f]{40}\b", whole) for at in range(*found.span())]


def test_lost_and_cut_files_of_the_history(tmp_path: Path) -> None:
    """A file that is gone, empty, cut short or longer is found."""
    tree = history(tmp_path)
    place = Place(os.fsencode(tree.top))
    for file in metadata_of(tree):
        if file.suffix in (".rev", ".bitmap") or file.name == "packed-refs":
            continue  # Git makes them anew; nothing says which references there were
        whole = file.read_bytes()
        file.chmod(0o644)
        for other in (b"", whole[:-1], whole[: len(whole) // 2], whole + b"\n"):
            file.write_bytes(other)
            assert damage(place), (file, len(other))
        file.unlink()
        # a lost head falls back to the packed one, which is where the next commit takes it from
        assert damage(place) or file.name == "main", file
        file.write_bytes(whole)
    assert damage(place) == []


def test_every_byte_of_the_stat_cache(tmp_path: Path) -> None:
    """Whatever the cache says, verification ends in an answer, and after a repair there is nothing to commit."""
    tree = Tree(tmp_path, {"a": "one", "d": {f"{number}": f"{number}" for number in range(30)}})
    tree.commit_calmly()
    file = Path(tree.path(".annexish/cache.sqlite"))
    tree.repository.verify()
    whole = file.read_bytes()
    chance = random.Random(4)
    used = [at for at in range(len(whole)) if whole[at]]
    for at in used[:: 1 if DEEP else max(1, len(used) // 60)]:
        file.write_bytes(flipped(whole, at, chance.randrange(8)))
        answer = told(tree)
        assert {found.code for found in answer.problems} <= {"cache"}, at
        assert all(found.healed for found in answer.problems), at
        assert tree.status() == [], at
        assert tree.repository.verify().problems == ()
        file.write_bytes(whole)


def told(tree: Tree) -> Verified:
    """The answer of a verification with repair; an error that is none of ours is a bug."""
    try:
        return tree.repository.verify(repair=True)
    except AnnexishError as error:
        pytest.fail(f"{error.code}: {error}")


def test_the_program_says_it(tmp_path: Path) -> None:
    """A flipped history is an exit code, a line and a hint, and no traceback."""
    tree = history(tmp_path)
    for file in metadata_of(tree):
        whole = file.read_bytes()
        file.chmod(0o644)
        file.write_bytes(flipped(whole, len(whole) // 2))
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "-C", tree.top, "verify"], capture_output=True, text=True, check=False
        )
        file.write_bytes(whole)
        assert done.returncode == 3, (file, done)
        assert done.stdout.startswith("history  ")
        assert done.stderr.startswith("hint: a clone of this repository")
