from __future__ import annotations

import pytest
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from annexish.scan.media.protocol import Outcome, Tags
from tests.scan.media import made
from tests.scan.media.conftest import Look

CAMERA: Tags = {
    "image.altitude": -12.3,
    "image.camera": "Canon EOS 70D",
    "image.height": 16,
    "image.latitude": 52.5100139,
    "image.lens": "EF 50mm",
    "image.longitude": -13.0,
    "image.orientation": 6,
    "image.time": "2019-05-06T07:08:09+02:00",
    "image.width": 24,
}
FIELDS = ["TITLE=Träume", "ARTIST=Ann", "ARTIST=Bo", "ALBUM=A", "DATE=1999-12-31", "TRACKNUMBER=3/9", "GENRE=Jazz"]
SONG = {
    "audio.album": "A",
    "audio.artist": ["Ann", "Bo"],
    "audio.genre": "Jazz",
    "audio.title": "Träume",
    "audio.track": 3,
    "audio.year": 1999,
}


@pytest.mark.parametrize(
    ("form", "media"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("TIFF", "image/tiff"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
    ],
)
def test_a_photograph_tells_camera_time_and_place(look: Look, form: str, media: str) -> None:
    """The same EXIF fields give the same tags in each format; the size is that of the stored picture."""
    assert look(b"a", made.picture(form, made.exif())) == Outcome(CAMERA | {"media.type": media}, None)


@pytest.mark.parametrize("form", ["GIF", "BMP", "JPEG2000"])
def test_a_picture_without_fields_has_a_size(look: Look, form: str) -> None:
    """Formats without EXIF give width and height."""
    tags, note = look(b"a.bmp", made.picture(form))
    assert (tags["image.width"], tags["image.height"], note) == (24, 16, None)


def test_a_raw_photograph_has_fields_and_no_size(look: Look) -> None:
    """The first picture in a raw file is a preview, so its size is not told."""
    tags, note = look(b"a.dng", made.picture("TIFF", made.exif()))
    assert tags["image.time"] == CAMERA["image.time"]
    assert "image.width" not in tags
    assert note is None


def test_a_heic_picture_has_a_size(look: Look) -> None:
    """Without fields, its size is told all the same."""
    facts: Tags = {
        "container.format": "heic",
        "image.height": 3024,
        "image.width": 4032,
        "media.type": "image/heic",
    }
    assert look(b"a.heic", made.heic()) == Outcome(facts, None)


def test_a_heic_picture_tells_camera_time_and_place(look: Look) -> None:
    """The fields are found behind the boxes that say where they are."""
    tags, note = look(b"a.heic", made.heic(24, 16, made.exif().tobytes()[6:]))
    assert tags == CAMERA | {"container.format": "heic", "media.type": "image/heic"}
    assert note is None


@pytest.mark.parametrize(
    ("fields", "time"),
    [
        ({ExifTags.Base.DateTime: "2001:02:03 04:05:06"}, "2001-02-03T04:05:06"),
        ({ExifTags.Base.DateTime: "0000:00:00 00:00:00"}, None),
        ({ExifTags.Base.DateTime: "2001:13:03 04:05:06"}, None),
        ({ExifTags.Base.DateTime: "2001:02:03 04:05:06", ExifTags.Base.OffsetTime: "soon"}, "2001-02-03T04:05:06"),
    ],
)
def test_only_a_real_time_is_a_time(look: Look, fields: dict[int, str], time: str | None) -> None:
    """Cameras without a set clock write zeros; a time without an offset stays without."""
    exif = Image.Exif()
    exif.update(fields)
    assert look(b"a", made.picture("JPEG", exif)).tags.get("image.time") == time


@pytest.mark.parametrize(
    "place",
    [
        {2: (91, 0, 0)},
        {1: ""},
        {3: "?"},
        {2: (IFDRational(0, 0), 0, 0)},
    ],
)
def test_half_a_place_is_none(look: Look, place: dict[int, object]) -> None:
    """A latitude without its side, or beyond the pole, is left out, and the longitude with it."""
    exif = made.exif()
    exif[ExifTags.IFD.GPSInfo] = made.PLACE | place
    tags, note = look(b"a", made.picture("JPEG", exif))
    assert not {"image.latitude", "image.longitude"} & tags.keys()
    assert tags["image.altitude"] == -12.3
    assert note is None


def test_text_is_clean(look: Look) -> None:
    """Control characters go, UTF-8 is understood where the standard says ASCII, and length is bounded."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Ko\x1b[31mda\u0085\r\nk".encode()
    exif[ExifTags.Base.Model] = ("ü" * 3000).encode()
    camera = look(b"a", made.picture("JPEG", exif)).tags["image.camera"]
    assert isinstance(camera, str)
    assert camera.startswith("Ko [31mda")
    assert camera.endswith("üü")
    assert len(camera) == 1000
    assert camera.isprintable()


@pytest.mark.parametrize(
    ("name", "content", "facts"),
    [
        (b"a.flac", made.flac(FIELDS), {"audio.codec": "flac", "audio.duration": 3.0, "audio.samplerate": 44100}),
        (b"a.ogg", made.ogg(FIELDS), {"audio.codec": "vorbis", "audio.duration": 2.0, "audio.samplerate": 48000}),
    ],
)
def test_a_song_tells_its_names(look: Look, name: bytes, content: bytes, facts: dict[str, object]) -> None:
    """Names as the file has them, a list where there are several; the year and the track are numbers."""
    tags, note = look(name, content)
    assert note is None
    assert tags.items() >= (facts | {"audio.channels": 2}).items()
    assert {key: value for key, value in tags.items() if key in SONG} == SONG


def test_an_mp3_tells_its_names(look: Look) -> None:
    """ID3 fields and the frames' facts; a constant bit rate gives the duration."""
    tags, note = look(b"a.mp3", made.mp3({"TIT2": "Hello", "TPE1": "Ann", "TCON": "(8)", "TDRC": "2004"}, seconds=3))
    assert note is None
    assert tags == {
        "audio.artist": "Ann",
        "audio.bitrate": 128000,
        "audio.channels": 2,
        "audio.codec": "mpeg audio",
        "audio.duration": 2.978,
        "audio.genre": "Jazz",
        "audio.samplerate": 44100,
        "audio.title": "Hello",
        "audio.year": 2004,
        "media.type": "audio/mpeg",
    }


def test_a_wave_file_has_facts(look: Look) -> None:
    """Without names, what the header says."""
    tags, note = look(b"a.wav", made.wav())
    assert note is None
    assert tags == {
        "audio.bitrate": 256000,
        "audio.channels": 2,
        "audio.codec": "pcm",
        "audio.duration": 1.0,
        "audio.samplerate": 8000,
        "media.type": "audio/vnd.wave",
    }


def test_a_video_has_facts(look: Look) -> None:
    """Duration, size, codec, frames a second, container."""
    assert look(b"a.mp4", made.mp4()) == Outcome(
        {
            "container.format": "MPEG-4",
            "media.type": "video/mp4",
            "video.codec": "avc",
            "video.duration": 2.0,
            "video.fps": 25.0,
            "video.height": 240,
            "video.width": 320,
        },
        None,
    )


def test_a_document_has_its_type(look: Look) -> None:
    """Nothing else is read of it."""
    assert look(b"a.pdf", b"%PDF-1.7\n") == Outcome({"media.type": "application/pdf"}, None)


def test_an_unknown_file_has_nothing(look: Look) -> None:
    """No type, no tags, no note."""
    assert look(b"a.xyz", b"hello") == Outcome({}, None)
