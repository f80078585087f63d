"""Tags of pictures, through Pillow: the header and the EXIF fields; no pixel is decoded."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import BinaryIO

from PIL import Image, TiffImagePlugin
from PIL.ExifTags import GPS, IFD, Base

from annexish.scan.media.heif import exif_of
from annexish.scan.media.kinds import RAW
from annexish.scan.media.values import Pairs, real, text, whole

_FORMATS = {
    "image/jpeg": ["JPEG"],  # its factory makes MPO too, which is no format of its own to ask for
    "image/png": ["PNG"],
    "image/gif": ["GIF"],
    "image/bmp": ["BMP"],
    "image/tiff": ["TIFF"],
    "image/webp": ["WEBP"],
    "image/avif": ["AVIF"],
    "image/jp2": ["JPEG2000"],
}
PARSED = frozenset(_FORMATS) | frozenset(RAW.values())
"""The types that Pillow reads."""

_TIMES = (
    (Base.DateTimeOriginal, Base.OffsetTimeOriginal),
    (Base.DateTimeDigitized, Base.OffsetTimeDigitized),
    (Base.DateTime, Base.OffsetTime),
)
_TIME = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"[+-]\d\d:\d\d")

Fields = Mapping[int, object]


def load(pixels: int) -> None:
    """Import the parsers, and refuse pictures that claim more than `pixels`."""
    Image.preinit()
    for plugin in ("WebP", "Avif", "Jpeg2K", "Mpo"):
        importlib.import_module(f"PIL.{plugin}ImagePlugin")
    Image.MAX_IMAGE_PIXELS = pixels // 2


def image_tags(stream: BinaryIO, media: str) -> Pairs:
    """Yield the tags of a picture of a type in `PARSED`; raise whatever a broken one makes the parser raise."""
    if media in _FORMATS:
        image = Image.open(stream, formats=_FORMATS[media])
        width, height = _stored_size(image)
        yield "image.width", width
        yield "image.height", height
        # A PNG's own `getexif` decodes the picture, to find fields behind it.
        exif = Image.Image.getexif(image)
    else:
        exif = Image.Exif()
        stream.seek(0)
        exif.load_from_fp(stream)
    yield from _exif_tags(exif)


def heif_tags(stream: BinaryIO) -> Pairs:
    """Yield the EXIF tags of a HEIF picture."""
    exif = Image.Exif()
    exif.load(exif_of(stream) or b"")
    yield from _exif_tags(exif)


def _exif_tags(exif: Image.Exif) -> Pairs:
    yield from _camera(exif)
    yield from _place(exif.get_ifd(IFD.GPSInfo))


def _stored_size(image: Image.Image) -> tuple[int, int]:
    # Pillow gives the size of a TIFF as turned by its orientation, that of all others as stored.
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return image.tag_v2[Base.ImageWidth], image.tag_v2[Base.ImageLength]
    return image.size


def _camera(exif: Image.Exif) -> Pairs:
    orientation = whole(exif.get(Base.Orientation))
    yield "image.orientation", orientation if orientation in range(1, 9) else None
    yield "image.camera", _maker_and_model(_string(exif.get(Base.Make)), _string(exif.get(Base.Model)))
    details = exif.get_ifd(IFD.Exif)
    yield "image.lens", _string(details.get(Base.LensModel))
    yield "image.time", _taken({**exif, **details})


def _string(value: object) -> str | None:
    # EXIF text is ASCII by its standard, UTF-8 by habit, and comes decoded as Latin-1.
    if isinstance(value, str):
        with suppress(UnicodeError):
            value = value.encode("latin-1").decode("utf-8")
    return text(value)


def _maker_and_model(maker: str | None, model: str | None) -> str | None:
    """Both, unless the model begins with the maker's name, as in `NIKON CORPORATION`, `NIKON D70`."""
    if maker and model:
        known = model.lower().startswith(maker.lower().split()[0])
        return model if known else text(f"{maker} {model}")
    return maker or model


def _taken(fields: Fields) -> str | None:
    """When the picture was taken, else digitised, else changed: local time, with an offset if there is one."""
    for time, offset in _TIMES:
        if stamp := _stamp(fields.get(time)):
            zone = fields.get(offset)
            return stamp + zone.strip() if isinstance(zone, str) and _OFFSET.fullmatch(zone.strip()) else stamp
    return None


def _stamp(value: object) -> str | None:
    match = _TIME.match(value) if isinstance(value, str) else None
    if not match:
        return None
    try:
        year, month, day, hour, minute, second = map(int, match.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).replace(tzinfo=None).isoformat()
    except ValueError:
        return None


def _place(fields: Fields) -> Pairs:
    latitude = _degrees(fields.get(GPS.GPSLatitude), fields.get(GPS.GPSLatitudeRef), "NS", 90)
    longitude = _degrees(fields.get(GPS.GPSLongitude), fields.get(GPS.GPSLongitudeRef), "EW", 180)
    if latitude is not None and longitude is not None:
        yield "image.latitude", latitude
        yield "image.longitude", longitude
    altitude = real(fields.get(GPS.GPSAltitude), 3)
    if altitude is not None:
        below = fields.get(GPS.GPSAltitudeRef) in (1, b"\x01")
        yield "image.altitude", real(-altitude if below else altitude, 3)


def _degrees(value: object, side: object, sides: str, most: int) -> float | None:
    """Degrees, positive for the first of `sides`, from degrees, minutes and seconds."""
    if not isinstance(value, tuple) or len(value) != 3 or not isinstance(side, str) or side[:1] not in tuple(sides):
        return None
    parts = [real(part, 12) for part in value]
    if None in parts:
        return None
    degrees = sum(part / 60**power for power, part in enumerate(parts) if part)
    signed = degrees if side[0] == sides[0] else -degrees
    return real(signed, 7) if abs(degrees) <= most else None
