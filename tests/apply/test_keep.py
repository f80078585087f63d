"""Names for contents that must not vanish."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from blake3 import blake3

from annexish.apply.copying import reflink
from annexish.apply.keep import Keep, Way, best_way, digest_of_reflink
from annexish.model.kept import Put
from tests.conftest import MakeFilesystem
from tests.mounts import mounted


@contextmanager
def keep_in(top: Path, *, way: Way = Way.LINK, copy_below: int = 0) -> Iterator[Keep]:
    """A keep in a directory."""
    with Keep(str(top / "keep"), way=way, copy_below=copy_below) as keep:
        yield keep


def put(keep: Keep, path: Path) -> Put:
    """Keep the content of a file."""
    with path.open("rb") as file:
        data = file.read()
        return keep.put(file.fileno(), blake3(data).digest(), len(data))


def drawn(path: Path, text: str = "content") -> Path:
    """A file."""
    path.write_text(text)
    return path


def kept(top: Path, text: str = "content") -> Path:
    """Where a content is kept."""
    digest = blake3(text.encode()).hexdigest()
    return top / "keep" / digest[:2] / digest[2:]


def names(top: Path) -> list[str]:
    """Every name in the keep."""
    return [name for _, _, files in os.walk(top / "keep") for name in files]


def test_a_hard_link(tmp_path: Path) -> None:
    """The content has a second name, which no other user may reach."""
    file = drawn(tmp_path / "a")
    with keep_in(tmp_path) as keep:
        assert put(keep, file) is Put.LINKED
    assert kept(tmp_path).samefile(file)
    assert (tmp_path / "keep").stat().st_mode & 0o777 == 0o700


def test_what_is_there_already(tmp_path: Path) -> None:
    """The same inode is there, another one is a twin; nothing changes."""
    file, twin = drawn(tmp_path / "a"), drawn(tmp_path / "b")
    with keep_in(tmp_path) as keep:
        assert [put(keep, one) for one in (file, file, twin)] == [Put.LINKED, Put.THERE, Put.TWIN]
    assert kept(tmp_path).samefile(file)
    assert twin.stat().st_nlink == 1


@pytest.mark.root
@pytest.mark.parametrize("kind", ["btrfs", "xfs"])
def test_a_reflink(filesystem: MakeFilesystem, kind: str) -> None:
    """It is an inode of its own that shares the blocks: a write to the file does not reach it."""
    top = filesystem(kind)
    file = drawn(top / "a", "x" * 100_000)
    assert best_way(str(top)) is Way.REFLINK
    with keep_in(top, way=Way.REFLINK) as keep:
        assert put(keep, file) is Put.COPIED
        assert put(keep, file) is Put.TWIN
        found = keep.find(blake3(b"x" * 100_000).digest())
        assert found is not None
        assert found.own
    drawn(file, "y" * 100_000)
    assert kept(top, "x" * 100_000).read_text() == "x" * 100_000


@pytest.mark.root
@pytest.mark.parametrize("kind", ["ext4", "tmpfs"])
def test_where_blocks_are_not_shared(filesystem: MakeFilesystem, kind: str) -> None:
    """Links are made, even if reflinks are asked for."""
    top = filesystem(kind)
    assert best_way(str(top)) is Way.LINK
    with keep_in(top, way=Way.REFLINK) as keep:
        assert put(keep, drawn(top / "a")) is Put.LINKED


def test_a_copy_below_a_size(tmp_path: Path) -> None:
    """What is smaller is copied, the rest linked; a copy is known as the keep's own until somebody writes to it."""
    small, large = drawn(tmp_path / "small", "1234"), drawn(tmp_path / "large", "12345")
    with keep_in(tmp_path, copy_below=5) as keep:
        assert (put(keep, small), put(keep, large)) == (Put.COPIED, Put.LINKED)
        own = [
            found and found.own for found in (keep.find(blake3(b"1234").digest()), keep.find(blake3(b"12345").digest()))
        ]
        assert own == [True, False]
        drawn(small, "4321")
        assert kept(tmp_path, "1234").read_text() == "1234"
        kept(tmp_path, "1234").write_text("!")
        found = keep.find(blake3(b"1234").digest())
        assert found is not None
        assert not found.own


@pytest.mark.root
def test_as_many_names_as_an_inode_can_have(filesystem: MakeFilesystem) -> None:
    """One more name is no error: the file is unprotected."""
    top = filesystem("ext4", mib=16)
    file = drawn(top / "a")
    (top / "many").mkdir()
    for number in range(64_999):
        os.link(file, top / "many" / f"{number}")
    with keep_in(top) as keep:
        assert put(keep, file) is Put.UNPROTECTED


@pytest.mark.root
def test_an_immutable_file(filesystem: MakeFilesystem) -> None:
    """It can have no other name, and is unprotected."""
    top = filesystem("ext4")
    file = drawn(top / "a")
    subprocess.run(["chattr", "+i", str(file)], check=True)
    try:
        with keep_in(top) as keep:
            assert put(keep, file) is Put.UNPROTECTED
    finally:
        subprocess.run(["chattr", "-i", str(file)], check=True)


