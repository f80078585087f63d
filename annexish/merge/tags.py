"""The tags of an object, tag by tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Value = TypeVar("Value")


def merge_tags(base: Mapping[str, Value], first: Mapping[str, Value], later: Mapping[str, Value]) -> dict[str, Value]:
    """Return what both sides made of tags; of one that both set the later value is in force, one that is set stays."""
    merged = {}
    for name in sorted(base.keys() | first.keys() | later.keys()):
        was, here, there = base.get(name), first.get(name), later.get(name)
        value = there if here in (there, was) else here if there == was else there if there is not None else here
        if value is not None:
            merged[name] = value
    return merged
