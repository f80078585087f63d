from __future__ import annotations

import os
import random
import struct
import zlib

import pytest

from annexish.scan.media.protocol import Limits
from annexish.scan.media.reader import MediaReader
from tests.scan.media import made
from tests.scan.media.conftest import Look
from tests.scan.media.place import held, opened

FILES = {
    b"a.jpg": made.picture("JPEG", made.exif()),
    b"a.png": made.picture("PNG", made.exif()),
    b"a.tif": made.picture("TIFF", made.exif()),
    b"a.webp": made.picture("WEBP", made.exif()),
    b"a.avif": made.picture("AVIF", made.exif()),
    b"a.gif": made.picture("GIF"),
    b"a.flac": made.flac(["TITLE=a", "ARTIST=b"]),
    b"a.ogg": made.ogg(["TITLE=a", "ARTIST=b"]),
    b"a.mp3": made.mp3({"TIT2": "a", "TPE1": "b"})[:600],
    b"a.wav": made.wav()[:200],
    b"a.mp4": made.mp4(),
    b"a.m4a": made.mp4(),
    b"a.heic": made.heic(fields=made.exif().tobytes()[6:]),
}
NOTES = ("not a readable ", "needs more than ", "the process that read it ", "took ")


def test_a_file_cut_anywhere_costs_no_more_than_a_note(reader: MediaReader) -> None:
    """Each beginning of a small file is read or noted, and the process lives on."""
    content = FILES[b"a.flac"]
    cut = (held(b"a.flac", content[:size]) for size in range(len(content)))
    notes = [outcome.note for _, outcome in reader.read_all(cut)]
    assert len(notes) == len(content)
    assert all(note is None or note.startswith("not a readable audio/flac") for note in notes)
    assert any(notes)


@pytest.mark.parametrize("name", FILES)
def test_a_cut_file_of_any_kind_is_told(reader: MediaReader, name: bytes) -> None:
    """Beginnings of some forty sizes of each kind of file are read or noted."""
    content = FILES[name]
    sizes = range(0, len(content), max(len(content) // 40, 1))
    for _, (_, note) in reader.read_all(held(name, content[:size]) for size in sizes):
        assert note is None or note.startswith(NOTES)


@pytest.mark.parametrize("name", FILES)
def test_flipped_bits_cost_no_more_than_a_note(reader: MediaReader, name: bytes) -> None:
    """Two hundred files with one to four wrong bits each are read or noted."""
    chance = random.Random(f"flip {name!r}")
    for _, (_, note) in reader.read_all(held(name, _flipped(FILES[name], chance)) for _ in range(200)):
        assert note is None or note.startswith(NOTES)


def _flipped(content: bytes, chance: random.Random) -> bytes:
    wrong = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        wrong[chance.randrange(len(wrong))] ^= 1 << chance.randrange(8)
    return bytes(wrong)


def test_a_picture_that_claims_too_much_is_not_believed(look: Look) -> None:
    """A header of 100,000 by 100,000 pixels is a note, and nothing is allocated for it."""
    tags, note = look(b"a.png", made.png(width=100_000, height=100_000))
    assert tags == {"media.type": "image/png"}
    assert note is not None
    assert "10000000000 pixels" in note


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        (b"zTXt", b"Comment\0\0"),
        (b"iCCP", b"profile\0\0"),
        (b"iTXt", b"Comment\0\1\0\0\0"),
    ],
)
def test_a_text_that_unpacks_to_too_much_is_not_unpacked(look: Look, kind: bytes, head: bytes) -> None:
    """64 MiB of zeros in 64 KiB of PNG are given up after the first."""
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    tags, note = look(b"a.png", made.png(made.chunk(kind, head + bomb)))
    assert tags == {"media.type": "image/png"}
    assert note is not None
    assert "too large" in note


def test_a_chunk_that_claims_gigabytes_is_a_note() -> None:
    """A parser that believes a length meets the limit on memory; the next file is read as ever."""
    claim = b"RIFF" + bytes(4) + b"WAVELIST" + struct.pack("<I", (1 << 32) - 2)
    with MediaReader(Limits(memory=1 << 29), workers=1) as reader, opened(claim) as fd, opened(made.wav()) as good:
        assert reader.read(fd, b"a.wav", len(claim)).note == "needs more than 512 MiB of memory to read"
        assert reader.read(good, b"a.wav", len(made.wav())).note is None


def test_a_file_that_takes_too_much_processor_time_is_a_note() -> None:
    """A parser that searches a gigabyte for a beginning is ended; the next file is read as ever."""
    size = 1 << 30
    with MediaReader(Limits(processor=1), workers=1) as reader, opened(b"") as fd, opened(made.wav()) as good:
        os.truncate(fd, size)
        assert reader.read(fd, b"a.mp3", size).note == "took more than 1 s of processor time to read"
        assert reader.read(good, b"a.wav", len(made.wav())).note is None
