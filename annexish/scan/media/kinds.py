"""Which media type a file has, and whether a file of its name may have tags."""

from __future__ import annotations

HEAD = 256
"""As many bytes of a file's beginning as `media_type` looks at."""

RAW = {
    b"dng": "image/x-adobe-dng",
    b"cr2": "image/x-canon-cr2",
    b"nef": "image/x-nikon-nef",
    b"nrw": "image/x-nikon-nrw",
    b"arw": "image/x-sony-arw",
    b"srw": "image/x-samsung-srw",
    b"pef": "image/x-pentax-pef",
}
"""Raw photographs that are TIFF files inside, by extension."""

_TAGGED = {
    **RAW,
    b"jpg": "image/jpeg",
    b"jpeg": "image/jpeg",
    b"jpe": "image/jpeg",
    b"jfif": "image/jpeg",
    b"mpo": "image/jpeg",
    b"png": "image/png",
    b"apng": "image/png",
    b"gif": "image/gif",
    b"bmp": "image/bmp",
    b"tif": "image/tiff",
    b"tiff": "image/tiff",
    b"webp": "image/webp",
    b"avif": "image/avif",
    b"heic": "image/heic",
    b"heif": "image/heif",
    b"jp2": "image/jp2",
    b"mp3": "audio/mpeg",
    b"mp2": "audio/mpeg",
    b"flac": "audio/flac",
    b"ogg": "audio/ogg",
    b"oga": "audio/ogg",
    b"opus": "audio/ogg",
    b"spx": "audio/ogg",
    b"wav": "audio/vnd.wave",
    b"aif": "audio/aiff",
    b"aiff": "audio/aiff",
    b"aifc": "audio/aiff",
    b"m4a": "audio/mp4",
    b"m4b": "audio/mp4",
    b"m4r": "audio/mp4",
    b"wma": "audio/x-ms-wma",
    b"aac": "audio/aac",
    b"ac3": "audio/ac3",
    b"amr": "audio/amr",
    b"ape": "audio/x-ape",
    b"wv": "audio/x-wavpack",
    b"mka": "audio/matroska",
    b"mp4": "video/mp4",
    b"m4v": "video/mp4",
    b"mov": "video/quicktime",
    b"qt": "video/quicktime",
    b"3gp": "video/3gpp",
    b"3g2": "video/3gpp2",
    b"mkv": "video/matroska",
    b"webm": "video/webm",
    b"avi": "video/vnd.avi",
    b"mpg": "video/mpeg",
    b"mpeg": "video/mpeg",
    b"vob": "video/mpeg",
    b"m2ts": "video/mp2t",
    b"m2t": "video/mp2t",
    b"ogv": "video/ogg",
    b"wmv": "video/x-ms-wmv",
    b"asf": "application/vnd.ms-asf",
    b"flv": "video/x-flv",
    b"mxf": "application/mxf",
}

_UNTAGGED = {
    b"svg": "image/svg+xml",
    b"psd": "image/vnd.adobe.photoshop",
    b"ico": "image/vnd.microsoft.icon",
    b"jxl": "image/jxl",
    b"mid": "audio/midi",
    b"midi": "audio/midi",
    b"pdf": "application/pdf",
    b"ps": "application/postscript",
    b"rtf": "application/rtf",
    b"epub": "application/epub+zip",
    b"odt": "application/vnd.oasis.opendocument.text",
    b"ods": "application/vnd.oasis.opendocument.spreadsheet",
    b"odp": "application/vnd.oasis.opendocument.presentation",
    b"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    b"doc": "application/msword",
    b"xls": "application/vnd.ms-excel",
    b"ppt": "application/vnd.ms-powerpoint",
    b"zip": "application/zip",
    b"gz": "application/gzip",
    b"7z": "application/x-7z-compressed",
    b"txt": "text/plain",
    b"md": "text/markdown",
    b"csv": "text/csv",
    b"html": "text/html",
    b"htm": "text/html",
    b"css": "text/css",
    b"xml": "application/xml",
    b"json": "application/json",
}

# `.mts` and `.ts` also name programs, so the name alone says nothing of them;
# a look at `.mts` is cheap because there are few, at `.ts` it is not.
_WORTH_A_LOOK = frozenset(_TAGGED) | {b"mts"}
_NAMED = _TAGGED | _UNTAGGED

_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"8BPS\0\x01", "image/vnd.adobe.photoshop"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"MAC ", "audio/x-ape"),
    (b"wvpk", "audio/x-wavpack"),
    (b"#!AMR", "audio/amr"),
    (b"MThd", "audio/midi"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "application/vnd.ms-asf"),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", "application/mxf"),
    (b"FLV\x01", "video/x-flv"),
    (b"\0\0\x01\xba", "video/mpeg"),
    (b"\0\0\x01\xb3", "video/mpeg"),
    (b"%PDF-", "application/pdf"),
    (b"%!PS-", "application/postscript"),
    (b"{\\rtf", "application/rtf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
)

_FORMS = {
    (b"RIFF", b"WEBP"): "image/webp",
    (b"RIFF", b"WAVE"): "audio/vnd.wave",
    (b"RF64", b"WAVE"): "audio/vnd.wave",
    (b"RIFF", b"AVI "): "video/vnd.avi",
    (b"FORM", b"AIFF"): "audio/aiff",
    (b"FORM", b"AIFC"): "audio/aiff",
}

_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}

_WITHIN = {
    "image/tiff": frozenset(RAW.values()),
    "image/heif": {"image/heic", "image/avif"},
    "audio/mpeg": {"audio/flac", "audio/aac", "audio/x-ape", "audio/x-wavpack"},
    "audio/ogg": {"video/ogg"},
    "application/vnd.ms-asf": {"audio/x-ms-wma", "video/x-ms-wmv"},
    "video/mp4": {"audio/mp4", "video/quicktime", "video/3gpp", "video/3gpp2"},
    "video/matroska": {"audio/matroska"},
    "application/zip": {_UNTAGGED[e] for e in (b"epub", b"odt", b"ods", b"odp", b"docx", b"xlsx", b"pptx")},
}
"""What a name may make of a type that the bytes alone do not tell apart."""


def may_have_tags(name: bytes) -> bool:
    """Whether a file called `name` is worth opening for its tags: decided by the extension alone."""
    return _extension(name) in _WORTH_A_LOOK


def media_type(name: bytes, head: bytes) -> str | None:
    """The media type of a file, None if unknown: what its first `HEAD` bytes say, else what its name says."""
    named = _NAMED.get(_extension(name))
    found = _beginning(head)
    if found is None or named in _WITHIN.get(found, ()):
        return named
    return found


def _extension(name: bytes) -> bytes:
    stem, _, extension = name.rpartition(b".")
    return extension.lower() if stem else b""


def _beginning(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head[4:8] in (b"moov", b"mdat", b"wide"):
        return "video/quicktime"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"\x42\x82\x84webm" in head else "video/matroska"
    if form := _FORMS.get((head[:4], head[8:12])):
        return form
    if head[:1] == head[188:189] == b"G" or head[4:5] == head[196:197] == b"G":
        return "video/mp2t"
    return next((media for magic, media in _BEGINNINGS if head.startswith(magic)), None)
