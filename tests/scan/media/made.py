"""Small media files, made of bytes."""

from __future__ import annotations

import io
import struct
import wave
import zlib

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

PLACE = {1: "N", 2: (52, 30, IFDRational(3605, 100)), 3: "W", 4: (13, 0, 0), 5: b"\x01", 6: IFDRational(123, 10)}
"""52° 30' 36.05" north, 13° west, 12.3 m below the sea."""


def exif() -> Image.Exif:
    """The fields that a camera with a receiver for GPS writes."""
    fields = Image.Exif()
    fields[ExifTags.Base.Make] = "Canon"
    fields[ExifTags.Base.Model] = "Canon EOS 70D"
    fields[ExifTags.Base.Orientation] = 6
    fields[ExifTags.IFD.Exif] = {
        ExifTags.Base.DateTimeOriginal: "2019:05:06 07:08:09",
        ExifTags.Base.OffsetTimeOriginal: "+02:00",
        ExifTags.Base.LensModel: "EF 50mm",
    }
    fields[ExifTags.IFD.GPSInfo] = PLACE
    return fields


def picture(form: str, fields: Image.Exif | None = None) -> bytes:
    """A picture of 24 to 16 pixels in a format of Pillow's."""
    out = io.BytesIO()
    options = {} if fields is None else {"exif": fields.tobytes()}
    Image.new("RGB", (24, 16), "teal").save(out, form, **options)
    return out.getvalue()


def png(*chunks: bytes, width: int = 24, height: int = 16) -> bytes:
    """A PNG with `chunks` between its header and its (empty) picture."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"".join([b"\x89PNG\r\n\x1a\n", header, *chunks, chunk(b"IDAT", b""), chunk(b"IEND", b"")])


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def wav() -> bytes:
    """One second of silence, stereo, 8,000 samples of 16 bits."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((2, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(32000))
    return out.getvalue()


def comments(fields: list[str]) -> bytes:
    """A Vorbis comment block."""
    texts = [struct.pack("<I", len(raw := field.encode())) + raw for field in fields]
    return struct.pack("<I", 0) + struct.pack("<I", len(texts)) + b"".join(texts)


def flac(fields: list[str]) -> bytes:
    """The blocks before the sound of a FLAC file: three seconds, stereo, 44,100 samples."""
    stream = struct.pack(">HH6xQ16x", 4096, 4096, 44100 << 44 | 1 << 41 | 15 << 36 | 3 * 44100)
    block = comments(fields)
    return (
        b"fLaC"
        + bytes([0])
        + len(stream).to_bytes(3, "big")
        + stream
        + bytes([0x84])
        + len(block).to_bytes(3, "big")
        + block
    )


def ogg(fields: list[str]) -> bytes:
    """The pages of an Ogg Vorbis file of two seconds that holds no sound."""
    head = b"\x01vorbis" + struct.pack("<IBiiiiBB", 0, 2, 48000, 0, 96000, 0, 0xB8, 1)
    return _page(head, 0, 2) + _page(b"\x03vorbis" + comments(fields) + b"\1", 0, 0) + _page(b"", 96000, 4)


def _page(packet: bytes, granule: int, flags: int) -> bytes:
    sizes = [255] * (len(packet) // 255) + [len(packet) % 255]
    return struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, 1, 0, 0, len(sizes)) + bytes(sizes) + packet


def mp3(frames: dict[str, str], seconds: int = 1) -> bytes:
    """ID3v2.4 fields, then frames of 128 kbit/s, 44,100 samples, stereo."""
    body = b"".join(_frame(name, value.encode()) for name, value in frames.items())
    tag = b"ID3\x04\0\0" + _synchsafe(len(body)) + body
    return tag + (b"\xff\xfb\x90\x00" + bytes(413)) * (38 * seconds)


def _frame(name: str, value: bytes) -> bytes:
    return name.encode() + _synchsafe(len(value) + 1) + b"\0\0\x03" + value


def _synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def mp4(width: int = 320, height: int = 240, seconds: int = 2, rate: int = 25) -> bytes:
    """A video of AVC whose frames are zeros."""
    count = seconds * rate
    header = _full(
        b"mvhd", 0, struct.pack(">IIIIIH10x", 0, 0, 1000, seconds * 1000, 1 << 16, 256), _TURN, bytes(24), _number(2)
    )
    track = _full(
        b"tkhd", 3, struct.pack(">IIIII16x", 0, 0, 1, 0, seconds * 1000), _TURN, _number(width << 16, height << 16)
    )
    media = _box(
        b"mdia",
        _full(b"mdhd", 0, struct.pack(">IIIIHH", 0, 0, rate, count, 0x55C4, 0)),
        _full(b"hdlr", 0, struct.pack(">I4s12x", 0, b"vide"), b"\0"),
        _box(b"minf", _full(b"vmhd", 1, bytes(8)), _samples(width, height, count)),
    )
    return b"".join(
        [
            _box(b"ftyp", b"isom", _number(512), b"isomavc1"),
            _box(b"moov", header, _box(b"trak", track, media)),
            _box(b"mdat", bytes(10 * count)),
        ]
    )


def heic(width: int = 4032, height: int = 3024, fields: bytes = b"") -> bytes:
    """The boxes that tell the size of a HEIC picture, and its EXIF fields behind them."""
    size = _full(b"ispe", 0, _number(width, height))
    belongs = _full(b"ipma", 0, struct.pack(">IHBB", 1, 1, 1, 1))
    items = [_full(b"infe", 2 << 24, struct.pack(">HH4s", 1, 0, b"hvc1"), b"\0")]
    if fields:
        items.append(_full(b"infe", 2 << 24, struct.pack(">HH4s", 2, 0, b"Exif"), b"\0"))
    block = bytes(4) + fields
    described = [
        _full(b"hdlr", 0, struct.pack(">I4s12x", 0, b"pict"), b"\0"),
        _full(b"pitm", 0, struct.pack(">H", 1)),
        _full(b"iinf", 0, struct.pack(">H", len(items)), *items),
        _box(b"iprp", _box(b"ipco", size), belongs),
    ]
    kind = _box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    place = len(kind) + 12 + sum(map(len, described)) + 30 + 8
    located = struct.pack(">BBHHHHII", 0x44, 0, 1, 2, 0, 1, place, len(block))
    return kind + _full(b"meta", 0, *described, _full(b"iloc", 0, located)) + _box(b"mdat", block, bytes(100))


def _samples(width: int, height: int, count: int) -> bytes:
    coding = struct.pack(">6xH16xHHIIIH32xHh", 1, width, height, 72 << 16, 72 << 16, 0, 1, 24, -1)
    return _box(
        b"stbl",
        _full(b"stsd", 0, _number(1), _box(b"avc1", coding)),
        _full(b"stts", 0, _number(1, count, 1)),
        _full(b"stsc", 0, _number(1, 1, count, 1)),
        _full(b"stsz", 0, _number(10, count)),
        _full(b"stco", 0, _number(1, 0)),
    )


_TURN = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


def _number(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return _number(8 + len(body)) + kind + body


def _full(kind: bytes, flags: int, *parts: bytes) -> bytes:
    return _box(kind, _number(flags), *parts)