@pytest.mark.root
def test_a_file_of_another_file_system(tmp_path: Path) -> None:
    """It is unprotected."""
    (tmp_path / "in").mkdir()
    with mounted(str(tmp_path / "in")), keep_in(tmp_path) as keep:
        assert put(keep, drawn(tmp_path / "in" / "a")) is Put.UNPROTECTED
        assert names(tmp_path) == []


@pytest.mark.root
def test_a_full_disk_is_an_error(filesystem: MakeFilesystem) -> None:
    """It is not taken for a file that cannot be linked."""
    top = filesystem("tmpfs", mib=1)
    file = drawn(top / "a", "x" * 600_000)
    with keep_in(top, copy_below=1 << 30) as keep, pytest.raises(OSError, match="No space left") as caught:
        put(keep, file)
    assert caught.value.errno == errno.ENOSPC
    assert names(top) == []


def test_a_put_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    """A copy has no name before it is whole, whenever the process dies."""
    file = drawn(tmp_path / "a", "x" * 30_000_000)
    (tmp_path / "keep").mkdir()
    for number in range(20):
        process = os.fork()
        if not process:
            with keep_in(tmp_path, copy_below=1 << 30) as keep:
                keep.put(os.open(file, os.O_RDONLY), bytes(31) + bytes([number]), 30_000_000)
            os._exit(0)
        signal.sigtimedwait([], number / 1000)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    for at, _, files in os.walk(tmp_path / "keep"):
        assert all(os.stat(os.path.join(at, name)).st_size == 30_000_000 for name in files)


def test_a_name_that_lies(tmp_path: Path) -> None:
    """It becomes the name of what it holds; if that is kept already, it goes."""
    right, wrong = blake3(b"content").digest(), blake3(b"another").digest()
    file = drawn(tmp_path / "a")
    with keep_in(tmp_path) as keep:
        put(keep, file)
        drawn(file, "another")
        assert not keep.holds(right)
        keep.rename(right, wrong)
        assert keep.find(right) is None
        assert kept(tmp_path, "another").samefile(file)

        put(keep, drawn(tmp_path / "b"))
        drawn(tmp_path / "b", "another")
        keep.rename(right, wrong)
        assert list(keep.digests()) == [wrong]
        assert kept(tmp_path, "another").samefile(file)


def test_what_removing_frees(tmp_path: Path) -> None:
    """Bytes, when the name is the last one of its inode."""
    file, other = drawn(tmp_path / "a"), drawn(tmp_path / "b", "another" * 1000)
    size = other.stat().st_blocks * 512
    with keep_in(tmp_path) as keep:
        put(keep, file)
        put(keep, other)
        other.unlink()
        assert keep.remove(blake3(b"content").digest()) == 0
        assert keep.remove(blake3(b"another" * 1000).digest()) == size
        assert keep.remove(bytes(32)) == 0
        assert list(keep.digests()) == []
    assert file.read_text() == "content"


def test_what_is_no_digest_is_left_out(tmp_path: Path) -> None:
    """Names that somebody else made are neither listed nor in the way."""
    with keep_in(tmp_path) as keep:
        put(keep, drawn(tmp_path / "a"))
        drawn(kept(tmp_path).parent / "junk")
        drawn(kept(tmp_path).parent / "abcd")
        drawn(tmp_path / "keep" / "file")
        (tmp_path / "keep" / "zz").mkdir()
        assert list(keep.digests()) == [blake3(b"content").digest()]
        assert [digest for digest, _ in keep.inodes()] == [blake3(b"content").digest()]


def test_a_keep_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    """Nothing is made where it points."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "keep").symlink_to("outside")
    with keep_in(tmp_path) as keep, pytest.raises(OSError, match="Not a directory"):
        put(keep, drawn(tmp_path / "a"))
    assert os.listdir(tmp_path / "outside") == []


@pytest.mark.root
@pytest.mark.parametrize("kind", ["btrfs", "xfs"])
@pytest.mark.parametrize("time", [0, 1_000], ids=["rotten", "written to"])
def test_a_reflink_is_checked(filesystem: MakeFilesystem, kind: str, time: int) -> None:
    """Its digest is that of the bytes which it has, whether they are read from it or from what it shares them with."""
    top = filesystem(kind)
    with keep_in(top, way=Way.REFLINK) as keep:
        put(keep, drawn(top / "a"))
        kept(top).chmod(0o600)
        kept(top).write_text("altered")
        kept(top).chmod(0o400)
        os.utime(kept(top), ns=(0, time))
        with kept(top).open("rb") as source, (top / "b").open("xb+") as target:
            assert reflink(source.fileno(), target.fileno())
            found = digest_of_reflink(source.fileno(), target.fileno(), 7)
    assert found == blake3(b"altered").digest()
    assert (top / "b").read_text() == "altered"
