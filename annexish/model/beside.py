"""Names beside a name: a mark before the extension says why there is another one."""

from __future__ import annotations

_LONGEST = 255


def beside(name: bytes, mark: bytes) -> bytes:
    """Return a name with a mark, `a.mark.jpg` for `a.jpg`, that is no longer than names may be."""
    stem, dot, extension = name.rpartition(b".")
    if not stem or len(extension) > 16:
        stem, dot, extension = name, b"", b""
    tail = mark + dot + extension
    return cut(stem, _LONGEST - len(tail)) + tail


def cut(text: bytes, length: int) -> bytes:
    """Return the beginning of a text, of so many bytes or a little less: of UTF-8 no character is cut."""
    if len(text) <= length:
        return text
    try:
        text.decode()
    except UnicodeDecodeError:
        return text[:length]
    return text[:length].decode(errors="ignore").encode()


def fit_for_names(label: str) -> str:
    """Return a label without what file systems do not take in names."""
    return (
        "".join(each if each.isprintable() and each not in '/\\:*?"<>|' else "_" for each in label).strip(". ") or "_"
    )
