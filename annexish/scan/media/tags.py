"""The tags of one open file: what `docs/media.md` describes. Runs in the worker process."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

from PIL import UnidentifiedImageError

from annexish.scan.media import audio, image, video
from annexish.scan.media.kinds import HEAD, media_type
from annexish.scan.media.protocol import OpenFile, Outcome, Tags
from annexish.scan.media.stream import Positioned
from annexish.scan.media.values import Pairs, text

_HEIF = {"image/heic", "image/heif"}
_CONTAINERS = {"application/mxf", "application/vnd.ms-asf"}
_NOT_READ = {"audio/midi"}


def read_tags(file: OpenFile) -> Outcome:
    """The tags of `file`; if it is broken, those found before that showed, and a note.

    Raise MemoryError if it needs more than this process may have.
    """
    stream = cast(BinaryIO, io.BufferedReader(Positioned(file.fd, file.size), 16384))
    tags: Tags = {}
    media = None
    try:
        media = media_type(file.name, stream.read(HEAD))
        stream.seek(0)
        for name, value in _found(stream, media):
            if value is not None:
                tags[name] = value
    except Exception as error:  # a parser of hostile bytes may raise anything
        if MemoryError in {type(error), type(error.__cause__)}:
            raise MemoryError from error
        return _outcome(tags, _note(media, error))
    return _outcome(tags, None)


def _found(stream: BinaryIO, media: str | None) -> Pairs:
    if media is None:
        return
    yield "media.type", media
    if media in image.PARSED:
        yield from image.image_tags(stream, media)
    elif media in audio.PARSED:
        yield from audio.audio_tags(stream, media)
    elif media in _HEIF:
        yield from video.container_tags(stream)
        yield from image.heif_tags(stream)
    elif media in _CONTAINERS or (media.startswith(("audio/", "video/")) and media not in _NOT_READ):
        yield from video.container_tags(stream)


def _outcome(tags: Tags, note: str | None) -> Outcome:
    return Outcome(dict(sorted(tags.items())), note)


def _note(media: str | None, error: Exception) -> str:
    if isinstance(error, video.Unavailable):
        return str(error)
    if isinstance(error, UnidentifiedImageError):
        # Its text names the place of an object in memory.
        return f"not a readable {media}"
    reason = text(str(error)) or type(error).__name__
    return f"not a readable {media}: {reason[:200]}"
