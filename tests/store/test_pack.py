"""Packs that Git reads."""

from __future__ import annotations

import os
import subprocess
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annexish.codec.objects import object_name
from annexish.store.join import join_packs
from annexish.store.pack import PackWriter, deflated
from annexish.store.upkeep import MANY, tidy
from tests.store.repositories import bare, git, noise

SIZES = (0, 1, 15, 16, 2047, 2048, 100_000, 1 << 18)


def written(packs: Path, *blobs: bytes, random: int = 0) -> str:
    """The path of a pack of these blobs."""
    writer = PackWriter(str(packs))
    for data in blobs:
        writer.put(b"blob", data, min(random, len(data)))
    made = writer.publish()
    assert made is not None
    return made


def held(repository: Path) -> set[str]:
    """The names of all objects that Git finds."""
    lines = git(repository, "cat-file", "--batch-all-objects", "--batch-check").splitlines()
    return {line.split()[0] for line in lines}


@given(st.binary(max_size=500), st.integers(0, 500), st.integers(0, 3))
def test_a_stream_inflates_to_what_went_in(data: bytes, random: int, times: int) -> None:
    """The stream, its checksum and its end are accepted, wherever the random part begins."""
    whole = data * 10**times
    unpack = zlib.decompressobj()
    assert unpack.decompress(deflated(whole, min(random, len(whole)))) == whole
    assert unpack.eof
    assert unpack.unused_data == b""


