"""`--limit RATE`: how many bytes a second may pass."""

from __future__ import annotations

import re

import click

_WORD = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)([KMG])?(?:i?B)?(?:/s)?")
_BYTES = {None: 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
LIMIT = "Let no more than RATE bytes a second pass over each connection (500K, 2M)."


class Rate(click.ParamType[int]):
    """A number of bytes a second."""

    name = "rate"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read `500K`, `2M`, `1.5M/s`."""
        if isinstance(value, int):
            return value
        found = _WORD.fullmatch(str(value))
        rate = int(float(found[1]) * _BYTES[found[2]]) if found else 0
        if rate <= 0:
            self.fail(f"{value!r} is no rate, as 500K or 2M is.", param, ctx)
        return rate
