from __future__ import annotations

import pytest

from annexish.scan.media.kinds import HEAD, may_have_tags, media_type
from tests.scan.media import made

MADE = [
    (b"a.jpg", made.picture("JPEG"), "image/jpeg"),
    (b"a.png", made.picture("PNG"), "image/png"),
    (b"a.gif", made.picture("GIF"), "image/gif"),
    (b"a.bmp", made.picture("BMP"), "image/bmp"),
    (b"a.tif", made.picture("TIFF"), "image/tiff"),
    (b"a.dng", made.picture("TIFF"), "image/x-adobe-dng"),
    (b"a.webp", made.picture("WEBP"), "image/webp"),
    (b"a.heic", made.heic(), "image/heic"),
    (b"a.wav", made.wav(), "audio/vnd.wave"),
    (b"a.flac", made.flac([]), "audio/flac"),
    (b"a.ogg", made.ogg([]), "audio/ogg"),
    (b"a.mp3", made.mp3({}), "audio/mpeg"),
    (b"a.mp4", made.mp4(), "video/mp4"),
    (b"a.m4a", made.mp4(), "audio/mp4"),
    (b"a.mov", made.mp4(), "video/quicktime"),
]


@pytest.mark.parametrize(("name", "content", "media"), MADE)
def test_bytes_and_name_give_the_type(name: bytes, content: bytes, media: str) -> None:
    """A real file has the type of its format; where formats share their first bytes, the name decides."""
    assert media_type(name, content[:HEAD]) == media


def test_bytes_overrule_the_name() -> None:
    """A PNG called .jpg is a PNG."""
    assert media_type(b"holiday.jpg", made.png()) == "image/png"


def test_the_name_decides_where_the_bytes_say_nothing() -> None:
    """Formats without a beginning of their own, and empty files, go by the extension in any case of letters."""
    assert media_type(b"Song.MP3", bytes(64)) == "audio/mpeg"
    assert media_type(b"notes.txt", b"") == "text/plain"


def test_documents_have_a_type_and_no_tags() -> None:
    """What is neither picture nor sound nor video is told by its type only."""
    assert media_type(b"paper", b"%PDF-1.7\n") == "application/pdf"
    assert media_type(b"letter.odt", b"PK\x03\x04") == "application/vnd.oasis.opendocument.text"
    assert not may_have_tags(b"letter.odt")


def test_an_unknown_file_has_no_type() -> None:
    """Nothing is guessed."""
    assert media_type(b"core", b"\x7fELF") is None


@pytest.mark.parametrize("name", [b"jpg", b".jpg", b"a.ts", b"a.txt", b"a.jpg.gz", b""])
def test_these_names_are_not_worth_a_look(name: bytes) -> None:
    """Only an extension counts, and `.ts` is nearly always a program."""
    assert not may_have_tags(name)


def test_a_transport_stream_is_told_from_a_program() -> None:
    """The same extension, two kinds of file: packets of 188 bytes decide."""
    packets = (b"G" + bytes(187)) * 2
    assert media_type(b"clip.mts", packets) == "video/mp2t"
    assert media_type(b"clip.mts", b"Generate(); // a program".ljust(HEAD)) is None