@given(st.integers(0, 200), st.sampled_from((63, 64, 65_534, 65_535, 65_536, 131_070, 131_071, 200_000)))
@settings(max_examples=50)
def test_long_random_parts_are_several_blocks(head: int, random: int) -> None:
    """A stored block holds 65,535 bytes at most."""
    data = bytes(head) + noise(random)
    assert zlib.decompress(deflated(data, random)) == data
    assert len(deflated(data, random)) <= len(data) + 5 * (random // 65_535 + 2) + 30


def test_git_agrees_with_a_pack(tmp_path: Path) -> None:
    """`git verify-pack`, `git fsck --strict` and `git cat-file` find what was put, under the names that were told."""
    packs = bare(tmp_path)
    blobs = [data for size in SIZES for data in (bytes(size), noise(size))]
    made = written(packs, *blobs, random=1000)
    git(tmp_path, "verify-pack", "-v", made)
    git(tmp_path, "fsck", "--strict", "--full")
    assert held(tmp_path) == {object_name(b"blob", data).hex() for data in blobs}
    for data in blobs:
        name = object_name(b"blob", data).hex()
        assert git(tmp_path, "cat-file", "-t", name).strip() == "blob"
        assert int(git(tmp_path, "cat-file", "-s", name)) == len(data)


def test_git_would_write_the_same_index(tmp_path: Path) -> None:
    """`git index-pack` makes, byte for byte, the index that lies beside the pack."""
    made = written(bare(tmp_path), *[noise(size, 1) for size in range(700)])
    again = tmp_path / "again.idx"
    git(tmp_path, "index-pack", "--index-version=2", "-o", str(again), made)
    assert again.read_bytes() == Path(made[:-5] + ".idx").read_bytes()


def test_a_pack_appears_when_it_is_whole(tmp_path: Path) -> None:
    """Until then there is a temporary file that Git passes over; afterwards nothing else."""
    packs = bare(tmp_path)
    writer = PackWriter(str(packs))
    writer.put(b"blob", b"x")
    assert held(tmp_path) == set()
    assert all(name.startswith("tmp_annexish_") for name in os.listdir(packs))
    made = writer.publish()
    assert made is not None
    assert sorted(os.listdir(packs)) == sorted([os.path.basename(made), os.path.basename(made)[:-5] + ".idx"])
    assert len(held(tmp_path)) == 1


def test_nothing_put_is_nothing_published(tmp_path: Path) -> None:
    """No pack, and no file that stays."""
    packs = bare(tmp_path)
    assert PackWriter(str(packs)).publish() is None
    writer = PackWriter(str(packs))
    writer.put(b"blob", b"x")
    writer.abandon()
    writer.abandon()
    assert os.listdir(packs) == []


def test_abandoning_what_was_published_changes_nothing(tmp_path: Path) -> None:
    """So that cleaning up may come last."""
    packs = bare(tmp_path)
    writer = PackWriter(str(packs))
    writer.put(b"blob", b"x")
    writer.publish()
    writer.abandon()
    assert len(held(tmp_path)) == 1


def test_joined_packs_hold_every_object(tmp_path: Path) -> None:
    """One pack with all that was in the others, each once, and Git agrees."""
    packs = bare(tmp_path)
    made = [written(packs, *[noise(size, seed) for size in range(0, 300, 10)], b"shared") for seed in range(5)]
    before = held(tmp_path)
    join_packs(str(packs), [path[:-5] for path in made])
    (left,) = [path for path in packs.iterdir() if path.suffix == ".pack"]
    assert len(list(packs.iterdir())) == 2
    git(tmp_path, "verify-pack", str(left))
    git(tmp_path, "fsck", "--strict", "--full")
    assert held(tmp_path) == before
    assert int.from_bytes(left.read_bytes()[8:12], "big") == len(before)


@given(st.lists(st.lists(st.binary(max_size=200), min_size=1, max_size=6), min_size=1, max_size=5))
@settings(max_examples=20)
def test_any_packs_can_be_joined(found: list[list[bytes]]) -> None:
    """Whatever they share: also packs that are the same."""
    with TemporaryDirectory() as directory:
        repository = Path(directory)
        packs = bare(repository)
        made = {written(packs, *blobs) for blobs in found}
        join_packs(str(packs), [path[:-5] for path in sorted(made)])
        assert held(repository) == {object_name(b"blob", data).hex() for blobs in found for data in blobs}
        assert len(list(packs.glob("*.pack"))) == 1
        git(repository, "fsck", "--strict", "--full")


def test_a_pack_that_somebody_keeps_is_kept(tmp_path: Path) -> None:
    """Git marks packs with a `.keep` while it receives them."""
    packs = bare(tmp_path)
    made = [written(packs, noise(100, seed)) for seed in range(3)]
    Path(made[0][:-5] + ".keep").touch()
    join_packs(str(packs), [path[:-5] for path in made])
    assert Path(made[0]).exists()
    assert len(list(packs.glob("*.pack"))) == 2


def test_packs_with_deltas_stay_as_they_are(tmp_path: Path) -> None:
    """Git's own packs hold differences, which cannot be copied one by one."""
    packs = bare(tmp_path)
    line = noise(50_000)
    first = written(packs, line, line + b"1", line + b"2")
    names = "\n".join(sorted(held(tmp_path)))
    command = [
        "git",
        "-C",
        str(tmp_path),
        "pack-objects",
        "-q",
        "--no-reuse-delta",
        "--no-reuse-object",
        str(packs / "pack"),
    ]
    packed = subprocess.run(command, input=names, capture_output=True, text=True, check=True).stdout.strip()
    ours = written(packs, b"ours")
    before = held(tmp_path)
    join_packs(str(packs), [first[:-5], ours[:-5], str(packs / f"pack-{packed}")])
    assert (packs / f"pack-{packed}.pack").exists()
    assert not Path(first).exists()
    assert held(tmp_path) == before
    git(tmp_path, "fsck", "--strict", "--full")


@pytest.mark.parametrize(("count", "left"), [(MANY - 1, MANY - 1), (MANY, 1)])
def test_many_packs_are_joined(tmp_path: Path, count: int, left: int) -> None:
    """Few packs stay; what killed commands left behind goes."""
    packs = bare(tmp_path)
    for seed in range(count):
        written(packs, noise(100, seed))
    (packs / "tmp_annexish_1_00").touch()
    before = held(tmp_path)
    tidy(str(packs))
    assert len(list(packs.glob("*.pack"))) == left
    assert not list(packs.glob("tmp_*"))
    assert held(tmp_path) == before
