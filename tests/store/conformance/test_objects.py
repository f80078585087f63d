"""What every place that takes Git objects and gives them back must do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annexish.model.objects import Objects
from annexish.store.pack import PackWriter
from annexish.store.scratch import Scratch

KINDS = (b"blob", b"tree", b"commit")
SIZES = (0, 1, 15, 16, 63, 64, 2047, 2048, 4095, 4096, 4097, 65_535, 65_536, 1 << 20, (9 << 20) + 1)


class Held:
    """The smallest place: a dict."""

    def __init__(self) -> None:
        self._data: dict[bytes, bytes] = {}

    def put(self, kind: bytes, data: bytes, random: int = 0) -> bytes:
        name = hashlib.sha1(kind + b" " + str(len(data)).encode() + b"\0" + data, usedforsecurity=False).digest()
        self._data[name] = data
        return name

    def get(self, name: bytes) -> bytes | None:
        return self._data.get(name)


@pytest.fixture(params=["dict", "pack", "scratch"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Objects]:
    """A place of each sort."""
    if request.param == "dict":
        yield Held()
    elif request.param == "pack":
        writer = PackWriter(str(tmp_path))
        yield writer
        writer.abandon()
    else:
        scratch = Scratch()
        yield scratch
        scratch.close()


def some(size: int) -> bytes:
    """Bytes that do not repeat soon."""
    return hashlib.shake_128(b"%d" % size).digest(size)


def test_the_name_is_gits(objects: Objects) -> None:
    """Whoever holds an object calls it by the same 20 bytes."""
    assert objects.put(b"blob", b"").hex() == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert objects.put(b"tree", b"").hex() == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    assert objects.put(b"blob", b"hello\n").hex() == "ce013625030ba8dba906f756967f9e9ca394464a"


@pytest.mark.parametrize("size", SIZES)
def test_what_was_put_comes_back(objects: Objects, size: int) -> None:
    """Of any size, compressible or not."""
    for data in (bytes(size), some(size)):
        assert objects.get(objects.put(b"blob", data)) == data


@pytest.mark.parametrize("size", SIZES)
def test_random_ends_come_back(objects: Objects, size: int) -> None:
    """Saying what is random changes how it is kept, and nothing else."""
    data = bytes(size) + some(size)
    assert objects.get(objects.put(b"blob", data, size)) == data


def test_an_object_that_was_not_put_is_not_there(objects: Objects) -> None:
    """None, and no error: the caller looks elsewhere."""
    assert objects.get(bytes(20)) is None
    objects.put(b"blob", b"x")
    assert objects.get(bytes(20)) is None


def test_an_object_may_be_put_twice(objects: Objects) -> None:
    """The second time changes nothing."""
    first = objects.put(b"blob", b"x" * 100)
    between = objects.put(b"blob", b"y" * 100)
    assert objects.put(b"blob", b"x" * 100, 80) == first
    assert (objects.get(first), objects.get(between)) == (b"x" * 100, b"y" * 100)


def test_the_same_bytes_of_another_kind_are_another_object(objects: Objects) -> None:
    """The kind is part of the name."""
    assert len({objects.put(kind, b"") for kind in KINDS}) == 3


def test_reading_and_writing_take_turns(objects: Objects) -> None:
    """What was put is there at once, and what comes later does not disturb it."""
    names = []
    for number in range(300):
        names.append(objects.put(b"blob", some(number * 37)))
        assert objects.get(names[number // 2]) == some(number // 2 * 37)
    assert [objects.get(name) for name in names] == [some(number * 37) for number in range(300)]


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.binary(max_size=300), st.integers(0, 300)), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_objects_come_back(objects: Objects, found: list[tuple[bytes, bytes, int]]) -> None:
    """In any order, with any part of them random."""
    names = [objects.put(kind, data, min(random, len(data))) for kind, data, random in found]
    assert [objects.get(name) for name in names] == [data for _, data, _ in found]
