"""Facts about videos and other containers, through libmediainfo."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import BinaryIO

from pymediainfo import MediaInfo

from annexish.scan.media.values import Pairs, real, text, texts, whole

Track = Mapping[str, object]


class Unavailable(Exception):
    """libmediainfo cannot be loaded on this machine."""


@cache
def load() -> bool:
    """Load the library; whether that succeeds."""
    return MediaInfo.can_parse()


def container_tags(stream: BinaryIO) -> Pairs:
    """Yield the facts of a container.

    Raise Unavailable without the library, ValueError if it does not know the container.
    """
    if not load():
        raise Unavailable("libmediainfo cannot be loaded here")
    tracks = _tracks(MediaInfo.parse(stream, output="JSON", full=False))
    whole_file = tracks.get("General", {})
    if "Format" not in whole_file:
        raise ValueError("the container is not known")
    yield "container.format", text(whole_file["Format"])
    if "Video" in tracks:
        yield "video.duration", real(whole_file.get("Duration"), 3)
        yield from _video(tracks["Video"])
    elif "Audio" in tracks:
        yield "audio.duration", real(whole_file.get("Duration"), 3)
        yield from _names(whole_file)
    elif "Image" in tracks:
        yield "image.width", whole(tracks["Image"].get("Width"))
        yield "image.height", whole(tracks["Image"].get("Height"))
    if "Audio" in tracks:
        yield from _audio(tracks["Audio"])


def _tracks(report: str) -> dict[str, Track]:
    """The first track of each kind."""
    found: dict[str, Track] = {}
    media = json.loads(report, strict=False).get("media") or {}
    for track in media.get("track", ()):
        found.setdefault(track["@type"], track)
    return found


def _video(track: Track) -> Pairs:
    yield "video.width", whole(track.get("Width"))
    yield "video.height", whole(track.get("Height"))
    yield "video.codec", _codec(track)
    yield "video.fps", real(track.get("FrameRate"), 3)


def _audio(track: Track) -> Pairs:
    yield "audio.codec", _codec(track)
    yield "audio.samplerate", whole(track.get("SamplingRate"))
    yield "audio.channels", whole(track.get("Channels"))


def _names(track: Track) -> Pairs:
    yield "audio.title", text(track.get("Title"))
    yield "audio.artist", texts([track.get("Performer")])
    yield "audio.album", text(track.get("Album"))


def _codec(track: Track) -> str | None:
    name = text(track.get("Format"))
    return name.lower() if name else None
