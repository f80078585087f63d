"""Tags of sound files, through tinytag."""

from __future__ import annotations

import re
from typing import BinaryIO

from tinytag import TinyTag

from annexish.scan.media.values import Pairs, real, text, texts, whole

# tinytag picks its parser by the name, and by the first bytes only where there is no name;
# MPEG audio may begin with anything.
PARSED = {
    "audio/mpeg": "a.mp3",
    "audio/flac": "a.flac",
    "audio/ogg": "a.ogg",
    "audio/vnd.wave": "a.wav",
    "audio/aiff": "a.aiff",
    "audio/mp4": "a.m4a",
    "audio/x-ms-wma": "a.wma",
}
"""The types that tinytag reads, and a name of that kind."""

_YEAR = re.compile(r"\s*(\d{4})(?!\d)")
_CODECS = re.compile(r'codecs="([^"]+)"')
_CODEC_NAMES = {"1": "pcm", "3": "pcm", "NONE": "pcm", "sowt": "pcm", "161": "wma", "162": "wma", "163": "wma"}
_CODEC_OF_TYPE = {"audio/mpeg": "mpeg audio", "audio/flac": "flac"}


def audio_tags(stream: BinaryIO, media: str) -> Pairs:
    """Yield the tags of a sound file of a type in `PARSED`; raise whatever a broken one makes the parser raise."""
    tag = TinyTag.get(filename=PARSED[media], file_obj=stream)
    yield from _names(tag)
    yield "audio.year", _year(tag.year)
    yield "audio.track", whole(tag.track)
    yield "audio.disc", whole(tag.disc)
    yield "audio.duration", real(tag.duration, 3)
    yield "audio.bitrate", whole(None if tag.bitrate is None else tag.bitrate * 1000)
    yield "audio.samplerate", whole(tag.samplerate)
    yield "audio.channels", whole(tag.channels)
    yield "audio.codec", _codec(tag.mime_type)


def _names(tag: TinyTag) -> Pairs:
    yield "audio.title", text(tag.title)
    yield "audio.artist", texts([tag.artist, *tag.other.get("artist", ())])
    yield "audio.album", text(tag.album)
    yield "audio.albumartist", texts([tag.albumartist, *tag.other.get("albumartist", ())])
    yield "audio.composer", texts([tag.composer, *tag.other.get("composer", ())])
    yield "audio.genre", texts([tag.genre, *tag.other.get("genre", ())])


def _year(value: str | None) -> int | None:
    match = _YEAR.match(value or "")
    return int(match[1]) if match else None


def _codec(mime: str | None) -> str | None:
    match = _CODECS.search(mime or "")
    if not match:
        return _CODEC_OF_TYPE.get(mime or "")
    name = match[1]
    return "aac" if name.startswith("mp4a.40") else _CODEC_NAMES.get(name, text(name.lower()))
