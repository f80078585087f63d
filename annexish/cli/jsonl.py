"""JSON Lines: an object for each item, then a summary."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def encoder() -> Callable[[object], str]:
    """Return what makes one line of an object; it is plain ASCII, so that a terminal has nothing to obey."""
    from json import JSONEncoder

    return JSONEncoder(ensure_ascii=True).encode


class Items:
    """Writes items, each with its type, and the summary last."""

    def __init__(self, line: Callable[[str], None]) -> None:
        self._line = line
        self._encode = encoder()

    def item(self, kind: str, fields: Mapping[str, object]) -> None:
        """Write one object."""
        self._line(self._encode({"type": kind, **fields}))

    def summary(self, fields: Mapping[str, object] | None = None) -> None:
        """Write the totals; nothing comes after them."""
        self.item("summary", fields or {})


def named(key: str, value: bytes) -> dict[str, object]:
    """Return a name under `key`; where it is not UTF-8 the true bytes stand beside it, in base64."""
    try:
        return {key: value.decode("utf-8")}
    except UnicodeDecodeError:
        from base64 import b64encode

        return {key: value.decode("utf-8", "backslashreplace"), f"{key}_bytes": b64encode(value).decode("ascii")}
