"""Is the history at rest what was written? Every byte that says something is read.

Packs, their indexes and Git's other derived files end in a checksum of themselves. Beyond that each
object is read and hashed, and what it names must be there: then all that a reference leads to is there.
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from annexish.codec.objects import object_name
from annexish.codec.trees import rows_in
from annexish.errors import AnnexishError
from annexish.store.history import History
from annexish.store.pack import TEMPORARY

_CHUNK = 1 << 20
_SUMMED = (".pack", ".idx", ".rev", ".bitmap", ".mtimes", "multi-pack-index", "commit-graph")
_KINDS = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
_HASH = re.compile(rb"[0-9a-f]{40}\n")
_SYMBOLIC = re.compile(rb"ref: refs/[^\x00-\x20\x7f~^:?*\[\\]+\n")
_PACKED = re.compile(rb"(#[^\n]*|\^?[0-9a-f]{40}( refs/[^\x00-\x20\x7f~^:?*\[\\]+)?)\n")
_HASHES = re.compile(rb"^\^?([0-9a-f]{40})\b", re.MULTILINE)
_NAMED = re.compile(rb"^(?:tree|parent|object) ([0-9a-f]{40})$", re.MULTILINE)


class Flaw(NamedTuple):
    """What is wrong, and in which file or object of the history."""

    name: str
    reason: str


def file_flaws(history: History) -> list[Flaw]:
    """Return which files do not have the bytes that were written, as their checksums and forms tell.

    As long as there is one, nothing else should be asked: libgit2 trusts packs and indexes, and where
    they are wrong it may read on for ever, or end the process.
    """
    return [*_reference_flaws(history.path), *_file_flaws(history.path)]


def object_flaws(history: History) -> Iterator[Flaw]:
    """Yield which objects cannot be read, do not have their hash, or are named and not there; the files are sound."""
    import pygit2

    try:
        yield from _object_flaws(history)
        yield from _start_flaws(history)
    except (AnnexishError, OSError, ValueError, pygit2.GitError) as error:
        yield Flaw("", str(error))


def _file_flaws(path: str) -> Iterator[Flaw]:
    """Check each file that ends in a checksum, and each loose object."""
    objects = os.path.join(path, "objects")
    for directory, _, names in os.walk(objects):
        fan = os.path.basename(directory)
        for name in sorted(names):
            file = os.path.join(directory, name)
            try:
                if name.endswith(_SUMMED) and not name.startswith(TEMPORARY):
                    reason = _unlike_checksum(file)
                elif len(fan) == 2 and len(name) == 38:
                    reason = _unlike_name(file, fan + name)
                else:
                    continue
            except FileNotFoundError:
                continue  # packs are joined meanwhile
            except OSError as error:
                reason = error.strerror or "unreadable"
            if reason:
                yield Flaw(os.path.relpath(file, path), reason)


def _unlike_checksum(file: str) -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    with open(file, "rb") as opened:
        left = os.fstat(opened.fileno()).st_size - 20
        while left > 0 and (block := opened.read(min(left, _CHUNK))):
            digest.update(block)
            left -= len(block)
        trailer = opened.read()
    if trailer != digest.digest():
        return "its bytes do not have the checksum at its end"
    if file.endswith(".pack"):
        return _unlike_index(file, trailer)
    if file.endswith(".idx") and not os.path.exists(file[:-4] + ".pack"):
        return "its pack is missing"
    return ""


def _unlike_index(pack: str, trailer: bytes) -> str:
    """A pack without its index is not used yet; one whose index is of another is lost."""
    try:
        with open(pack[:-5] + ".idx", "rb") as index:
            index.seek(-40, os.SEEK_END)
            return "" if index.read(20) == trailer else "its index is that of another pack"
    except OSError:
        return ""


def _unlike_name(file: str, name: str) -> str:
    try:
        with open(file, "rb") as opened:
            unpack = zlib.decompressobj()
            data = unpack.decompress(opened.read()) + unpack.flush()
    except zlib.error as error:
        return f"it cannot be unpacked: {error}"
    if not unpack.eof or unpack.unused_data:
        return "it is cut short, or something follows it"
    return "" if hashlib.sha1(data, usedforsecurity=False).hexdigest() == name else "its bytes do not have its hash"


def _reference_flaws(path: str) -> Iterator[Flaw]:
    """Check that what names a commit is written as it should be."""
    files = [os.path.join(path, "HEAD")]
    for directory, _, names in os.walk(os.path.join(path, "refs")):
        files += [os.path.join(directory, name) for name in sorted(names) if not name.endswith(".lock")]
    for file in files:
        found = _read(file)
        if found is not None and not _HASH.fullmatch(found) and not _SYMBOLIC.fullmatch(found):
            yield Flaw(os.path.relpath(file, path), "it names no commit")
    packed = _read(os.path.join(path, "packed-refs"))
    if packed is not None and not all(map(_PACKED.fullmatch, packed.splitlines(keepends=True))):
        yield Flaw("packed-refs", "a line of it is no reference")


def _read(file: str) -> bytes | None:
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except FileNotFoundError:
        return None


def _object_flaws(history: History) -> Iterator[Flaw]:
    """Read and hash every object; what one names must be there."""
    import pygit2

    git = history.git
    missing = set()
    for oid in git.odb:
        try:
            kind, data = git.read(oid)
        except (KeyError, ValueError, pygit2.GitError) as error:
            yield Flaw(str(oid), f"it cannot be read: {error}")
            continue
        if object_name(_KINDS[kind], data) != oid.raw:
            yield Flaw(str(oid), "its bytes do not have its hash")
            continue
        for name in _named(kind, data):
            if name not in missing and name not in git:
                missing.add(name)
                yield Flaw(name, f"it is missing; {_KINDS[kind].decode()} {oid} names it")


def _named(kind: int, data: bytes) -> list[str]:
    """The objects that an object names."""
    if kind == 2:
        return [name.hex() for _, name in rows_in(data)]
    if kind == 3:
        return []
    return [name.decode() for name in _NAMED.findall(data.partition(b"\n\n")[0])]


def _start_flaws(history: History) -> Iterator[Flaw]:
    """Check that each reference leads to an object, and that the head is one of them."""
    import pygit2

    git = history.git
    names = list(git.references)
    for name in names:
        try:
            there = git.references[name].resolve().target in git
        except (KeyError, ValueError, pygit2.GitError):
            there = False
        if not there:
            yield Flaw(name, "what it names is missing")
    for name in _HASHES.findall(_read(os.path.join(history.path, "packed-refs")) or b""):
        if name.decode() not in git:
            yield Flaw("packed-refs", f"object {name.decode()}, which it names, is missing")
    if git.head_is_unborn and any(name.startswith("refs/heads/") for name in names):
        yield Flaw("HEAD", "it names a branch that does not exist")
